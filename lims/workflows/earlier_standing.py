"""Vials of a list put where it says they stand: in positions of their patient's own cell."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.earlier import EarlierPatient
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.storage import Placement, StorageCell
from lims.models.user import User
from lims.workflows import storage_cells
from lims.workflows.earlier_places import Slot


def stand(
    session: Session, patient: Patient, vials: Sequence[tuple[Vial, Slot]], *, by: User
) -> None:
    """Note that each vial stands in its slot from now on; what it stood in before is not known."""
    slots = [slot for _, slot in vials]
    own = {slot.position.id: slot.allocation for slot in slots if slot.allocation is not None}
    if lacking := [slot.position for slot in slots if slot.position.id not in own]:
        cell = _cell(session, patient, by)
        for reserved in storage_cells.reserve(session, cell, lacking):
            own[reserved.position_id] = reserved
    at = clock.now()
    session.add_all(
        Placement(
            patient_id=patient.id,
            vial_id=vial.id,
            allocation_id=own[slot.position.id].id,
            placed_at=at,
            placed_by_id=by.id,
        )
        for vial, slot in vials
    )
    session.flush()


def _cell(session: Session, patient: Patient, by: User) -> StorageCell:
    """The patient's open cell; a new one is called as the patient was before, else by the code."""
    cell = storage_cells.open_cell_of(session, patient.id)
    if cell is not None:
        return cell
    number = session.scalar(
        select(EarlierPatient.number).where(EarlierPatient.patient_id == patient.id)
    )
    taken = number is not None and storage_cells.is_named(session, number)
    name = patient.code if number is None or taken else number
    return storage_cells.begin_cell(session, patient.id, name, by)
