"""When a first dose could be there of a course that has no cells yet: told against its session.

What is not in culture is counted from today: as if the tissue were isolated now, by the
laboratory's past batches, or by the specification where these are too few.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course, CourseStatus, TransplantationSession
from lims.models.fill import DoseStatus, Vial, VialStatus
from lims.models.sample import Sample, SampleStatus
from lims.workflows import batch_forecast, specifications
from lims.workflows.batch_forecast import Outlook
from lims.workflows.forecast import Forecast, NoForecast, Timeliness, forecast
from lims.workflows.growth import SVF_PASSAGE
from lims.workflows.pace import Standing
from lims.workflows.past_batches import closed_batches

S = CourseStatus
WITHOUT_CELLS = (
    S.ENQUIRY, S.ELIGIBLE, S.CONSENTED, S.COLLECTING, S.MANUFACTURING, S.TREATING, S.FOLLOW_UP,
)  # fmt: skip
"""Where a session may be planned that nothing grows for yet."""
ON_THEIR_WAY = (VialStatus.RESERVED, VialStatus.RETRIEVED, VialStatus.THAWED)
NO_TISSUE = (SampleStatus.REJECTED, SampleStatus.DISCARDED, SampleStatus.CONSUMED)
NO_DOSE = (DoseStatus.DISCARDED, DoseStatus.RETURNED, DoseStatus.EXPIRED)


def of_courses(session: Session, courses: Sequence[Course]) -> dict[int, Outlook]:
    """By the key of each course without cells that has a session ahead, its outlook.

    The `courses` have their sessions.
    """
    keys = [each.id for each in courses if each.status in WITHOUT_CELLS and awaited(each)]
    return _told(session, _of(Course.id.in_(keys))) if keys else {}


def every(session: Session) -> dict[int, Outlook]:
    """The same of all courses, which are as many as wait for their first cells at once."""
    ahead = exists().where(
        TransplantationSession.course_id == Course.id,
        TransplantationSession.planned_on >= clock.today(),
        TransplantationSession.cancelled_reason.is_(None),
    )
    theirs = _of(Course.status.in_(WITHOUT_CELLS), ahead)
    return _told(session, theirs.options(batch_forecast.with_sessions()))


def if_begun_today(session: Session, course: Course) -> Outlook | None:
    """What planning a session of a course without cells is told; None where it has some."""
    of_it = _of(Course.id == course.id).options(batch_forecast.with_sessions())
    rows = session.execute(of_it).unique().all()
    return next(iter(_outlooks(session, rows).values()), None) if rows else None


def awaited(course: Course) -> TransplantationSession | None:
    """The next session of a course that no dose is there for."""
    ahead = [
        each
        for each in course.sessions
        if each.cancelled_reason is None
        and each.planned_on >= clock.today()
        and all(dose.status in NO_DOSE for dose in each.doses)
    ]
    return min(ahead, key=lambda each: each.planned_on, default=None)


def _told(session: Session, which: Select[Course, Decimal | None]) -> dict[int, Outlook]:
    rows = [row for row in session.execute(which).unique() if awaited(row.Course)]
    return _outlooks(session, rows) if rows else {}


def _of(*which: Any) -> Select[Course, Decimal | None]:
    """The courses that nothing grows for and nothing is frozen for, with their tissue."""
    growing = exists().where(Batch.course_id == Course.id, Batch.status == BatchStatus.OPEN)
    frozen = exists().where(
        Vial.patient_id == Course.patient_id, Vial.status.in_((VialStatus.STORED, *ON_THEIR_WAY))
    )
    tissue = (
        select(func.sum(Sample.mass_g))
        .where(Sample.course_id == Course.id, Sample.status.not_in(NO_TISSUE))
        .scalar_subquery()
    )
    found = select(Course, tissue.label("tissue_g")).where(*which, ~growing, ~frozen)
    return found.order_by(Course.id)


def _outlooks(session: Session, rows: Sequence[Any]) -> dict[int, Outlook]:
    version, today = specifications.approved(session), clock.today()
    ranges = specifications.forecast_ranges(version) if version else None
    if version is None or ranges is None:
        return {}
    past, found = closed_batches(session), {}
    least = specifications.limit(version, "tissue_mass_min_g")
    for course, tissue_g in rows:
        planned = awaited(course)
        aim = batch_forecast.aim_of(version, batch_forecast.cells_needed(course, planned))
        if aim.prescribed_cells is None:
            continue
        standing = Standing(
            cells=None,
            counted_on=today,
            passage=SVF_PASSAGE,
            growing=False,
            tissue_g=Decimal(tissue_g) if tissue_g else least,
        )
        told = forecast(standing, aim, past=past, ranges=ranges, today=today)
        late = against(told, planned) if planned else None
        found[course.id] = Outlook(aim, told, planned, late, None, [])
    return found


def against(told: Forecast | NoForecast, planned: TransplantationSession) -> Timeliness:
    """Of cells that are not there yet the likely day counts, not the latest: a session is planned
    some thirty days ahead, and a warning about every one of them is read by nobody."""
    if isinstance(told, NoForecast):
        return Timeliness.AT_RISK
    if told.earliest > planned.planned_on:
        return Timeliness.WILL_MISS
    return Timeliness.AT_RISK if told.expected > planned.planned_on else Timeliness.IN_TIME
