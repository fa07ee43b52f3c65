"""Everything a batch's page shows, in a bounded number of queries."""

from collections.abc import Mapping, Sequence
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
    starting,
)

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
STAND_IN = (
    select(VesselStanding)
    .where(VesselStanding.vessel_id.in_(bindparam("vessels")), VesselStanding.left_at.is_(None))
    .options(joinedload(VesselStanding.place))
)


def batch_shown(code: str) -> Batch:
    """With its patient, course, version and samples, in one query."""
    return found(ONE, code)


def read(session: Session, code: str) -> BatchRead:
    batch = found(WITH_OUTLOOK, code)
    steps, card = steps_of(session, batch), growth.card_of(batch)
    reported, held = batch_troubles.of_batches(session, [batch.id])
    return BatchRead(
        batch=batch,
        steps=steps,
        growth=card,
        places=places_of(session, [each for each in card.grown.vessels if each.status in LIVING]),
        deviations=reported[batch.id],
        holds=held[batch.id],
        labels=label_balance.reconciliation(session, [step.id for step in steps]),
        notes=batch_notes.of_batch(session, batch),
        vials=() if batch.samples else starting.vials_of(session, batch),
    )


def steps_of(session: Session, batch: Batch) -> Sequence[Step]:
    """The steps of the batch in their order, before them those of its tissue."""
    samples = [used.sample_id for used in batch.samples]
    return session.scalars(STEPS, {"batch": batch.id, "samples": samples}).all()


def places_of(session: Session, vessels: Sequence[Vessel]) -> dict[int, Place]:
    """Where each of `vessels` stands now, by its id."""
    rows = session.scalars(STAND_IN, {"vessels": [vessel.id for vessel in vessels]})
    return {standing.vessel_id: standing.place for standing in rows}
