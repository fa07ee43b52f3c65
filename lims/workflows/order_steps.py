"""The steps of an order: its vials taken out, thawed, handed over, destroyed."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from lims.models.order import Order
from lims.models.retrieval import Destruction, Retrieval, Thaw, Transfer
from lims.models.step import Step

OF_AN_ORDER = (Retrieval, Thaw, Transfer, Destruction)


def belongs_to(order_id: int) -> ColumnElement[bool]:
    """Whether a step is of this order, of whatever kind it is."""
    return or_(
        *(Step.id.in_(select(kind.id).where(kind.order_id == order_id)) for kind in OF_AN_ORDER)
    )


def order_id_of(step: Step) -> int | None:
    """The key of the order that `step` was done for, if it was for one."""
    return step.order_id if isinstance(step, OF_AN_ORDER) else None


def of(session: Session, order: Order) -> Sequence[Step]:
    """What was done for `order`, in its order, without the columns of each kind."""
    return session.scalars(
        select(Step)
        .where(Step.patient_id == order.patient_id, belongs_to(order.id))
        .options(joinedload(Step.started_by), joinedload(Step.verified_by))
        .order_by(Step.id)
    ).all()
