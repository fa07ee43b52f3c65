"""What the laboratory works with: the catalogue, lots, equipment and places, by well-known names.

Each was received, released, registered and calibrated by the people who would do it.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.database import Database
from lims.models.equipment import Equipment, EquipmentKind, Place, PlaceKind
from lims.models.lot import Item, ItemKind, Lot
from lims.models.user import User
from lims.workflows import equipment as registers
from lims.workflows import items, lot_decisions, lots, places
from lims.workflows.signing import Proof

ITEMS: dict[str, tuple[str, ItemKind, str, str | None]] = {
    "enzyme": ("Collagenase NB 6 GMP", ItemKind.ENZYME, "mg", None),
    "medium": ("MEM α", ItemKind.MEDIUM, "mL", None),
    "serum": ("Human platelet lysate", ItemKind.SERUM, "mL", None),
    "antibiotic": ("Penicillin–streptomycin", ItemKind.OTHER, "mL", "penicillin, streptomycin"),
    "buffer": ("DPBS without Ca, Mg", ItemKind.BUFFER, "mL", None),
    "trypsin": ("TrypLE Select", ItemKind.ENZYME, "mL", None),
    "vehicle": ("Sodium chloride 0.9 %", ItemKind.VEHICLE, "mL", None),
    "cryoprotectant": ("CryoStor CS10", ItemKind.CRYOPROTECTANT, "mL", None),
    "flask": ("T-175 flask", ItemKind.CONSUMABLE, "pcs", None),
    "syringe": ("Syringe 5 mL", ItemKind.CONSUMABLE, "pcs", None),
    "kit": ("Tissue collection kit", ItemKind.COLLECTION_KIT, "pcs", None),
    "sterility_test": ("Sterility culture bottles", ItemKind.TEST_KIT, "pcs", None),
    "endotoxin_test": ("Endotoxin cartridge", ItemKind.TEST_KIT, "pcs", None),
    "complete_medium": ("MEM α with 5 % lysate", ItemKind.MEDIUM, "mL", None),
}
"""Each item by its well-known name: what it is called, its kind, unit and antibiotics."""

LOTS = {name: (name, f"{name.upper()}-1") for name in ITEMS if name != "complete_medium"} | {
    "second_medium": ("medium", "MEDIUM-2"),
    "quarantined": ("enzyme", "ENZYME-2"),
    "expired": ("serum", "SERUM-0"),
}
"""Each lot by its well-known name: its item and the maker's number; all released but two."""

EQUIPMENT: dict[str, tuple[str, EquipmentKind]] = {
    "cabinet": ("Safety cabinet 1", EquipmentKind.SAFETY_CABINET),
    "second_cabinet": ("Safety cabinet 2", EquipmentKind.SAFETY_CABINET),
    "incubator": ("Incubator A", EquipmentKind.INCUBATOR),
    "second_incubator": ("Incubator B", EquipmentKind.INCUBATOR),
    "centrifuge": ("Centrifuge", EquipmentKind.CENTRIFUGE),
    "counter": ("Cell counter", EquipmentKind.COUNTER),
    "microscope": ("Inverted microscope", EquipmentKind.MICROSCOPE),
    "balance": ("Balance", EquipmentKind.BALANCE),
    "refrigerator": ("Refrigerator 2–8 °C", EquipmentKind.REFRIGERATOR),
    "thermometer": ("Transport thermometer", EquipmentKind.THERMOMETER),
    "analyser": ("Endotoxin reader", EquipmentKind.ANALYSER),
    "freezer": ("Controlled-rate freezer", EquipmentKind.CONTROLLED_RATE_FREEZER),
    "tank": ("Tank 1", EquipmentKind.STORAGE_TANK),
    "second_tank": ("Tank 2", EquipmentKind.STORAGE_TANK),
    "overdue": ("Old centrifuge", EquipmentKind.CENTRIFUGE),
}
"""Each piece by its well-known name; in calibration but for `overdue`."""

PLACES: dict[str, tuple[str, PlaceKind, str | None, str | None]] = {
    "site": ("Laboratory", PlaceKind.SITE, None, None),
    "clean_room": ("Clean room", PlaceKind.ROOM, "site", None),
    "qc_room": ("QC room", PlaceKind.ROOM, "site", None),
    "cryobank": ("Cryobank", PlaceKind.ROOM, "site", None),
    "bench": ("Bench 1", PlaceKind.PROCESSING_BENCH, "clean_room", "cabinet"),
    "second_bench": ("Bench 2", PlaceKind.PROCESSING_BENCH, "clean_room", "second_cabinet"),
    "reception": ("Reception", PlaceKind.RUN_STATION, "qc_room", None),
    "qc_station": ("QC station", PlaceKind.RUN_STATION, "qc_room", None),
    "freezing_station": ("Freezing station", PlaceKind.RUN_STATION, "clean_room", None),
    "shelf": ("Incubator A, shelf 1", PlaceKind.SHELF, "clean_room", "incubator"),
    "second_shelf": ("Incubator A, shelf 2", PlaceKind.SHELF, "clean_room", "incubator"),
    "third_shelf": ("Incubator B, shelf 1", PlaceKind.SHELF, "clean_room", "second_incubator"),
    "fourth_shelf": ("Incubator B, shelf 2", PlaceKind.SHELF, "clean_room", "second_incubator"),
}
"""Each place by its well-known name: what it is called, its kind, where it is, of what."""

