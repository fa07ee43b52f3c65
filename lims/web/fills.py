"""Fills: planned at a bench, recorded as filled, shown with what is still open."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.errors import LimsError, NotFound
from lims.models.batch import Batch
from lims.models.course import Course, PlannedAdministration, TransplantationSession
from lims.models.equipment import Place
from lims.models.fill import Dose, Fill, FillKind, FillStatus
from lims.models.filling import Filling
from lims.models.suspension import Suspension
from lims.permissions import Permission
from lims.web import in_time
from lims.web.auth import requires
from lims.web.bench_forms import AtBench, Recorded
from lims.web.choices import ChoiceField, PickField, TickField
from lims.web.current import reading_session
from lims.web.fields import DecimalField, TextField, WholeField
from lims.web.filters import word
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.records import find, until_recorded
from lims.web.rows import Row, RowsField
from lims.web.scans import CodeField
from lims.workflows import codes, containers, fill_gate, filling
from lims.workflows.filling import Portion

bp = Blueprint("fills", __name__, url_prefix="/fills")

WAITING = (FillStatus.QUARANTINED, FillStatus.PRODUCTION_REVIEWED, FillStatus.CONDITIONAL)


class StartForm(AtBench):
    kind = ChoiceField(_l("What is filled"), FillKind)
    sitting = PickField(_l("For which session"), required=False, hint=_l("Only for doses."))
    number = WholeField(_l("Containers"), unit="containers", least=1, most=200)
    aliquots = WholeField(_l("QC aliquots"), unit="aliquots", required=False, most=50)

    def __init__(self, offered: list[tuple[str, str]], **values: Any) -> None:
        super().__init__(**values)
        self.sitting.choices = offered

    def of(self, session: Session, code: str) -> dict[str, Any]:
        chosen = self.sitting.data
        return {
            "suspension": codes.load(session, code, Suspension),
            "kind": self.kind.data,
            "station": codes.load(session, self.station.data or "", Place),
            "checker": self.checker.proof,
            "number": self.number.data,
            "aliquots": self.aliquots.data or 0,
            "sitting": codes.load(session, chosen, TransplantationSession) if chosen else None,
        }


class PortionRow(Row):
    container = CodeField(_l("Container"), "DS", "VL")
    volume_ml = DecimalField.of(Dose.volume_ml, _l("Volume"))
    planned = PickField(_l("Which injection"), required=False)


class FillingForm(Recorded):
    source = CodeField(_l("From the tube"), "SU", hint=_l("Scan the tube itself."))
    portions = RowsField(
        _l("Containers filled"), PortionRow, shown=1, hint=_l("Scan each as it is filled.")
    )
    vehicle = TextField(_l("Suspended in"), longest=200)
    appearance_good = TickField(_l("Appearance is as it should be, no particles"))
    containers_intact = TickField(_l("Containers are intact and closed"))

    def __init__(self, offered: list[tuple[int, str]], **values: Any) -> None:
        super().__init__(**values)
        for row in self.portions.entries:
            row.form.planned.choices = offered

    def of(self, session: Session, code: str) -> dict[str, Any]:
        step = codes.load(session, code, Filling)
        planned = injections(session, step)
        return {
            "step": step,
            "suspension": codes.load(session, self.source.data or "", Suspension),
            "kind": kind_of(session, step),
            "portions": [self._portion(row, planned) for row in self.portions.filled],
            "vehicle": self.vehicle.data,
            "appearance_good": bool(self.appearance_good.data),
            "containers_intact": bool(self.containers_intact.data),
            **self.noted(),
        }

    @staticmethod
    def _portion(row: PortionRow, planned: list[PlannedAdministration]) -> Portion:
        number = row.planned.data
        chosen = planned[number - 1] if number else None
        return Portion(code=row.container.data or "", volume_ml=row.volume_ml.data, planned=chosen)


def injections(session: Session, step: Filling) -> list[PlannedAdministration]:
    """The injections planned for the session this filling is for, in their order."""
    query = select(PlannedAdministration).where(PlannedAdministration.session_id == step.session_id)
    return list(session.scalars(query.order_by(PlannedAdministration.id)))


def kind_of(session: Session, step: Filling) -> FillKind:
    """Doses or vials, as the step's plan gave out their codes."""
    planned = {container.kind for container in containers.planned_for(session, step)}
    return FillKind.VIALS if "VL" in planned else FillKind.DOSES


