"""Vials that leave the bank for good: to another bank, destroyed, emptied for a test.

Two people sign for what leaves the house or ends; the aliquots of a test are their own record.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.retrieval import Destruction, RetrievedVial, Transfer
from lims.models.signature import Meaning
from lims.models.step import IdentityCheck
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    at_the_dewar,
    drawn,
    identity,
    order_decisions,
    ordering,
    reserving,
    retrieving,
    signing,
    specifications,
    states,
    steps,
)
from lims.workflows.command import command
from lims.workflows.culturing import NothingScanned
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed


class NothingDrawn(LimsError):
    sentence = N_("No aliquot was taken from %(code)s since it was taken out. Take one first.")
    status = 409


class OtherKind(LimsError):
    sentence = N_("%(code)s is an order of another kind: %(kind)s.")
    recorded = True
    status = 409


def shown_of(session: Session, step: Transfer | Destruction) -> dict[str, object]:
    """What the two people sign: which vials leave for good, by which order, and how."""
    order = session.get_one(Order, step.order_id)
    scanned = session.scalars(
        select(IdentityCheck.scanned)
        .where(IdentityCheck.step_id == step.id)
        .order_by(IdentityCheck.id)
    )
    own = ("receiver", "courier", "temperature_c", "how")
    return {
        **ordering.shown_of(order),
        **{name: getattr(step, name) for name in own if hasattr(step, name)},
        "step": step.code,
        "scanned": list(scanned),
    }


def shown_before(order: Order, out: Sequence[RetrievedVial]) -> dict[str, object]:
    """What the page shows before they sign: what is asked for, and what is out for it."""
    return {**ordering.shown_of(order), "out": [each.vial.code for each in out]}


class NotRetrieved(LimsError):
    sentence = N_("%(code)s is %(status)s: it was not taken out for %(order)s.")
    recorded = True
    status = 409


def require_out(session: Session, order: Order, vials: Sequence[Vial]) -> None:
    """Raise unless each of `vials` was taken out for `order` and is out still; one that is not
    kept for it stops all, the same patient's too."""
    identity.require_same_patient(session, order.patient_id, *vials)
    out = {each.vial_id: each.vial for each in retrieving.out_for(session, order)}
    for vial in vials:
        if vial.id in out:
            continue
        kept = reserving.order_of(session, vial)
        if kept is not None and kept.id == order.id:
            raise NotRetrieved(code=vial.on_the_tube, status=vial.status, order=order.code)
        raise at_the_dewar.NotForThisOrder(
            code=vial.on_the_tube,
            order=order.code,
            expected=[each.on_the_tube for each in out.values()],
            found=at_the_dewar.where(session, vial),
        )


@command(Permission.RETRIEVE_VIAL)
def record_transfer(
    session: Session,
    order: Order,
    *,
    vials: Sequence[Vial],
    receiver: str,
    courier: str | None,
    temperature_c: Decimal | None,
    performed: Performed,
    proof: Proof,
    witness: Proof,
    by: User,
    comment: str | None = None,
) -> Transfer:
    """Hand the vials that were taken out for `order` to who fetches them; each is scanned."""
    step = Transfer(receiver=receiver, courier=courier, temperature_c=temperature_c)
    _begin(session, step, order, OrderKind.TRANSFER, vials, comment, by)
    second = signing.second_person(session, witness, not_these=[by], permission=Permission.WITNESS)
    _sign(session, step, Meaning.TRANSFERRED, (by, proof), (second, witness))
    _end(session, step, order, vials, VialStatus.TRANSFERRED, performed, by)
    return step


@command(Permission.DISCARD_MATERIAL)
def record_destruction(
    session: Session,
    order: Order,
    *,
    vials: Sequence[Vial],
    how: str,
    performed: Performed,
    proof: Proof,
    witness: Proof,
    by: User,
    comment: str | None = None,
) -> Destruction:
    """Destroy the vials that were taken out for `order`; each is scanned."""
    step = Destruction(how=how)
    _begin(session, step, order, OrderKind.DESTROY, vials, comment, by)
    second = signing.second_person(
        session, witness, not_these=[by], permission=Permission.DISCARD_MATERIAL
    )
    _sign(session, step, Meaning.DESTROYED, (by, proof), (second, witness))
    _end(session, step, order, vials, VialStatus.DISCARDED, performed, by)
    return step


@command(Permission.TAKE_ALIQUOT)
def empty_for_test(session: Session, order: Order, *, vials: Sequence[Vial], by: User) -> Order:
    """The vials of a test are thawed and emptied into their aliquots; nothing of them is left."""
    _require(session, order, OrderKind.TEST, vials)
    opened = drawn.opened(session, vials)
    for vial in vials:
        if vial.id not in opened:
            raise NothingDrawn(code=vial.on_the_tube)
        states.move(session, vial, VialStatus.THAWED)
        states.move(session, vial, VialStatus.USED)
    order_decisions.fulfil(session, order)
    return order


def _require(session: Session, order: Order, kind: OrderKind, vials: Sequence[Vial]) -> None:
    """Raise unless `order` is of this `kind` and each of `vials` was taken out for it."""
    if order.kind is not kind:
        raise OtherKind(code=order.code, kind=order.kind)
    states.require(order, OrderStatus.SCHEDULED)
    if not vials:
        raise NothingScanned()
    require_out(session, order, vials)


def _begin(
    session: Session,
    step: Any,
    order: Order,
    kind: OrderKind,
    vials: Sequence[Vial],
    comment: str | None,
    by: User,
) -> None:
    _require(session, order, kind, vials)
    step.patient_id, step.order_id, step.comment = order.patient_id, order.id, comment
    steps.open_step(session, step, by=by)
    for vial in vials:
        identity.note_check(session, step, expected=vial.code, scanned=vial.code)


def _sign(
    session: Session,
    step: Transfer | Destruction,
    meaning: Meaning,
    *people: tuple[User, Proof],
) -> None:
    shown, order = shown_of(session, step), session.get_one(Order, step.order_id)
    seen = shown_before(order, retrieving.out_for(session, order))
    for person, proof in people:
        signing.sign(session, step, meaning=meaning, shown=shown, seen=seen, proof=proof, by=person)
    step.verified_by_id, step.verified_at = people[1][0].id, clock.now()


def _end(
    session: Session,
    step: Transfer | Destruction,
    order: Order,
    vials: Sequence[Vial],
    status: VialStatus,
    performed: Performed,
    by: User,
) -> None:
    """The vials are gone, the step is recorded, and the order is fulfilled."""
    late = specifications.whole_limit(specifications.current(session), "late_entry_minutes")
    steps.record(session, step, performed, late, by)
    for vial in vials:
        states.move(session, vial, status)
    order_decisions.fulfil(session, order)
