"""What came of a treatment: adverse events, pain, function, MRI; and who is still followed up."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, NotFound
from lims.models.administration import (
    Administration,
    AdverseEvent,
    EventDecision,
    Outcome,
    OutcomeCorrection,
    OutcomeKind,
    Severity,
)
from lims.models.course import Course, CourseStatus, TransplantationSession
from lims.models.fill import Dose, Fill
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import days, deviations, identity, scores, starting
from lims.workflows.command import because, command
from lims.workflows.since import to_the_minute

SERIOUS = frozenset({Severity.SEVERE, Severity.LIFE_THREATENING, Severity.FATAL})
FOLLOWED = (CourseStatus.TREATING, CourseStatus.FOLLOW_UP)
"""Courses whose patients were injected and are still seen by the physician."""


class PainOutOfRange(LimsError):
    sentence = N_("Pain is a number from 0 to 10.")


class NotOfThisCourse(LimsError):
    sentence = N_("%(code)s belongs to another course of this patient.")


class EventAhead(LimsError):
    sentence = N_("This lies in the future. Enter when it began.")


class BeganBefore(LimsError):
    sentence = N_(
        "%(code)s was injected at %(at)s, after this began. Correct the time, choose an earlier"
        " dose, or leave the dose empty."
    )


class SaidAlready(LimsError):
    sentence = N_("That is what was decided already.")


class FindingNeeded(LimsError):
    sentence = N_("Describe what the MRI shows.")


class ScoreNeeded(LimsError):
    sentence = N_("Enter the score.")


@command(Permission.RECORD_OUTCOME)
def report_adverse_event(
    session: Session,
    course: Course,
    *,
    began_at: datetime,
    severity: Severity,
    description: str,
    by: User,
    dose: Dose | None = None,
    related: bool | None = None,
) -> AdverseEvent:
    """Something untoward after an injection; a serious related one is for quality at once."""
    if began_at > clock.now():
        raise FieldError(field="began_at", problem=EventAhead())
    if dose is not None:
        identity.require_same_patient(session, course.patient_id, dose)
        if dose.session.course_id != course.id:
            raise FieldError(field="dose", problem=NotOfThisCourse(code=dose.code))
        _require_after(session, dose, began_at)
    event = AdverseEvent(
        patient_id=course.patient_id,
        course_id=course.id,
        dose_id=dose.id if dose else None,
        began_at=began_at,
        severity=severity,
        description=description,
        related=related,
        reported_by_id=by.id,
    )
    session.add(event)
    session.flush()
    if related is not False:
        _tell_quality(session, event, by)
    return event


def _require_after(session: Session, dose: Dose, began_at: datetime) -> None:
    """What began before an injection is recorded, but not as what came after it."""
    injected = session.scalar(
        select(Administration.performed_at).where(Administration.dose_id == dose.id)
    )
    if injected is not None and began_at < to_the_minute(injected):
        raise FieldError(field="dose", problem=BeganBefore(code=dose.code, at=injected))


@command(Permission.RECORD_OUTCOME)
def decide_relation(
    session: Session, course: Course, *, event_id: int, related: bool, reason: str, by: User
) -> AdverseEvent:
    """Whether the product caused an event, decided after its report; what was said stays."""
    because(session, reason)
    event = session.get(AdverseEvent, event_id)
    if event is None or event.course_id != course.id:
        raise NotFound(code=str(event_id))
    if event.held_related is related:
        raise FieldError(field="related", problem=SaidAlready())
    ruled_out = event.held_related is False
    session.add(
        EventDecision(
            patient_id=event.patient_id,
            adverse_event_id=event.id,
            related=related,
            reason=reason,
            decided_by_id=by.id,
        )
    )
    session.flush()
    session.expire(event, ["decisions"])
    if ruled_out:
        _tell_quality(session, event, by)
    return event


def _tell_quality(session: Session, event: AdverseEvent, by: User) -> None:
    """A serious event that may be related is a deviation at once."""
    if event.severity not in SERIOUS:
        return
    subjects: list[Course | Dose | Fill] = [session.get_one(Course, event.course_id)]
    if event.dose_id is not None:
        dose = session.get_one(Dose, event.dose_id)
        subjects += [dose, *starting.fills_behind(session, dose.fill.batch)]
    told = event.description
    deviations.open_by_rule(session, "adverse_event", *subjects, description=told, by=by)


@command(Permission.RECORD_OUTCOME)
def record_outcome(
    session: Session,
    course: Course,
    *,
    kind: OutcomeKind,
    scale: str,
    assessed_on: date,
    by: User,
    score: Decimal | None = None,
    finding: str | None = None,
    sitting: TransplantationSession | None = None,
) -> Outcome:
    """Pain 0–10, a function score or an MRI, as the physician assessed it."""
    outcome = assessed(
        session,
        course,
        Outcome(kind=kind, scale=scale, score=score, finding=finding, assessed_on=assessed_on),
        sitting,
    )
    outcome.recorded_by_id = by.id
    session.add(outcome)
    session.flush()
    return outcome


def assessed(
    session: Session, course: Course, outcome: Outcome, sitting: TransplantationSession | None
) -> Outcome:
    """`outcome` of this course, after this session; raises where it cannot be true."""
    kind, score = outcome.kind, outcome.score
    days.require_lived(outcome.assessed_on, born=course.patient.birth_date, field="assessed_on")
    if kind is OutcomeKind.MRI and not (outcome.finding or "").strip():
        raise FieldError(field="finding", problem=FindingNeeded())
    if kind is not OutcomeKind.MRI and score is None:
        raise FieldError(field="score", problem=ScoreNeeded())
    if kind is OutcomeKind.PAIN and score is not None and not 0 <= score <= 10:
        raise FieldError(field="score", problem=PainOutOfRange())
    if kind is OutcomeKind.FUNCTION and (odd := scores.problem(outcome.scale, score)) is not None:
        raise FieldError(field="score", problem=odd)
    if sitting is not None:
        identity.require_same_patient(session, course.patient_id, sitting)
        if sitting.course_id != course.id:
            raise FieldError(field="sitting", problem=NotOfThisCourse(code=sitting.code))
    outcome.patient_id, outcome.course_id = course.patient_id, course.id
    outcome.session_id = sitting.id if sitting else None
    return outcome


def standing() -> ColumnElement[bool]:
    """Of outcomes in a query: recorded rightly, as far as is known."""
    return Outcome.id.not_in(select(OutcomeCorrection.wrong_id))


def is_before_treatment(session: Session, outcome: Outcome) -> bool:
    """Whether it was assessed before anything was injected: no follow-up, but how it was before."""
    first = session.scalar(
        select(func.min(Administration.performed_at))
        .join(TransplantationSession, TransplantationSession.id == Administration.session_id)
        .where(TransplantationSession.course_id == outcome.course_id)
    )
    return first is None or outcome.assessed_on < clock.day_of(first)


def last_injections(session: Session, courses: Sequence[Course]) -> dict[int, datetime]:
    """By course: when its last injection was."""
    rows = session.execute(
        select(TransplantationSession.course_id, func.max(Administration.performed_at))
        .join(Dose, Dose.id == Administration.dose_id)
        .join(TransplantationSession, TransplantationSession.id == Dose.session_id)
        .where(TransplantationSession.course_id.in_({course.id for course in courses}))
        .group_by(TransplantationSession.course_id)
    )
    return {course_id: at for course_id, at in rows if at is not None}


def latest(session: Session, courses: Sequence[Course]) -> dict[tuple[int, OutcomeKind], Outcome]:
    """By course and kind: the newest outcome."""
    rows = session.scalars(
        select(Outcome)
        .where(Outcome.course_id.in_({course.id for course in courses}), standing())
        .order_by(Outcome.assessed_on, Outcome.id)
    )
    return {(row.course_id, row.kind): row for row in rows}
