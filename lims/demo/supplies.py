"""What the demonstration works with, by well-known names: lots, equipment, places, two tanks."""

import secrets
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock, resources
from lims.demo.telling import Teller, named
from lims.models.equipment import Equipment, EquipmentKind, Place, PlaceKind
from lims.models.lot import Item, ItemKind, LotStatus
from lims.models.storage import Phase, Tank, Zone
from lims.workflows import (
    cryobank,
    items,
    places,
    signing,
    terminals,
)
from lims.workflows import equipment as registers
from lims.workflows import specification_approval as approval

ITEMS: dict[str, tuple[str, ItemKind, str, str, str | None]] = {
    "enzyme": ("Collagenase NB 6 GMP", ItemKind.ENZYME, "mg", "CNB", None),
    "medium": ("MEM α", ItemKind.MEDIUM, "mL", "MA", None),
    "serum": ("Human platelet lysate", ItemKind.SERUM, "mL", "HPL", None),
    "buffer": ("DPBS without Ca, Mg", ItemKind.BUFFER, "mL", "PBS", None),
    "trypsin": ("TrypLE Select", ItemKind.ENZYME, "mL", "TS", None),
    "vehicle": ("Sodium chloride 0.9 %", ItemKind.VEHICLE, "mL", "NC", None),
    "cryoprotectant": ("CryoStor CS10", ItemKind.CRYOPROTECTANT, "mL", "CS", None),
    "T-175": ("T-175 flask", ItemKind.CONSUMABLE, "pcs", "TF", None),
    "CF-2": ("Cell factory, 2 layers", ItemKind.CONSUMABLE, "pcs", "CFA", None),
    "CF-10": ("Cell factory, 10 layers", ItemKind.CONSUMABLE, "pcs", "CFT", None),
    "Quantum": ("Hollow-fibre cell expansion set", ItemKind.CONSUMABLE, "pcs", "HF", None),
    "cryovial": ("Cryogenic vial 2 mL", ItemKind.CONSUMABLE, "pcs", "CV", None),
    "syringe": ("Syringe 5 mL", ItemKind.CONSUMABLE, "pcs", "SY", None),
    "kit": ("Tissue collection kit", ItemKind.COLLECTION_KIT, "pcs", "KIT", None),
    "sterility_test": ("Sterility culture bottles", ItemKind.TEST_KIT, "pcs", "SB", None),
    "endotoxin_test": ("Endotoxin cartridge", ItemKind.TEST_KIT, "pcs", "EC", None),
    "complete_medium": ("MEM α with 5 % lysate", ItemKind.MEDIUM, "mL", "", None),
}
"""What each is called, its kind and unit, how its maker's numbers begin, its antibiotics."""

EQUIPMENT: dict[str, tuple[str, EquipmentKind, str]] = {
    "cabinet": ("Safety cabinet 1", EquipmentKind.SAFETY_CABINET, "SC-4471"),
    "second_cabinet": ("Safety cabinet 2", EquipmentKind.SAFETY_CABINET, "SC-4472"),
    "incubator": ("Incubator A", EquipmentKind.INCUBATOR, "IN-0917"),
    "second_incubator": ("Incubator B", EquipmentKind.INCUBATOR, "IN-0918"),
    "centrifuge": ("Centrifuge", EquipmentKind.CENTRIFUGE, "CF-2210"),
    "counter": ("Cell counter", EquipmentKind.COUNTER, "NC-0305"),
    "microscope": ("Inverted microscope", EquipmentKind.MICROSCOPE, "MI-1187"),
    "balance": ("Balance", EquipmentKind.BALANCE, "BA-6630"),
    "refrigerator": ("Refrigerator 2–8 °C", EquipmentKind.REFRIGERATOR, "RF-0012"),
    "thermometer": ("Transport thermometer", EquipmentKind.THERMOMETER, "TH-7754"),
    "analyser": ("Endotoxin reader", EquipmentKind.ANALYSER, "ER-2093"),
    "freezer": ("Controlled-rate freezer", EquipmentKind.CONTROLLED_RATE_FREEZER, "CR-1560"),
    "tank": ("Dewar 1", EquipmentKind.STORAGE_TANK, "DW-8841"),
    "second_tank": ("Dewar 2", EquipmentKind.STORAGE_TANK, "DW-8842"),
    "bottle_reader": ("Culture bottle reader", EquipmentKind.ANALYSER, "BR-3318"),
}

