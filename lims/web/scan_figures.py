"""For quality: how many codes were scanned, typed, stopped or overridden, and which those are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims import clock
from lims.models.command_run import EnteredCode, Refusal
from lims.models.qc_run import QcRun
from lims.models.step import IdentityCheck, StepEquipment, StepKind, StepLot
from lims.models.user import User
from lims.permissions import Permission
from lims.web import narrowing, trail_values
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import Listing, listing
from lims.workflows import scan_figures, stops, terminals
from lims.workflows.scan_figures import IN_OTHER_ACTS, IN_RUNS, SOURCES, Asked, Counted, Figures

bp = Blueprint("scan_figures", __name__, url_prefix="/quality/scans")

MONTHS = 12
ELSEWHERE = {IN_RUNS: _l("Runs at QC"), IN_OTHER_ACTS: _l("Other acts")}
"""What stands among the kinds of step, and what it is called."""


@dataclass(frozen=True)
class Line:
    """Figures with what they are of, and what narrows the list behind each."""

    name: Any
    figures: Figures
    narrowed: dict[str, Any]

    def behind(self, what: Counted) -> str:
        return url_for("scan_figures.behind", what=what.value, **self.narrowed)


def months_to(today: date) -> list[date]:
    """The first days of the last months, the oldest first."""
    newest = today.year * MONTHS + today.month - 1
    found = (divmod(newest - back, MONTHS) for back in reversed(range(MONTHS)))
    return [date(year, month + 1, 1) for year, month in found]


@bp.get("/")
@requires(Permission.SEE_AUDIT_TRAIL)
def index() -> ResponseReturnValue:
    session, first_days = reading_session(), months_to(clock.today())
    starts = [clock.midnight(day) for day in first_days]
    by_month = scan_figures.by_month(session, starts)
    return render_template(
        "scan_figures/index.html",
        months=[
            Line(f"{day:%m.%Y}", figures, {"month": f"{day:%Y-%m}"})
            for day, figures in reversed(list(zip(first_days, by_month, strict=True)))
        ],
        terminals=lines(scan_figures.by_terminal(session, starts[0]), "terminal"),
        called=terminals.names(session),
        kinds=lines(scan_figures.by_kind(session, starts[0]), "kind"),
        elsewhere=ELSEWHERE,
        counted=Counted,
    )


def lines(found: dict[str, Figures], name: str) -> list[Line]:
    return [Line(each, figures, {name: each}) for each, figures in found.items()]


@bp.get("/<what>")
@requires(Permission.SEE_AUDIT_TRAIL)
def behind(what: str) -> ResponseReturnValue:
    """The rows that a figure was counted from, the newest first."""
    if what not in set(Counted):
        abort(404)
    session, counted, called = reading_session(), Counted(what), terminals.names(reading_session())
    kind = narrowing.typed("kind")
    of_step, alone = kind in set(StepKind), kind if is_elsewhere(counted, kind) else ""
    of_runs = {} if of_step else scan_figures.of_runs(session, counted, asked())
    found = listed(counted, kind, of_runs)
    met = found.rows if counted is Counted.MISMATCHES and kind != IN_RUNS else ()
    return render_template(
        "scan_figures/behind.html",
        what=counted,
        found=found,
        of_runs=of_runs,
        of_others=0 if of_step else scan_figures.of_other_acts(session, counted, asked()),
        alone=alone,
        in_runs=IN_RUNS,
        in_other_acts=IN_OTHER_ACTS,
        there={kind: there(counted, kind) for kind in ELSEWHERE},
        names=names_of(met),
        acknowledged=acknowledged(met),
        told=told(found.rows) if alone == IN_OTHER_ACTS else {},
        called=called,
        narrowed=[
            str(ELSEWHERE.get(text) or called.get(text, text)) for text in narrower().values()
        ],
    )


def is_elsewhere(what: Counted, kind: str) -> bool:
    """Whether what is listed belongs to no step."""
    return kind == IN_RUNS or (kind == IN_OTHER_ACTS and what in scan_figures.OF_OTHER_ACTS)


def listed(what: Counted, kind: str, of_runs: Mapping[int, int]) -> Listing:
    """The rows behind a figure, a page at a time; of runs at QC the runs."""
    if kind == IN_RUNS:
        return listing(select(QcRun).where(QcRun.id.in_(of_runs)), QcRun.id)
    if is_elsewhere(what, kind):
        return listing(scan_figures.in_other_acts(what, asked()), EnteredCode.id)
    rows = scan_figures.rows(what, asked()).options(*shown_with(what))
    return listing(rows, key(what))


def there(what: Counted, kind: str) -> str:
    return url_for("scan_figures.behind", what=what.value, **{**narrower(), "kind": kind})


def narrower() -> dict[str, Any]:
    """What the address says of month, terminal and kind."""
    said = {name: narrowing.typed(name) for name in ("month", "terminal", "kind")}
    return {name: text for name, text in said.items() if text}


def asked() -> Asked:
    """What the address narrows; nonsense narrows nothing."""
    days = months_to(clock.today())
    month = next((day for day in days if f"{day:%Y-%m}" == narrowing.typed("month")), None)
    terminal = narrowing.typed("terminal") if "terminal" in request.args else None
    kind = narrowing.chosen(StepKind, "kind")
    if month is None:
        return Asked(clock.midnight(days[0]), None, terminal, kind)
    later = [day for day in days if day > month]
    until = clock.midnight(later[0]) if later else None
    return Asked(clock.midnight(month), until, terminal, kind)


def told(entered: Sequence[EnteredCode]) -> trail_values.Names:
    """Who entered codes, and what their acts were about; one query."""
    wanted: dict[str, set[int]] = {User.__tablename__: {each.user_id for each in entered}}
    for each in entered:
        if each.result_table and each.result_id:
            wanted.setdefault(each.result_table, set()).add(each.result_id)
    return trail_values.names_of(reading_session(), wanted)


def key(what: Counted) -> Any:
    model, _at = SOURCES[what]
    return model.id


def shown_with(what: Counted) -> tuple[Any, ...]:
    """What is read with the rows, so that a page of them takes one query."""
    with_step: dict[Any, tuple[Any, ...]] = {
        IdentityCheck: (joinedload(IdentityCheck.step),),
        StepLot: (joinedload(StepLot.step), joinedload(StepLot.override_by)),
        StepEquipment: (
            joinedload(StepEquipment.step),
            joinedload(StepEquipment.override_by),
            joinedload(StepEquipment.equipment),
        ),
        Refusal: (),
    }
    return with_step[SOURCES[what][0]]


def acknowledged(refusals: Sequence[Refusal]) -> dict[int, datetime]:
    return stops.acknowledged(reading_session(), refusals)


def names_of(refusals: Sequence[Refusal]) -> dict[int, str]:
    """Who was stopped, by id."""
    people = {each.user_id for each in refusals}
    found = reading_session().execute(select(User.id, User.full_name).where(User.id.in_(people)))
    return dict(found.all())
