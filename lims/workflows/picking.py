"""Picking: where the vials of an order stand, in the order in which a keeper comes by them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from lims.models.fill import Vial
from lims.models.order import Order, Reservation
from lims.models.retrieval import Retrieval, RetrievedVial
from lims.models.storage import Allocation, Box, Placement, Position


@dataclass(frozen=True)
class Pick:
    """One vial to be taken out; `number` counts them from 1 through all boxes."""

    number: int
    vial: Vial
    position: Position
    taken: RetrievedVial | None = None
    """When it was taken out, and by whom; None where it stands in its position still."""


@dataclass(frozen=True)
class BoxToLift:
    box: Box
    picks: Sequence[Pick]

    @property
    def by_position(self) -> dict[str, str]:
        """What the map says at each position from which a vial is still taken: its number."""
        return {pick.position.name: str(pick.number) for pick in self.to_take}

    @property
    def to_take(self) -> list[Pick]:
        return [pick for pick in self.picks if pick.taken is None]


def to_lift(session: Session, order: Order) -> list[BoxToLift]:
    """The boxes that hold what is kept for `order`, by tank, tower and level."""
    return _by_box((each, None) for each in _placed(session, _standing(order)))


def listed(session: Session, order: Order) -> list[BoxToLift]:
    """The same, with what was taken out for `order` already and the box it stood in."""
    taken: dict[tuple[int, datetime | None], RetrievedVial] = {
        (each.vial_id, each.out_at): each
        for each in session.scalars(
            select(RetrievedVial)
            .join(Retrieval, Retrieval.id == RetrievedVial.step_id)
            .where(Retrieval.order_id == order.id)
            .options(joinedload(RetrievedVial.taken_by), joinedload(RetrievedVial.witnessed_by))
        )
    }
    left = Placement.vial_id.in_({vial for vial, _ in taken}), Placement.removed_at.is_not(None)
    placed = _placed(session, or_(_standing(order), and_(*left)))
    found = ((each, taken.get((each.vial_id, each.removed_at))) for each in placed)
    return _by_box(
        (each, by_whom) for each, by_whom in found if by_whom is not None or not each.removed_at
    )


def _standing(order: Order) -> ColumnElement[bool]:
    kept = select(Reservation.vial_id).where(
        Reservation.order_id == order.id, Reservation.ended_at.is_(None)
    )
    return Placement.vial_id.in_(kept) & Placement.removed_at.is_(None)


def _placed(session: Session, which: ColumnElement[bool]) -> Sequence[Placement]:
    return session.scalars(
        select(Placement)
        .where(which)
        .options(
            joinedload(Placement.vial).joinedload(Vial.fill),
            joinedload(Placement.vial).selectinload(Vial.aliquots),
            joinedload(Placement.allocation)
            .joinedload(Allocation.position)
            .joinedload(Position.box)
            .joinedload(Box.tank),
        )
    ).all()


def _by_box(found: Iterable[tuple[Placement, RetrievedVial | None]]) -> list[BoxToLift]:
    in_order = sorted(found, key=lambda each: _way_to(each[0].allocation.position))
    picks = [
        Pick(number, each.vial, each.allocation.position, taken)
        for number, (each, taken) in enumerate(in_order, start=1)
    ]
    boxes = groupby(picks, key=lambda pick: pick.position.box)
    return [BoxToLift(box, list(found)) for box, found in boxes]


def _way_to(position: Position) -> tuple[str, str, int, int, int]:
    box = position.box
    return box.tank.name, box.tower, box.level, position.row_number, position.column_number
