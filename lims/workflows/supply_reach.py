"""What went into a batch, and which batches a lot or a device went into: scanned, stood on, used
as a bench, or as an ingredient of a lot prepared here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union
from sqlalchemy.orm import Session, aliased

from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, DeviationSupply
from lims.models.equipment import Place
from lims.models.lot import Lot, LotIngredient
from lims.models.qc_run_used import QcRunEquipment, QcRunLot
from lims.models.step import LineClearance, Step, StepEquipment, StepLot, StepStatus
from lims.models.vessel import VesselStanding
from lims.workflows import lot_reach, qc_run_reach, starting

SCANNED = select(StepEquipment.step_id, StepEquipment.equipment_id)
STOOD = select(VesselStanding.step_id, Place.equipment_id).join(Place)
WORKED = select(LineClearance.step_id, Place.equipment_id).join(Place)
WITH_A_DEVICE = (SCANNED, STOOD, WORKED)
"""Each step with each device it worked with."""


def _reported() -> Select[Any]:
    reached = starting.REACHED
    worked = select(reached.c.asked, Step.id)
    of_tissue = worked.join(BatchSample, BatchSample.batch_id == reached.c.batch)
    took_place = Step.status != StepStatus.VOID
    steps = union(
        worked.join(Step, Step.batch_id == reached.c.batch).where(took_place),
        of_tissue.join(Step, Step.sample_id == BatchSample.sample_id).where(took_place),
    ).cte()
    scanned = select(steps.c.asked, StepLot.lot_id.label("id"))
    used_lots = union(
        scanned.join(StepLot, StepLot.step_id == steps.c.id).where(lot_reach.USED),
        qc_run_reach.tested_with(reached, QcRunLot, QcRunLot.lot_id),
    ).subquery()
    lots = select(used_lots.c.asked, used_lots.c.id).cte(recursive=True)
    made_of = select(lots.c.asked, LotIngredient.ingredient_id)
    lots = lots.union(made_of.join(LotIngredient, LotIngredient.lot_id == lots.c.id))
    devices = union(
        *(
            select(steps.c.asked, used.c.equipment_id).join(used, used.c.step_id == steps.c.id)
            for used in (each.subquery() for each in WITH_A_DEVICE)
        ),
        qc_run_reach.tested_with(
            reached, QcRunEquipment, QcRunEquipment.equipment_id.label("equipment_id")
        ),
    ).subquery()
    about = union(
        select(lots.c.asked, DeviationSupply.deviation_id).join(
            DeviationSupply, DeviationSupply.lot_id == lots.c.id
        ),
        select(devices.c.asked, DeviationSupply.deviation_id).join(
            DeviationSupply, DeviationSupply.equipment_id == devices.c.equipment_id
        ),
    ).subquery()
    told = aliased(Deviation)
    return (
        select(about.c.asked, about.c.deviation_id)
        .join(told, told.id == about.c.deviation_id)
        .where(_by_a_person(told))
    )


def batches(session: Session, deviation: Deviation) -> Sequence[int]:
    """The keys of the batches that what `deviation` is about went into."""
    supplies = session.scalars(
        select(DeviationSupply)
        .join(Deviation, Deviation.id == DeviationSupply.deviation_id)
        .where(Deviation.id == deviation.id, _by_a_person(Deviation))
    ).all()
    if not supplies:
        return []
    named = session.scalars(select(Lot).where(Lot.id.in_({each.lot_id for each in supplies})))
    lots = [each.id for lot in named for each in (lot, *lot_reach.descendants(session, lot))]
    devices = {each.equipment_id for each in supplies}
    steps = or_(
        Step.id.in_(select(StepLot.step_id).where(StepLot.lot_id.in_(lots), lot_reach.USED)),
        *(
            Step.id.in_(
                used.where(used.selected_columns.equipment_id.in_(devices)).with_only_columns(
                    used.selected_columns.step_id
                )
            )
            for used in WITH_A_DEVICE
        ),
    )
    took_place = (steps, Step.status != StepStatus.VOID)
    tissue = select(Step.sample_id).where(*took_place)
    return session.scalars(
        select(Batch.id).where(
            or_(
                Batch.id.in_(select(Step.batch_id).where(*took_place)),
                Batch.id.in_(select(BatchSample.batch_id).where(BatchSample.sample_id.in_(tissue))),
                Batch.id.in_(qc_run_reach.batches_tested(lots, devices - {None})),
            )
        )
    ).all()


def reached(*such: ColumnElement[bool]) -> Select[Any]:
    """Each batch with each of the deviations that are `such`: what `reported` says of one batch;
    no batch where nothing was reached. Outer joins, so that SQLite begins with the deviations."""
    about = (
        select(DeviationSupply.deviation_id, DeviationSupply.lot_id, DeviationSupply.equipment_id)
        .join(Deviation, Deviation.id == DeviationSupply.deviation_id)
        .where(_by_a_person(Deviation), *such)
        .cte()
    )
    lots = select(about.c.deviation_id, about.c.lot_id).cte(recursive=True)
    made = select(lots.c.deviation_id, LotIngredient.lot_id)
    lots = lots.union(made.join(lots, LotIngredient.ingredient_id == lots.c.lot_id))
    by_lot = (
        select(lots.c.deviation_id, StepLot.step_id)
        .select_from(lots)
        .outerjoin(StepLot, and_(StepLot.lot_id == lots.c.lot_id, lot_reach.USED))
    )
    by_device = (
        select(about.c.deviation_id, StepEquipment.step_id)
        .select_from(about)
        .outerjoin(StepEquipment, StepEquipment.equipment_id == about.c.equipment_id)
    )
    by_place = (
        select(about.c.deviation_id, used.step_id)
        .select_from(about)
        .outerjoin(Place, Place.equipment_id == about.c.equipment_id)
        .outerjoin(used, at == Place.id)
        for used, at in (
            (VesselStanding, VesselStanding.place_id),
            (LineClearance, LineClearance.station_id),
        )
    )
    steps = union(by_lot, by_device, *by_place).cte()
    found = (
        select(Step.batch_id, BatchSample.batch_id.label("of_tissue"), steps.c.deviation_id)
        .select_from(steps)
        .outerjoin(Step, and_(Step.id == steps.c.step_id, Step.status != StepStatus.VOID))
        .outerjoin(BatchSample, BatchSample.sample_id == Step.sample_id)
        .cte()
    )
    cause = found.c.deviation_id.label("cause")
    both = union(
        select(found.c.batch_id.label("batch"), cause),
        select(found.c.of_tissue, cause),
        qc_run_reach.reached_by(lots, QcRunLot, QcRunLot.lot_id, lots.c.lot_id),
        qc_run_reach.reached_by(
            about, QcRunEquipment, QcRunEquipment.equipment_id, about.c.equipment_id
        ),
    ).subquery()
    return select(both.c.batch, both.c.cause)


def _by_a_person(of: type[Deviation]) -> ColumnElement[bool]:
    """Of the deviations of a query those that a person reported, also where that report was joined
    to an earlier one."""
    joined = aliased(Deviation)
    told = joined.duplicate_of_id == of.id, joined.rule.is_(None)
    return or_(of.rule.is_(None), exists().where(*told))


REPORTED = _reported()
"""By batch asked about, the keys of what people reported about anything that went into it, or
behind it.

What a rule found names the batches itself: the use of one is no fault of another's.
"""
