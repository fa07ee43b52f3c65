"""The cryobank: two tanks with a box each for tested material, and boxes for what stands apart.

The administrator entered them; the keeper opens cells and reserves positions.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.database import Database
from lims.models.patient import Patient
from lims.models.storage import Box, Phase, StorageCell, Tank, Zone
from lims.models.user import User
from lims.workflows import cryobank, spreading, storage_cells
from tests.laboratory import supplies

TANKS = {"tank": ("TK-1", Phase.VAPOUR), "second_tank": ("TK-2", Phase.VAPOUR)}
"""Each tank by the well-known name of its equipment: what it is called, and its phase."""

BOXES: dict[str, tuple[str, str, int, int, Zone]] = {
    "box": ("tank", "A", 1, 9, Zone.STANDARD),
    "second_box": ("second_tank", "A", 1, 9, Zone.STANDARD),
    "untested_box": ("tank", "B", 1, 3, Zone.UNTESTED),
    "reactive_box": ("second_tank", "B", 1, 3, Zone.REACTIVE),
}
"""Each box by a well-known name: its tank, tower and level, how many rows and columns, its zone."""


def settle_cryobank(database: Database) -> None:
    for name in TANKS:
        _enter_tank(database, name)
    for name in BOXES:
        _enter_box(database, name)


def _enter_tank(database: Database, name: str) -> None:
    called, phase = TANKS[name]
    supplies.does(
        database, "administrator", cryobank.add_tank,
        lambda session, by: {
            "name": called, "phase": phase, "room": supplies.place(session, "cryobank"),
            "equipment": supplies.equipment(session, name),
        },
    )  # fmt: skip


def _enter_box(database: Database, name: str) -> None:
    within, tower, level, side, zone = BOXES[name]
    supplies.does(
        database, "administrator", cryobank.add_boxes,
        lambda session, by: {
            "tank": tank(session, within), "tower": tower, "levels": [level], "rows": side,
            "columns": side, "zone": zone,
        },
    )  # fmt: skip


def tank(session: Session, name: str = "tank") -> Tank:
    """The tank with this well-known name."""
    return session.scalars(select(Tank).where(Tank.name == TANKS[name][0])).one()


def box(session: Session, name: str = "box") -> Box:
    """The box with this well-known name."""
    within, tower, level, _, _ = BOXES[name]
    place = (Box.tank_id == tank(session, within).id, Box.tower == tower, Box.level == level)
    return session.scalars(select(Box).where(*place)).one()


def cell(session: Session, patient: Patient, *, by: User, number: int = 0) -> StorageCell:
    """The patient's open cell, opened where there is none, with `number` more positions."""
    found = storage_cells.open_cell_of(session, patient.id)
    if found is None:
        name = f"Cell of {patient.code}"
        found = storage_cells.open_cell(session, patient, name=name, by=by)
    if number:
        positions = spreading.propose(session, found, number)
        storage_cells.allocate(session, found, positions, by=by)
    return found
