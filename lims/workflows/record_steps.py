"""The steps of the record of a batch, its tissue's among them, and what was scanned into each."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, with_polymorphic
from sqlalchemy.orm.interfaces import ORMOption

from lims.models.batch import Batch, BatchSample
from lims.models.step import Step, StepEquipment, StepLot
from lims.workflows.abreast import Asked, Keys, abreast, give, read

WITH_SUPPLIES: tuple[ORMOption, ...] = (
    joinedload(StepLot.lot),
    joinedload(StepEquipment.equipment),
)
"""What is read with the lots and the devices of steps."""


def of_batch(session: Session, batch: Batch) -> Sequence[Step]:
    """The steps of a batch and of its samples, in order, each with its lots and devices."""
    steps = of_batches(session, [batch.id])[batch.id]
    read_supplies(session, steps)
    return steps


def read_supplies(session: Session, steps: Iterable[Step]) -> None:
    """Give each of `steps` its lots and its devices, in one look-up."""
    by_key = {step.id: step for step in steps}
    supplies = abreast(*supplies_of(by_key)).options(*WITH_SUPPLIES)
    supply(by_key, *read(session, supplies))


def of_batches(session: Session, batches: Collection[int]) -> dict[int, list[Step]]:
    """By batch, its steps and those of its samples, in order; one look-up for all."""
    every = with_polymorphic(Step, "*")  # with the columns of each kind, in one query
    tissue = select(BatchSample).where(BatchSample.batch_id.in_(batches)).subquery()
    rows = session.execute(
        select(every, tissue.c.batch_id)
        .outerjoin(tissue, tissue.c.sample_id == every.sample_id)
        .where(every.batch_id.in_(batches) | every.sample_id.in_(select(tissue.c.sample_id)))
        .options(joinedload(every.clearance))
        .order_by(every.id)
    ).all()
    found: dict[int, dict[int, Step]] = {key: {} for key in batches}
    for step, of_tissue in rows:
        for key in {step.batch_id, of_tissue} & found.keys():
            found[key][step.id] = step
    return {key: list(steps.values()) for key, steps in found.items()}


def supplies_of(steps: Keys) -> tuple[Asked, Asked]:
    """The lots of `steps`, and their devices."""
    return (StepLot, StepLot.step_id.in_(steps)), (StepEquipment, StepEquipment.step_id.in_(steps))


def supply(
    steps: Mapping[int, Step], lots: Iterable[StepLot], devices: Iterable[StepEquipment]
) -> None:
    """Give each of `steps`, by its key, those of the lots and the devices that are its own."""
    give(steps, "lots", lots, "step_id")
    give(steps, "equipment", devices, "step_id")
