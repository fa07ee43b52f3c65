"""What is due at the clinic and around the people: courses, sessions, markers, trainings."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from lims import clock
from lims.models.administration import Administration, WardObservation
from lims.models.contraindication import ContraindicationCheck, Occasion
from lims.models.course import Course, CourseStatus, TransplantationSession
from lims.models.deviation import Deviation, Hold
from lims.models.equipment import Calibration, Equipment, EquipmentStatus
from lims.models.fill import Disposition, Dose, DoseStatus, Fill
from lims.models.patient import MarkerResult, Patient
from lims.models.types import Moment
from lims.models.user import OneTimeCode, Training, User, UserStatus
from lims.workflows import aftercare, course_progress, dose_alarms
from lims.workflows import follow_ups as follow_ups_due
from lims.workflows.due import Timing, after, end_of, limit_now, notice_ends, soon, waits
from lims.workflows.stopping import GOING_ON
from lims.workflows.when_asked import TODAY, asked

BEFORE_COLLECTION = (
    CourseStatus.ENQUIRY,
    CourseStatus.ELIGIBLE,
    CourseStatus.CONSENTED,
    CourseStatus.COLLECTING,
)
"""While the markers must not run out."""


def courses() -> Select[Any]:
    """Before their next session; one without a session has no date."""
    planned = (
        select(func.min(TransplantationSession.planned_on))
        .where(
            TransplantationSession.course_id == Course.id,
            TransplantationSession.cancelled_reason.is_(None),
            ~_given(),
        )
        .correlate(Course)
        .scalar_subquery()
    )
    return waits(Course.code, end_of(planned), Timing.ON, patient=Course.patient_id).where(
        Course.status.in_(course_progress.WAITING)
    )


def sessions() -> Select[Any]:
    """Planned, and nothing injected yet; a course that waits for the physician tells its own."""
    return _sessions().where(Course.status.not_in(course_progress.WAITING))


def _sessions() -> Select[Any]:
    sitting = TransplantationSession
    return (
        waits(sitting.code, end_of(sitting.planned_on), Timing.ON, patient=sitting.patient_id)
        .join(Course, Course.id == sitting.course_id)
        .where(
            sitting.cancelled_reason.is_(None),
            Course.status.in_(GOING_ON),
            ~_given(),
            soon(sitting.planned_on),
        )
    )


def _given() -> ColumnElement[bool]:
    """A dose was injected in that session."""
    of_it = Dose.session_id == TransplantationSession.id
    return exists().where(of_it, Dose.status == DoseStatus.ADMINISTERED)


def contraindications() -> Select[Any]:
    """Of the sessions of today for which they were not asked today: they bar the injection."""
    sitting = TransplantationSession
    checked = exists().where(
        ContraindicationCheck.course_id == sitting.course_id,
        ContraindicationCheck.session_id == sitting.id,
        ContraindicationCheck.occasion == Occasion.INJECTION,
        ContraindicationCheck.checked_at >= asked(_midnight, Moment()),
    )
    return _sessions().where(sitting.planned_on == TODAY, ~checked)


def _midnight() -> datetime:
    """When the day began at the site."""
    return datetime.combine(clock.today(), time(), UTC) - clock.ahead()


def doses_alarmed() -> Select[Any]:
    """Not injected yet; recalled or held, since then, with what happened."""
    return _alarmed().where(Dose.status != DoseStatus.ADMINISTERED)


def injected_alarmed() -> Select[Any]:
    """Injected, and recalled or held: there is nothing more pressing at the clinic."""
    return _alarmed().where(Dose.status == DoseStatus.ADMINISTERED)


def _alarmed() -> Select[Any]:
    since = dose_alarms.of_alarm(Disposition.decided_at, Deviation.reported_at, Hold.began_at)
    reason = dose_alarms.of_alarm(Disposition.reason, Deviation.title, Hold.reason)
    return (
        waits(Dose.code, since, Timing.SINCE, patient=Dose.patient_id, named=reason)
        .join(Fill, Fill.id == Dose.fill_id)
        .where(Dose.id.in_(dose_alarms.alarmed().with_only_columns(Dose.id)))
    )


def observations() -> Select[Any]:
    """Injected, and nobody recorded how long the patient was observed: due once that is over."""
    sitting = TransplantationSession
    longest = limit_now(aftercare.SHORTEST)
    over = after(func.max(Administration.performed_at), longest, "min")
    recorded = exists().where(WardObservation.session_id == sitting.id)
    return (
        waits(sitting.code, over, Timing.ON, patient=sitting.patient_id)
        .join(Dose, Dose.session_id == sitting.id)
        .join(Administration, Administration.dose_id == Dose.id)
        .join(Course, Course.id == sitting.course_id)
        .where(Course.status.in_(GOING_ON), ~recorded)
        .group_by(sitting.code, sitting.patient_id)
    )


def follow_ups() -> Select[Any]:
    """Each on its own day, within the notice; one without a schedule has no day."""
    course = follow_ups_due.awaited().subquery("awaited")
    return waits(course.c.code, course.c.due, Timing.ON, patient=course.c.patient_id).where(
        or_(course.c.due.is_(None), course.c.due <= notice_ends())
    )


def markers() -> Select[Any]:
    """The first of a patient's markers to run out, while tissue is still to be collected."""
    whose = select(Course.patient_id).where(Course.status.in_(BEFORE_COLLECTION))
    newest = (
        select(MarkerResult.patient_id, func.max(MarkerResult.valid_until).label("until"))
        .where(MarkerResult.patient_id.in_(whose))
        .group_by(MarkerResult.patient_id, MarkerResult.marker)
        .subquery("newest")
    )
    return (
        waits(Patient.code, end_of(func.min(newest.c.until)), Timing.ON, patient=Patient.id)
        .join(newest, newest.c.patient_id == Patient.id)
        .group_by(Patient.id, Patient.code)
        .having(soon(func.min(newest.c.until)))
    )


def calibrations() -> Select[Any]:
    """By the last one; a device never calibrated has no date."""
    last = (
        select(Calibration.due_on)
        .where(Calibration.equipment_id == Equipment.id)
        .order_by(Calibration.performed_on.desc(), Calibration.id.desc())
        .limit(1)
        .correlate(Equipment)
        .scalar_subquery()
    )
    return waits(Equipment.code, end_of(last), Timing.ON).where(
        Equipment.status == EquipmentStatus.IN_SERVICE, Equipment.needs_calibration, soon(last)
    )


def invited() -> Select[Any]:
    """Who has a one-time code and chose no password yet: until it lapses."""
    return (
        waits(User.code, func.max(OneTimeCode.expires_at), Timing.BY, named=User.full_name)
        .join(OneTimeCode, OneTimeCode.user_id == User.id)
        .where(User.status == UserStatus.INVITED)
        .group_by(User.code, User.full_name)
    )


def trainings() -> Select[Any]:
    """The first of a person's trainings that will run out."""
    longest = (
        select(Training.user_id, func.max(Training.expires_on).label("until"))
        .group_by(Training.user_id, Training.step_kind)
        .having(func.max(Training.expires_on) >= TODAY)
        .subquery("longest")
    )
    return (
        waits(User.code, end_of(func.min(longest.c.until)), Timing.ON)
        .join(longest, longest.c.user_id == User.id)
        .where(User.status != UserStatus.DISABLED)
        .group_by(User.code)
        .having(soon(func.min(longest.c.until)))
    )
