"""Placing: a frozen vial into a position of its patient's storage cell, and out of it again."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.fill import Vial, VialStatus
from lims.models.patient import Patient
from lims.models.retrieval import RetrievedVial
from lims.models.storage import Allocation, Box, Placement, Position, Removal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    cold_times,
    drawn,
    identity,
    on_paper,
    specifications,
    states,
    vial_places,
)
from lims.workflows.command import command
from lims.workflows.on_paper import NOTHING, OnPaper
from lims.workflows.performing import require_timely
from lims.workflows.since import A_MINUTE, require_there

PLACED = (VialStatus.STORED, VialStatus.RESERVED, VialStatus.COMPROMISED)


class NoneReserved(LimsError):
    sentence = N_(
        "No position of %(patient)s is free in box %(box)s. Scan the box that was proposed, or"
        " reserve positions in the patient's storage cell."
    )
    status = 409


class NotReserved(LimsError):
    sentence = N_("%(address)s belongs to no storage cell. Reserve it for this patient first.")
    status = 409


class PositionOccupied(LimsError):
    sentence = N_("%(code)s stands in %(address)s already. Look where this vial really is.")
    recorded = True
    status = 409
    leads_to = "code"


class PlacedAlready(LimsError):
    sentence = N_(
        "%(code)s stands in %(address)s. If it stands elsewhere now, use Move on its page."
    )
    status = 409
    leads_to = "code"


class NotToPlace(LimsError):
    sentence = N_(
        "%(code)s is %(status)s. Only a vial that was frozen and stands nowhere yet is placed."
    )
    recorded = True
    status = 409
    leads_to = "code"


class StandsNowhere(LimsError):
    sentence = N_("%(code)s stands in no position of the cryobank.")
    status = 409
    leads_to = "code"


class BeforeItsPlace(FieldError):
    sentence = N_("The vial was put where it stands later than this. Look at the time again.")


def next_in(session: Session, vial: Vial, box: Box) -> Position:
    """The first position of `box` that is free in the storage cell of the vial's patient."""
    return free_in(session, vial.patient, box)


def free_in(session: Session, patient: Patient, box: Box) -> Position:
    """The first position of `box` that is reserved for `patient` and free; raises NoneReserved."""
    for allocation in vial_places.free_positions(session, patient.id):
        if allocation.position.box_id == box.id:
            return allocation.position
    raise NoneReserved(patient=patient.code, box=box.code)


def number_placed(session: Session, patient: Patient) -> int:
    """How many vials of `patient` are in the cryobank."""
    theirs = Vial.patient_id == patient.id, Vial.status.in_(PLACED)
    return session.scalar(select(func.count(Vial.id)).where(*theirs)) or 0


@command(Permission.STORE_VIAL)
def place_vial(
    session: Session,
    vial: Vial,
    *,
    position: Position,
    at: datetime,
    by: User,
    seconds_out: int | None = None,
    late_reason: str | None = None,
    told: OnPaper = NOTHING,
) -> Vial:
    """A frozen vial into its first position; one out of the cold too long is compromised there."""
    if (placement := vial_places.where(session, vial)) is not None:
        address = vial_places.address_of(placement.allocation.position)
        raise PlacedAlready(code=vial.on_the_tube, address=address)
    if vial.status not in vial_places.HOMELESS:
        raise NotToPlace(code=vial.on_the_tube, status=vial.status)
    drawn.require_some_left(vial)
    drawn.require_unopened(session, vial)
    when: dict[str, Any] = {"at": at, "late_reason": late_reason}
    stand(session, vial, position, by=by, seconds_out=seconds_out, told=told, **when)
    if vial.status is VialStatus.FREEZING:
        states.move(session, vial, VialStatus.STORED)
    return vial


