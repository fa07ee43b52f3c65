"""How far a lot went: the lots prepared from it, and every step that used any of them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.lot import Lot, LotIngredient
from lims.models.step import Step, StepLot, StepStatus


def descendants(session: Session, lot: Lot) -> list[Lot]:
    """Every lot prepared from `lot`, and from those, and so on; one query."""
    made = (
        select(LotIngredient.lot_id.label("lot_id"))
        .where(LotIngredient.ingredient_id == lot.id)
        .cte("made", recursive=True)
    )
    made = made.union(
        select(LotIngredient.lot_id).join(made, LotIngredient.ingredient_id == made.c.lot_id)
    )
    return list(
        session.scalars(
            select(Lot).where(Lot.id.in_(select(made.c.lot_id))).order_by(Lot.id)
        ).unique()
    )


USED = StepLot.quantity > 0
"""One scanned by mistake was put right to none; it went nowhere."""


def uses(session: Session, lots: Iterable[Lot]) -> Sequence[StepLot]:
    """Every use of `lots` in a step that took place, oldest first."""
    return session.scalars(
        select(StepLot)
        .join(Step, Step.id == StepLot.step_id)
        .where(StepLot.lot_id.in_([lot.id for lot in lots]), USED, Step.status != StepStatus.VOID)
        .options(*(joinedload(each) for each in (StepLot.lot, StepLot.step, StepLot.override_by)))
        .order_by(StepLot.id)
    ).all()
