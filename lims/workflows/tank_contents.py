"""What stands where in the cryobank, counted and listed by the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from lims.models.earlier import EarlierVial
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.patient import Patient
from lims.models.sampled import whole_cells_left
from lims.models.storage import (
    Allocation,
    Box,
    Placement,
    Position,
    StorageCell,
    StorageReading,
    Tank,
    Zone,
    name_of,
)
from lims.workflows import drawn, vial_places

RESERVED_NOW = (Allocation.position_id == Position.id) & Allocation.to_at.is_(None)
STANDING_NOW = (Placement.allocation_id == Allocation.id) & Placement.removed_at.is_(None)


@dataclass(frozen=True)
class Fullness:
    """How many positions there are, how many of them are reserved, and how many hold a vial."""

    positions: int = 0
    reserved: int = 0
    vials: int = 0

    @property
    def free(self) -> int:
        return self.positions - self.reserved

    def share(self, part: int, whole: int) -> int:
        """`part` of the positions as so much of `whole`; something is never drawn as nothing."""
        return max(int(part > 0), part * whole // self.positions) if self.positions else 0


@dataclass(frozen=True)
class Shelves:
    """The boxes of a tank where they stand: level by level, a place for each tower."""

    towers: Sequence[str]
    levels: Sequence[tuple[int, Sequence[Box | None]]]


def shelves(boxes: Iterable[Box]) -> Shelves:
    """Of the boxes in use; the numbers in the names of towers count as numbers."""
    standing = {(box.tower, box.level): box for box in boxes if box.retired_at is None}
    towers = sorted({tower for tower, _ in standing}, key=lambda name: (len(name), name))
    levels = sorted({level for _, level in standing})
    rows = [(level, [standing.get((tower, level)) for tower in towers]) for level in levels]
    return Shelves(towers, rows)


@dataclass(frozen=True)
class Slot:
    """A position of a box and what it is for; the codes are None where it is free or empty."""

    row: int
    column: int
    cell: str | None
    patient: str | None
    vial: str | None
    status: VialStatus | None
    passage: int | None
    earlier_number: str | None = None
    """What stands on the vial in place of a label of ours."""

    @property
    def name(self) -> str:
        return name_of(self.row, self.column)


@dataclass(frozen=True)
class Standing:
    """A vial where it stands, as an inventory lists it."""

    tower: str
    level: int
    box: str
    zone: Zone
    size: tuple[int, int]
    """Rows and columns of the box."""
    row: int
    column: int
    vial: str
    status: VialStatus
    patient: str
    cell: str
    cell_name: str
    passage: int | None
    cells: int | None
    filled_at: datetime

    @property
    def position(self) -> str:
        return name_of(self.row, self.column)


def _counting(by: InstrumentedAttribute[int]) -> Select[int, int, int, int]:
    """Positions, reserved ones and vials, by the tank or by the box."""
    counted = (func.count(Position.id), func.count(Allocation.id), func.count(Placement.id))
    return (
        select(by, *counted)
        .select_from(Box)
        .join(Position, Position.box_id == Box.id)
        .outerjoin(Allocation, RESERVED_NOW)
        .outerjoin(Placement, STANDING_NOW)
        .where(Box.retired_at.is_(None))
        .group_by(by)
    )


def of_tanks(session: Session, tanks: Sequence[Tank]) -> dict[int, Fullness]:
    """How full each of these tanks is, by its key; one that has no box is left out."""
    of_these = Box.tank_id.in_([tank.id for tank in tanks])
    rows = session.execute(_counting(Box.tank_id).where(of_these)).all()
    return {row[0]: Fullness(*row[1:]) for row in rows}


def of_boxes(session: Session, tank: Tank) -> dict[int, Fullness]:
    """How full each box of a tank is, by its key."""
    rows = session.execute(_counting(Box.id).where(Box.tank_id == tank.id)).all()
    return {row[0]: Fullness(*row[1:]) for row in rows}


def count_standing(session: Session, tank: Tank) -> int:
    """How many vials stand in a tank now."""
    counted = session.execute(_counting(Box.tank_id).where(Box.tank_id == tank.id)).one_or_none()
    return int(counted[3]) if counted else 0


def slots_of(session: Session, box: Box) -> list[Slot]:
    """The positions of a box, row by row, with what each is for; one query."""
    return slots_in(session, [box])[box.id]


def slots_in(session: Session, boxes: Sequence[Box]) -> dict[int, list[Slot]]:
    """The same of several boxes, by their keys; one query."""
    rows: Any = session.execute(
        select(
            Position.box_id,
            Position.row_number,
            Position.column_number,
            StorageCell.code,
            Patient.code,
            Vial.code,
            Vial.status,
            Fill.passage,
            EarlierVial.number,
        )
        .outerjoin(Allocation, RESERVED_NOW)
        .outerjoin(StorageCell, StorageCell.id == Allocation.cell_id)
        .outerjoin(Patient, Patient.id == Allocation.patient_id)
        .outerjoin(Placement, STANDING_NOW)
        .outerjoin(Vial, Vial.id == Placement.vial_id)
        .outerjoin(Fill, Fill.id == Vial.fill_id)
        .outerjoin(EarlierVial, EarlierVial.vial_id == Vial.id)
        .where(Position.box_id.in_([box.id for box in boxes]))
        .order_by(Position.row_number, Position.column_number)
    )
    found: dict[int, list[Slot]] = {box.id: [] for box in boxes}
    for of_box, *told in rows:
        found[of_box].append(Slot(*told))
    return found


def standing_in(session: Session, tank: Tank) -> list[Standing]:
    """Every vial in a tank in the order in which boxes are lifted out; one query."""
    rows: Any = session.execute(
        vial_places.standing(
            Box.tower,
            Box.level,
            Box.code,
            Box.zone,
            Box.rows,
            Box.columns,
            Position.row_number,
            Position.column_number,
            Vial.code,
            Vial.status,
            Patient.code,
            StorageCell.code,
            StorageCell.name,
            Fill.passage,
            Vial.viable_cells,
            Fill.filled_at,
            Vial.volume_ml,
            drawn.taken_ml(Vial),
        )
        .join(Patient, Patient.id == Placement.patient_id)
        .where(Box.tank_id == tank.id)
        .order_by(Box.tower, Box.level, Position.row_number, Position.column_number)
    )
    return [_standing(*row) for row in rows]


def reserved_in(session: Session, tank: Tank) -> dict[str, set[tuple[int, int]]]:
    """By the code of a box, the row and column of each position that belongs to a patient."""
    rows = session.execute(
        select(Box.code, Position.row_number, Position.column_number)
        .join(Position, Position.box_id == Box.id)
        .join(Allocation, Allocation.position_id == Position.id)
        .where(Box.tank_id == tank.id, Allocation.to_at.is_(None))
    )
    found: dict[str, set[tuple[int, int]]] = {}
    for code, row, column in rows:
        found.setdefault(code, set()).add((row, column))
    return found


def _standing(*told: Any) -> Standing:
    """A row of an inventory: its cells are those that samples left in the vial."""
    tower, level, box, zone, rows, columns, *place, filled, at, volume_ml, taken_ml = told
    left = None if filled is None else whole_cells_left(filled, volume_ml, taken_ml)
    return Standing(tower, level, box, zone, (rows, columns), *(*place, left, at))


def newest_reading() -> ScalarSelect[int]:
    """Of each tank in a query, the key of the reading observed last."""
    return (
        select(StorageReading.id)
        .where(StorageReading.tank_id == Tank.id)
        .order_by(StorageReading.observed_at.desc(), StorageReading.id.desc())
        .limit(1)
        .correlate(Tank)
        .scalar_subquery()
    )


def last_readings(session: Session, tanks: Sequence[Tank]) -> dict[int, StorageReading]:
    """The newest reading of each of these tanks, by its key: the one observed last."""
    found = session.scalars(
        select(StorageReading)
        .join(Tank, StorageReading.id == newest_reading())
        .where(Tank.id.in_([tank.id for tank in tanks]))
        .options(joinedload(StorageReading.recorded_by))
    ).all()
    return {reading.tank_id: reading for reading in found}
