"""Lots in every status, equipment and places."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from lims import clock
from lims.models.equipment import Equipment, EquipmentKind, Place, PlaceKind
from lims.models.lot import Item, ItemKind, Lot
from lims.workflows import equipment, items, lot_decisions, lots, places
from lims.workflows.lots import Ingredient
from lims.workflows.signing import sha256_of
from tests.laboratory import supplies
from tests.walks.walker import Walk, at, named, row


def received(walk: Walk, number: str, days: int = 300) -> str:
    code: str = walk.act(
        "technician", lots.receive_lot, item=named(supplies.item, "buffer"), maker_number=number,
        received_on=clock.today(), expires_on=clock.today() + timedelta(days=days),
        quantity=Decimal(10), storage="2–8 °C", certificate_seen=True,
    ).code  # fmt: skip
    return code


def released(walk: Walk, number: str, days: int = 300) -> str:
    code = received(walk, number, days)
    release(walk, code)
    return code


def release(walk: Walk, code: str) -> None:
    walk.act(
        "qa", lot_decisions.release_lot, lot=at(Lot, code), version=walk.read(Lot, code).version,
        certificate_seen=True, proof=walk.proof("qa"),
    )  # fmt: skip


def release_together(walk: Walk, *codes: str) -> None:
    def seen(session: Any) -> dict[Lot, str]:
        found = [at(Lot, code)(session) for code in codes]
        return {lot: sha256_of(lot_decisions.shown_when_released(lot)) for lot in found}

    walk.act("qa", lot_decisions.release_lots, seen=seen, proof=walk.proof("qa"))


def decide(walk: Walk, command: Any, code: str) -> None:
    walk.act("qa", command, lot=at(Lot, code), reason="told by the maker", proof=walk.proof("qa"))


def prepared(walk: Walk, parent: str, quantity: str = "1") -> str:
    code: str = walk.act(
        "technician", lots.prepare_lot, item=named(supplies.item, "complete_medium"),
        prepared_on=clock.today(), expires_on=clock.today() + timedelta(days=5),
        quantity=Decimal(100), storage="2–8 °C",
        ingredients=lambda s: [Ingredient(at(Lot, parent)(s), Decimal(quantity))],
    ).code  # fmt: skip
    return code


def lots_end_in_every_way(walk: Walk) -> None:
    decide(walk, lot_decisions.reject_lot, received(walk, "B"))
    decide(walk, lot_decisions.recall_lot, released(walk, "C"))
    used_up = released(walk, "D")
    prepared(walk, used_up, "9")
    walk.act(
        "technician", lots.correct_stock, lot=at(Lot, used_up), counted=Decimal(0),
        reason="spilt",
    )  # fmt: skip
    decide(walk, lot_decisions.recall_lot, used_up)
    parent = released(walk, "E")
    prepared(walk, parent)
    decide(walk, lot_decisions.recall_lot, parent)
    old = released(walk, "F", days=6)
    opened = released(walk, "G", days=6)
    prepared(walk, opened)
    walk.wait(days=8)
    walk.alone(lots.expire_due)
    decide(walk, lot_decisions.recall_lot, old)
    release_together(walk, received(walk, "one of two"), received(walk, "two of two"))
    entered_wrongly(walk)


def entered_wrongly(walk: Walk) -> None:
    code = received(walk, "H")
    walk.act(
        "technician", lots.correct_lot, lot=at(Lot, code), version=walk.read(Lot, code).version,
        maker_number="H-1", expires_on=clock.today() + timedelta(days=100), quantity=Decimal(9),
        storage=None, reason="misread",
    )  # fmt: skip
    item = walk.act(
        "technician", items.add_item, name="Gauze", kind=ItemKind.CONSUMABLE, unit="pcs",
        maker=None, antibiotics=None,
    )  # fmt: skip
    walk.act(
        "technician", items.edit_item, item=row(Item, item.id), version=item.version,
        name="Sterile gauze", kind=ItemKind.CONSUMABLE, maker="Maker", antibiotics=None,
        reason="said what it is",
    )  # fmt: skip


def equipment_comes_and_goes(walk: Walk) -> None:
    first, second = (registered(walk, number) for number in ("1", "2"))
    walk.act(
        "lead", equipment.edit_equipment, equipment=at(Equipment, first), name="Balance B",
        version=walk.read(Equipment, first).version, serial_number="9", needs_calibration=True,
        reason="misread",
    )  # fmt: skip
    walk.act(
        "lead", equipment.record_calibration, equipment=at(Equipment, first),
        performed_on=clock.today(), due_on=clock.today() + timedelta(days=365), certificate="C-1",
    )  # fmt: skip
    for command, code in (
        (equipment.take_out_of_service, first),
        (equipment.return_to_service, first),
        (equipment.retire_equipment, first),
        (equipment.take_out_of_service, second),
        (equipment.retire_equipment, second),
    ):
        walk.act("lead", command, equipment=at(Equipment, code), reason="as planned")
    a_place_is_renamed(walk)


def registered(walk: Walk, number: str) -> str:
    code: str = walk.act(
        "lead", equipment.register_equipment, name=f"Balance {number}",
        kind=EquipmentKind.BALANCE, serial_number=number, needs_calibration=True,
    ).code  # fmt: skip
    return code


def a_place_is_renamed(walk: Walk) -> None:
    within = named(supplies.place, "site")
    place = walk.act(
        "administrator", places.add_place, name="Store", kind=PlaceKind.ROOM, within=within,
        equipment=None,
    )  # fmt: skip
    walk.act(
        "administrator", places.edit_place, place=at(Place, place.code), version=place.version,
        name="Cold store", within=within, equipment=None, reason="it is cold",
    )  # fmt: skip
