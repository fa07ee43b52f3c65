"""The cryobank's tanks and boxes: entered with their positions, moved, retired when empty."""

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.equipment import Equipment, EquipmentKind, Place, PlaceKind
from lims.models.storage import Allocation, Box, Phase, Position, Tank, Zone
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import towers
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.equipment import NotInService, problem_with

MOST_POSITIONS = 5000
"""Of boxes entered in one transaction, which nobody else's writing should wait for long."""
POSITION = re.compile(r"([A-Za-z])0*([1-9][0-9]?)", re.ASCII)


class NotARoom(FieldError):
    sentence = N_("A tank stands in a room: scan one.")


class NotAStorageTank(FieldError):
    sentence = N_("%(name)s (%(code)s) is no storage tank in the register of equipment.")


class IsATank(FieldError):
    sentence = N_("%(name)s (%(code)s) is the tank %(tank)s already.")


class TankNameTaken(FieldError):
    sentence = N_("Another tank has this name.")


class OutOfUse(LimsError):
    sentence = N_("%(code)s is out of use for good.")
    status = 409


class NotEmpty(LimsError):
    sentence = N_(
        "%(code)s is not empty; positions reserved in it: %(number)s. Move what stands there,"
        " and free the positions."
    )
    status = 409


class HasBoxes(LimsError):
    sentence = N_(
        "Boxes that stand in %(code)s: %(number)s. Move them to another tank or retire them."
    )
    status = 409


class TooManyPositions(FieldError):
    sentence = N_("Enter fewer boxes at once: together they may have %(most)s positions.")


class AnotherBox(FieldError):
    sentence = N_("%(scanned)s was scanned; this is about the box %(code)s.")
    recorded = True


class NoSuchPosition(LimsError):
    sentence = N_("There is no position %(name)s in the box %(code)s: it goes from A1 to %(last)s.")


@command(Permission.KEEP_PLACES)
def add_tank(
    session: Session, *, name: str, phase: Phase, room: Place, equipment: Equipment, by: User
) -> Tank:
    """Enter a tank that the register of equipment knows, and give it the code of its label."""
    _require_new_name(session, name, None)
    _require_room(room)
    for problem in problems_with_dewar(session, equipment):
        raise problem
    tank = coded(session, Tank(name=name, phase=phase, room=room, equipment=equipment))
    session.add(tank)
    session.flush()
    return tank


def _require_new_name(session: Session, name: str, own: Tank | None) -> None:
    taken = session.scalars(select(Tank).where(Tank.name == name)).one_or_none()
    if taken is not None and taken is not own:
        raise TankNameTaken("name")


def _require_room(room: Place) -> None:
    if room.kind is not PlaceKind.ROOM:
        raise NotARoom("room")


def problems_with_dewar(session: Session, equipment: Equipment) -> Iterator[LimsError]:
    """Why `equipment` cannot be entered as a tank."""
    told = {"name": equipment.name, "code": equipment.code}
    if equipment.kind is not EquipmentKind.STORAGE_TANK:
        yield NotAStorageTank("equipment", **told)
    if isinstance(problem := problem_with(equipment, clock.now()), NotInService):
        yield problem
    taken = session.scalars(select(Tank).where(Tank.equipment_id == equipment.id)).one_or_none()
    if taken is not None:
        yield IsATank("equipment", tank=taken.name, **told)


@command(Permission.KEEP_PLACES)
def edit_tank(
    session: Session, tank: Tank, *, version: int, name: str, room: Place, reason: str, by: User
) -> Tank:
    """Rename a tank or say that it stands in another room."""
    if tank.version != version:
        raise Stale(code=tank.code)
    _require_new_name(session, name, tank)
    _require_room(room)
    because(session, reason)
    tank.name, tank.room = name, room
    return tank


@command(Permission.KEEP_PLACES)
def retire_tank(session: Session, tank: Tank, *, reason: str, by: User) -> Tank:
    """Take an empty tank out of use for good; its history stays."""
    _require_in_use(tank)
    standing = select(func.count()).where(Box.tank_id == tank.id, Box.retired_at.is_(None))
    if number := session.scalar(standing):
        raise HasBoxes(code=tank.code, number=number)
    because(session, reason)
    tank.retired_at = clock.now()
    return tank


@command(Permission.KEEP_PLACES)
def add_boxes(
    session: Session,
    tank: Tank,
    *,
    tower: str,
    levels: Sequence[int],
    rows: int,
    columns: int,
    zone: Zone,
    by: User,
) -> Box:
    """Enter a box at each of `levels`, all alike, with all their positions; the first of them."""
    _require_in_use(tank)
    if len(levels) > 1 and len(levels) * rows * columns > MOST_POSITIONS:
        raise TooManyPositions("level", most=MOST_POSITIONS)
    for level in levels:
        towers.require_level_free(session, tank, tower, level, None)
    return [_box(session, tank, tower, level, rows, columns, zone) for level in levels][0]


def _box(
    session: Session, tank: Tank, tower: str, level: int, rows: int, columns: int, zone: Zone
) -> Box:
    box = Box(tank_id=tank.id, tower=tower, level=level, rows=rows, columns=columns, zone=zone)
    session.add(coded(session, box))
    session.flush()
    session.add_all(
        Position(box_id=box.id, row_number=row, column_number=column)
        for row in range(1, rows + 1)
        for column in range(1, columns + 1)
    )
    session.flush()
    return box


def require_this_box(box: Box, scanned: str) -> None:
    """Raise AnotherBox unless the box in one's hands is the one the page is about."""
    if scanned != box.code:
        raise AnotherBox("box", scanned=scanned, code=box.code)


@command(Permission.STORE_VIAL)
def move_box(
    session: Session,
    box: Box,
    *,
    version: int,
    tank: Tank,
    tower: str,
    level: int,
    reason: str,
    by: User,
) -> Box:
    """Carry a box elsewhere with all that stands in it, as when a tank is evacuated."""
    if box.version != version:
        raise Stale(code=box.code)
    _require_in_use(box)
    _require_in_use(tank)
    towers.require_level_free(session, tank, tower, level, box)
    because(session, reason)
    box.tank, box.tower, box.level = tank, tower, level
    session.flush()
    return box


@command(Permission.KEEP_PLACES)
def retire_box(session: Session, box: Box, *, reason: str, by: User) -> Box:
    """Take a box of which nothing is reserved out of use for good."""
    _require_in_use(box)
    reserved = (
        select(func.count())
        .select_from(Allocation)
        .join(Position, Position.id == Allocation.position_id)
        .where(Position.box_id == box.id, Allocation.to_at.is_(None))
    )
    if number := session.scalar(reserved):
        raise NotEmpty(code=box.code, number=number)
    because(session, reason)
    box.retired_at = clock.now()
    return box


def _require_in_use(thing: Tank | Box) -> None:
    if thing.retired_at is not None:
        raise OutOfUse(code=thing.code)


def position_in(session: Session, box: Box, name: str) -> Position:
    """The position of `box` that people call `name`: A3, a3 and A03 are one."""
    read = POSITION.fullmatch(name.strip())
    row = ord(read[1].upper()) - ord("A") + 1 if read else 0
    column = int(read[2]) if read else 0
    found = session.scalars(
        select(Position)
        .where(
            Position.box_id == box.id,
            Position.row_number == row,
            Position.column_number == column,
        )
        .options(joinedload(Position.box).joinedload(Box.tank))
    ).one_or_none()
    if found is None:
        last = Position(row_number=box.rows, column_number=box.columns).name
        raise NoSuchPosition(code=box.code, name=name[:10], last=last)
    return found
