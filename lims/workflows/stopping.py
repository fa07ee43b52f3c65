"""Stopping manufacture when a patient dies or takes the consent to production back.

Courses end as withdrawn and their batches are held: nothing is filled, released or issued,
while the care of living cells stays open until somebody decides what becomes of them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.audit import AuditEntry
from lims.models.batch import Batch
from lims.models.course import Course, CourseStatus
from lims.models.deviation import HoldKind
from lims.models.order import Order
from lims.models.patient import Patient
from lims.models.user import User
from lims.workflows import holds, reserving, states

ENDED = frozenset(
    {
        CourseStatus.COMPLETED,
        CourseStatus.WITHDRAWN,
        CourseStatus.EXCLUDED,
        CourseStatus.EARLIER,
    }
)
GOING_ON = tuple(status for status in CourseStatus if status not in ENDED)


class PatientDied(LimsError):
    sentence = N_("%(code)s died on %(died_on)s.")
    recorded = True
    status = 409


class CourseEnded(LimsError):
    sentence = N_("%(code)s is %(status)s: nothing is made or given out for it any more.")
    recorded = True
    status = 409


class CoursePostponed(LimsError):
    sentence = N_("%(code)s is postponed: take it up again before cells are used for it.")
    recorded = True
    status = 409


def problems_with(
    session: Session, course: Course, patient: Patient, at: datetime
) -> Iterator[LimsError]:
    """What stood against going on with a course at a moment: isolation, fill and dose ask it."""
    if patient.died_on is not None and patient.died_on <= clock.day_of(at):
        yield PatientDied(code=patient.code, died_on=patient.died_on)
    if course.status not in (*ENDED, CourseStatus.POSTPONED) or _went_on(session, course, at):
        return
    if course.status is CourseStatus.POSTPONED:
        yield CoursePostponed(code=course.code)
    else:
        yield CourseEnded(code=course.code, status=course.status)


def _went_on(session: Session, course: Course, at: datetime) -> bool:
    """Whether a course that stands still now did not yet, by the audit trail."""
    stopped = select(func.max(AuditEntry.at)).where(
        AuditEntry.table_name == "course",
        AuditEntry.row_id == course.id,
        AuditEntry.changes.contains('"status"', autoescape=True),
    )
    since = session.scalar(stopped)
    return since is not None and at < since


def stop_manufacture(session: Session, patient: Patient, *, reason: str, by: User) -> None:
    """End every open course of `patient` as withdrawn and hold its batches."""
    for course in open_courses(session, patient):
        end_course(session, course, CourseStatus.WITHDRAWN, reason=reason, by=by)


def end_course(
    session: Session, course: Course, ending: CourseStatus, *, reason: str, by: User
) -> None:
    """Give `course` the status `ending`, hold what is being made for it, end its orders."""
    states.move(session, course, ending)
    for batch in session.scalars(select(Batch).where(Batch.course_id == course.id)):
        holds.put_on_hold(session, batch, kind=HoldKind.HOLD, reason=reason, by=by)
    reserving.end_all(session, Order.course_id == course.id, reason)


def open_courses(session: Session, patient: Patient) -> Sequence[Course]:
    return session.scalars(
        select(Course)
        .where(Course.patient_id == patient.id, Course.status.not_in(ENDED))
        .order_by(Course.id)
        .with_for_update()
    ).all()
