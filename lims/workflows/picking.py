"""Picking: where the vials of an order stand, in the order in which a keeper comes by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.fill import Vial
from lims.models.order import Order, Reservation
from lims.models.storage import Allocation, Box, Placement, Position


@dataclass(frozen=True)
class Pick:
    """One vial to be taken out; `number` counts them from 1 through all boxes."""

    number: int
    vial: Vial
    position: Position


@dataclass(frozen=True)
class BoxToLift:
    box: Box
    picks: Sequence[Pick]

    @property
    def by_position(self) -> dict[str, str]:
        """What the map says at each position from which a vial is taken: its number."""
        return {pick.position.name: str(pick.number) for pick in self.picks}


def to_lift(session: Session, order: Order) -> list[BoxToLift]:
    """The boxes that hold what is kept for `order`, by tank, tower and level."""
    standing = session.scalars(
        select(Placement)
        .join(Reservation, Reservation.vial_id == Placement.vial_id)
        .where(
            Reservation.order_id == order.id,
            Reservation.ended_at.is_(None),
            Placement.removed_at.is_(None),
        )
        .options(
            joinedload(Placement.vial).joinedload(Vial.fill),
            joinedload(Placement.vial).selectinload(Vial.aliquots),
            joinedload(Placement.allocation)
            .joinedload(Allocation.position)
            .joinedload(Position.box)
            .joinedload(Box.tank),
        )
    ).all()
    in_order = sorted(standing, key=lambda each: _way_to(each.allocation.position))
    picks = [
        Pick(number, each.vial, each.allocation.position)
        for number, each in enumerate(in_order, start=1)
    ]
    boxes = groupby(picks, key=lambda pick: pick.position.box)
    return [BoxToLift(box, list(found)) for box, found in boxes]


def _way_to(position: Position) -> tuple[str, str, int, int, int]:
    box = position.box
    return box.tank.name, box.tower, box.level, position.row_number, position.column_number
