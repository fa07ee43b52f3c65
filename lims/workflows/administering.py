"""The injection as it happened, and what came of it: events, pain, function, MRI.

An injection is a fact: it is recorded whatever the gate would have said, and what was not in
order opens a critical deviation.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.administration import Administration
from lims.models.contraindication import ContraindicationCheck, Occasion
from lims.models.deviation import Deviation
from lims.models.fill import Dose, DoseStatus
from lims.models.patient import Patient
from lims.models.signature import Meaning
from lims.models.site import Joint, Side
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    breaches,
    codes,
    contraindications,
    course_doses,
    deviations,
    dose_gate,
    dose_holds,
    identity,
    injection_findings,
    issuing,
    signing,
    sites,
    states,
    steps,
)
from lims.workflows.command import command
from lims.workflows.signing import Proof
from lims.workflows.since import require_said, require_there
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
        " the patient and the dose and clears the stop: by badge and PIN, or by name and password."
    )
    recorded = True
    status = 409


class MoreThanFilled(LimsError):
    sentence = N_("%(code)s holds %(volume)s mL; no more than that was injected.")


class InjectedAlready(LimsError):
    sentence = N_("%(code)s was injected already, at %(at)s. Nothing more is recorded.")
    recorded = True
    status = 409


class NotReceived(LimsError):
    sentence = N_("%(code)s is %(status)s; the clinic receives a dose before it is injected.")


def problems_before(
    session: Session,
    dose: Dose,
    on: date,
    reported: Sequence[Deviation] | None = None,
    checks: Sequence[ContraindicationCheck] | None = None,
) -> list[LimsError]:
    """What would speak against injecting this dose today: shown before the act."""
    if dose.status is DoseStatus.ADMINISTERED:
        return [_injected_already(session, dose)]
    found = dose_gate.problems_with(session, dose, dose.session, reported=reported)
    if dose.status not in (DoseStatus.RECEIVED, DoseStatus.EXPIRED):
        found.append(NotReceived(code=dose.code, status=dose.status))
    found += contraindications.missing(
        session, dose.session.course, Occasion.INJECTION, on, dose.session, checks=checks
    )
    return found


def _injected_already(session: Session, dose: Dose) -> InjectedAlready:
    step = session.scalars(
        select(Administration)
        .where(Administration.dose_id == dose.id)
        .order_by(Administration.id.desc())
        .limit(1)
    ).one()
    return InjectedAlready(code=dose.code, at=step.performed_at)


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
    joint_named: str | None = None,
) -> Administration:
    """The injection, signed; on a foreign patient's card a second person clears the stop."""
    if dose.status is DoseStatus.ADMINISTERED:
        raise _injected_already(session, dose)
    states.require(dose, DoseStatus.RECEIVED, DoseStatus.ISSUED, DoseStatus.EXPIRED)
    patient = codes.load(session, scanned_patient, Patient)
    cleared_by = _clear_stop(session, dose, patient, second, by)
    _require_possible(dose, volume_ml, performed.at)
    wrong = list(injection_findings.not_in_order(session, dose, performed.at))
    step = Administration(
        dose_id=dose.id,
        session_id=dose.session_id,
        joint=joint,
        joint_named=sites.named(joint, joint_named),
        side=side,
        volume_ml=volume_ml,
        injected_by=injected_by,
        guidance=guidance,
        comment=comment,
    )
    odd = list(injection_findings.not_as_planned(session, dose, step))
    slips = injection_findings.off_day(dose, performed.at)
    require_said([*slips, *(found for _rule, found in odd)], comment)
    wrong += odd
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
    deviations.open_for_each(session, wrong, dose, step, by=by)
    course_doses.follow(session, dose.session.course, injected=True)
    return step


def is_stopped(dose: Dose, reported: Iterable[Deviation]) -> bool:
    """Whether a scan at the injection was a mismatch that waits to be cleared."""
    return bool(dose_holds.undecided_about(reported, dose, "identity"))


def _clear_stop(
    session: Session, dose: Dose, patient: Patient, second: Proof | None, by: User
) -> User | None:
    """Who cleared a mismatch, of this scan or of one before; None where there was none."""
    matches = patient.id == dose.patient_id
    if matches and not is_stopped(dose, deviations.of_batch(session, dose.fill.batch)):
        return None
    if second is not None:
        return signing.second_person(
            session, second, not_these=[by], permission=Permission.REPORT_DEVIATION, signs=False
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
        **({"joint_named": step.joint_named} if step.joint_named else {}),
    }
