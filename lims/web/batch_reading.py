"""Everything a batch's page shows, in a bounded number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

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
from lims.web.records import find
from lims.workflows import batch_forecast, batch_notes, deviations, holds, label_balance, starting

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


def batch_shown(code: str, *also: ORMOption) -> Batch:
    """With its patient, course, version and samples, in two queries; `also` is loaded with them."""
    return find(
        Batch, code,
        joinedload(Batch.patient),
        joinedload(Batch.course).joinedload(Course.physician),
        joinedload(Batch.specification_version),
        joinedload(Batch.earlier).joinedload(EarlierBatch.origin),
        selectinload(Batch.samples).joinedload(BatchSample.sample),
        *also,
    )  # fmt: skip


def read(session: Session, code: str) -> BatchRead:
    batch = batch_shown(code, *batch_forecast.with_outlook())
    steps, card = steps_of(session, batch), growth.card_of(batch)
    return BatchRead(
        batch=batch,
        steps=steps,
        growth=card,
        places=places_of(session, [each for each in card.grown.vessels if each.status in LIVING]),
        deviations=deviations.of_batch(session, batch),
        holds=holds.of_batch(session, batch),
        labels=label_balance.reconciliation(session, [step.id for step in steps]),
        notes=batch_notes.of_batch(session, batch),
        vials=() if batch.samples else starting.vials_of(session, batch),
    )


def steps_of(session: Session, batch: Batch) -> Sequence[Step]:
    """The steps of the batch in their order, before them those of its tissue."""
    samples = [used.sample_id for used in batch.samples]
    query = (
        select(Step)
        .where((Step.batch_id == batch.id) | Step.sample_id.in_(samples))
        .options(joinedload(Step.performed_by), joinedload(Step.started_by))
        .order_by(Step.id)
    )
    return session.scalars(query).all()


def places_of(session: Session, vessels: Sequence[Vessel]) -> dict[int, Place]:
    """Where each of `vessels` stands now, by its id."""
    query = (
        select(VesselStanding)
        .where(
            VesselStanding.vessel_id.in_([vessel.id for vessel in vessels]),
            VesselStanding.left_at.is_(None),
        )
        .options(joinedload(VesselStanding.place))
    )
    return {standing.vessel_id: standing.place for standing in session.scalars(query)}
