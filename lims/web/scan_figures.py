"""For quality: how many codes were scanned, typed, stopped or overridden, and which those are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lims import clock
from lims.models.command_run import Refusal
from lims.models.step import StepKind
from lims.models.user import User
from lims.permissions import Permission
from lims.web import narrowing, trail_values
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import listing
from lims.workflows import scan_figures, scan_rows, stops, terminals
from lims.workflows.scan_figures import Figures
from lims.workflows.scan_rows import IN_OTHER_ACTS, IN_RUNS, Asked, Counted

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
    session, counted = reading_session(), Counted(what)
    called, rows = terminals.names(session), scan_rows.in_order(counted, asked())
    found = listing(select(rows), rows.c.place)
    met = stops_of(found.rows) if counted is Counted.MISMATCHES else {}
    return render_template(
        "scan_figures/behind.html",
        what=counted,
        found=found,
        whose=scan_rows.whose(session, found.rows),
        about=about(found.rows),
        met=met,
        acknowledged=stops.acknowledged(session, list(met.values())),
        called=called,
        in_runs=IN_RUNS,
        narrowed=[called_there(name, text, called) for name, text in narrower().items()],
    )


def called_there(name: str, text: str, terminals_called: Mapping[str, str]) -> str:
    """What the list is narrowed to, as the table of figures names it."""
    if name == "month":
        return ".".join(reversed(text.split("-")))
    return str(ELSEWHERE.get(text) or terminals_called.get(text, text))


def stops_of(rows: Sequence[Any]) -> dict[int, Refusal]:
    """The stops that `rows` tell of, by number; one query."""
    numbers = [each.row_id for each in rows]
    found = reading_session().scalars(select(Refusal).where(Refusal.id.in_(numbers)))
    return {each.id: each for each in found}


def about(rows: Sequence[Any]) -> trail_values.Names:
    """What other acts were about; one query."""
    wanted: dict[str, set[int]] = {User.__tablename__: set()}
    for each in rows:
        if each.about_id and each.about_table not in (None, User.__tablename__):
            wanted.setdefault(each.about_table, set()).add(each.about_id)
    return trail_values.names_of(reading_session(), wanted)


def narrower() -> dict[str, Any]:
    """What the address says of month, terminal and kind."""
    said = {name: narrowing.typed(name) for name in ("month", "terminal", "kind")}
    return {name: text for name, text in said.items() if text}


def asked() -> Asked:
    """What the address narrows; nonsense narrows nothing."""
    days = months_to(clock.today())
    month = next((day for day in days if f"{day:%Y-%m}" == narrowing.typed("month")), None)
    terminal = narrowing.typed("terminal") if "terminal" in request.args else None
    kind = narrowing.typed("kind")
    kind = kind if kind in {*StepKind, *ELSEWHERE} else ""
    if month is None:
        return Asked(clock.midnight(days[0]), None, terminal, kind or None)
    later = [day for day in days if day > month]
    until = clock.midnight(later[0]) if later else None
    return Asked(clock.midnight(month), until, terminal, kind or None)
