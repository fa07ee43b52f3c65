"""Rejection, recall, destruction: each a signed row; what is left of a fill goes by two."""

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.fill import Decision, Disposition, Dose, DoseStatus, Fill, FillStatus
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import batch_state, course_doses, deviations, discarding_vials, signing, states
from lims.workflows.command import because, command
from lims.workflows.deciding import decide, require_reason
from lims.workflows.signing import Proof

AWAY = (DoseStatus.ISSUED, DoseStatus.RECEIVED, DoseStatus.ADMINISTERED)
"""A dose that left the laboratory: whoever has it is told of a recall."""


class NobodyTold(LimsError):
    sentence = N_("%(doses)s left the laboratory: say who at the clinic was told.")


def taken_back(fill: Fill) -> Disposition | None:
    """The decision by which a fill was rejected or recalled; None while it stands."""
    if fill.status not in deviations.FILLS_ENDED:
        return None
    ended = (Decision.REJECTED, Decision.RECALLED)
    return next((each for each in reversed(fill.dispositions) if each.decision in ended), None)


def something_left(fill: Fill) -> bool:
    """Whether anything of it is still there to be destroyed."""
    there = any(states.may_become(dose, DoseStatus.DISCARDED) for dose in fill.doses)
    return there or bool(fill.vials)


@command(Permission.REJECT_FILL)
def reject_fill(
    session: Session, fill: Fill, *, reason: str, proof: Proof, by: User
) -> Disposition:
    """Reject a fill; its doses go back to quarantine, to be destroyed by two."""
    require_reason(reason)
    if fill.status is FillStatus.FILLED:  # of earlier records: nobody decided on it here
        states.move(session, fill, FillStatus.QUARANTINED)
    if not states.may_become(fill, FillStatus.REJECTED):
        states.move(session, fill, FillStatus.REJECTED)
    disposition = decide(session, fill, Decision.REJECTED, proof=proof, by=by, reason=reason)
    states.move(session, fill, FillStatus.REJECTED)
    _withdraw_doses(session, fill)
    batch_state.close_if_done(session, fill.batch)
    return disposition


@command(Permission.REJECT_FILL)
def recall_fill(
    session: Session, fill: Fill, *, reason: str, told: str = "", proof: Proof, by: User
) -> Disposition:
    """Recall a released fill: what was not injected comes back, who was told is recorded."""
    require_reason(reason)
    states.require(fill, FillStatus.CONDITIONAL, FillStatus.RELEASED)
    away = [dose.code for dose in fill.doses if dose.status in AWAY]
    if away and not told.strip():
        raise FieldError(field="told", problem=NobodyTold(doses=away))
    disposition = decide(
        session,
        fill,
        Decision.RECALLED,
        proof=proof,
        by=by,
        reason=reason,
        told=told.strip() or None,
    )
    states.move(session, fill, FillStatus.RECALLED)
    _withdraw_doses(session, fill)
    return disposition


def _withdraw_doses(session: Session, fill: Fill) -> None:
    for dose in fill.doses:
        if dose.status is DoseStatus.AVAILABLE:
            states.move(session, dose, DoseStatus.QUARANTINED)
    course_doses.follow(session, fill.batch.course)


def shown_when_destroyed(fill: Fill) -> dict[str, object]:
    """What two people sign: the fill and each container as they are once it is done."""
    shown: dict[str, object] = {
        "fill": fill.code,
        "patient": fill.patient.code,
        "doses": [shown_when_discarded(dose) for dose in fill.doses],
    }
    if fill.vials:
        shown["vials"] = [discarding_vials.shown_when_discarded(vial) for vial in fill.vials]
    return shown


def shown_when_discarded(dose: Dose) -> dict[str, object]:
    """What two people sign: the dose as it is once it is done; discarded, if it can be."""
    discarded = states.may_become(dose, DoseStatus.DISCARDED)
    return {
        "dose": dose.code,
        "patient": dose.patient.code,
        "volume_ml": dose.volume_ml,
        "status": DoseStatus.DISCARDED if discarded else dose.status,
    }


@command(Permission.DISCARD_MATERIAL)
def destroy_fill(
    session: Session,
    fill: Fill,
    *,
    reason: str,
    proof: Proof,
    second: Proof | None = None,
    by: User,
) -> Fill:
    """Destroy what is left of a rejected or recalled fill; two people sign."""
    because(session, reason)
    states.require(fill, FillStatus.REJECTED, FillStatus.RECALLED)
    signed = signing.sign_by_two(
        session,
        fill,
        meaning=Meaning.DESTROYED,
        shown=shown_when_destroyed(fill),
        proof=proof,
        second=second,
        by=by,
        reason=reason,
    )
    if signed is None:
        return fill
    for dose in fill.doses:
        if states.may_become(dose, DoseStatus.DISCARDED):
            states.move(session, dose, DoseStatus.DISCARDED)
    discarding_vials.discard_with_fill(session, fill, by)
    states.move(session, fill, FillStatus.DESTROYED)
    return fill


@command(Permission.DISCARD_MATERIAL)
def discard_dose(
    session: Session,
    dose: Dose,
    *,
    reason: str,
    proof: Proof,
    second: Proof | None = None,
    by: User,
) -> Dose:
    """Discard one dose that will not be injected; two people sign."""
    because(session, reason)
    if not states.may_become(dose, DoseStatus.DISCARDED):
        states.move(session, dose, DoseStatus.DISCARDED)
    signed = signing.sign_by_two(
        session,
        dose,
        meaning=Meaning.DISCARDED,
        shown=shown_when_discarded(dose),
        proof=proof,
        second=second,
        by=by,
        reason=reason,
    )
    if signed is not None:
        states.move(session, dose, DoseStatus.DISCARDED)
        course_doses.follow(session, dose.session.course)
    return dose