def tubes(*also: Any) -> Select[Suspension]:
    """Tubes with what a page of filling shows of one; `also` is loaded with them."""
    of_batch = joinedload(Suspension.batch)
    return select(Suspension).options(
        joinedload(Suspension.patient),
        joinedload(Suspension.counts),
        joinedload(Suspension.withdrawals),
        of_batch.joinedload(Batch.specification_version),
        of_batch.joinedload(Batch.course).options(*also),
    )


def tube_shown(code: str) -> Suspension:
    """The tube with this code, with the sessions that its cells may be filled for."""
    query = tubes(selectinload(Course.sessions)).where(Suspension.code == code.upper())
    found = reading_session().scalars(query).unique().one_or_none()
    if found is None:
        raise NotFound(code=code[:40])
    return found


def sessions_offered(suspension: Suspension) -> list[tuple[str, str]]:
    return [
        (each.code, f"{each.number} · {each.planned_on:%d.%m.%Y}")
        for each in suspension.batch.course.sessions
        if each.cancelled_reason is None
    ]


@bp.get("/from/<code>")
@requires(Permission.PERFORM_STEP)
def start(code: str) -> ResponseReturnValue:
    suspension = tube_shown(code)
    problems = problems_with(suspension, FillKind.DOSES)
    hint = None if problems else in_time.at_fill(suspension)
    kind = FillKind.VIALS if problems else FillKind.DOSES
    given = {"kind": kind, "aliquots": hint.aliquots if hint else 0}
    return render_template(
        "fills/start.html",
        suspension=suspension,
        problems=problems,
        only_vials=bool(problems) and not problems_with(suspension, FillKind.VIALS),
        hint=hint,
        starting=shown(StartForm, sessions_offered(suspension), **given),
    )


def problems_with(suspension: Suspension, kind: FillKind) -> list[LimsError]:
    return list(fill_gate.problems_with(reading_session(), suspension, kind))


@bp.post("/from/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(start)
def record_start(code: str) -> ResponseReturnValue:
    form = StartForm(sessions_offered(tube_shown(code)))
    step = submit(form, filling.start_filling, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Print the labels, then fill.", code=step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/record/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Filling)
def record(step: Filling) -> ResponseReturnValue:
    session = reading_session()
    planned = [each for each in containers.planned_for(session, step) if each.kind in ("DS", "VL")]
    tube = tubes().where(Suspension.id == step.suspension_id)
    aims = injections(session, step)
    return render_template(
        "fills/record.html",
        step=step,
        suspension=session.scalars(tube).unique().one(),
        injections=aims,
        filled=shown(FillingForm, offered(aims), portions=[{} for _each in planned]),
        hint=in_time.of_step(step),
    )


@bp.post("/record/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(record)
def record_filling(code: str) -> ResponseReturnValue:
    form = FillingForm(offered(injections(reading_session(), find(Filling, code))))
    fill = submit(form, filling.record_filling, lambda session: form.of(session, code))
    flash(_("%(code)s is filled and waits in quarantine. Close the step.", code=fill.code))
    return redirect(url_for("steps.show", code=code), 303)


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    query = select(Fill).options(
        joinedload(Fill.patient), joinedload(Fill.batch), selectinload(Fill.doses)
    )
    return render_template("fills/index.html", fills=listing(query, Fill.id))


@bp.get("/waiting")
@requires(Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL)
def waiting() -> ResponseReturnValue:
    query = (
        select(Fill)
        .where(Fill.status.in_(WAITING))
        .options(joinedload(Fill.patient), joinedload(Fill.batch), selectinload(Fill.doses))
    )
    return render_template("fills/waiting.html", fills=listing(query, Fill.id))


def count_waiting() -> Select[int]:
    return select(func.count()).select_from(Fill).where(Fill.status.in_(WAITING))


def offered(planned: Sequence[PlannedAdministration]) -> list[tuple[int, str]]:
    """The injections planned for the session, each by its number in the list of the page."""
    return [(n, f"{n} · {injection_text(each)}") for n, each in enumerate(planned, 1)]


def injection_text(planned: PlannedAdministration) -> str:
    return f"{word(planned.joint)}, {word(planned.side)}"


def may_decide() -> bool:
    return bool(
        current_user.may(Permission.REVIEW_PRODUCTION) or current_user.may(Permission.RELEASE_FILL)
    )
