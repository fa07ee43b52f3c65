"""What went into a batch, and which batches a lot or a device went into: scanned, stood on, used
as a bench, or as an ingredient of a lot prepared here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, or_, select, union
from sqlalchemy.orm import Session

from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, DeviationSupply
from lims.models.equipment import Place
from lims.models.lot import Lot, LotIngredient
from lims.models.step import LineClearance, Step, StepEquipment, StepLot, StepStatus
from lims.models.vessel import VesselStanding
from lims.workflows import lot_reach

STOOD = select(VesselStanding.step_id, Place.equipment_id).join(Place)
WORKED = select(LineClearance.step_id, Place.equipment_id).join(Place)


def reported(batch: Batch) -> Select[Any]:
    """The keys of what people reported about anything that went into `batch`.

    What a rule found names the batches itself: the use of one is no fault of another's.
    """
    samples = select(BatchSample.sample_id).where(BatchSample.batch_id == batch.id)
    steps = select(Step.id).where(
        or_(Step.batch_id == batch.id, Step.sample_id.in_(samples)),
        Step.status != StepStatus.VOID,
    )
    lots = select(StepLot.lot_id.label("id")).where(StepLot.step_id.in_(steps)).cte(recursive=True)
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
        Step.id.in_(select(StepLot.step_id).where(StepLot.lot_id.in_(lots))),
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


def _equipment() -> CompoundSelect[Any]:
    """Each step with each device it worked with."""
    return union(select(StepEquipment.step_id, StepEquipment.equipment_id), STOOD, WORKED)


def _by_a_person() -> ColumnElement[bool]:
    """Reported by a person, also where that report was joined to an earlier one."""
    reports = select(Deviation.id).where(Deviation.rule.is_(None))
    joined = select(Deviation.duplicate_of_id).where(Deviation.rule.is_(None))
    return DeviationSupply.deviation_id.in_(union(reports, joined))
