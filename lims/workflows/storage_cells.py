"""Storage cells: a patient's own positions in the cryobank, reserved, given up, closed."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.agreement import StorageAgreement
from lims.models.fill import Vial, VialStatus
from lims.models.patient import Patient
from lims.models.storage import (
    Allocation,
    Box,
    CellStatus,
    Placement,
    Position,
    StorageCell,
)
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import states, zones
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.vial_places import address_of

KEPT = (
    VialStatus.FREEZING,
    VialStatus.STORED,
    VialStatus.RESERVED,
    VialStatus.RETRIEVED,
    VialStatus.COMPROMISED,
)
"""Vials that stand in the cryobank, or may have to come (back) to it."""


class CellOpenAlready(LimsError):
    sentence = N_("%(name)s has an open storage cell, %(code)s; a patient has one at a time.")
    status = 409


class CellNameTaken(FieldError):
    sentence = N_("Another storage cell has this name; a name is never given twice.")


class NothingToReserve(LimsError):
    sentence = N_("Name at least one position.")


class PositionTaken(LimsError):
    sentence = N_("%(position)s is reserved already. Take another position.")
    recorded = True
    status = 409


class BoxRetired(LimsError):
    sentence = N_("The box %(code)s is out of use. Take a position of another.")
    status = 409


class NotOfThisCell(LimsError):
    sentence = N_("%(position)s is not reserved for %(code)s.")
    recorded = True
    status = 409


class VialStands(LimsError):
    sentence = N_("%(vial)s stands at %(position)s. Move it before the position is given up.")
    status = 409


class CellNeeded(LimsError):
    sentence = N_(
        "Frozen vials of this patient that are kept still: %(number)s. The cell stays open"
        " for them."
    )
    status = 409


def open_cell_of(session: Session, patient_id: int) -> StorageCell | None:
    """The patient's open cell; there is at most one."""
    return session.scalars(
        select(StorageCell).where(
            StorageCell.patient_id == patient_id, StorageCell.status == CellStatus.OPEN
        )
    ).one_or_none()


def agreement_in_force(session: Session, patient_id: int) -> StorageAgreement | None:
    """Without one the patient's cell is a hold cell: it keeps what the course itself needs."""
    return session.scalars(
        select(StorageAgreement).where(
            StorageAgreement.patient_id == patient_id, StorageAgreement.ended_on.is_(None)
        )
    ).one_or_none()


@command(Permission.KEEP_CELLS)
def open_cell(session: Session, patient: Patient, *, name: str, by: User) -> StorageCell:
    """Give a patient a named cell of their own; `name` is never given to another."""
    if (cell := open_cell_of(session, patient.id)) is not None:
        raise CellOpenAlready(name=patient.full_name, code=cell.code)
    if is_named(session, name):
        raise CellNameTaken("name")
    return begin_cell(session, patient.id, name, by)


def is_named(session: Session, name: str) -> bool:
    """Whether a cell has or had this name."""
    return bool(session.scalar(select(StorageCell.id).where(StorageCell.name == name).limit(1)))


def begin_cell(session: Session, patient_id: int, name: str, by: User) -> StorageCell:
    """A new cell for a patient who has none, under a name that nobody's has."""
    cell = StorageCell(patient_id=patient_id, name=name, opened_by_id=by.id)
    session.add(coded(session, states.begin(cell)))
    session.flush()
    return cell


@command(Permission.KEEP_CELLS)
def allocate(
    session: Session, cell: StorageCell, positions: Sequence[Position], *, by: User
) -> StorageCell:
    """Reserve free positions for a cell; raises PositionTaken for one that somebody has."""
    states.require(cell, CellStatus.OPEN)
    if not positions:
        raise NothingToReserve()
    zone = zones.zone_of(session, session.get_one(Patient, cell.patient_id))
    for position in positions:
        zones.require_zone(position.box, zone)
    reserve(session, cell, positions)
    return cell


def reserve(session: Session, cell: StorageCell, positions: Sequence[Position]) -> list[Allocation]:
    """Give free positions to a cell whatever their zone: what stands there stands there."""
    locked = _locked(session, positions)
    for position in locked:
        if position.box.retired_at is not None:
            raise BoxRetired(code=position.box.code)
    for taken in _open_at(session, locked):
        raise PositionTaken(position=address_of(taken.position))
    reserved = [
        Allocation(patient_id=cell.patient_id, cell_id=cell.id, position_id=position.id)
        for position in locked
    ]
    session.add_all(reserved)
    session.flush()
    session.expire(cell, ["allocations"])
    return reserved


def _locked(session: Session, positions: Sequence[Position]) -> Sequence[Position]:
    """The same positions, nobody else reserving them or retiring their boxes until the commit.

    Always in the same order, so that two people never wait for one another.
    """
    session.scalars(
        select(Box)
        .where(Box.id.in_({position.box_id for position in positions}))
        .order_by(Box.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).all()
    found = session.scalars(
        select(Position)
        .where(Position.id.in_([position.id for position in positions]))
        .order_by(Position.id)
        .with_for_update()
    ).all()
    order = [position.id for position in positions]
    return sorted(found, key=lambda position: order.index(position.id))


def _open_at(session: Session, positions: Sequence[Position]) -> Sequence[Allocation]:
    return session.scalars(
        select(Allocation)
        .where(
            Allocation.position_id.in_([position.id for position in positions]),
            Allocation.to_at.is_(None),
        )
        .options(joinedload(Allocation.position).joinedload(Position.box).joinedload(Box.tank))
        .order_by(Allocation.id)
    ).all()


@command(Permission.KEEP_CELLS)
def give_up(
    session: Session, cell: StorageCell, positions: Sequence[Position], *, reason: str, by: User
) -> StorageCell:
    """Free positions of a cell in which nothing stands: anybody's from now on."""
    because(session, reason)
    if not positions:
        raise NothingToReserve()
    own = {each.position_id: each for each in _open_of(session, cell)}
    for position in positions:
        if position.id not in own:
            raise NotOfThisCell(position=address_of(position), code=cell.code)
        _end(session, own[position.id])
    session.flush()
    return cell


@command(Permission.KEEP_CELLS)
def close_cell(session: Session, cell: StorageCell, *, reason: str, by: User) -> StorageCell:
    """Close an empty cell for good; its positions are free, its code and name are not."""
    because(session, reason)
    states.require(cell, CellStatus.OPEN)
    kept = select(func.count()).where(Vial.patient_id == cell.patient_id, Vial.status.in_(KEPT))
    if number := session.scalar(kept):
        raise CellNeeded(number=number)
    for allocation in _open_of(session, cell):
        _end(session, allocation)
    cell.closed_at = clock.now()
    states.move(session, cell, CellStatus.CLOSED)
    return cell


def _open_of(session: Session, cell: StorageCell) -> Sequence[Allocation]:
    """The open allocations of `cell`, locked: nothing is placed in one that is given up."""
    return session.scalars(
        select(Allocation)
        .where(Allocation.cell_id == cell.id, Allocation.to_at.is_(None))
        .order_by(Allocation.id)
        .with_for_update()
    ).all()


def _end(session: Session, allocation: Allocation) -> None:
    standing = session.scalars(
        select(Placement).where(
            Placement.allocation_id == allocation.id, Placement.removed_at.is_(None)
        )
    ).one_or_none()
    if standing is not None:
        raise VialStands(vial=standing.vial.on_the_tube, position=address_of(allocation.position))
    allocation.to_at = clock.now()