PLACES: dict[str, tuple[str, PlaceKind, str | None, str | None]] = {
    "site": ("Laboratory", PlaceKind.SITE, None, None),
    "clean_room": ("Clean room", PlaceKind.ROOM, "site", None),
    "qc_room": ("QC room", PlaceKind.ROOM, "site", None),
    "cryobank": ("Cryobank", PlaceKind.ROOM, "site", None),
    "bench": ("Bench 1", PlaceKind.PROCESSING_BENCH, "clean_room", "cabinet"),
    "second_bench": ("Bench 2", PlaceKind.PROCESSING_BENCH, "clean_room", "second_cabinet"),
    "reception": ("Reception", PlaceKind.RUN_STATION, "qc_room", None),
    "qc_station": ("QC station", PlaceKind.RUN_STATION, "qc_room", None),
    "shelf": ("Incubator A, shelf 1", PlaceKind.SHELF, "clean_room", "incubator"),
    "second_shelf": ("Incubator A, shelf 2", PlaceKind.SHELF, "clean_room", "incubator"),
    "third_shelf": ("Incubator B, shelf 1", PlaceKind.SHELF, "clean_room", "second_incubator"),
    "fourth_shelf": ("Incubator B, shelf 2", PlaceKind.SHELF, "clean_room", "second_incubator"),
}
TERMINALS = {
    "Clean room, bench 1": "bench",
    "Clean room, bench 2": "second_bench",
    "Reception": "reception",
    "QC room": "qc_station",
    "Cryobank": "cryobank",
    "Clinic": None,
}
"""What each is called, and where it stands."""
TANKS = {"tank": "TK-1", "second_tank": "TK-2"}
BOXES = (
    ("tank", "A", 1, 9, Zone.STANDARD),
    ("tank", "A", 2, 9, Zone.STANDARD),
    ("second_tank", "A", 1, 9, Zone.STANDARD),
    ("second_tank", "A", 2, 9, Zone.STANDARD),
    ("tank", "B", 1, 5, Zone.UNTESTED),
    ("second_tank", "B", 1, 5, Zone.REACTIVE),
)
"""Tank, tower and level, how many rows and columns, zone."""

UNCOOLED = (ItemKind.CONSUMABLE, ItemKind.COLLECTION_KIT, ItemKind.VEHICLE)
USABLE = (LotStatus.RELEASED, LotStatus.IN_USE)


def item(session: Session, name: str) -> Item:
    return session.scalars(select(Item).where(Item.name == ITEMS[name][0])).one()


def equipment(session: Session, name: str) -> Equipment:
    return session.scalars(select(Equipment).where(Equipment.name == EQUIPMENT[name][0])).one()


def place(session: Session, name: str) -> Place:
    return session.scalars(select(Place).where(Place.name == PLACES[name][0])).one()


def tank(session: Session, name: str) -> Tank:
    return session.scalars(select(Tank).where(Tank.name == TANKS[name])).one()


def settle(teller: Teller) -> None:
    """Everything there is on the first day."""
    _specify(teller)
    for called, kind, unit, _, antibiotics in ITEMS.values():
        teller.act(
            "technician", items.add_item, name=called, kind=kind, unit=unit, maker="Maker",
            antibiotics=antibiotics,
        )  # fmt: skip
    for called, sort, serial in EQUIPMENT.values():
        teller.act(
            "lead", registers.register_equipment, name=called, kind=sort, serial_number=serial,
            needs_calibration=True,
        )  # fmt: skip
    for name, (called, where, within, of) in PLACES.items():
        assert name
        teller.act(
            "administrator", places.add_place, name=called, kind=where,
            within=named(place, within) if within else None,
            equipment=named(equipment, of) if of else None,
        )  # fmt: skip
    _lay_out(teller)
    for called, beside in TERMINALS.items():
        teller.act(
            "administrator", terminals.register_terminal, name=called,
            place=named(place, beside) if beside else None, printer_name=None,
            scanner_preamble=None, sound_volume=60, token=secrets.token_urlsafe(),
        )  # fmt: skip


def _specify(teller: Teller) -> None:
    text = resources.SPECIFICATION.read_text("utf-8")
    number = teller.act("qa", approval.import_specification, text=text).number

    def seen(session: Session) -> str:
        shown = approval.shown_for_approval(*approval.with_former(session, number))
        return signing.sha256_of(shown)

    teller.act(
        "qa", approval.approve_specification, version=lambda s: approval.load(s, number),
        seen=seen, proof=teller.proof("qa"),
    )  # fmt: skip


def _lay_out(teller: Teller) -> None:
    for name, called in TANKS.items():
        teller.act(
            "administrator", cryobank.add_tank, name=called, phase=Phase.VAPOUR,
            room=named(place, "cryobank"), equipment=named(equipment, name),
        )  # fmt: skip
    for within, tower, level, side, zone in BOXES:
        teller.act(
            "administrator", cryobank.add_boxes, tank=named(tank, within), tower=tower,
            levels=[level], rows=side, columns=side, zone=zone,
        )  # fmt: skip


def kept_at(name: str) -> str:
    """How a lot of this item is stored."""
    return "15–25 °C" if ITEMS[name][1] in UNCOOLED else "2–8 °C"


def calibrate(teller: Teller, name: str, until: date) -> None:
    teller.act(
        "lead", registers.record_calibration, equipment=named(equipment, name),
        performed_on=clock.today(), due_on=until, certificate=f"C-{clock.today():%y%m}-{name}",
    )  # fmt: skip
