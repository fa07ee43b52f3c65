"""Whether the warm side waits for the vials of an order: asked before they leave the cold."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.order import Order, OrderKind
from lims.models.retrieval import Thaw
from lims.models.step import StepStatus
from lims.models.suspension import Suspension
from lims.workflows import containers


class NotReady(LimsError):
    sentence = N_(
        "The thaw of %(code)s is not ready: no bench is cleared, no label is printed. First the"
        " technician makes the bench ready, then the vials are taken out."
    )


class TubeNotReady(LimsError):
    sentence = N_(
        "The thaw of %(code)s is not ready: its tube bears no label. First the technician sticks it"
        " on, then the vials are taken out."
    )


def found(session: Session, order: Order) -> list[LimsError]:
    """What the vials of `order` would wait for in the warm.

    Who takes them out all the same says why: a thaw may be going on on paper.
    """
    if order.kind is not OrderKind.THAW:
        return []
    thaw = thawed_in(session, order)
    if thaw is None:
        return [NotReady(code=order.code)]
    planned = containers.planned_for(session, thaw)
    tubes = [each.container_code for each in planned if each.kind == Suspension.kind_of_code]
    return [TubeNotReady(code=order.code)] if containers.unlabelled(session, tubes) else []


def thawed_in(session: Session, order: Order) -> Thaw | None:
    """The thaw of this order that is under way."""
    return session.scalars(
        select(Thaw).where(Thaw.order_id == order.id, Thaw.status == StepStatus.OPEN)
    ).first()
