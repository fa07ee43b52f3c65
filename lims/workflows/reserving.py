"""Reservations: a vial kept for one order, taken by nobody else until that ends."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from lims import clock
from lims.errors import N_, LimsError
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.order import Order, OrderStatus, Reservation
from lims.models.suspension import Withdrawal
from lims.models.user import User
from lims.workflows import batch_state, states

UNDER_WAY = (
    OrderStatus.DRAFTED,
    OrderStatus.SUBMITTED,
    OrderStatus.CHECKED,
    OrderStatus.APPROVED,
    OrderStatus.SCHEDULED,
)
"""Before anything was done with the vials for good."""


class VialTaken(LimsError):
    sentence = N_("%(code)s is %(status)s: another order was quicker. Choose another vial.")
    recorded = True
    status = 409
    leads_to = "code"


class VialsOut(LimsError):
    sentence = N_(
        "Out of the cold for %(order)s: %(codes)s. Use them as ordered, or bring them back first."
    )
    status = 409
    leads_to = "order"


def reserve(session: Session, order: Order, vials: Sequence[Vial], *, by: User) -> None:
    """Keep `vials` for `order`; raises VialTaken for one that is not in store any more."""
    for vial in _locked(session, vials):
        if vial.status is not VialStatus.STORED:
            raise VialTaken(code=vial.on_the_tube, status=vial.status)
        session.add(
            Reservation(
                patient_id=order.patient_id,
                order_id=order.id,
                vial_id=vial.id,
                reserved_by_id=by.id,
            )
        )
        states.move(session, vial, VialStatus.RESERVED)
    session.expire(order, ["reservations"])


def _locked(session: Session, vials: Sequence[Vial]) -> Sequence[Vial]:
    """Always in the same order, so that two who want the same never wait for one another."""
    return session.scalars(
        select(Vial)
        .where(Vial.id.in_([vial.id for vial in vials]))
        .order_by(Vial.id)
        .with_for_update(of=Vial.__table__)
        .execution_options(populate_existing=True)
    ).all()


def open_of(session: Session, order: Order) -> Sequence[Reservation]:
    """What is kept for `order` now, each with its vial."""
    query = _with_vial().where(Reservation.order_id == order.id, Reservation.ended_at.is_(None))
    return session.scalars(query.order_by(Reservation.id)).unique().all()


def all_of(session: Session, order: Order) -> Sequence[Reservation]:
    """What was ever kept for `order`, ended reservations too; read once."""
    if "reservations" in inspect(order).unloaded:
        query = _with_vial().where(Reservation.order_id == order.id).order_by(Reservation.id)
        set_committed_value(order, "reservations", session.scalars(query).unique().all())
    return order.reservations


def _with_vial() -> Select[Any]:
    fill = joinedload(Reservation.vial).joinedload(Vial.fill)
    tube = fill.joinedload(Fill.withdrawal).joinedload(Withdrawal.suspension)
    drawn = joinedload(Reservation.vial).joinedload(Vial.aliquots)
    return select(Reservation).options(fill.joinedload(Fill.batch), tube, drawn)


def order_of(session: Session, vial: Vial) -> Order | None:
    """The order that `vial` is kept for now."""
    return session.scalars(
        select(Order)
        .join(Reservation, Reservation.order_id == Order.id)
        .where(Reservation.vial_id == vial.id, Reservation.ended_at.is_(None))
    ).one_or_none()


def drop(session: Session, vials: Sequence[Vial]) -> None:
    """These vials are kept for no order any more; what they are is the caller's to say."""
    for kept in session.scalars(
        select(Reservation).where(
            Reservation.vial_id.in_([vial.id for vial in vials]), Reservation.ended_at.is_(None)
        )
    ):
        kept.ended_at = clock.now()
    session.flush()


def free(session: Session, order: Order) -> None:
    """What is kept for `order` and stands in its place is in store again, for anybody's order."""
    for kept in open_of(session, order):
        kept.ended_at = clock.now()
        if kept.vial.status is VialStatus.RESERVED:
            states.move(session, kept.vial, VialStatus.STORED)
    session.flush()


def end(session: Session, order: Order, ending: OrderStatus, reason: str | None) -> None:
    """End `order` before it was fulfilled: its vials are free, and nothing waits for them."""
    any_out = any(is_out(kept.vial) for kept in open_of(session, order))
    order.ended_reason = reason
    states.move(session, order, ending)
    free(session, order)
    batch_state.end_empty(session, order, any_out=any_out)


def end_all(session: Session, which: ColumnElement[bool], reason: str) -> None:
    """What `which` orders asked for is not needed any more; a vial that is out is brought back.

    Not of an order with a vial in the bath: what is got of it is recorded, and that fulfils it.
    """
    for order in session.scalars(select(Order).where(which, Order.status.in_(UNDER_WAY))).all():
        if all(kept.vial.status is not VialStatus.THAWED for kept in open_of(session, order)):
            end(session, order, OrderStatus.CANCELLED, reason)


def require_none_out(session: Session, order: Order) -> None:
    """Raise VialsOut where a vial of `order` was taken out and is neither used up nor back."""
    out = [kept.vial.on_the_tube for kept in open_of(session, order) if is_out(kept.vial)]
    if out:
        raise VialsOut(codes=out, order=order.code)


def is_out(vial: Vial) -> bool:
    """Out of the cold, in the bath too: what becomes of it is recorded before its order ends."""
    return vial.status in (VialStatus.RETRIEVED, VialStatus.THAWED)
