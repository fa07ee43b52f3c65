"""Lots on their way: received or prepared, quarantined, taken into use, counted, expired.

Quality's decisions about them are in lot_decisions.py; what is left of them in stock.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.lot import Item, Lot, LotIngredient, LotStatus, StockCorrection
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import states, stock
from lims.workflows.codes import coded
from lims.workflows.command import because, command

UNDECIDED = frozenset({LotStatus.RECEIVED, LotStatus.QUARANTINED})


class LotKnown(LimsError):
    sentence = N_(
        "This delivery is entered already, as %(code)s. Print its label, or correct its quantity."
    )
    status = 409


class StillToCome(FieldError):
    sentence = N_("This day is still to come.")


class OutlivesIngredient(FieldError):
    sentence = N_(
        "%(item)s, lot %(code)s, expires on %(day)s: what is made of it cannot last longer."
    )


class IngredientTwice(FieldError):
    sentence = N_("%(code)s is named twice. Name it once, with all that was taken of it.")


class LotDecided(LimsError):
    sentence = N_(
        "%(code)s is %(status)s. What was entered is corrected before the release only; now count"
        " its stock, or ask quality to recall it."
    )
    status = 409


class NotCounted(LimsError):
    sentence = N_("%(code)s is %(status)s; only the stock of a released lot is counted.")
    status = 409


@dataclass(frozen=True)
class Ingredient:
    """How much of a lot goes into a lot prepared from it, in the unit of its item."""

    lot: Lot
    quantity: Decimal


@command(Permission.RECEIVE_LOT)
def receive_lot(
    session: Session,
    *,
    item: Item,
    maker_number: str,
    received_on: date,
    expires_on: date,
    quantity: Decimal,
    storage: str | None,
    certificate_seen: bool,
    by: User,
) -> Lot:
    """Enter a delivery of one lot, into quarantine: nobody uses it until quality releases it."""
    _require_no_future("received_on", received_on)
    known = session.scalars(
        select(Lot).where(
            Lot.item_id == item.id, Lot.maker_number == maker_number, Lot.received_on == received_on
        )
    ).one_or_none()
    if known is not None:
        raise LotKnown(code=known.code)
    lot = Lot(
        item=item,
        maker_number=maker_number,
        received_on=received_on,
        expires_on=expires_on,
        quantity=quantity,
        storage=storage,
        certificate_seen=certificate_seen,
    )
    session.add(coded(session, states.begin(lot)))
    session.flush()
    states.move(session, lot, LotStatus.QUARANTINED)
    return lot


@command(Permission.RECEIVE_LOT)
def prepare_lot(
    session: Session,
    *,
    item: Item,
    prepared_on: date,
    expires_on: date,
    quantity: Decimal,
    storage: str | None,
    ingredients: list[Ingredient],
    by: User,
) -> Lot:
    """Make a lot from lots (a medium, a working solution); our code is its number."""
    _require_no_future("prepared_on", prepared_on)
    _require_fit(session, ingredients)
    _require_not_outliving(expires_on, [each.lot for each in ingredients])
    lot = coded(session, states.begin(Lot(item=item, prepared_by_id=by.id)))
    lot.maker_number = lot.code
    lot.received_on, lot.expires_on = prepared_on, expires_on
    lot.quantity, lot.storage, lot.certificate_seen = quantity, storage, False
    lot.ingredients = [
        LotIngredient(ingredient=each.lot, quantity=each.quantity) for each in ingredients
    ]
    session.add(lot)
    session.flush()
    states.move(session, lot, LotStatus.QUARANTINED)
    for each in ingredients:
        take_into_use(session, each.lot)
    return lot


def _require_no_future(field: str, day: date) -> None:
    if day > clock.today():
        raise StillToCome(field)


def _require_fit(session: Session, ingredients: Iterable[Ingredient]) -> None:
    """Each is usable now, in that quantity, and named once."""
    seen = set()
    for each in ingredients:
        if each.lot.id in seen:
            raise IngredientTwice("ingredients", code=each.lot.code)
        seen.add(each.lot.id)
        stock.require_usable(session, each.lot, each.quantity, clock.now())


def _require_not_outliving(expires_on: date, ingredients: Iterable[Lot]) -> None:
    first = min(ingredients, key=lambda lot: lot.expires_on, default=None)
    if first is not None and expires_on > first.expires_on:
        raise OutlivesIngredient(
            "expires_on", item=first.item.name, code=first.code, day=first.expires_on
        )


@command(Permission.RECEIVE_LOT)
def correct_lot(
    session: Session,
    lot: Lot,
    *,
    version: int,
    maker_number: str,
    expires_on: date,
    quantity: Decimal,
    storage: str | None,
    reason: str,
    by: User,
) -> Lot:
    """Put right what was entered of a lot, before quality releases it."""
    if lot.version != version:
        raise Stale(code=lot.code)
    if lot.status not in UNDECIDED:
        raise LotDecided(code=lot.code, status=lot.status)
    _require_not_outliving(expires_on, [each.ingredient for each in lot.ingredients])
    because(session, reason)
    lot.maker_number, lot.expires_on = maker_number, expires_on
    lot.quantity, lot.storage = quantity, storage
    return lot


@command(Permission.RECEIVE_LOT)
def correct_stock(session: Session, lot: Lot, *, counted: Decimal, reason: str, by: User) -> Lot:
    """Record that `counted` is left, where the sum of what went out says otherwise."""
    if lot.status not in stock.GOOD:
        raise NotCounted(code=lot.code, status=lot.status)
    difference = counted - stock.remaining(session, lot)
    session.add(
        StockCorrection(lot_id=lot.id, difference=difference, reason=reason, recorded_by_id=by.id)
    )
    session.flush()
    _close_when_empty(session, lot)
    return lot


def take_into_use(session: Session, lot: Lot) -> None:
    """Say that some of `lot` was used: it is in use, or consumed when nothing is left.

    A lot used by override keeps the status that made the override necessary.
    """
    if lot.status == LotStatus.RELEASED:
        states.move(session, lot, LotStatus.IN_USE)
    _close_when_empty(session, lot)


def _close_when_empty(session: Session, lot: Lot) -> None:
    if lot.status == LotStatus.IN_USE and stock.remaining(session, lot) <= 0:
        states.move(session, lot, LotStatus.CONSUMED)


def expire_due(session: Session, *, by: User | None = None) -> int:
    """Give every usable lot whose last day is over the status *expired*; how many there were."""
    over = session.scalars(
        select(Lot)
        .where(
            Lot.status.in_([LotStatus.RELEASED, LotStatus.IN_USE]), Lot.expires_on < clock.today()
        )
        .order_by(Lot.id)
        .with_for_update(of=Lot.__table__)
    ).all()
    for lot in over:
        states.move(session, lot, LotStatus.EXPIRED)
    return len(over)
