"""When an injected patient is seen again: the days that the approved specification sets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Select, func, or_, select, true, type_coerce
from sqlalchemy.orm import Session

from lims import clock
from lims.models.administration import Administration, Outcome
from lims.models.course import Course, TransplantationSession
from lims.models.fill import Dose
from lims.models.specification import (
    SpecificationLimit,
    SpecificationStatus,
    SpecificationVersion,
)
from lims.workflows.due import after, end_of
from lims.workflows.outcomes import FOLLOWED, standing

SCHEDULE = ("follow_up_1_days", "follow_up_2_days", "follow_up_3_days", "follow_up_4_days")
"""Limits: each so many days after the last injection; a version may have fewer of them."""


def awaited() -> Select[int, str, int, datetime]:
    """Courses followed up, each with the first of its follow-ups that nobody recorded.

    An outcome counts for the follow-up it lies nearest to, and for those before it: what was
    missed is not caught up on. With no schedule in the specification there is no day, and
    anything recorded since the injection will do.
    """
    injected, seen, days = _injected(), _seen(), _schedule()
    due = after(injected.c.at, days.c.days, "d")
    from_when = func.coalesce(after(injected.c.at, days.c.counts_from, "d"), injected.c.at)
    first = select(Course.id, Course.code, Course.patient_id, func.min(due).label("due"))
    return (
        first.join(injected, injected.c.course_id == Course.id)
        .outerjoin(seen, seen.c.course_id == Course.id)
        .outerjoin(days, true())
        .where(
            Course.status.in_(FOLLOWED),
            or_(seen.c.on.is_(None), end_of(seen.c.on) < from_when),
        )
        .group_by(Course.id, Course.code, Course.patient_id)
    )


def _injected() -> Any:
    return (
        select(TransplantationSession.course_id, func.max(Administration.performed_at).label("at"))
        .join(Dose, Dose.id == Administration.dose_id)
        .join(TransplantationSession, TransplantationSession.id == Dose.session_id)
        .where(TransplantationSession.course_id.in_(_followed()))
        .group_by(TransplantationSession.course_id)
        .subquery("injected")
    )


def _seen() -> Any:
    last = type_coerce(func.max(Outcome.assessed_on), Date)
    of_them = select(Outcome.course_id, last.label("on")).where(
        Outcome.course_id.in_(_followed()), standing()
    )
    return of_them.group_by(Outcome.course_id).subquery("seen")


def _followed() -> Select[int]:
    return select(Course.id).where(Course.status.in_(FOLLOWED))


def _schedule() -> Any:
    """The days in their order; what is assessed counts for one from half way to it on."""
    limit = SpecificationLimit
    before = func.coalesce(func.lag(limit.value).over(order_by=limit.value), 0)
    return (
        select(limit.value.label("days"), ((limit.value + before) / 2).label("counts_from"))
        .join(SpecificationVersion, SpecificationVersion.id == limit.specification_version_id)
        .where(SpecificationVersion.status == SpecificationStatus.APPROVED)
        .where(limit.name.in_(SCHEDULE))
        .subquery("schedule")
    )


def next_days(session: Session, courses: Sequence[Course]) -> dict[int, date | None]:
    """By course: when its next follow-up is due; one that is not there has all of them."""
    waiting = awaited().where(Course.id.in_({course.id for course in courses}))
    return {row.id: row.due and clock.day_of(row.due) for row in session.execute(waiting)}
