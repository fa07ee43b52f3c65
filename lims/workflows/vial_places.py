"""Where vials stand and stood: their placements, and the positions their patients have left."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from lims.models.fill import Fill, Vial, VialStatus
from lims.models.freezing import Freezing, FrozenVial
from lims.models.on_paper import VialOnPaper
from lims.models.step import StepStatus
from lims.models.storage import Allocation, Box, CellStatus, Placement, Position, StorageCell, Tank
from lims.workflows import drawn

HOMELESS = (VialStatus.FREEZING, VialStatus.COMPROMISED)
"""Frozen vials that may be waiting for their first place."""


def where(session: Session, vial: Vial) -> Placement | None:
    """The place a vial stands in now, with its position, box and tank."""
    return session.scalars(
        select(Placement)
        .where(Placement.vial_id == vial.id, Placement.removed_at.is_(None))
        .options(
            joinedload(Placement.allocation).options(
                joinedload(Allocation.cell),
                joinedload(Allocation.position).joinedload(Position.box).joinedload(Box.tank),
            )
        )
    ).one_or_none()


def address_of(position: Position) -> str:
    """A position from the tank down: tank, tower, level, A3."""
    box = position.box
    return f"{box.tank.name} · {box.tower} · {box.level} · {position.name}"


def free_positions(session: Session, patient_id: int) -> Sequence[Allocation]:
    """The positions of the patient's open cell in which nothing stands, in the order reserved."""
    return session.scalars(
        _free(patient_id)
        .options(joinedload(Allocation.position).joinedload(Position.box).joinedload(Box.tank))
        .order_by(Allocation.id)
    ).all()


def _free(patient_id: int) -> Select[Any]:
    taken = select(Placement.allocation_id).where(
        Placement.patient_id == patient_id, Placement.removed_at.is_(None)
    )
    return (
        select(Allocation)
        .join(StorageCell, StorageCell.id == Allocation.cell_id)
        .where(
            Allocation.patient_id == patient_id,
            Allocation.to_at.is_(None),
            StorageCell.status == CellStatus.OPEN,
            Allocation.id.not_in(taken),
        )
    )


def homeless() -> Select[Any]:
    """Frozen vials that stand nowhere yet, those with something in them."""
    placed = select(Placement.id).where(
        Placement.vial_id == Vial.id, Placement.removed_at.is_(None)
    )
    return select(Vial).where(
        Vial.status.in_(HOMELESS), ~placed.correlate(Vial).exists(), drawn.not_emptied(Vial)
    )


def room_for(session: Session, patient_id: int, without: Fill | None = None) -> int:
    """How many positions of the patient are free of vials, placed, frozen or about to be.

    The vials of the fill `without` that wait to be frozen are not counted: it is asked for them.
    """
    waiting = homeless().where(Vial.patient_id == patient_id)
    in_runs = (
        select(FrozenVial.id)
        .join(Freezing, Freezing.id == FrozenVial.step_id)
        .join(Vial, Vial.id == FrozenVial.vial_id)
        .where(
            Freezing.status == StepStatus.OPEN,
            Freezing.patient_id == patient_id,
            Vial.status == VialStatus.LABELLED,
        )
    )
    if without is not None:
        in_runs = in_runs.where(Vial.fill_id != without.id)
    counted = [
        select(func.count()).select_from(each.subquery()).scalar_subquery()
        for each in (_free(patient_id), waiting, in_runs)
    ]
    free, frozen, running = session.execute(select(*counted)).one()
    return int(max(free - frozen - running, 0))


def stays(*columns: Any) -> Select[Any]:
    """Of every vial in each place it was in, with its allocation, position, box, cell and fill."""
    return (
        select(*columns)
        .select_from(Placement)
        .join(Allocation, Allocation.id == Placement.allocation_id)
        .join(StorageCell, StorageCell.id == Allocation.cell_id)
        .join(Position, Position.id == Allocation.position_id)
        .join(Box, Box.id == Position.box_id)
        .join(Vial, Vial.id == Placement.vial_id)
        .join(Fill, Fill.id == Vial.fill_id)
    )


def standing(*columns: Any) -> Select[Any]:
    """The same of the place it is in now."""
    return stays(*columns).where(Placement.removed_at.is_(None))


def tanks_of(session: Session, fill: Fill) -> Counter[str]:
    """How many vials of `fill` stand in each tank, by its name."""
    return Counter(dict(session.execute(_TANKS, {"fill": fill.id}).all()))


_TANKS = (
    standing(Tank.name, func.count(Placement.id))
    .join(Tank, Tank.id == Box.tank_id)
    .where(Fill.id == bindparam("fill"))
    .group_by(Tank.name)
)


def proposed(session: Session, vial: Vial) -> Allocation | None:
    """The next free position of the vial's patient, in the tank with fewest vials of its fill."""
    tanks = tanks_of(session, vial.fill)
    free = free_positions(session, vial.patient_id)
    return min(free, key=lambda each: (tanks[each.position.box.tank.name], each.id), default=None)


def history(session: Session, vial: Vial) -> Sequence[Placement]:
    """Every place a vial stood in, in the order it came there."""
    return session.scalars(_HISTORY, {"vial": vial.id}).all()


_HISTORY = (
    select(Placement)
    .where(Placement.vial_id == bindparam("vial"))
    .options(
        joinedload(Placement.placed_by),
        joinedload(Placement.on_paper).options(
            joinedload(VialOnPaper.performed_by), joinedload(VialOnPaper.recorded_by)
        ),
        joinedload(Placement.allocation).options(
            joinedload(Allocation.cell),
            joinedload(Allocation.position).joinedload(Position.box).joinedload(Box.tank),
        ),
    )
    .order_by(Placement.id)
)