AMPLE = Decimal(50_000)
A_MONTH = timedelta(days=30)


def item(session: Session, name: str) -> Item:
    """The item of the catalogue with this well-known name."""
    return session.scalars(select(Item).where(Item.name == ITEMS[name][0])).one()


def lot(session: Session, name: str) -> Lot:
    """The lot with this well-known name; `complete_medium` was prepared in house."""
    if name == "complete_medium":
        return session.scalars(select(Lot).where(Lot.item_id == item(session, name).id)).one()
    kind, number = LOTS[name]
    found = select(Lot).where(Lot.item_id == item(session, kind).id, Lot.maker_number == number)
    return session.scalars(found).one()


def equipment(session: Session, name: str) -> Equipment:
    """The piece of equipment with this well-known name."""
    return session.scalars(select(Equipment).where(Equipment.name == EQUIPMENT[name][0])).one()


def place(session: Session, name: str) -> Place:
    """The place with this well-known name."""
    return session.scalars(select(Place).where(Place.name == PLACES[name][0])).one()


def does(
    database: Database, login: str, command: Any, values: Callable[[Session, User], dict[str, Any]]
) -> Any:
    """The person with this sign-in name gives a command; `values` are found in its session."""
    with database.reading() as session:
        person = session.scalars(select(User).where(User.login == login)).one()
    key = f"{command.__name__} {next(_keys)}"
    return database.run(
        command, person.id, key=key, arguments=lambda session: values(session, person)
    )


_keys = iter(range(1_000_000))


def settle_supplies(database: Database) -> None:
    for name in ITEMS:
        _enter_item(database, name)
    with time_machine.travel(clock.now() - A_MONTH):
        _receive(database, "expired", clock.today() + A_MONTH / 2)
        _release(database, "expired")
    for name in LOTS:
        if name != "expired":
            _receive(database, name, clock.today() + 12 * A_MONTH)
        if name not in ("expired", "quarantined"):
            _release(database, name)
    database.run(lots.expire_due, None, key="expire", arguments=lambda session: {})
    _prepare_complete_medium(database)
    for name in EQUIPMENT:
        _register(database, name)
    for name in PLACES:
        _enter_place(database, name)


def _enter_item(database: Database, name: str) -> None:
    called, kind, unit, antibiotics = ITEMS[name]
    does(
        database, "technician", items.add_item,
        lambda session, by: {
            "name": called, "kind": kind, "unit": unit, "maker": "Maker",
            "antibiotics": antibiotics,
        },
    )  # fmt: skip


def _receive(database: Database, name: str, expires_on: date) -> None:
    kind, number = LOTS[name]
    does(
        database, "technician", lots.receive_lot,
        lambda session, by: {
            "item": item(session, kind), "maker_number": number, "received_on": clock.today(),
            "expires_on": expires_on, "quantity": AMPLE, "storage": "2–8 °C",
            "certificate_seen": True,
        },
    )  # fmt: skip


def _release(database: Database, name: str) -> None:
    does(
        database, "qa", lot_decisions.release_lot,
        lambda session, by: {
            "lot": (released := lot(session, name)), "version": released.version,
            "certificate_seen": True, "proof": Proof(by.id, by.full_name),
        },
    )  # fmt: skip


def _prepare_complete_medium(database: Database) -> None:
    does(
        database, "technician", lots.prepare_lot,
        lambda session, by: {
            "item": item(session, "complete_medium"), "prepared_on": clock.today(),
            "expires_on": clock.today() + A_MONTH, "quantity": Decimal(20_000),
            "storage": "2–8 °C",
            "ingredients": [
                lots.Ingredient(lot(session, "medium"), Decimal(19_000)),
                lots.Ingredient(lot(session, "serum"), Decimal(1_000)),
            ],
        },
    )  # fmt: skip
    _release(database, "complete_medium")


def _register(database: Database, name: str) -> None:
    called, kind = EQUIPMENT[name]
    done = clock.today() - (14 * A_MONTH if name == "overdue" else A_MONTH)
    does(
        database, "lead", registers.register_equipment,
        lambda session, by: {
            "name": called, "kind": kind, "serial_number": f"SN-{name}", "needs_calibration": True,
        },
    )  # fmt: skip
    does(
        database, "lead", registers.record_calibration,
        lambda session, by: {
            "equipment": equipment(session, name), "performed_on": done,
            "due_on": done + 12 * A_MONTH, "certificate": f"C-{name}",
        },
    )  # fmt: skip


def _enter_place(database: Database, name: str) -> None:
    called, kind, within, of = PLACES[name]
    does(
        database, "administrator", places.add_place,
        lambda session, by: {
            "name": called, "kind": kind,
            "within": place(session, within) if within else None,
            "equipment": equipment(session, of) if of else None,
        },
    )  # fmt: skip
