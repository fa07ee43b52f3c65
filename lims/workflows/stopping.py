"""Stopping manufacture when a patient dies or takes the consent to production back.

Courses end as withdrawn and their open batches are held: nothing is filled, released or issued,
while the care of living cells stays open until somebody decides what becomes of them.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course, CourseStatus
from lims.models.deviation import HoldKind
from lims.models.order import Order, OrderStatus
from lims.models.patient import Patient
from lims.models.user import User
from lims.workflows import holds, reserving, states

ENDED = frozenset({CourseStatus.COMPLETED, CourseStatus.WITHDRAWN, CourseStatus.EXCLUDED})


def stop_manufacture(session: Session, patient: Patient, *, reason: str, by: User) -> None:
    """End every open course of `patient` as withdrawn and hold its open batches."""
    for course in open_courses(session, patient):
        end_course(session, course, CourseStatus.WITHDRAWN, reason=reason, by=by)


def end_course(
    session: Session, course: Course, ending: CourseStatus, *, reason: str, by: User
) -> None:
    """Give `course` the status `ending`, hold what is being made for it, end its orders."""
    states.move(session, course, ending)
    for batch in session.scalars(
        select(Batch).where(Batch.course_id == course.id, Batch.status == BatchStatus.OPEN)
    ):
        holds.put_on_hold(session, batch, kind=HoldKind.HOLD, reason=reason, by=by)
    for order in session.scalars(
        select(Order).where(Order.course_id == course.id, Order.status.in_(reserving.UNDER_WAY))
    ):
        reserving.end(session, order, OrderStatus.CANCELLED, reason)


def open_courses(session: Session, patient: Patient) -> Sequence[Course]:
    return session.scalars(
        select(Course)
        .where(Course.patient_id == patient.id, Course.status.not_in(ENDED))
        .order_by(Course.id)
        .with_for_update()
    ).all()