@command(Permission.STORE_VIAL)
def move_vial(
    session: Session,
    vial: Vial,
    *,
    position: Position,
    at: datetime,
    by: User,
    seconds_out: int | None = None,
    late_reason: str | None = None,
    told: OnPaper = NOTHING,
) -> Vial:
    """A placed vial into another position of its patient's cell; the way it took is kept."""
    states.require(vial, *PLACED)
    person = on_paper.performer(session, told, Permission.STORE_VIAL, by)
    end_placement(session, vial, Removal.MOVED, at=at, by=person)
    when: dict[str, Any] = {"at": at, "late_reason": late_reason}
    stand(session, vial, position, by=by, seconds_out=seconds_out, told=told, **when)
    return vial


def stand(
    session: Session,
    vial: Vial,
    position: Position,
    *,
    at: datetime,
    by: User,
    seconds_out: int | None,
    late_reason: str | None = None,
    told: OnPaper = NOTHING,
    needed: Permission = Permission.STORE_VIAL,
) -> bool:
    """Note that `vial` stands in `position` from now on; whether it was too long on its way there.

    Then it is compromised; where it was not, its status is the caller's to move. Who is `told` to
    have put it there may do what is `needed`.
    """
    person = on_paper.performer(session, told, needed, by)
    _require_time(vial, at, late_reason)
    allocation = _require_free(session, vial, position)
    placement = Placement(
        patient_id=vial.patient_id,
        vial_id=vial.id,
        allocation_id=allocation.id,
        placed_at=at,
        placed_by_id=person.id,
        seconds_out=seconds_out,
        late_reason=late_reason or None,
    )
    session.add(placement)
    _note_back(session, vial, at)
    session.flush()
    on_paper.keep_placed(session, vial, placement, told, by)
    return cold_times.judge(session, vial, seconds_out, by)


def _note_back(session: Session, vial: Vial, at: datetime) -> None:
    """A vial that was taken out and stands somewhere is out no more."""
    still_out = RetrievedVial.vial_id == vial.id, RetrievedVial.back_at.is_(None)
    out = session.scalars(select(RetrievedVial).where(*still_out)).one_or_none()
    if out is not None:
        out.back_at = max(at, out.out_at)


def end_placement(
    session: Session, vial: Vial, removal: Removal, *, by: User, at: datetime | None = None
) -> Placement:
    """Note that `vial` left its position and why; the position stays its patient's."""
    placement = vial_places.where(session, vial)
    if placement is None:
        raise StandsNowhere(code=vial.on_the_tube)
    left = at or clock.now()
    if left < placement.placed_at - A_MINUTE:
        raise BeforeItsPlace("at")
    placement.removed_at = max(left, placement.placed_at)
    placement.removed_by_id = by.id
    placement.removal = removal
    session.flush()
    return placement


def _require_time(vial: Vial, at: datetime, late_reason: str | None) -> None:
    version = specifications.of(vial.fill.batch)
    require_timely(at, late_reason, specifications.whole_limit(version, "late_entry_minutes"))
    require_there(at, vial, field="at")


def _require_free(session: Session, vial: Vial, position: Position) -> Allocation:
    """The allocation of `position`, locked: of the vial's patient, and nothing stands in it."""
    allocation = session.scalars(
        select(Allocation)
        .where(Allocation.position_id == position.id, Allocation.to_at.is_(None))
        .with_for_update()
    ).one_or_none()
    address = vial_places.address_of(position)
    if allocation is None:
        raise NotReserved(address=address)
    if allocation.patient_id != vial.patient_id:
        raise identity.Mismatch(
            code=vial.on_the_tube,
            found=identity.identity(vial.patient),
            expected=identity.identity(session.get_one(Patient, allocation.patient_id)),
        )
    standing = session.scalars(
        select(Vial)
        .join(Placement, Placement.vial_id == Vial.id)
        .where(Placement.allocation_id == allocation.id, Placement.removed_at.is_(None))
    ).one_or_none()
    if standing is not None:
        raise PositionOccupied(code=standing.on_the_tube, address=address)
    return allocation
