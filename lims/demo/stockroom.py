"""The stock: lots come when little is left, medium is prepared for what grows, old lots expire."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.demo import supplies, week
from lims.demo.chance import Chance
from lims.demo.layer import MEDIUM_ML
from lims.demo.telling import RECEPTION, Found, Teller, at, named
from lims.models.lot import Item, Lot
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import lot_decisions, lots, stock


@dataclass(frozen=True)
class Ordering:
    """How much comes at once, and at how little left it is ordered, in the unit of the item."""

    comes: int
    least: int


STOCK = {
    "enzyme": Ordering(500, 200),
    "medium": Ordering(10_000, 5_000),
    "serum": Ordering(1_000, 500),
    "buffer": Ordering(10_000, 4_000),
    "trypsin": Ordering(2_500, 1_200),
    "vehicle": Ordering(1_000, 200),
    "cryoprotectant": Ordering(200, 40),
    "T-175": Ordering(40, 15),
    "CF-2": Ordering(8, 4),
    "CF-10": Ordering(6, 4),
    "Quantum": Ordering(2, 1),
    "syringe": Ordering(30, 10),
    "cryovial": Ordering(100, 25),
    "kit": Ordering(20, 6),
    "sterility_test": Ordering(50, 15),
    "endotoxin_test": Ordering(25, 8),
}
MEDIUM_TAKEN, SERUM_TAKEN = Decimal(5_000), Decimal(250)
"""mL: ten bottles, and a twentieth as much lysate."""
PREPARED = MEDIUM_TAKEN + SERUM_TAKEN
TO_SEED_ML = 800
"""Of medium ready for whatever is seeded."""
A_DAY_FED = 2 / 3
"""Of what all vessels hold: within the days until more is prepared."""
A_LOT_LASTS = timedelta(days=300)
A_MEDIUM_LASTS = timedelta(days=28)
LOOKED_AT = time(8, 15)
WITHIN_MIN = 30
GROWING = (VesselStatus.SEEDED, VesselStatus.CULTURING)


def stock_is_kept(teller: Teller) -> Iterator[datetime]:
    """Each morning of work: what is over expires, what is short comes or is prepared."""
    while True:
        expire(teller)
        with teller.database.reading() as session:
            left, needed = left_of(session), medium_needed(session)
        for name, ordering in STOCK.items():
            if left.get(name, 0) < ordering.least:
                receive(teller, name)
        for _ in range(math.ceil((needed - left.get("complete_medium", 0)) / float(PREPARED))):
            prepare_medium(teller)
        day = week.not_before(clock.today() + week.A_DAY)
        later = Chance(f"stock {day}").between(0, WITHIN_MIN)
        yield clock.moment_of(day, LOOKED_AT) + timedelta(minutes=later)


def expire(teller: Teller) -> None:
    """As the program does by night."""
    over = select(Lot.id).where(Lot.status.in_(supplies.USABLE), Lot.expires_on < clock.today())
    with teller.database.reading() as session:
        due = session.scalar(over.limit(1))
    if due is not None:
        teller.act(None, lots.expire_due)


def left_of(session: Session) -> dict[str, float]:
    """How much of each item may be used, by its well-known name."""
    names = {called: name for name, (called, *_) in supplies.ITEMS.items()}
    usable = session.scalars(_usable(select(Lot))).all()
    left = stock.remaining_of(session, usable)
    found: dict[str, float] = {}
    for each in usable:
        name = names[each.item.name]
        found[name] = found.get(name, 0) + float(left[each.id])
    return found


def _usable(query: Any) -> Any:
    return query.where(Lot.status.in_(supplies.USABLE), Lot.expires_on >= clock.today())


def medium_needed(session: Session) -> float:
    """For the vessels that stand in the incubators, and those seeded next; in mL."""
    growing = (
        select(Vessel.vessel_type, func.count())
        .where(Vessel.status.in_(GROWING))
        .group_by(Vessel.vessel_type)
    )
    held = sum(float(MEDIUM_ML[kind]) * number for kind, number in session.execute(growing))
    return TO_SEED_ML + held * A_DAY_FED


def lot_of(teller: Teller, name: str, quantity: Decimal) -> Found:
    return at(Lot, code_of(teller, name, quantity))


def code_of(teller: Teller, name: str, quantity: Decimal) -> str:
    """The lot that runs out first of those that hold as much; where none does, one comes."""
    with teller.database.reading() as session:
        code = holding(session, name, quantity)
    if code is not None:
        return code
    prepare_medium(teller) if name == "complete_medium" else receive(teller, name)
    return code_of(teller, name, quantity)


def holding(session: Session, name: str, quantity: Decimal) -> str | None:
    called = supplies.ITEMS[name][0]
    of_it = _usable(select(Lot).join(Item, Item.id == Lot.item_id)).where(Item.name == called)
    found = session.scalars(of_it.order_by(Lot.expires_on, Lot.id)).all()
    left = stock.remaining_of(session, found)
    return next((each.code for each in found if left[each.id] >= quantity), None)


def receive(teller: Teller, name: str) -> None:
    """A delivery, released."""
    with teller.database.reading() as session:
        key = supplies.item(session, name).id
        before = session.scalar(select(func.count(Lot.id)).where(Lot.item_id == key)) or 0
    number = f"{supplies.ITEMS[name][3]}-{2437 + 37 * before:04}"
    release(teller, deliver(teller, name, number).code)


def deliver(teller: Teller, name: str, number: str) -> Any:
    """A lot that waits for its release."""
    with teller.at_terminal(RECEPTION, "technician"):
        return teller.act(
            "technician", lots.receive_lot, item=named(supplies.item, name), maker_number=number,
            received_on=clock.today(), expires_on=clock.today() + A_LOT_LASTS,
            quantity=Decimal(STOCK[name].comes), storage=supplies.kept_at(name),
            certificate_seen=True,
        )  # fmt: skip


def release(teller: Teller, code: str) -> None:
    version = teller.read(Lot, code, "version")
    teller.act(
        "qa", lot_decisions.release_lot, lot=at(Lot, code), version=version,
        certificate_seen=True, proof=teller.proof("qa"),
    )  # fmt: skip


def prepare_medium(teller: Teller) -> None:
    """Complete medium for four weeks, or for as long as what it is made of lasts."""
    taken: Mapping[str, Decimal] = {"medium": MEDIUM_TAKEN, "serum": SERUM_TAKEN}
    of = {name: lot_of(teller, name, quantity) for name, quantity in taken.items()}

    def ingredients(session: Session) -> list[lots.Ingredient]:
        return [lots.Ingredient(of[name](session), taken[name]) for name in taken]

    with teller.database.reading() as session:
        first = min(each.lot.expires_on for each in ingredients(session))
    made = teller.act(
        "technician", lots.prepare_lot, item=named(supplies.item, "complete_medium"),
        prepared_on=clock.today(), expires_on=min(first, clock.today() + A_MEDIUM_LASTS),
        quantity=PREPARED, storage="2–8 °C", ingredients=ingredients,
    )  # fmt: skip
    release(teller, made.code)
