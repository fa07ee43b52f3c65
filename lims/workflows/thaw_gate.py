"""Whether the vials of an order may be thawed: asked by the gate before, shown by the page."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError, WrongState
from lims.models.course import CourseStatus
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.retrieval import RetrievedVial
from lims.models.signature import Meaning, Signature
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    order_gate,
    reserving,
    retrieving,
    signing,
    states,
    thaw_ready,
    vial_choice,
)
from lims.workflows.at_the_dewar import OtherVial
from lims.workflows.command import because, command
from lims.workflows.signing import Proof
from lims.workflows.stopping import CoursePostponed


class NotForThaw(LimsError):
    sentence = N_("%(code)s orders something else: %(kind)s. Nothing is thawed for it.")
    recorded = True
    status = 409


class ThawedAlready(WrongState):
    sentence = N_("The vials of %(code)s were thawed already. Nothing more is thawed for it.")


class NotPlannedYet(WrongState):
    sentence = N_(
        "%(code)s is %(status)s. Its vials are thawed once the bank has planned when they are"
        " taken out."
    )


class OrderOver(WrongState):
    sentence = N_("%(code)s is %(status)s; nothing is thawed for it.")


class NotTakenOut(OtherVial):
    """At the bath; nobody looked for it."""

    sentence = N_(
        "STOP. %(code)s was not taken out for %(order)s. Take the vials of this order, and bring"
        " this one back; nothing was recorded."
    )


class StillInItsPlace(WrongState):
    sentence = N_(
        "%(code)s is not taken out yet. The bank takes it out of its box first, two people, and"
        " scans it; then it is scanned here."
    )


class UnderWay(LimsError):
    sentence = N_("%(code)s is being thawed already: go on in step %(step)s.")
    status = 409


class OriginUnknown(LimsError):
    sentence = N_(
        "The passage or the doublings of %(code)s are unknown. Quality assurance decides whether"
        " it is thawed."
    )
    recorded = True
    status = 409


class NothingUnknown(LimsError):
    sentence = N_(
        "The passage and the doublings of all vials of %(code)s are known; nothing is to be"
        " allowed."
    )


def problems_with(session: Session, order: Order, vials: Sequence[Vial]) -> Iterator[LimsError]:
    """Why `vials`, kept for `order`, may not be thawed now; nothing when they may.

    Where the consent to production was taken back, the course has ended.
    """
    if order.kind is not OrderKind.THAW or order.session is None:
        yield NotForThaw(code=order.code, kind=order.kind)
        return
    if order.status is not OrderStatus.SCHEDULED:
        yield _of_status(order)
    if (going_on := thaw_ready.thawed_in(session, order)) is not None:
        yield UnderWay(code=order.code, step=going_on.code)
    if order.session.course.status is CourseStatus.POSTPONED:
        yield CoursePostponed(code=order.session.course.code)
    if not vials:
        yield retrieving.NothingKept(order=order.code)
    yield from order_gate.problems_with(session, order, vials)
    for problems in vial_choice.problems_with(session, vials, order.kind).values():
        yield from problems
    in_doubt = unknown(vials)
    if in_doubt and not is_allowed(session, order):
        yield from (OriginUnknown(code=vial.on_the_tube) for vial in in_doubt)


def _of_status(order: Order) -> WrongState:
    """Why nothing is thawed for an order that is not planned, or not any more."""
    told = {"code": order.code, "status": order.status}
    if order.status in (OrderStatus.FULFILLED, OrderStatus.CLOSED):
        return ThawedAlready(**told)
    return NotPlannedYet(**told) if order.status in reserving.UNDER_WAY else OrderOver(**told)


def require_out(session: Session, order: Order, vial: Vial) -> RetrievedVial:
    """How `vial`, scanned at the bath, was taken out for `order`; raises where it stands in its
    place, is in the bath, or is another vial."""
    out = retrieving.out_for(session, order)
    for taken in out:
        if taken.vial_id == vial.id:
            return taken
    kept = reserving.order_of(session, vial)
    if kept is not None and kept.id == order.id:
        if vial.status is VialStatus.RESERVED:
            raise StillInItsPlace(code=vial.on_the_tube, status=vial.status)
        states.require(vial, VialStatus.RETRIEVED)
    raise NotTakenOut(
        code=vial.on_the_tube,
        order=order.code,
        expected=[each.vial.on_the_tube for each in out],
        found="",
    )


def require_fit(session: Session, order: Order, vial: Vial) -> None:
    """Raise where `vial`, in the hand before the bath, is not to be thawed for `order` any more."""
    states.require(order, OrderStatus.SCHEDULED)
    for problem in vial_choice.problems_with(session, [vial], order.kind)[vial.id]:
        raise problem


def to_come(session: Session, order: Order) -> list[Vial]:
    """The vials kept for `order` that are still to be thawed: in their places or out already.

    The bench is cleared and the labels are stuck on before the first of them grows warm.
    """
    return [
        kept.vial
        for kept in reserving.all_of(session, order)
        if kept.ended_at is None
        and kept.vial.status in (VialStatus.RESERVED, VialStatus.RETRIEVED)
        and kept.vial.left_ml()
    ]


def tube_of(vial: Vial) -> Suspension:
    """The tube that `vial` was filled from."""
    return vial.fill.withdrawal.suspension


def unknown(vials: Sequence[Vial]) -> list[Vial]:
    """Vials of which nobody knows the passage or the doublings."""
    return [
        vial
        for vial in vials
        if vial.fill.passage is None or tube_of(vial).cumulative_doublings is None
    ]


def is_allowed(session: Session, order: Order) -> bool:
    """Whether quality signed, for the vials chosen for the order, that they may be thawed."""
    signed = session.scalars(
        select(Signature).where(
            Signature.subject_table == "vial_order",
            Signature.subject_id == order.id,
            Signature.meaning == Meaning.OVERRIDDEN,
        )
    )
    return any(signing.still_valid(each, shown_of(session, order)) for each in signed)


@command(Permission.ALLOW_UNKNOWN_PASSAGE)
def allow_thaw(session: Session, order: Order, *, reason: str, proof: Proof, by: User) -> Order:
    """Quality lets vials of unknown passage or doublings be thawed, with a reason, by signature."""
    because(session, reason)
    if not unknown(to_come(session, order)):
        raise NothingUnknown(code=order.code)
    signing.sign(
        session,
        order,
        meaning=Meaning.OVERRIDDEN,
        shown=shown_of(session, order),
        proof=proof,
        by=by,
        reason=reason,
    )
    return order


def shown_of(session: Session, order: Order) -> dict[str, object]:
    """What quality is shown when it decides whether to thaw: the vials, and what is known."""
    chosen = [each.vial for each in reserving.all_of(session, order)]
    return {
        "code": order.code,
        "patient": order.patient_id,
        "vials": [
            [vial.code, vial.fill.passage, tube_of(vial).cumulative_doublings]
            for vial in unknown(chosen)
        ],
    }
