"""Which free positions to reserve for a patient: spread over tanks, and together in a box."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.fill import Fill
from lims.models.patient import Patient
from lims.models.storage import Allocation, Box, Position, StorageCell, Tank, Zone
from lims.workflows import specifications, vial_places, zones

WANTED_TANKS = "vials_tanks"


class NotEnoughRoom(LimsError):
    sentence = N_(
        "Positions wanted: %(number)s; free: %(free)s, in boxes for material that is:"
        " %(zone)s. The administrator enters another box."
    )
    status = 409


class AllInOneTank(LimsError):
    """A warning on pages; nothing is refused for it."""

    sentence = N_(
        "All vials of %(code)s (%(number)s) stand in one tank; the specification spreads them"
        " over: %(tanks)s."
    )


class TooFewTanks(LimsError):
    """A warning beside what is proposed."""

    sentence = N_(
        "Tanks over which the specification spreads the vials of a patient: %(tanks)s; with"
        " these positions: %(found)s. No other tank has a free position for them."
    )


@dataclass(frozen=True)
class Room:
    """A box with free positions; `own` of its positions are the cell's already."""

    box_id: int
    tank_id: int
    free: int
    own: int


def propose(
    session: Session,
    cell: StorageCell,
    number: int,
    *,
    tanks: int | None = None,
    zone: Zone | None = None,
) -> list[Position]:
    """Free positions for `number` more vials of the cell's patient, in the order to fill them.

    By the specification's number of tanks and the patient's markers where nothing is said.
    """
    if zone is None:
        zone = zones.zone_of(session, session.get_one(Patient, cell.patient_id))
    if tanks is None:
        tanks = specifications.whole_limit(specifications.current(session), "vials_tanks")
    rooms = rooms_for(session, cell, zone)
    free = sum(room.free for room in rooms)
    if number > free:
        raise NotEnoughRoom(number=number, free=free, zone=zone)
    return _positions(session, _shares_of_boxes(rooms, number, tanks))


def rooms_for(session: Session, cell: StorageCell, zone: Zone) -> list[Room]:
    """The boxes of `zone` with free positions, tower by tower; one query."""
    mine = func.count(Allocation.id).filter(Allocation.cell_id == cell.id)
    free = func.count(Position.id) - func.count(Allocation.id)
    rows = session.execute(
        select(Box.id, Box.tank_id, free, mine)
        .join(Position, Position.box_id == Box.id)
        .join(Tank, Tank.id == Box.tank_id)
        .outerjoin(Allocation, (Allocation.position_id == Position.id) & Allocation.to_at.is_(None))
        .where(Box.zone == zone, Box.retired_at.is_(None), Tank.retired_at.is_(None))
        .group_by(Box.id, Box.tank_id, Box.tower, Box.level)
        .order_by(Box.tank_id, Box.tower, Box.level)
    )
    return [Room(*row) for row in rows]


def _shares_of_boxes(rooms: Sequence[Room], number: int, tanks: int) -> dict[int, int]:
    """How many positions to take of each box, its own first, then one that holds the rest."""
    room_in, own_in = Counter[int](), Counter[int]()
    for room in rooms:
        room_in[room.tank_id] += room.free
        own_in[room.tank_id] += room.own
    taken: dict[int, int] = {}
    for tank_id, share in shares(number, room_in, own_in, tanks).items():
        left = share
        here = [room for room in rooms if room.tank_id == tank_id]
        for room in sorted(here, key=lambda room: (not room.own, room.free < share)):
            taken[room.box_id] = min(left, room.free)
            left -= taken[room.box_id]
    return taken


def shares(
    number: int, room_in: Mapping[int, int], own_in: Mapping[int, int], tanks: int
) -> dict[int, int]:
    """`number` positions dealt out evenly over `tanks` tanks, over more where these are full.

    Tanks in which the patient has positions come first; the odd one goes where they have fewer.
    """
    ranked = sorted(room_in, key=lambda tank: (not own_in.get(tank, 0), -room_in[tank], tank))
    dealt = dict.fromkeys(ranked, 0)
    for _ in range(number):
        open_ = [tank for tank in ranked if dealt[tank] < room_in[tank]]
        chosen = [tank for tank in open_ if tank in ranked[:tanks]] or open_
        dealt[min(chosen, key=lambda tank: (dealt[tank], own_in.get(tank, 0)))] += 1
    return dealt


def _positions(session: Session, taken: Mapping[int, int]) -> list[Position]:
    wanted = [box_id for box_id, number in taken.items() if number]
    held = select(Allocation.position_id).where(Allocation.to_at.is_(None))
    free = session.scalars(
        select(Position)
        .where(Position.box_id.in_(wanted), Position.id.not_in(held))
        .options(joinedload(Position.box).joinedload(Box.tank))
        .order_by(Position.box_id, Position.row_number, Position.column_number)
    ).all()
    return [
        position
        for box_id in wanted
        for position in [each for each in free if each.box_id == box_id][: taken[box_id]]
    ]


def narrow(session: Session, cell: StorageCell, proposed: Sequence[Position]) -> TooFewTanks | None:
    """A warning where what is proposed, with what the cell has, lies in too few tanks."""
    wanted = specifications.whole_limit(specifications.current(session), WANTED_TANKS)
    own = session.scalars(
        select(Box.tank_id)
        .join(Position, Position.box_id == Box.id)
        .join(Allocation, Allocation.position_id == Position.id)
        .where(Allocation.cell_id == cell.id, Allocation.to_at.is_(None))
    ).all()
    tanks = {*own, *(position.box.tank_id for position in proposed)}
    if len(own) + len(proposed) < wanted or len(tanks) >= wanted:
        return None
    return TooFewTanks(tanks=wanted, found=len(tanks))


def crowded(session: Session, fill: Fill) -> AllInOneTank | None:
    """A warning where all vials of `fill` that stand somewhere stand in too few tanks."""
    tanks = vial_places.tanks_of(session, fill)
    wanted = specifications.whole_limit(specifications.of(fill.batch), WANTED_TANKS)
    number = tanks.total()
    if number < wanted or len(tanks) >= wanted:
        return None
    return AllInOneTank(code=fill.code, number=number, tanks=wanted)
