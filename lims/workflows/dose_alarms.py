"""Doses of which the clinic must be told something: recalled, or held by a deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, ScalarSelect, Select, and_, case, or_, select, union
from sqlalchemy.orm import Session

from lims.models.batch import BatchSample
from lims.models.course import Course, TransplantationSession
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.fill import Decision, Disposition, Dose, DoseStatus, Fill, FillStatus
from lims.workflows import deviations, dose_holds, starting
from lims.workflows.dose_gate import RELEASED
from lims.workflows.stopping import ENDED

AT_THE_CLINIC = (DoseStatus.ISSUED, DoseStatus.RECEIVED, DoseStatus.ADMINISTERED)
"""Given out; also injected, for then the patient is to be looked after."""


@dataclass(frozen=True)
class Alarm:
    """A dose of which the clinic is told, and why: the deviation's title, or of a recall."""

    code: str
    reason: str


def _held() -> CTE:
    """Each dose with each deviation that holds it: about its batch, its tissue, the cells behind
    it, or its own way."""
    undecided = Deviation.status.not_in(deviations.DECIDED)
    grades = or_(*(Deviation.grade == grade for grade in deviations.HOLDING))
    subject = select(DeviationSubject.batch_id.label("batch"), Deviation.id.label("deviation"))
    of_batch = subject.join(Deviation).where(
        DeviationSubject.batch_id.is_not(None), undecided, grades
    )
    of_tissue = (
        select(BatchSample.batch_id, Deviation.id)
        .join(DeviationSubject, DeviationSubject.sample_id == BatchSample.sample_id)
        .join(Deviation, Deviation.id == DeviationSubject.deviation_id)
        .where(undecided, grades)
    )
    reached = starting.passed_on(union(of_batch, of_tissue).subquery("named"))
    by_batch = (
        select(Dose.id.label("dose"), reached.c.deviation)
        .join(Fill, Fill.id == Dose.fill_id)
        .join(reached, reached.c.batch == Fill.batch_id)
    )
    own = (
        select(DeviationSubject.dose_id, DeviationSubject.deviation_id)
        .join(Deviation)
        .where(DeviationSubject.dose_id.is_not(None), undecided, dose_holds.on_its_way())
    )
    return union(by_batch, own).cte("held")


HELD = _held()


def alarmed() -> Select[Any]:
    """Those doses, of courses that are not over."""
    given = Dose.status.in_(AT_THE_CLINIC)
    promised = given | (Dose.status == DoseStatus.AVAILABLE)
    return (
        select(Dose)
        .join(Fill, Fill.id == Dose.fill_id)
        .join(TransplantationSession, TransplantationSession.id == Dose.session_id)
        .join(Course, Course.id == TransplantationSession.course_id)
        .where(
            Course.status.not_in(ENDED),
            or_(
                and_(Fill.status == FillStatus.RECALLED, given),
                and_(Fill.status.in_(RELEASED), promised, Dose.id.in_(select(HELD.c.dose))),
            ),
        )
    )


def of_alarm(recall: Any, deviation: Any) -> ColumnElement[Any]:
    """Of an alarmed dose in a query that has its fill: of its recall, or of what holds it."""
    return case((Fill.status == FillStatus.RECALLED, _recall(recall)), else_=_newest(deviation))


def _recall(column: Any) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(Disposition.fill_id == Fill.id, Disposition.decision == Decision.RECALLED)
        .order_by(Disposition.id.desc())
        .limit(1)
        .correlate(Fill)
        .scalar_subquery()
    )


def _newest(column: Any) -> ScalarSelect[Any]:
    return (
        select(column)
        .join(HELD, HELD.c.deviation == Deviation.id)
        .where(HELD.c.dose == Dose.id)
        .order_by(Deviation.id.desc())
        .limit(1)
        .correlate(Dose)
        .scalar_subquery()
    )


def told(session: Session, *such: ColumnElement[bool]) -> Sequence[Alarm]:
    """The alarms of the doses that are `such`; one query."""
    reason = of_alarm(Disposition.reason, Deviation.title)
    rows = session.execute(alarmed().with_only_columns(Dose.code, reason).where(*such))
    return [Alarm(code, why or "") for code, why in rows]
