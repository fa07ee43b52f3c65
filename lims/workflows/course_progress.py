"""The way of a course: eligible, consented, postponed and taken up again, ended."""

from datetime import date

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.contraindication import Occasion
from lims.models.course import Course, CourseStatus
from lims.models.patient import ConsentKind, Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    consents,
    contraindications,
    markers,
    specifications,
    states,
    stopping,
)
from lims.workflows.command import because, command

WAITING = {
    CourseStatus.ENQUIRY: N_("Ask the contraindications, plan a session, declare it eligible"),
    CourseStatus.ELIGIBLE: N_("The consent to production is missing"),
    CourseStatus.CONSENTED: N_("Tissue can be collected"),
    CourseStatus.DOSE_READY: N_("A dose is ready"),
    CourseStatus.POSTPONED: N_("Postponed: take it up again, or end it"),
}
"""What a course waits for a physician to do."""


class NotEligible(LimsError):
    sentence = N_("%(code)s is not eligible yet. %(points)s")
    recorded = True


class NoSession(LimsError):
    sentence = N_("No transplantation session is planned yet: plan the first one.")


class NotPostponed(LimsError):
    sentence = N_("%(code)s is not postponed.")
    status = 409


def missing_for_eligibility(session: Session, course: Course, on: date) -> list[LimsError]:
    """What a course still needs before it is eligible, in the user's words."""
    patient = session.get_one(Patient, course.patient_id)
    points: list[LimsError] = []
    if all(planned.cancelled_reason for planned in course.sessions):
        points.append(NoSession())
    version = specifications.current(session)
    known = markers.standing(session, patient, on, version)
    points += contraindications.missing(session, course, Occasion.ENROLMENT, on, known=known)
    return points + markers.not_known(known)


@command(Permission.ORDER_COURSE)
def declare_eligible(session: Session, course: Course, *, by: User) -> Course:
    """The patient may be treated: nothing stands against it, markers are known or awaited.

    With the consent to production in force already, the course is consented at once.
    """
    states.require(course, CourseStatus.ENQUIRY)
    points = missing_for_eligibility(session, course, clock.today())
    if points:
        raise NotEligible(code=course.code, points=points)
    states.move(session, course, CourseStatus.ELIGIBLE)
    patient = session.get_one(Patient, course.patient_id)
    if not consents.missing(session, patient, ConsentKind.PRODUCTION):
        states.move(session, course, CourseStatus.CONSENTED)
    return course


@command(Permission.ORDER_COURSE)
def postpone_course(session: Session, course: Course, *, reason: str, by: User) -> Course:
    """Let a course rest; it remembers where it came from."""
    because(session, reason)
    came_from = course.status
    states.move(session, course, CourseStatus.POSTPONED)
    course.postponed_from = came_from
    session.flush()
    return course


@command(Permission.ORDER_COURSE)
def resume_course(session: Session, course: Course, *, reason: str, by: User) -> Course:
    """Take a postponed course up again where it was left."""
    because(session, reason)
    if course.postponed_from is None or course.status != CourseStatus.POSTPONED:
        raise NotPostponed(code=course.code)
    back_to, course.postponed_from = course.postponed_from, None
    states.move(session, course, back_to)
    return course


@command(Permission.ORDER_COURSE)
def withdraw_course(session: Session, course: Course, *, reason: str, by: User) -> Course:
    """The patient does not go on; what is being made is held."""
    because(session, reason)
    stopping.end_course(session, course, CourseStatus.WITHDRAWN, reason=reason, by=by)
    return course


@command(Permission.ORDER_COURSE)
def exclude_course(session: Session, course: Course, *, reason: str, by: User) -> Course:
    """The physician ends a course that must not go on; what is being made is held."""
    because(session, reason)
    stopping.end_course(session, course, CourseStatus.EXCLUDED, reason=reason, by=by)
    return course


@command(Permission.ORDER_COURSE)
def complete_course(session: Session, course: Course, *, reason: str, by: User) -> Course:
    """The follow-up is over; `reason` is what the physician concludes."""
    because(session, reason)
    states.move(session, course, CourseStatus.COMPLETED)
    return course
