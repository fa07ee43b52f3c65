"""The timeline of a course: what was planned and what happened, on one axis of days."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims import clock
from lims.charts import timeline
from lims.charts.timeline import Row
from lims.models.course import Course
from lims.papers import course_days
from lims.permissions import Permission
from lims.web import growth
from lims.web.auth import requires
from lims.web.courses import course_with_patient
from lims.web.current import reading_session
from lims.web.filters import site
from lims.web.growth import Card
from lims.web.navigation import address_of
from lims.workflows import batch_forecast, course_times
from lims.workflows.course_times import Happened

bp = Blueprint("course_times", __name__, url_prefix="/courses")


@bp.get("/<code>/timeline")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    course = course_with_patient(code, batch_forecast.with_sessions())
    happened = course_times.of_course(reading_session(), course)
    card = growth.of_open(growth.batches_of(course))
    rows = rows_of(course, happened, card)
    return render_template(
        "courses/timeline.html",
        course=course,
        rows=rows,
        drawn=timeline.laid_out(rows, clock.today()) if rows else None,
        growth=card,
    )


def rows_of(course: Course, happened: Sequence[Happened], card: Card | None) -> list[Row]:
    """What happened, what is planned, and when the dose is expected."""
    known = course_days.rows_of(course, happened, _, address_of)
    return course_days.in_order([*known, *expected(card), *called_off(course)])


def called_off(course: Course) -> Iterator[Row]:
    """Sessions and injections that were planned and do not take place, each with its reason."""
    for sitting in course.sessions:
        name, address = _("Session %(number)s", number=sitting.number), address_of(sitting.code)
        if sitting.cancelled_reason is not None:
            reason = sitting.cancelled_reason
            yield Row(name, planned=sitting.planned_on, address=address, called_off=reason)
        for each in sitting.injections:
            if each.removal is not None:
                yield Row(
                    f"{name}: {site(each)}",
                    planned=sitting.planned_on,
                    address=address,
                    called_off=each.removal.reason,
                )


def expected(card: Card | None) -> Iterator[Row]:
    """No day is expected of a dose that a limit comes before."""
    if card and (told := card.forecast) and not told.exceeds:
        batch = card.grown.batch.code
        yield Row(
            _("Dose expected"),
            planned=told.expected,
            earliest=told.earliest,
            latest=told.latest,
            address=address_of(batch),
        )
