"""A course goes back to manufacturing: for its next dose, or because the one made is lost."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.course import Course, CourseStatus, TransplantationSession
from lims.models.fill import Dose, DoseStatus, Fill
from lims.workflows import states
from lims.workflows.dose_gate import RELEASED

IN_HAND = (DoseStatus.AVAILABLE, DoseStatus.ISSUED, DoseStatus.RECEIVED)
TREATED = (CourseStatus.TREATING, CourseStatus.FOLLOW_UP)


def begin(session: Session, course: Course) -> None:
    """A dose is made for a course that had one: it is in manufacture again."""
    if course.status in TREATED:
        states.move(session, course, CourseStatus.MANUFACTURING)


def lost(session: Session, course: Course) -> None:
    """Where no released dose is left of a course whose dose was ready, another is to be made."""
    left = (
        select(Dose.id)
        .join(Fill, Fill.id == Dose.fill_id)
        .join(TransplantationSession, TransplantationSession.id == Dose.session_id)
        .where(
            TransplantationSession.course_id == course.id,
            Dose.status.in_(IN_HAND),
            Fill.status.in_(RELEASED),
        )
    )
    if course.status is CourseStatus.DOSE_READY and session.scalar(left.limit(1)) is None:
        states.move(session, course, CourseStatus.MANUFACTURING)
