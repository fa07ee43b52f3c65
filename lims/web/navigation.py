"""The pages of the site in one place: the blueprints there are, and the links of the top bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from flask import Flask, g, request, url_for
from flask_login import current_user

from lims.errors import N_, LimsError
from lims.permissions import Permission
from lims.web.doors import may_open, require_open
from lims.web.language import reader, said
from lims.workflows import codes

BLUEPRINTS = (
    "home", "account", "locking", "drafts", "scan", "told", "search", "patients",
    "patient_corrections", "consents", "markers", "courses", "course_progress", "course_times",
    "contraindications", "sessions", "session_moves", "calling_off", "staff", "training",
    "specifications",
    "specification_decisions", "specification_moves", "aliquots", "qc", "qc_results",
    "qc_decisions", "qc_at_once", "qc_together", "qc_runs", "qc_run_reading",
    "qc_run_paper", "qc_run_ends", "lots", "lot_decisions", "items", "equipment",
    "equipment_keeping", "places", "terminals", "tanks", "tank_keeping", "tank_readings",
    "tank_trends", "racks",
    "boxes", "cells", "cell_acts", "agreements", "samples", "tissue", "batches", "batch_notes",
    "steps", "step_ends", "isolations", "containers", "culture", "calendar", "vessels",
    "suspensions",
    "processings", "growth", "fills", "release", "freezings", "thaws", "vials", "genealogy",
    "trends", "placing", "cold_times", "compromised", "orders", "order_drafts", "order_acts",
    "handing_on", "retrievals", "doses", "dose_moves", "administrations", "observations",
    "outcomes", "outcome_corrections", "deviations", "deviation_acts", "holds", "signatures",
    "corrections", "vehicles", "papers", "trail", "audit_reviews", "scan_figures", "imports",
    "jobs",
)  # fmt: skip
"""Modules of lims/web, each with a `bp`."""


@dataclass(frozen=True)
class Entry:
    """A link for people who hold one of `permissions` (everyone signed in when none is named)."""

    label: str
    endpoint: str
    permissions: tuple[Permission, ...] = ()


ANY_CODE = "AA000000000"
MOST_IN_A_ROW = 9
"""Links that stand beside the scan field of a bench's screen, 1200 px wide."""
DESKS = (Permission.ENTER_RESULT, Permission.RELEASE_FILL, Permission.SEE_AUDIT_TRAIL)
"""Whoever reads what others did, and has few other links."""
DAILY: dict[str, tuple[Permission, ...]] = {
    "patients": (Permission.ORDER_COURSE, *DESKS),
    "batches": (Permission.PERFORM_STEP, *DESKS),
    "deviations": (Permission.INVESTIGATE_DEVIATION, *DESKS),
    "culture": (Permission.PERFORM_STEP,),
    "calendar": (Permission.PERFORM_STEP,),
    "trends": (Permission.SEE_AUDIT_TRAIL,),
    "fills": (Permission.PERFORM_STEP, Permission.RELEASE_FILL),
    "vials": (Permission.KEEP_CELLS,),
    "orders": (Permission.CHECK_ORDER, Permission.APPROVE_ORDER, Permission.ORDER_VIALS),
    "tanks": (Permission.KEEP_CELLS, Permission.KEEP_PLACES),
    **dict.fromkeys(("courses", "lots", "equipment", "places", "specifications", "staff"), ()),
    **dict.fromkeys(("trail", "scan_figures", "imports", "jobs"), ()),
}
"""Blueprints behind *More* for whoever may follow more links than that and does none of this."""

ENTRIES = (
    Entry(N_("Today"), "home.show"),
    Entry(N_("Patients"), "patients.index", (Permission.SEE_PATIENTS,)),
    Entry(N_("Courses"), "courses.index", (Permission.SEE_PATIENTS,)),
    Entry(N_("Tissue"), "samples.index", (Permission.RECEIVE_SAMPLE, Permission.DECIDE_SAMPLE)),
    Entry(N_("Batches"), "batches.index", (Permission.SEE_PRODUCTION,)),
    Entry(N_("Culture"), "culture.index", (Permission.SEE_PRODUCTION,)),
    Entry(N_("Calendar"), "calendar.index", (Permission.SEE_PRODUCTION,)),
    Entry(N_("QC"), "qc.index", (Permission.SEE_PRODUCTION,)),
    Entry(N_("Fills"), "fills.index", (Permission.SEE_PRODUCTION,)),
    Entry(N_("Doses"), "doses.index", (Permission.ISSUE_DOSE, Permission.RECEIVE_DOSE)),
    Entry(N_("Vials"), "vials.index", (Permission.SEE_STORAGE,)),
    Entry(N_("Orders"), "orders.index", (Permission.SEE_STORAGE, Permission.ORDER_VIALS)),
    Entry(N_("Cryobank"), "tanks.index", (Permission.SEE_STORAGE, Permission.KEEP_PLACES)),
    Entry(N_("Deviations"), "deviations.index", (Permission.SEE_DEVIATIONS,)),
    Entry(N_("Trends"), "trends.index", (Permission.REVIEW_PRODUCTION, Permission.SEE_AUDIT_TRAIL)),
    Entry(N_("Lots"), "lots.index", (Permission.SEE_STOCK,)),
    Entry(N_("Equipment"), "equipment.index", (Permission.SEE_STOCK,)),
    Entry(N_("Places"), "places.index", (Permission.KEEP_PLACES,)),
    Entry(N_("Terminals"), "terminals.index", (Permission.KEEP_PLACES,)),
    Entry(
        N_("Specifications"),
        "specifications.index",
        (Permission.IMPORT_SPECIFICATION, Permission.SEE_AUDIT_TRAIL),
    ),
    Entry(
        N_("People"), "staff.overview", (Permission.ADMINISTER_PEOPLE, Permission.RECORD_TRAINING)
    ),
    Entry(N_("Audit trail"), "trail.index", (Permission.SEE_AUDIT_TRAIL,)),
    Entry(N_("Scans"), "scan_figures.index", (Permission.SEE_AUDIT_TRAIL,)),
    Entry(
        N_("Earlier records"),
        "imports.index",
        (Permission.IMPORT_RECORDS, Permission.SEE_AUDIT_TRAIL),
    ),
    Entry(N_("Jobs"), "jobs.index", (Permission.SEE_JOBS,)),
)
"""The top bar, in the order of the work."""


