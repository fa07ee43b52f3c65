"""The days of a course in rows, for its page and for the batch record: done, and planned."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from lims import clock
from lims.charts.timeline import Row
from lims.errors import N_
from lims.models.course import Course
from lims.papers.wording import passage
from lims.workflows import course_times
from lims.workflows.course_times import INJECTED, Happened

Say = Callable[[str], str]


def nowhere(code: str) -> str:
    """On paper nothing leads anywhere."""
    return ""


def on_paper(session: Session, course: Course, say: Say) -> tuple[Row, ...]:
    """What happened and what is planned; not what is forecast, which is another each day."""
    happened = course_times.of_course(session, course)
    return tuple(in_order(rows_of(course, happened, say)))


def rows_of(
    course: Course, happened: Sequence[Happened], say: Say, address: Say = nowhere
) -> list[Row]:
    """An injection is its session's."""
    rows = [
        Row(
            say(each.label) % {"passage": passage(each.passage)},
            done=each.day,
            address=address(each.code) if each.code else "",
        )
        for each in happened
        if each.what != INJECTED
    ]
    return [*rows, *_sessions(course, happened, say, address)]


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Of time, whether it happened or is planned."""

    def when(row: Row) -> date:
        return row.done or row.planned or clock.today()

    return sorted(rows, key=when)


def _sessions(
    course: Course, happened: Sequence[Happened], say: Say, address: Say
) -> Iterator[Row]:
    """A session that was cancelled is no part of the way."""
    injected = {each.code: each.day for each in happened if each.what == INJECTED}
    for each in course.sessions:
        if each.cancelled_reason is None:
            yield Row(
                say(N_("Session %(number)s")) % {"number": each.number},
                planned=each.planned_on,
                done=injected.get(each.code),
                address=address(each.code),
            )
