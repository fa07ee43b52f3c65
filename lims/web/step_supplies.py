"""The lots and the equipment that were scanned into a step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from lims.models.equipment import Equipment
from lims.models.lot import Item, Lot
from lims.models.step import Step, StepEquipment, StepLot
from lims.models.user import User


@dataclass(frozen=True)
class Supply:
    """One of either; equipment has no quantity."""

    code: str
    name: str
    number: str
    quantity: Decimal | None
    unit: str
    expires_on: date | None
    override_reason: str | None
    override_by: str | None


def supplies_of(session: Session, step: Step) -> list[Supply]:
    """Lots, then equipment, in the order they were scanned."""
    letter = aliased(User)
    lots = (
        select(
            StepLot.scanned_at,
            Lot.code,
            Item.name,
            Lot.maker_number.label("number"),
            StepLot.quantity,
            Item.unit,
            Lot.expires_on,
            StepLot.override_reason,
            letter.full_name.label("override_by"),
        )
        .join(Lot, Lot.id == StepLot.lot_id)
        .join(Item, Item.id == Lot.item_id)
        .outerjoin(letter, letter.id == StepLot.override_by_id)
        .where(StepLot.step_id == step.id)
    )
    pieces = (
        select(
            StepEquipment.scanned_at,
            Equipment.code,
            Equipment.name,
            Equipment.serial_number,
            null(),
            literal(""),
            null(),
            StepEquipment.override_reason,
            letter.full_name,
        )
        .join(Equipment, Equipment.id == StepEquipment.equipment_id)
        .outerjoin(letter, letter.id == StepEquipment.override_by_id)
        .where(StepEquipment.step_id == step.id)
    )
    found: Sequence[Any] = session.execute(union_all(lots, pieces)).all()
    return [
        Supply(*row[1:]) for row in sorted(found, key=lambda row: (row.quantity is None, row[0]))
    ]
