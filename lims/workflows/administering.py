"""The injection as it happened, and what came of it: events, pain, function, MRI.

An injection is a fact: it is recorded whatever the gate would have said, and what was not in
order opens a critical deviation.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.administration import Administration, Receipt
from lims.models.course import Joint, Occasion, PlannedAdministration, Side
from lims.models.deviation import Deviation
from lims.models.fill import Dose, DoseStatus
from lims.models.patient import ConsentKind, Patient
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    breaches,
    codes,
    consents,
    contraindications,
    course_doses,
    deviations,
    dose_gate,
    identity,
    issuing,
    signing,
    specifications,
    states,
    steps,
)
from lims.workflows.command import command
from lims.workflows.signing import Proof
from lims.workflows.since import require_there
from lims.workflows.steps import Performed


class ClearanceNeeded(identity.Mismatch):
    """The stop at an injection: a second person clears it, or nothing goes on."""

    sentence = N_(
        "STOP. The card of %(found)s was scanned; the dose %(dose)s is for %(expected)s."
        " Do not inject. If it was injected already, a second person records that with you."
    )


class StopNotCleared(LimsError):
    sentence = N_(
        "%(code)s was stopped before: another patient's card was scanned. A second person looks at"
        " the patient and the dose and clears the stop with their name and password."
    )
    recorded = True
    status = 409


class MoreThanFilled(LimsError):
    sentence = N_("%(code)s holds %(volume)s mL; no more than that was injected.")


class NotReceived(LimsError):
    sentence = N_("%(code)s is %(status)s; the clinic receives a dose before it is injected.")


def problems_before(
    session: Session, dose: Dose, on: date, reported: Sequence[Deviation] | None = None
) -> list[LimsError]:
    """What would speak against injecting this dose today: shown before the act."""
    found = dose_gate.problems_with(session, dose, dose.session, reported=reported)
    if dose.status not in (DoseStatus.RECEIVED, DoseStatus.EXPIRED):
        found.append(NotReceived(code=dose.code, status=dose.status))
    found += contraindications.missing(
        session, dose.session.course, Occasion.INJECTION, on, dose.session
    )
    return found


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
    patient = codes.load(session, scanned_patient, Patient)
    cleared_by = _clear_stop(session, dose, patient, second, by)
    _require_possible(dose, volume_ml, performed.at)
    wrong = list(_not_in_order(session, dose, performed.at))
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
    wrong += _other_than_planned(session, dose, step)
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
        seen=issuing.shown_at_handover(dose),
        proof=proof,
        by=by,
    )
    states.move(session, dose, DoseStatus.ADMINISTERED)
    if patient.id != dose.patient_id:
        wrong.append(("identity", breaches.Scanned(code=dose.code, found=patient.code)))
    for rule, description in wrong:
        deviations.open_by_rule(session, rule, dose, step, description=description, by=by)
    course_doses.follow(session, dose.session.course, injected=True)
    return step


def is_stopped(dose: Dose, reported: Iterable[Deviation]) -> bool:
    """Whether a scan at the injection was a mismatch that waits to be cleared."""
    return bool(deviations.undecided_about(reported, dose, "identity"))


def _clear_stop(
    session: Session, dose: Dose, patient: Patient, second: Proof | None, by: User
) -> User | None:
    """Who cleared a mismatch, of this scan or of one before; None where there was none."""
    matches = patient.id == dose.patient_id
    if matches and not is_stopped(dose, deviations.of_batch(session, dose.fill.batch)):
        return None
    if second is not None:
        return signing.second_person(
            session, second, not_these=[by], permission=Permission.REPORT_DEVIATION
        )
    if matches:
        raise StopNotCleared(code=dose.code)
    raise ClearanceNeeded(
        code=patient.code,
        dose=dose.code,
        found=identity.identity(patient),
        expected=identity.identity(dose.patient),
    )


def _require_possible(dose: Dose, volume_ml: Decimal, at: datetime) -> None:
    """Refuse what cannot be true: more than was left in it, before it was there."""
    left = dose.left_ml()
    if volume_ml > left:
        problem = MoreThanFilled(code=dose.code, volume=left)
        raise FieldError(field="volume_ml", problem=problem)
    require_there(at, dose)


def _not_in_order(session: Session, dose: Dose, at: datetime) -> Iterator[tuple[str, LimsError]]:
    """What the gate would have refused, as (rule, description)."""
    fill = dose.fill
    if fill.status not in dose_gate.RELEASED:
        yield (
            "not_released",
            breaches.NotReleased(code=dose.code, fill=fill.code, status=fill.status),
        )
    if fill.expires_at is not None and at >= fill.expires_at:
        yield "expired", breaches.WasExpired(code=dose.code, at=fill.expires_at)
    if session.scalar(select(Receipt.id).where(Receipt.dose_id == dose.id).limit(1)) is None:
        yield "not_received", breaches.NoReceipt(code=dose.code)
    day = clock.day_of(at)
    for problem in (
        *dose_gate.stopped(session, dose, at),
        *dose_gate.failing(session, dose, at),
        *consents.missing(session, dose.patient, ConsentKind.USE, on=day),
        *contraindications.missing(
            session, dose.session.course, Occasion.INJECTION, day, dose.session
        ),
        *_held(session, dose, at),
    ):
        yield "fact", problem


def _held(session: Session, dose: Dose, at: datetime) -> list[LimsError]:
    """What held it when it was injected, but a mismatch that a second person cleared."""
    reported = deviations.of_batch(session, dose.fill.batch)
    cleared = deviations.undecided_about(reported, dose, "identity")
    return dose_gate.held_by(dose, [each for each in reported if each not in cleared], at)


def _other_than_planned(
    session: Session, dose: Dose, step: Administration
) -> Iterator[tuple[str, LimsError]]:
    """Another joint, or in all a volume outside the tolerance of what was planned."""
    planned = dose.planned
    if planned is None:
        return
    if (planned.joint, planned.side) != (step.joint, step.side):
        found, aim = [step.joint, step.side], [planned.joint, planned.side]
        yield (
            "fact",
            breaches.NotAsPlanned(code=dose.code, what=N_("joint"), found=found, planned=aim),
        )
    version = specifications.of(dose.fill.batch)
    tolerance = specifications.limit(version, "fill_volume_tolerance_pct")
    injected = step.volume_ml + _injected_before(session, planned)
    if abs(injected - planned.volume_ml) * 100 > tolerance * planned.volume_ml:
        yield "dose", breaches.volume(dose.code, injected, planned.volume_ml)


def _injected_before(session: Session, planned: PlannedAdministration) -> Decimal:
    """What earlier syringes brought of this injection, which is planned once."""
    given = select(func.sum(Administration.volume_ml)).join(Administration.dose)
    return Decimal(session.scalar(given.where(Dose.planned_administration_id == planned.id)) or 0)


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
