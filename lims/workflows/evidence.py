"""What every decision on a fill rests on, read once for any number of questions about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, with_polymorphic

from lims.errors import LimsError
from lims.models.administration import Administration, Handover, Receipt, Return
from lims.models.aliquot import QcTest
from lims.models.batch import Batch, BatchSample
from lims.models.deviation import Deviation, Hold
from lims.models.fill import Fill, VialStatus
from lims.models.filling import Filling
from lims.models.freezing import Freezing
from lims.models.step import Step, StepEquipment, StepLot
from lims.workflows import (
    containers,
    corrections,
    deviations,
    fill_results,
    holds,
    identity,
    label_balance,
    made_values,
    steps,
)
from lims.workflows.fill_results import JudgedLine
from lims.workflows.step_kinds import KINDS


def batch_steps(session: Session, batch: Batch) -> Sequence[Step]:
    """The steps of a batch and of its samples, in order."""
    samples = select(BatchSample.sample_id).where(BatchSample.batch_id == batch.id)
    every = with_polymorphic(Step, "*")  # with the columns of each kind, in one query
    return session.scalars(
        select(every)
        .where((every.batch_id == batch.id) | every.sample_id.in_(samples))
        .options(
            selectinload(every.lots).joinedload(StepLot.lot),
            selectinload(every.equipment).joinedload(StepEquipment.equipment),
            joinedload(every.clearance),
        )
        .order_by(every.id)
    ).all()


@dataclass(frozen=True)
class Evidence:
    """What every decision on a fill rests on, read once for any number of questions about it."""

    steps: Sequence[Step]
    results: Sequence[JudgedLine]
    tests: Sequence[QcTest] = ()
    """Those the results are of, and those that are gone."""
    deviations: Sequence[Deviation] = ()
    holds: Sequence[Hold] = ()
    labels_open: Sequence[str] = ()
    unlabelled: Sequence[LimsError] = ()
    unfrozen: Sequence[str] = ()
    """Vials that are filled and neither frozen nor discarded."""
    corrections: int = 0
    typed: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """By step, the codes that no scanner read."""
    made: Mapping[int, object] = field(default_factory=dict)
    """By step, the tubes, counts and volumes that came of it."""


def evidence_of(session: Session, fill: Fill) -> Evidence:
    """Everything behind `fill`, in a number of queries that does not grow with it."""
    all_steps = batch_steps(session, fill.batch)
    step_ids = [step.id for step in all_steps]
    tests = fill_results.behind(session, fill)
    labels = label_balance.labels_of(session, step_ids)
    return Evidence(
        steps=all_steps,
        results=fill_results.judged(session, fill, tests),
        tests=tests,
        deviations=deviations.of_batch(session, fill.batch),
        holds=[hold for hold in holds.of_batch(session, fill.batch) if hold.ended_at is None],
        labels_open=label_balance.left_open(labels),
        unlabelled=containers.bare([one.code for one in fill.containers], labels),
        unfrozen=[vial.code for vial in fill.vials if vial.status is VialStatus.LABELLED],
        corrections=corrections.count_of(session, all_steps),
        typed=identity.typed_in(session, [step.id for step in all_steps if serves(step, fill)]),
        made=made_values.shown_of(session, all_steps),
    )


def serves(step: Step, fill: Fill) -> bool:
    """Whether a step of its batch is of `fill`, or may be behind it: not of another fill."""
    match step:
        case Filling():
            return step.id == fill.made_by_id
        case Freezing():
            return step.fill_id == fill.id
        case Handover() | Receipt() | Return() | Administration():
            return any(step.dose_id == dose.id for dose in fill.doses)
    return True


def performers(evidence: Evidence) -> set[int]:
    """The ids of who performed what is reviewed: nobody reviews their own work."""
    return {
        step.performed_by_id
        for step in evidence.steps
        if step.performed_by_id is not None and KINDS[step.kind].bars_from_release
    }


def makers(evidence: Evidence) -> set[int]:
    """The ids of all who made what is released: at a step, or at a test."""
    return steps.makers(evidence.steps) | fill_results.analysts(evidence.tests)