PAGES: dict[str, str] = {
    "PT": "patients.show",
    "CR": "courses.show",
    "SA": "samples.show",
    "BA": "batches.show",
    "ST": "steps.show",
    "SN": "sessions.show",
    "VE": "vessels.show",
    "SU": "suspensions.show",
    "QC": "aliquots.show",
    "QT": "qc.show",
    "QR": "qc_runs.show",
    "FL": "release.show",
    "DS": "doses.show",
    "VL": "vials.show",
    "DV": "deviations.show",
    "RC": "papers.show",
    "US": "staff.show",
    "LT": "lots.show",
    "EQ": "equipment.show",
    "PL": "places.show",
    "TM": "terminals.show",
    "TK": "tanks.show",
    "BX": "boxes.show",
    "CE": "cells.show",
    "RQ": "orders.show",
    "UP": "imports.show",
}
"""The page that shows what each kind of code names: an endpoint that takes it as `code`."""


@dataclass(frozen=True)
class Link:
    label: str
    address: str
    here: bool


def links() -> tuple[Sequence[Link], Sequence[Link]]:
    """The entries this person may follow: those in the bar, and those behind *More*."""
    if not current_user.is_authenticated:
        return [], []
    return _links(current_user.permissions, request.blueprint, reader().tag, request.root_path)


@lru_cache(maxsize=1000)
def _links(
    allowed: frozenset[Permission], here: str | None, language: str, root: str
) -> tuple[Sequence[Link], Sequence[Link]]:
    """The same for all who are allowed this, stand there and read this language."""
    often, seldom = (
        [
            Link(said(each.label), url_for(each.endpoint), each.endpoint.partition(".")[0] == here)
            for each in entries
        ]
        for entries in offered(allowed)
    )
    return often, seldom


def offered(allowed: frozenset[Permission]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """What may be followed by whoever is allowed this: often, and seldom."""
    open_to = [each for each in ENTRIES if not each.permissions or allowed & {*each.permissions}]
    if len(open_to) <= MOST_IN_A_ROW:
        return open_to, []
    often = [each for each in open_to if is_daily(each.endpoint, allowed)]
    return often, [each for each in open_to if each not in often]


def is_daily(endpoint: str, allowed: frozenset[Permission]) -> bool:
    permissions = DAILY.get(endpoint.partition(".")[0])
    return permissions is None or not allowed.isdisjoint(permissions)


def require_page(code: str) -> None:
    """Raise NotPermitted where the page about what `code` names is closed to this person."""
    if endpoint := PAGES.get(code[:2]):
        require_open(endpoint)


def address_of(code: str) -> str:
    """The address of the page about what `code` names; empty where this person may open none."""
    pages: dict[str, tuple[str, str] | None] = g.setdefault("pages", {})  # a list has many alike
    if (kind := code[:2]) not in pages:
        pages[kind] = around_code(PAGES.get(kind, ""))
    if (around := pages[kind]) is None:
        return ""
    return f"{around[0]}{quote(code, safe='')}{around[1]}"


def way_out_of(error: LimsError) -> str:
    """Where what refused something is shown as it stands now; empty where this person may open
    no such page."""
    return address_of(error.about) if codes.is_well_formed(error.about) else ""


def around_code(endpoint: str) -> tuple[str, str] | None:
    """What stands before and after the code in the address of a page this person may open."""
    if not may_open(endpoint):
        return None
    before, _, after = url_for(endpoint, code=ANY_CODE).partition(ANY_CODE)
    return before, after


def init(app: Flask) -> None:
    app.jinja_env.globals.update(navigation=links, address_of=address_of)
