"""Vials that were kept for an order and are not any more, while it still waits for them.

They were marked as warm, brought back into store, or are gone: nobody takes them out for it.
"""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.order import Order, Reservation
from lims.workflows import reserving


class VialLost(LimsError):
    sentence = N_(
        "%(code)s was kept for this order and is %(status)s now. End the order and draft another."
    )
    status = 409


def of(session: Session, order: Order) -> list[LimsError]:
    """Each vial that `order` waits for in vain."""
    if order.status not in reserving.UNDER_WAY:
        return []
    ended = [each.vial for each in reserving.all_of(session, order) if each.ended_at is not None]
    return [VialLost(code=vial.on_the_tube, status=vial.status) for vial in ended]


def number_of(session: Session, orders: Sequence[Order]) -> dict[int, int]:
    """The same by number, of those of `orders` that wait for any in vain."""
    asked = orders_without().where(Order.id.in_([order.id for order in orders]))
    return dict(session.execute(asked).all())


def orders_without() -> Select[int, int]:
    """Orders under way whose vials are gone, each with how many."""
    return (
        select(Order.id, func.count().label("number"))
        .join(Reservation, Reservation.order_id == Order.id)
        .where(Order.status.in_(reserving.UNDER_WAY), Reservation.ended_at.is_not(None))
        .group_by(Order.id)
    )
