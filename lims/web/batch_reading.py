"""Everything a batch's page shows, in a bounded number of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch, BatchSample
from lims.models.batch_note import BatchNote
from lims.models.course import Course
from lims.models.deviation import Deviation, Hold
from lims.models.earlier import EarlierBatch
from lims.models.equipment import Place
from lims.models.fill import Vial
from lims.models.label import LabelStatus
from lims.models.qc_run import QcRunMember
from lims.models.step import Step
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel, VesselStanding, VesselStatus
from lims.web import growth
from lims.web.growth import Card
from lims.web.records import found, look_up
from lims.workflows import (
    batch_forecast,
    batch_notes,
    batch_troubles,
    deviations,
    label_balance,
    qc_run_members,
    starting,
)
from lims.workflows.abreast import abreast
from lims.workflows.abreast import read as read_lists

LIVING = (VesselStatus.SEEDED, VesselStatus.CULTURING, VesselStatus.CONTAMINATED)


@dataclass(frozen=True)
class BatchRead:
    batch: Batch
    steps: Sequence[Step]
    growth: Card
    places: Mapping[int, Place]
    """Where each living vessel stands, by its id."""
    deviations: Sequence[Deviation]
    holds: Sequence[Hold]
    labels: dict[LabelStatus, int]
    vials: Sequence[Vial]
    """Those it was made of; none where that was tissue."""
    notes: Sequence[BatchNote]
    """What one shift told the next, what is open first."""
    in_runs: Sequence[QcRunMember]
    """Its tubes that were scanned into runs, those of the newest run first."""

    @property
    def vessels(self) -> list[Vessel]:
        """The living ones."""
        return [each for each in self.growth.grown.vessels if each.status in LIVING]

    @property
    def suspensions(self) -> list[Suspension]:
        """The tubes that still hold cells."""
        return self.growth.grown.tubes

    @property
    def open_deviations(self) -> int:
        return sum(1 for each in self.deviations if each.status not in deviations.DECIDED)

    @property
    def holds_in_force(self) -> list[Hold]:
        return [each for each in self.holds if each.ended_at is None]


ONE = look_up(
    Batch,
    joinedload(Batch.patient),
    joinedload(Batch.course).joinedload(Course.physician),
    joinedload(Batch.specification_version),
    joinedload(Batch.earlier).joinedload(EarlierBatch.origin),
    joinedload(Batch.samples).joinedload(BatchSample.sample),
)
WITH_OUTLOOK = ONE.options(*batch_forecast.with_outlook())
STEPS = (
    select(Step)
    .where((Step.batch_id == bindparam("batch")) | Step.sample_id.in_(bindparam("samples")))
    .options(joinedload(Step.performed_by), joinedload(Step.started_by))
    .order_by(Step.id)
)


def batch_shown(code: str) -> Batch:
    """With its patient, course, version and samples, in one query."""
    return found(ONE, code)


def read(session: Session, code: str) -> BatchRead:
    batch = found(WITH_OUTLOOK, code)
    steps, card = steps_of(session, batch), growth.card_of(batch)
    living = [each.id for each in card.grown.vessels if each.status in LIVING]
    notes, standings, in_runs = hanging_on(session, batch, living)
    reported, held = batch_troubles.of_batches(session, [batch.id])
    return BatchRead(
        batch=batch,
        steps=steps,
        growth=card,
        places={standing.vessel_id: standing.place for standing in standings},
        deviations=reported[batch.id],
        holds=held[batch.id],
        labels=label_balance.reconciliation(session, [step.id for step in steps]),
        notes=batch_notes.open_first(notes),
        in_runs=qc_run_members.newest_first(in_runs),
        vials=() if batch.samples else starting.vials_of(session, batch),
    )


def steps_of(session: Session, batch: Batch) -> Sequence[Step]:
    """The steps of the batch in their order, before them those of its tissue."""
    samples = [used.sample_id for used in batch.samples]
    return session.scalars(STEPS, {"batch": batch.id, "samples": samples}).all()


def hanging_on(
    session: Session, batch: Batch, vessels: Collection[int]
) -> tuple[list[BatchNote], list[VesselStanding], list[QcRunMember]]:
    """The notes of the batch, where each of its `vessels` stands, its tubes in runs; one query."""
    standing = VesselStanding.vessel_id.in_(vessels) & VesselStanding.left_at.is_(None)
    asked = abreast(
        batch_notes.of_batch(batch.id),
        (VesselStanding, standing),
        qc_run_members.of_batch(batch.id),
    )
    beside = *batch_notes.WITH_PEOPLE, *qc_run_members.WITH_RUN, joinedload(VesselStanding.place)
    notes, standings, in_runs = read_lists(session, asked.options(*beside))
    return notes, standings, in_runs
