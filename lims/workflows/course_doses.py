"""A course follows its doses and sessions, from manufacture to the follow-up: here alone."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lims.models.course import Course, CourseStatus, TransplantationSession
from lims.models.fill import Dose, DoseStatus, Fill
from lims.workflows import states
from lims.workflows.dose_gate import IN_HAND, RELEASED, not_emptied


def begin(session: Session, course: Course) -> None:
    """A dose is made for a course that had one: it is in manufacture again."""
    if stands(course) in (CourseStatus.TREATING, CourseStatus.FOLLOW_UP):
        _go(session, course, CourseStatus.MANUFACTURING)


def follow(session: Session, course: Course, *, injected: bool = False) -> None:
    """Put a course where its doses are, after something became of one of them or of a session."""
    released = Dose.fill.has(Fill.status.in_(RELEASED))
    in_hand = _has_dose(session, course, Dose.status.in_(IN_HAND), released, not_emptied())
    was = stands(course)
    if injected and was in (CourseStatus.MANUFACTURING, CourseStatus.DOSE_READY):
        _go(session, course, CourseStatus.TREATING)
    elif in_hand and was is CourseStatus.MANUFACTURING:
        _go(session, course, CourseStatus.DOSE_READY)
    elif not in_hand and was is CourseStatus.DOSE_READY:
        _go(session, course, CourseStatus.MANUFACTURING)
    if (
        stands(course) is CourseStatus.TREATING
        and not in_hand
        and not _sessions_to_come(session, course)
    ):
        _go(session, course, CourseStatus.FOLLOW_UP)


def stands(course: Course) -> CourseStatus:
    """Where a course is, or where it will be taken up again when it is postponed."""
    postponed = course.status is CourseStatus.POSTPONED
    return course.postponed_from if postponed and course.postponed_from else course.status


def _go(session: Session, course: Course, to: CourseStatus) -> None:
    """What happens while a course is postponed shows when it is taken up again."""
    if course.status is CourseStatus.POSTPONED:
        course.postponed_from = to
        session.flush()
        return
    states.move(session, course, to)


def _has_dose(session: Session, course: Course, *such: ColumnElement[bool]) -> bool:
    of_course = Dose.session.has(TransplantationSession.course_id == course.id)
    return session.scalar(select(Dose.id).where(of_course, *such).limit(1)) is not None


def _sessions_to_come(session: Session, course: Course) -> bool:
    """Whether a session is planned in which nothing was injected yet."""
    injected = select(Dose.session_id).where(Dose.status == DoseStatus.ADMINISTERED)
    to_come: Any = select(TransplantationSession.id).where(
        TransplantationSession.course_id == course.id,
        TransplantationSession.cancelled_reason.is_(None),
        TransplantationSession.id.not_in(injected),
    )
    return session.scalar(to_come.limit(1)) is not None
