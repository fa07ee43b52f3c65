"""The cryobank is laid out, a patient gets a cell and an agreement, tanks are read."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.models.agreement import AfterDeath, StorageAgreement
from lims.models.equipment import EquipmentKind
from lims.models.storage import Box, Phase, StorageCell, StorageReading, Tank, Zone
from lims.workflows import (
    agreements,
    cryobank,
    equipment,
    spreading,
    storage_cells,
    tank_readings,
)
from lims.workflows.on_paper import OnPaper
from lims.workflows.tank_contents import last_readings
from tests.laboratory import cryobank as bank
from tests.laboratory import supplies
from tests.walks.walker import Walk, at, named, row

A_YEAR = timedelta(days=365)


def tanks_come_and_go(walk: Walk) -> None:
    dewar = walk.act(
        "lead", equipment.register_equipment, name="Dewar 9", kind=EquipmentKind.STORAGE_TANK,
        serial_number="9", needs_calibration=False,
    )  # fmt: skip
    within = named(supplies.place, "cryobank")
    tank = walk.act(
        "administrator", cryobank.add_tank, name="TK-9", phase=Phase.LIQUID, room=within,
        equipment=at(equipment.Equipment, dewar.code),
    )  # fmt: skip
    walk.act(
        "administrator", cryobank.edit_tank, tank=at(Tank, tank.code), version=tank.version,
        name="TK-8", room=within, reason="painted anew",
    )  # fmt: skip
    box = walk.act(
        "administrator", cryobank.add_boxes, tank=at(Tank, tank.code), tower="1", levels=[1],
        rows=2, columns=2, zone=Zone.STANDARD,
    )  # fmt: skip
    walk.act(
        "keeper", cryobank.move_box, box=at(Box, box.code), version=box.version,
        tank=at(Tank, tank.code), tower="1", level=2, reason="nearer to the nitrogen",
    )  # fmt: skip
    walk.act(
        "technician", tank_readings.record_reading, tank=at(Tank, tank.code),
        observed_at=clock.now(), temperature_c=Decimal(-100), level_pct=Decimal(5), refilled=True,
    )  # fmt: skip
    walk.act(
        "keeper", tank_readings.correct_reading, temperature_c=Decimal(-170), level_pct=Decimal(50),
        wrong=lambda session: newest(session, at(Tank, tank.code)(session)),
        refilled=True, reason="the display was misread",
    )  # fmt: skip
    retire(walk, cryobank.retire_box, box=at(Box, box.code))
    retire(walk, cryobank.retire_tank, tank=at(Tank, tank.code))


def newest(session: Session, tank: Tank) -> StorageReading:
    return last_readings(session, [tank])[tank.id]


def retire(walk: Walk, command: Any, **thing: Any) -> None:
    walk.act("administrator", command, reason="worn out", **thing)


def a_cell_is_kept(walk: Walk) -> None:
    """In the middle of it: reserved positions with nothing in them yet, an agreement not paid."""
    walk.know()
    cell = walk.act("keeper", storage_cells.open_cell, patient=walk.mine(), name=walk.name).code
    walk.act(
        "keeper", storage_cells.allocate, cell=at(StorageCell, cell),
        positions=lambda session: spreading.propose(session, at(StorageCell, cell)(session), 2),
    )  # fmt: skip
    agreed(walk, paid_until=clock.today())
    for name in bank.TANKS:
        walk.act(
            "technician", tank_readings.record_reading, tank=named(bank.tank, name),
            observed_at=clock.now(), temperature_c=Decimal(-165), level_pct=None, refilled=False,
            told=OnPaper(walk.proof("lead")),
        )  # fmt: skip


def a_cell_is_opened_and_closed(walk: Walk) -> None:
    walk.know()
    cell = walk.act("keeper", storage_cells.open_cell, patient=walk.mine(), name=walk.name).code
    walk.act(
        "keeper", storage_cells.allocate, cell=at(StorageCell, cell),
        positions=lambda session: spreading.propose(session, at(StorageCell, cell)(session), 4),
    )  # fmt: skip
    walk.act(
        "keeper", storage_cells.give_up, cell=at(StorageCell, cell), reason="two would do",
        positions=lambda session: [
            each.position for each in at(StorageCell, cell)(session).allocations[2:]
        ],
    )  # fmt: skip
    an_agreement_runs_out(walk)
    walk.act("keeper", storage_cells.close_cell, cell=at(StorageCell, cell), reason="not needed")


def agreed(walk: Walk, paid_until: date) -> StorageAgreement:
    made: StorageAgreement = walk.act(
        "physician", agreements.record_agreement, patient=walk.mine(), number="K-1",
        signed_on=clock.today(), starts_on=clock.today(), paid_until=paid_until,
        permitted_uses="repeat courses", after_death=AfterDeath.NOT_SAID, document_sha256=None,
    )  # fmt: skip
    return made


def an_agreement_runs_out(walk: Walk) -> None:
    made = agreed(walk, paid_until=clock.today() + A_YEAR)
    agreement = row(StorageAgreement, made.id)
    walk.act(
        "keeper", agreements.renew_agreement, agreement=agreement, version=made.version,
        paid_until=clock.today() + 2 * A_YEAR, reason="receipt 7",
    )  # fmt: skip
    walk.act(
        "keeper", agreements.end_agreement, agreement=agreement, version=made.version + 1,
        ended_on=clock.today(), reason="moved away",
    )  # fmt: skip
