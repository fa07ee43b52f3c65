"""What went into a batch, and which batches a lot or a device went into: scanned, stood on, used
as a bench, or as an ingredient of a lot prepared here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, or_, select, union
from sqlalchemy.orm import Session

from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, DeviationSupply
from lims.models.equipment import Place
from lims.models.lot import Lot, LotIngredient
from lims.models.step import LineClearance, Step, StepEquipment, StepLot, StepStatus
from lims.models.vessel import VesselStanding
from lims.workflows import lot_reach, starting

SCANNED = select(StepEquipment.step_id, StepEquipment.equipment_id)
STOOD = select(VesselStanding.step_id, Place.equipment_id).join(Place)
WORKED = select(LineClearance.step_id, Place.equipment_id).join(Place)


def _reported() -> Select[Any]:
    batches = union(select(starting.ASKED), starting.BEHIND)
    samples = select(BatchSample.sample_id).where(BatchSample.batch_id.in_(batches))
    steps = select(Step.id).where(
        or_(Step.batch_id.in_(batches), Step.sample_id.in_(samples)),
        Step.status != StepStatus.VOID,
    )
    used_lots = select(StepLot.lot_id.label("id")).where(StepLot.step_id.in_(steps), lot_reach.USED)
    lots = used_lots.cte(recursive=True)
    lots = lots.union(select(LotIngredient.ingredient_id).where(LotIngredient.lot_id == lots.c.id))
    used = _equipment().subquery()
    devices = select(used.c.equipment_id).where(used.c.step_id.in_(steps))
    about = or_(
        DeviationSupply.lot_id.in_(select(lots.c.id)), DeviationSupply.equipment_id.in_(devices)
    )
    return select(DeviationSupply.deviation_id).where(about, _by_a_person())


def batches(session: Session, deviation: Deviation) -> Sequence[int]:
    """The keys of the batches that what `deviation` is about went into."""
    supplies = session.scalars(
        select(DeviationSupply).where(DeviationSupply.deviation_id == deviation.id, _by_a_person())
    ).all()
    if not supplies:
        return []
    named = session.scalars(select(Lot).where(Lot.id.in_({each.lot_id for each in supplies})))
    lots = [each.id for lot in named for each in (lot, *lot_reach.descendants(session, lot))]
    used = _equipment().subquery()
    steps = or_(
        Step.id.in_(select(StepLot.step_id).where(StepLot.lot_id.in_(lots), lot_reach.USED)),
        Step.id.in_(
            select(used.c.step_id).where(
                used.c.equipment_id.in_({each.equipment_id for each in supplies})
            )
        ),
    )
    took_place = (steps, Step.status != StepStatus.VOID)
    tissue = select(Step.sample_id).where(*took_place)
    return session.scalars(
        select(Batch.id).where(
            or_(
                Batch.id.in_(select(Step.batch_id).where(*took_place)),
                Batch.id.in_(select(BatchSample.batch_id).where(BatchSample.sample_id.in_(tissue))),
            )
        )
    ).all()


def reached(*such: ColumnElement[bool]) -> Select[Any]:
    """Each batch with each of the deviations that are `such`: what `reported` says of one batch."""
    about = (
        select(DeviationSupply.deviation_id, DeviationSupply.lot_id, DeviationSupply.equipment_id)
        .join(Deviation, Deviation.id == DeviationSupply.deviation_id)
        .where(_by_a_person(), *such)
        .cte()
    )
    lots = select(about.c.deviation_id, about.c.lot_id).cte(recursive=True)
    made = select(lots.c.deviation_id, LotIngredient.lot_id)
    lots = lots.union(made.join(lots, LotIngredient.ingredient_id == lots.c.lot_id))
    by_lot = select(lots.c.deviation_id, StepLot.step_id).join(
        StepLot, and_(StepLot.lot_id == lots.c.lot_id, lot_reach.USED)
    )
    by_device = [
        select(about.c.deviation_id, used.c.step_id).join(
            used, used.c.equipment_id == about.c.equipment_id
        )
        for used in (each.subquery() for each in (SCANNED, STOOD, WORKED))
    ]
    steps = union(by_lot, *by_device).cte()
    cause, took_place = steps.c.deviation_id.label("cause"), Step.status != StepStatus.VOID
    of_batch = select(Step.batch_id.label("batch"), cause).join(steps, steps.c.step_id == Step.id)
    of_tissue = (
        select(BatchSample.batch_id, cause)
        .join(Step, Step.sample_id == BatchSample.sample_id)
        .join(steps, steps.c.step_id == Step.id)
    )
    found = union(of_batch.where(took_place), of_tissue.where(took_place)).subquery()
    return select(found.c.batch, found.c.cause)


def _equipment() -> CompoundSelect[Any]:
    """Each step with each device it worked with."""
    return union(SCANNED, STOOD, WORKED)


def _by_a_person() -> ColumnElement[bool]:
    """Reported by a person, also where that report was joined to an earlier one."""
    reports = select(Deviation.id).where(Deviation.rule.is_(None))
    joined = select(Deviation.duplicate_of_id).where(Deviation.rule.is_(None))
    return DeviationSupply.deviation_id.in_(union(reports, joined))


REPORTED = _reported()
"""The keys of what people reported about anything that went into a batch, or behind it.

What a rule found names the batches itself: the use of one is no fault of another's.
"""
