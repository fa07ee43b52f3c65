"""What is left of each lot, and whether a lot may be used: the gate every step asks."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ScalarSelect, Select, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.lot import Lot, LotIngredient, LotStatus, StockCorrection
from lims.models.qc_run_used import QcRunLot
from lims.models.step import Step, StepLot, StepStatus

GOOD = frozenset({LotStatus.RELEASED, LotStatus.IN_USE, LotStatus.EXPIRED})
"""Released lots. Of one expired since, the day of use decides: it may be recorded late."""
BARRED = frozenset(LotStatus) - GOOD - {LotStatus.CONSUMED}
"""Not released, or not any more: whoever used one used it out of order."""


class LotNotReleased(LimsError):
    sentence = N_("%(item)s, lot %(code)s, is %(status)s. Use a lot that is released.")
    recorded = True


class LotExpired(LimsError):
    sentence = N_("%(item)s, lot %(code)s, expired on %(day)s. Take another lot.")
    recorded = True


class LotTooSmall(LimsError):
    sentence = N_(
        "%(item)s, lot %(code)s: %(wanted)s %(unit)s are asked for and %(left)s %(unit)s are left."
        " Enter what is left of it and scan a second lot for the rest, or correct the stock if more"
        " is there."
    )
    recorded = True


class LotUsedUp(LimsError):
    sentence = N_("%(item)s, lot %(code)s, is used up. Take another lot.")
    recorded = True


def problem_with(session: Session, lot: Lot, quantity: Decimal, at: datetime) -> LimsError | None:
    """Why `quantity` of `lot` may not be used at `at`; None where it may."""
    if lot.status == LotStatus.CONSUMED:
        return LotUsedUp(code=lot.code, item=lot.item.name)
    if (problem := out_of_order(lot, at)) is not None:
        return problem
    if quantity > (left := remaining(session, lot)):
        return LotTooSmall(
            code=lot.code, item=lot.item.name, unit=lot.item.unit, wanted=quantity, left=left
        )
    return None


def out_of_order(lot: Lot, at: datetime) -> LimsError | None:
    """Why `lot` does not hold for what is done with it at `at`, however much of it is left."""
    if lot.status in BARRED:
        return LotNotReleased(code=lot.code, item=lot.item.name, status=lot.status)
    if clock.day_of(at) > lot.expires_on:
        return LotExpired(code=lot.code, item=lot.item.name, day=lot.expires_on)
    return None


def require_usable(session: Session, lot: Lot, quantity: Decimal, at: datetime) -> None:
    """Raise what `problem_with` finds."""
    if (problem := problem_with(session, lot, quantity, at)) is not None:
        raise problem


def remaining(session: Session, lot: Lot) -> Decimal:
    """What is left of `lot`, in its item's unit; below zero where more was recorded as used."""
    session.flush()
    return remaining_of(session, [lot])[lot.id]


def remaining_of(session: Session, lots: Iterable[Lot]) -> dict[int, Decimal]:
    """What is left of each of `lots` by its id: received, less what went out, as corrected."""
    wanted = [lot.id for lot in lots]
    return dict(session.execute(_remaining(), {"lots": wanted}).all())


@cache
def _remaining() -> Select[Any, Any]:
    # the sum of scaled columns is a bare number to SQLAlchemy: say that it is scaled as they are
    left = type_coerce(
        Lot.quantity - _used() - _tested() - _given() + _corrected(), Lot.quantity.type
    )
    return select(Lot.id, left).where(Lot.id.in_(bindparam("lots")))


def _used() -> ScalarSelect[Any]:
    """Into steps; a step that was called off before its act used nothing."""
    return (
        select(func.coalesce(func.sum(StepLot.quantity), 0))
        .join(Step, Step.id == StepLot.step_id)
        .where(StepLot.lot_id == Lot.id, Step.status != StepStatus.VOID)
        .scalar_subquery()
    )


def _tested() -> ScalarSelect[Any]:
    """Into runs at QC; what was scanned there by mistake and taken off was not used."""
    return (
        select(func.coalesce(func.sum(QcRunLot.quantity), 0))
        .where(QcRunLot.lot_id == Lot.id, QcRunLot.taken_off_at.is_(None))
        .scalar_subquery()
    )


def _given() -> ScalarSelect[Any]:
    """Into lots prepared from it."""
    return (
        select(func.coalesce(func.sum(LotIngredient.quantity), 0))
        .where(LotIngredient.ingredient_id == Lot.id)
        .scalar_subquery()
    )


def _corrected() -> ScalarSelect[Any]:
    return (
        select(func.coalesce(func.sum(StockCorrection.difference), 0))
        .where(StockCorrection.lot_id == Lot.id)
        .scalar_subquery()
    )
