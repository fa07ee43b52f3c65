"""What came of a treatment: adverse events, pain, function, MRI."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.administration import AdverseEvent, Outcome, OutcomeKind, Severity
from lims.models.course import Course, TransplantationSession
from lims.models.fill import Dose
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, identity
from lims.workflows.command import command


class PainOutOfRange(LimsError):
    sentence = N_("Pain is a number from 0 to 10.")


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
    if dose is not None:
        identity.require_same_patient(session, course.patient_id, dose)
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
    if severity in SERIOUS and related is not False:
        subjects = [course] if dose is None else [course, dose]
        deviations.open_by_rule(session, "adverse_event", *subjects, description=description, by=by)
    return event


SERIOUS = frozenset({Severity.SEVERE, Severity.LIFE_THREATENING, Severity.FATAL})


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
    if kind is OutcomeKind.MRI and not (finding or "").strip():
        raise FindingNeeded()
    if kind is not OutcomeKind.MRI and score is None:
        raise ScoreNeeded()
    if kind is OutcomeKind.PAIN and score is not None and not 0 <= score <= 10:
        raise PainOutOfRange()
    if sitting is not None:
        identity.require_same_patient(session, course.patient_id, sitting)
    outcome = Outcome(
        patient_id=course.patient_id,
        course_id=course.id,
        session_id=sitting.id if sitting else None,
        kind=kind,
        scale=scale,
        score=score,
        finding=finding,
        assessed_on=assessed_on,
        recorded_by_id=by.id,
    )
    session.add(outcome)
    session.flush()
    return outcome
