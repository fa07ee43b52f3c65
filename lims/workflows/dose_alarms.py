"""Doses of which the clinic must be told something: recalled, or held by a deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session, aliased

from lims.models.batch import BatchSample
from lims.models.course import Course, TransplantationSession
from lims.models.deviation import Deviation, DeviationSubject, Hold
from lims.models.fill import Decision, Disposition, Dose, DoseStatus, Fill, FillStatus
from lims.models.retrieval import BatchVial
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import deviations, dose_holds, starting, supply_reach
from lims.workflows.dose_gate import RELEASED
from lims.workflows.stopping import GOING_ON

AT_THE_CLINIC = (DoseStatus.ISSUED, DoseStatus.RECEIVED, DoseStatus.ADMINISTERED)
"""Given out; also injected, for then the patient is to be looked after."""


@dataclass(frozen=True)
class Alarm:
    """A dose of which the clinic is told, and why: a deviation's title, of a hold or a recall the
    reason."""

    code: str
    reason: str


def _held() -> CTE:
    """Each dose with each deviation that holds it: about its batch, its tissue, what went into it,
    the cells behind it, or its own way."""
    undecided = Deviation.status.in_(deviations.UNDECIDED)
    grades = or_(*(Deviation.grade == grade for grade in deviations.HOLDING))
    subject = select(DeviationSubject.batch_id.label("batch"), Deviation.id.label("cause"))
    of_batch = subject.join(Deviation).where(
        DeviationSubject.batch_id.is_not(None), undecided, grades
    )
    of_tissue = (
        select(BatchSample.batch_id, Deviation.id)
        .join(DeviationSubject, DeviationSubject.sample_id == BatchSample.sample_id)
        .join(Deviation, Deviation.id == DeviationSubject.deviation_id)
        .where(undecided, grades)
    )
    of_supply = supply_reach.reached(undecided, grades)
    own = (
        select(DeviationSubject.dose_id, DeviationSubject.deviation_id)
        .join(Deviation)
        .where(DeviationSubject.dose_id.is_not(None), undecided, dose_holds.on_its_way())
    )
    return union(_doses_of(union(of_batch, of_tissue, of_supply)), own).cte("held")


def _on_hold() -> CTE:
    """Each dose with each hold in force on its batch, or on anything in it or behind it."""
    batch = func.coalesce(Hold.batch_id, Vessel.batch_id, Suspension.batch_id, BatchVial.batch_id)
    held = (
        select(batch.label("batch"), Hold.id.label("cause"))
        .outerjoin(Vessel, Vessel.id == Hold.vessel_id)
        .outerjoin(Suspension, Suspension.id == Hold.suspension_id)
        .outerjoin(BatchVial, BatchVial.vial_id == Hold.vial_id)
        .where(Hold.ended_at.is_(None))
    )
    return _doses_of(held).cte("on_hold")


def _doses_of(named: Any) -> Select[Any]:
    """Each dose with what is the cause for its batch, as in `named`, or for one behind it; no dose
    where nothing is filled of it. Outer joins, so that SQLite begins with the few causes."""
    reached = starting.passed_on(named.subquery())
    return (
        select(Dose.id.label("dose"), reached.c.cause)
        .select_from(reached)
        .outerjoin(Fill, Fill.batch_id == reached.c.batch)
        .outerjoin(Dose, Dose.fill_id == Fill.id)
    )


HELD, ON_HOLD = _held(), _on_hold()


def alarmed() -> Select[Any]:
    """Those doses, of courses that are not over."""
    given = Dose.status.in_(AT_THE_CLINIC)
    promised = given | (Dose.status == DoseStatus.AVAILABLE)
    is_held = Dose.id.in_(select(HELD.c.dose)) | Dose.id.in_(select(ON_HOLD.c.dose))
    given_back = aliased(Dose)
    recalled = (
        select(given_back.id)
        .join(Fill, Fill.id == given_back.fill_id)
        .where(Fill.status == FillStatus.RECALLED)
    )
    few = union(recalled, select(HELD.c.dose), select(ON_HOLD.c.dose))
    return (
        select(Dose)
        .join(Fill, Fill.id == Dose.fill_id)
        .join(TransplantationSession, TransplantationSession.id == Dose.session_id)
        .join(Course, Course.id == TransplantationSession.course_id)
        .where(
            Dose.id.in_(few),  # says no more than what follows: what the databases begin with
            Course.status.in_(GOING_ON),
            or_(
                and_(Fill.status == FillStatus.RECALLED, given),
                and_(Fill.status.in_(RELEASED), promised, is_held),
            ),
        )
    )


def of_alarm(recall: Any, deviation: Any, hold: Any) -> ColumnElement[Any]:
    """Of an alarmed dose in a query that has its fill: of its recall, or of what holds it."""
    holding = func.coalesce(
        _newest(deviation, Deviation, HELD), _newest(hold, Hold, ON_HOLD), type_=deviation.type
    )
    return case((Fill.status == FillStatus.RECALLED, _recall(recall)), else_=holding)


def _recall(column: Any) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(Disposition.fill_id == Fill.id, Disposition.decision == Decision.RECALLED)
        .order_by(Disposition.id.desc())
        .limit(1)
        .correlate(Fill)
        .scalar_subquery()
    )


def _newest(column: Any, of: type[Deviation | Hold], causes: CTE) -> ScalarSelect[Any]:
    return (
        select(column)
        .join(causes, causes.c.cause == of.id)
        .where(causes.c.dose == Dose.id)
        .order_by(of.id.desc())
        .limit(1)
        .correlate(Dose)
        .scalar_subquery()
    )


def told(session: Session, *such: ColumnElement[bool]) -> Sequence[Alarm]:
    """The alarms of the doses that are `such`; one query."""
    reason = of_alarm(Disposition.reason, Deviation.title, Hold.reason)
    rows = session.execute(alarmed().with_only_columns(Dose.code, reason).where(*such))
    return [Alarm(code, why or "") for code, why in rows]
