"""Discarding vessels and suspensions, by two people; ending a vessel in which nothing grew."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, WrongState
from lims.models.batch import Batch
from lims.models.culture import Discard, DiscardReason, StepVessel
from lims.models.signature import Meaning
from lims.models.step import Step
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    culturing,
    deviations,
    identity,
    signing,
    standing,
    states,
    steps,
)
from lims.workflows.breaches import Seen
from lims.workflows.command import because, command
from lims.workflows.signing import Proof, TwoSignatures
from lims.workflows.steps import Performed


class BothAtOnce(FieldError):
    sentence = N_(
        "What was discarded before is signed by both at once: the second person gives name and"
        " password here."
    )


class WorkedOnAfter(LimsError):
    sentence = N_(
        "%(code)s was discarded at %(at)s; %(step)s tells that it was worked on at %(later)s."
    )


Record = TypeVar("Record", Vessel, Suspension)


@command(Permission.DISCARD_MATERIAL)
def discard_vessels(
    session: Session,
    vessels: Sequence[Vessel],
    *,
    why: DiscardReason,
    reason: str,
    proof: Proof,
    by: User,
    second: Proof | None = None,
    performed: Performed | None = None,
) -> Vessel:
    """Discard vessels of one batch, each once two people signed for it; the first one scanned.

    `performed` where it was done before, and is entered by both at once.
    """
    because(session, reason)
    batch = culturing.one_batch(session, vessels)
    _require_discardable(vessels, VesselStatus.DISCARDED)
    signed = {vessel: _sign(session, vessel, why, reason, proof, second, by) for vessel in vessels}
    agreed = {vessel: both for vessel, both in signed.items() if both is not None}
    if agreed:
        step = _step(session, batch, why, reason, next(iter(agreed.values())), by)
        _record(session, step, performed, second, by, *agreed)
        _tell_later_work(session, step, list(agreed), by)
        culturing.took_part(session, step, list(agreed))
        standing.leave(session, list(agreed), performed.at if performed else clock.now())
        for vessel in agreed:
            states.move(session, vessel, VesselStatus.DISCARDED)
        batch_state.close_if_done(session, batch)
    if len(agreed) < len(signed):
        _require_at_once(performed)
    return vessels[0]


@command(Permission.DISCARD_MATERIAL)
def discard_suspension(
    session: Session,
    suspension: Suspension,
    *,
    why: DiscardReason,
    reason: str,
    proof: Proof,
    by: User,
    second: Proof | None = None,
    performed: Performed | None = None,
) -> Suspension:
    """Discard what is left in a tube; until a second person signs, nothing is done."""
    because(session, reason)
    _require_discardable([suspension], SuspensionStatus.DISCARDED)
    signed = _sign(session, suspension, why, reason, proof, second, by)
    if signed is not None:
        step = _step(session, suspension.batch, why, reason, signed, by)
        _record(session, step, performed, second, by, suspension)
        identity.note_check(session, step, expected=suspension.code, scanned=suspension.code)
        states.move(session, suspension, SuspensionStatus.DISCARDED)
        batch_state.close_if_done(session, suspension.batch)
        return suspension
    _require_at_once(performed)
    return suspension


def _require_discardable(records: Sequence[Record], to: VesselStatus | SuspensionStatus) -> None:
    for record in records:
        if not states.may_become(record, to):
            raise WrongState(code=record.code, status=record.status, wanted=to)


def _sign(
    session: Session,
    record: Vessel | Suspension,
    why: DiscardReason,
    reason: str,
    proof: Proof,
    second: Proof | None,
    by: User,
) -> TwoSignatures | None:
    """Both signatures, or None while the first waits for a second."""
    return signing.sign_by_two(
        session,
        record,
        meaning=Meaning.DISCARDED,
        shown=shown_of(record, why),
        seen=seen_of(record),
        proof=proof,
        second=second,
        by=by,
        reason=reason,
    )


def shown_of(record: Vessel | Suspension, why: DiscardReason) -> dict[str, object]:
    """What both people who discard something are shown, and why they do."""
    return _shown(record) | {"why": why}


def seen_of(record: Vessel | Suspension) -> dict[str, object]:
    """What the page shows of it before it is discarded."""
    return _shown(record) | {"status": record.status}


def _shown(record: Vessel | Suspension) -> dict[str, object]:
    shown: dict[str, object] = {"code": record.code, "passage": record.passage}
    if isinstance(record, Suspension):
        shown["remaining_ml"] = Decimal(record.remaining_ml)
    return shown


def _step(
    session: Session,
    batch: Batch,
    why: DiscardReason,
    reason: str,
    signed: TwoSignatures,
    by: User,
) -> Discard:
    """Verified by the other signer than the one who gives the command now."""
    step = Discard(why=why, comment=reason)
    steps.open_step(session, step, batch=batch, by=by)
    other = signed.second if signed.first.user_id == by.id else signed.first
    step.verified_by_id, step.verified_at = other.user_id, other.signed_at
    return step


def _record(
    session: Session,
    step: Discard,
    performed: Performed | None,
    second: Proof | None,
    by: User,
    *worked_on: Vessel | Suspension,
) -> None:
    """Performed now by the one who gives the command, or as `performed` before; where the second
    signer did it, the first is who verifies."""
    done = performed or Performed(at=clock.now())
    if second is not None and second.user_id in (done.performer_id, _named(done)):
        done = replace(done, performer=second, performer_id=None)
        step.verified_by_id = by.id
    culturing.record(session, step, done, by, *worked_on)


def _named(performed: Performed) -> int | None:
    return performed.performer.user_id if performed.performer else None


def _require_at_once(performed: Performed | None) -> None:
    """What was written on paper does not wait for a second signature: its paper would be lost."""
    if performed is not None:
        raise BothAtOnce("second")


def _tell_later_work(session: Session, step: Discard, vessels: Sequence[Vessel], by: User) -> None:
    """What was recorded of a vessel for after it was discarded does not fit together with it."""
    keys = [vessel.id for vessel in vessels]
    later = (
        select(StepVessel.vessel_id, Step.code, Step.performed_at)
        .join(Step, Step.id == StepVessel.step_id)
        .where(StepVessel.vessel_id.in_(keys), Step.performed_at > step.performed_at)
        .order_by(Step.id.desc())
    )
    first = {key: (code, at) for key, code, at in session.execute(later)}
    for vessel in vessels:
        if vessel.id in first:
            code, at = first[vessel.id]
            found = WorkedOnAfter(code=vessel.code, at=step.performed_at, step=code, later=at)
            deviations.open_by_rule(session, "times", vessel, step, description=found, by=by)


@command(Permission.PERFORM_STEP)
def terminate_vessel(
    session: Session, vessel: Vessel, *, told: str, performed: Performed, by: User
) -> Vessel:
    """End a vessel in which nothing grew, with its deviation."""
    if not states.may_become(vessel, VesselStatus.TERMINATED):
        states.move(session, vessel, VesselStatus.TERMINATED)
    step = Discard(why=DiscardReason.NO_GROWTH, comment=told)
    steps.open_step(session, step, batch=vessel.batch, by=by)
    culturing.record(session, step, performed, by, vessel)
    culturing.took_part(session, step, [vessel])
    standing.leave(session, [vessel], performed.at)
    states.move(session, vessel, VesselStatus.TERMINATED)
    deviations.open_by_rule(
        session, "no_growth", vessel, step, description=Seen(code=vessel.code, told=told), by=by
    )
    batch_state.close_if_done(session, vessel.batch)
    return vessel
