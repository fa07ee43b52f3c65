"""The vials of orders that are out of the cold: how many, since when, and where they are thawed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.retrieval import Retrieval, RetrievedVial, Thaw
from lims.models.step import StepStatus
from lims.workflows import retrieving, specifications
from lims.workflows.thaw_findings import LONGEST_OUT


@dataclass(frozen=True)
class Out:
    """Vials of one order that are neither used, nor in the bath, nor back."""

    number: int
    since: datetime
    """When the first of them was taken out."""

    def seconds(self, until: datetime) -> int:
        """For how long the first is out."""
        return round((until - self.since).total_seconds())


def longest(session: Session) -> Decimal:
    """For how many seconds a vial is out of the cold at the most, by what is in force now."""
    return specifications.limit(specifications.current(session), LONGEST_OUT)


def by_order(session: Session, orders: Collection[Order]) -> dict[int, Out]:
    """By the key of each of `orders` that has vials out of the cold."""
    rows = session.execute(
        select(Retrieval.order_id, func.count(), func.min(RetrievedVial.out_at))
        .join(RetrievedVial, RetrievedVial.step_id == Retrieval.id)
        .join(Vial, Vial.id == RetrievedVial.vial_id)
        .where(*retrieving.out(), Retrieval.order_id.in_([order.id for order in orders]))
        .group_by(Retrieval.order_id)
    )
    return {order_id: Out(number, since) for order_id, number, since in rows}


def thawed_at(session: Session, orders: Collection[Order]) -> dict[int, str]:
    """By the key of each of `orders` that is being thawed, the code of that step."""
    rows = session.execute(
        select(Thaw.order_id, Thaw.code).where(
            Thaw.status == StepStatus.OPEN, Thaw.order_id.in_([order.id for order in orders])
        )
    )
    return dict(rows.all())
