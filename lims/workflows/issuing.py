"""A dose on its way: handed over, received, brought back. Identity by two scans at each hand.

Before the act the gate refuses; two people stand at a hand-over.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.administration import Handover, Receipt, Return
from lims.models.course import TransplantationSession
from lims.models.deviation import Deviation
from lims.models.fill import Dose, DoseStatus, Fill
from lims.models.patient import Patient
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    breaches,
    codes,
    cold_chain,
    course_doses,
    deviations,
    dose_gate,
    dose_holds,
    identity,
    left_in_order,
    performing,
    signing,
    specifications,
    states,
    steps,
)
from lims.workflows.command import because, command
from lims.workflows.signing import Proof
from lims.workflows.since import require_said
from lims.workflows.steps import Performed


@command(Permission.REPORT_DEVIATION)
def report_stop(
    session: Session, dose: Dose, *, scanned: str, at_injection: bool = False, by: User
) -> Deviation:
    """A foreign scan at a hand-over or an injection is a deviation; a second person clears it.

    Scanned wrongly once more before that, it is the same deviation.
    """
    rule = "identity" if at_injection else "stop"
    reported = deviations.of_batch(session, dose.fill.batch)
    if earlier := dose_holds.undecided_about(reported, dose, rule):
        return earlier[0]
    told = breaches.ForeignScan(code=dose.code, scanned=scanned)
    return deviations.open_by_rule(session, rule, dose, description=told, by=by)


def shown_at_handover(dose: Dose, until: datetime | None = None) -> dict[str, object]:
    """What the two people at a hand-over are shown, and sign; of an earlier one, what was then."""
    return {
        "dose": dose.code,
        "patient": dose.patient.code,
        "name": dose.patient.full_name,
        "birth_date": dose.patient.birth_date,
        "session": dose.session.code,
        "volume_ml": dose.left_ml(until),
        "viable_cells": dose.left_cells(until),
        "expires_at": dose.fill.expires_at,
    }


@command(Permission.ISSUE_DOSE)
def hand_over(
    session: Session,
    dose: Dose,
    *,
    sitting: TransplantationSession,
    scanned_patient: str,
    carrier: str,
    performed: Performed,
    proof: Proof,
    witness: Proof,
    by: User,
    transport_box: str | None = None,
    temperature_c: Decimal | None = None,
    comment: str | None = None,
) -> Handover:
    """Give a released dose to the clinic's carrier; the dose and the patient's card are scanned.

    Entered long after, it is a fact: what the gate would have refused then is a deviation.
    """
    if not dose_gate.awaits_hand_over(session, dose):
        states.require(dose, DoseStatus.AVAILABLE)
    patient = codes.load(session, scanned_patient, Patient)
    identity.require_same_patient(session, dose.patient_id, patient, sitting)
    past = performing.is_past(performed.at, late_after(session, dose))
    wrong = left_in_order.problems_with(session, dose, sitting, performed.at, past=past)
    require_said(cold_chain.out_of_range(dose, temperature_c), comment)
    step = Handover(
        dose_id=dose.id,
        carrier=carrier,
        transport_box=transport_box,
        temperature_c=temperature_c,
        comment=comment,
        session_id=sitting.id,
    )
    _open(session, step, dose, by)
    shown = shown_at_handover(dose)
    signing.sign(session, dose, meaning=Meaning.HANDED_OVER, shown=shown, proof=proof, by=by)
    second = _witness(session, witness, performed, by)
    signing.sign(session, dose, meaning=Meaning.HANDED_OVER, shown=shown, proof=witness, by=second)
    step.verified_by_id = second.id
    step.verified_at = clock.now()
    reported = deviations.of_batch(session, dose.fill.batch)
    stopped = dose_holds.undecided_about(reported, dose, "stop")
    identity.note_check(
        session,
        step,
        expected=dose.patient.code,
        scanned=patient.code,
        cleared_by=second if stopped else None,
    )
    steps.record(session, step, performed, late_after(session, dose), by, dose)
    if dose.status is DoseStatus.QUARANTINED:  # it was there to be given until it was taken back
        states.move(session, dose, DoseStatus.AVAILABLE)
    if dose.status is DoseStatus.AVAILABLE:
        states.move(session, dose, DoseStatus.ISSUED)
    for problem in wrong:
        deviations.open_by_rule(session, "fact", dose, step, description=problem, by=by)
    _judge_cold_chain(session, step, by)
    return step


def _witness(session: Session, witness: Proof, performed: Performed, by: User) -> User:
    """The second person at a hand-over: neither who types nor who performs."""
    others = [by]
    if performed.performer is not None:
        others.append(session.get_one(User, performed.performer.user_id))
    return signing.second_person(session, witness, not_these=others, permission=Permission.WITNESS)


def _open(session: Session, step: Handover | Receipt | Return, dose: Dose, by: User) -> None:
    steps.open_step(session, step, batch=dose.fill.batch, by=by)


def late_after(session: Session, dose: Dose) -> int:
    return specifications.whole_limit(specifications.of(dose.fill.batch), "late_entry_minutes")


@command(Permission.RECEIVE_DOSE)
def receive_dose(
    session: Session,
    dose: Dose,
    *,
    scanned_patient: str,
    intact: bool,
    performed: Performed,
    by: User,
    temperature_c: Decimal | None = None,
    comment: str | None = None,
) -> Receipt:
    """The clinic receives a dose: two scans, temperature, integrity; one that expired, too."""
    if not dose_gate.awaits_receipt(session, dose):
        states.require(dose, DoseStatus.ISSUED)
    patient = codes.load(session, scanned_patient, Patient)
    identity.require_same_patient(session, dose.patient_id, patient)
    step = Receipt(
        dose_id=dose.id,
        temperature_c=temperature_c,
        intact=intact,
        comment=comment,
        session_id=dose.session_id,
    )
    _open(session, step, dose, by)
    identity.note_check(session, step, expected=patient.code, scanned=patient.code)
    steps.record(session, step, performed, late_after(session, dose), by, dose)
    if dose.status is DoseStatus.ISSUED:
        states.move(session, dose, DoseStatus.RECEIVED)
    expires_at = dose.fill.expires_at
    if expires_at is not None and performed.at >= expires_at:
        late = breaches.ReceivedExpired(code=dose.code, at=expires_at)
        deviations.open_by_rule(session, "late_receipt", dose, step, description=late, by=by)
    fill = dose.fill
    if fill.status not in dose_gate.RELEASED:
        taken_back = breaches.ReceivedUnreleased(code=dose.code, fill=fill.code, status=fill.status)
        deviations.open_by_rule(session, "not_out", dose, step, description=taken_back, by=by)
    _judge_cold_chain(session, step, by)
    return step


def _judge_cold_chain(session: Session, step: Handover | Receipt, by: User) -> None:
    """What was read or seen is recorded as it is; what it may have done to the dose holds it."""
    if (broken := cold_chain.problem_with(step)) is not None:
        rule, found = broken
        deviations.open_by_rule(session, rule, step.dose, step, description=found, by=by)


@command(Permission.RECEIVE_DOSE)
def return_dose(
    session: Session, dose: Dose, *, why: str, performed: Performed, by: User
) -> Return:
    """A dose that will not be injected: it never becomes available again."""
    because(session, why)
    if dose.status is DoseStatus.AVAILABLE:
        raise dose_gate.NeverLeft(code=dose.code)
    if not dose_gate.awaits_return(session, dose):
        states.require(dose, *dose_gate.AWAY)
    step = Return(dose_id=dose.id, why=why, session_id=dose.session_id)
    _open(session, step, dose, by)
    steps.record(session, step, performed, late_after(session, dose), by, dose)
    states.move(session, dose, DoseStatus.RETURNED)
    course_doses.follow(session, dose.session.course)
    deviations.open_by_rule(session, "returned", dose, step, description=why, by=by)
    return step


def expire_due(session: Session, *, by: User | None = None) -> int:
    """Doses past their expiry become expired; run by the clock, answers how many."""
    due = session.scalars(
        select(Dose)
        .join(Fill, Fill.id == Dose.fill_id)
        .where(
            Fill.expires_at <= clock.now(),
            Dose.status.in_((DoseStatus.QUARANTINED, *dose_gate.IN_HAND)),
        )
        .order_by(Dose.id)
        .with_for_update(of=Dose.__table__)
    ).all()
    for dose in due:
        states.move(session, dose, DoseStatus.EXPIRED)
    for course in dict.fromkeys(dose.session.course for dose in due):
        course_doses.follow(session, course)
    return len(due)
