"""When the doses of courses are expected, against their sessions: of some, or of all in culture."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course, CourseStatus
from lims.workflows import batch_forecast, batch_growth, before_culture
from lims.workflows.batch_forecast import Outlook
from lims.workflows.past_batches import closed_batches


def of_courses(session: Session, courses: Sequence[Course]) -> dict[int, Outlook]:
    """By the key of each course, read with its sessions, the outlook of its newest open batch, or
    of one that has no cells yet; in as many queries as that of one."""
    keys = [each.id for each in courses if each.status is CourseStatus.MANUFACTURING]
    of_batches = Batch.course_id.in_(keys)
    making = _outlooks(session, of_batches, batch_forecast.beside_sessions()) if keys else {}
    return before_culture.of_courses(session, courses) | making


def under_way(session: Session) -> dict[int, Outlook]:
    """The same of every course in manufacture, and of those that wait for their first cells.

    What is late only the forecast of each says, which no query makes: all are read, which are as
    many as are in culture at once, however many there ever were.
    """
    in_culture = Course.status == CourseStatus.MANUFACTURING
    making = _outlooks(session, in_culture, batch_forecast.with_outlook())
    return before_culture.every(session) | making


def late_batches(session: Session, batches: Sequence[Batch]) -> dict[int, Outlook]:
    """By the key of each of `batches` whose dose may be late, its outlook."""
    keys = [each.id for each in batches if each.status is BatchStatus.OPEN]
    found = _by_batch(session, Batch.id.in_(keys), batch_forecast.with_outlook()) if keys else {}
    return {batch.id: outlook for batch, outlook in found.items() if outlook.may_be_late}


def at_risk(found: dict[int, Outlook]) -> list[int]:
    """The keys of the courses whose dose may miss their next session."""
    return [course for course, outlook in found.items() if outlook.may_be_late]


def by_session(found: dict[int, Outlook]) -> dict[str, Outlook]:
    """By the code of the session that each dose is for."""
    return {each.appointment.code: each for each in found.values() if each.appointment}


def _outlooks(session: Session, which: Any, options: Sequence[Any]) -> dict[int, Outlook]:
    found = _by_batch(session, which, options)
    return {batch.course_id: outlook for batch, outlook in found.items()}


def _by_batch(session: Session, which: Any, options: Sequence[Any]) -> dict[Batch, Outlook]:
    growing = session.scalars(
        select(Batch)
        .join(Course, Course.id == Batch.course_id)
        .where(Batch.status == BatchStatus.OPEN, which)
        .options(*options)
        .order_by(Batch.id)
    )
    batches = growing.unique().all()
    if not batches:
        return {}
    grown = batch_growth.of_batches(session, batches)
    told = batch_forecast.outlooks(session, grown, closed_batches(session))
    return dict(zip(batches, told, strict=True))
