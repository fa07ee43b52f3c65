"""The injection as it happened, and what came of it: events, pain, function, MRI.

An injection is a fact: it is recorded whatever the gate would have said, and what was not in
order opens a critical deviation.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.administration import (
    Administration,
)
from lims.models.course import (
    CourseStatus,
    Joint,
    Occasion,
    Side,
    TransplantationSession,
)
from lims.models.fill import Dose, DoseStatus
from lims.models.patient import Patient
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import contraindications, deviations, identity, issuing, signing, states, steps
from lims.workflows.command import command
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed


class ClearanceNeeded(LimsError):
    """The stop at an injection: a second person clears it, or nothing goes on."""

    sentence = N_(
        "STOP. %(scanned)s was scanned; the dose %(code)s is for %(expected)s."
        " If it was injected all the same, a second person records that with you."
    )
    recorded = True
    status = 409


def problems_before(session: Session, dose: Dose, on: date) -> list[LimsError]:
    """What would speak against injecting this dose today: shown before the act."""
    found = issuing.problems_with(session, dose, dose.session)
    if dose.status not in (DoseStatus.RECEIVED, DoseStatus.ISSUED):
        found.append(NotReceived(code=dose.code, status=dose.status))
    found += contraindications.missing(
        session, dose.session.course, Occasion.INJECTION, on, dose.session
    )
    return found


class NotReceived(LimsError):
    sentence = N_("%(code)s is %(status)s; the clinic receives a dose before it is injected.")


@command(Permission.RECORD_ADMINISTRATION)
def record_administration(
    session: Session,
    dose: Dose,
    *,
    scanned_patient: str,
    joint: Joint,
    side: Side,
    volume_ml: Decimal,
    injected_by: str,
    performed: Performed,
    proof: Proof,
    by: User,
    second: Proof | None = None,
    guidance: str | None = None,
    comment: str | None = None,
) -> Administration:
    """The injection, signed; on a foreign patient's card a second person clears the stop."""
    states.require(dose, DoseStatus.RECEIVED, DoseStatus.ISSUED, DoseStatus.EXPIRED)
    patient = identity.patient_behind(session, scanned_patient)
    cleared_by = _clear_mismatch(session, dose, patient, second, by)
    wrong = list(_not_in_order(session, dose, joint, side, performed.at))
    step = Administration(
        dose_id=dose.id,
        session_id=dose.session_id,
        joint=joint,
        side=side,
        volume_ml=volume_ml,
        injected_by=injected_by,
        guidance=guidance,
        comment=comment,
    )
    steps.open_step(session, step, batch=dose.fill.batch, by=by)
    expected = dose.patient.code
    identity.note_check(
        session, step, expected=expected, scanned=patient.code, cleared_by=cleared_by
    )
    steps.record(session, step, performed, issuing.late_after(session, dose), by)
    signing.sign(
        session,
        step,
        meaning=Meaning.ADMINISTERED,
        shown=shown_at_administration(step),
        proof=proof,
        by=by,
    )
    states.move(session, dose, DoseStatus.ADMINISTERED)
    if cleared_by is not None:
        wrong.append(("identity", f"{dose.code}: {patient.code} was scanned"))
    for rule, description in wrong:
        deviations.open_by_rule(session, rule, dose, step, description=description, by=by)
    _course_treating(session, dose)
    return step


def _clear_mismatch(
    session: Session, dose: Dose, patient: Patient, second: Proof | None, by: User
) -> User | None:
    """None where the identities match; else who cleared the stop, or ClearanceNeeded."""
    if patient.id == dose.patient_id:
        return None
    if second is None:
        raise ClearanceNeeded(
            code=dose.code,
            scanned=identity.identity(patient),
            expected=identity.identity(dose.patient),
        )
    return signing.second_person(session, second, not_these=[by])


def _not_in_order(
    session: Session, dose: Dose, joint: Joint, side: Side, at: datetime
) -> Iterator[tuple[str, str]]:
    fill = dose.fill
    if fill.status not in issuing.RELEASED:
        yield "not_released", f"{dose.code}: {fill.code} {fill.status}"
    if fill.expires_at is not None and at >= fill.expires_at:
        yield "expired", f"{dose.code}: {fill.expires_at.isoformat()}"
    planned = dose.planned
    if planned is not None and (planned.joint, planned.side) != (joint, side):
        yield "fact", f"{dose.code}: {planned.joint} {planned.side} -> {joint} {side}"
    for problem in contraindications.missing(
        session, dose.session.course, Occasion.INJECTION, clock.day_of(at), dose.session
    ):
        yield "fact", problem.english()


def shown_at_administration(step: Administration) -> dict[str, object]:
    """What the person who injected signs."""
    dose = step.dose
    return {
        "dose": dose.code,
        "patient": dose.patient.code,
        "joint": step.joint,
        "side": step.side,
        "volume_ml": step.volume_ml,
        "injected_by": step.injected_by,
        "performed_at": step.performed_at,
    }


def _course_treating(session: Session, dose: Dose) -> None:
    course = dose.session.course
    if course.status is CourseStatus.DOSE_READY:
        states.move(session, course, CourseStatus.TREATING)
    if course.status is CourseStatus.TREATING and _was_last(session, dose.session):
        states.move(session, course, CourseStatus.FOLLOW_UP)


def _was_last(session: Session, sitting: TransplantationSession) -> bool:
    """Whether this was the course's last session and none of its doses is still to be injected."""
    later = session.scalar(
        select(func.count())
        .select_from(TransplantationSession)
        .where(
            TransplantationSession.course_id == sitting.course_id,
            TransplantationSession.number > sitting.number,
            TransplantationSession.cancelled_reason.is_(None),
        )
    )
    waiting = session.scalar(
        select(func.count())
        .select_from(Dose)
        .where(
            Dose.session_id == sitting.id,
            Dose.status.in_([DoseStatus.AVAILABLE, DoseStatus.ISSUED, DoseStatus.RECEIVED]),
        )
    )
    return not later and not waiting
