"""Everything a batch's page shows, in a bounded number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.errors import NotFound
from lims.models.batch import Batch, BatchSample
from lims.models.course import Course
from lims.models.deviation import Deviation, Hold
from lims.models.fill import Fill
from lims.models.label import LabelStatus
from lims.models.step import Step
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.vessel import Vessel, VesselStanding, VesselStatus
from lims.workflows import containers, deviations, holds

LIVING = (VesselStatus.SEEDED, VesselStatus.CULTURING, VesselStatus.CONTAMINATED)


@dataclass(frozen=True)
class BatchRead:
    batch: Batch
    steps: Sequence[Step]
    vessels: Sequence[Vessel]
    suspensions: Sequence[Suspension]
    fills: Sequence[Fill]
    deviations: Sequence[Deviation]
    holds: Sequence[Hold]
    labels: dict[LabelStatus, int]

    @property
    def open_deviations(self) -> int:
        return sum(1 for each in self.deviations if each.status not in deviations.DECIDED)

    @property
    def holds_in_force(self) -> list[Hold]:
        return [each for each in self.holds if each.ended_at is None]


def batch_shown(session: Session, code: str) -> Batch:
    """With its patient, course, version and samples, in two queries."""
    query = (
        select(Batch)
        .where(Batch.code == code.upper())
        .options(
            joinedload(Batch.patient),
            joinedload(Batch.course).joinedload(Course.physician),
            joinedload(Batch.specification_version),
            selectinload(Batch.samples).joinedload(BatchSample.sample),
        )
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(code=code[:40])
    return found


def read(session: Session, code: str) -> BatchRead:
    batch = batch_shown(session, code)
    steps = steps_of(session, batch)
    return BatchRead(
        batch=batch,
        steps=steps,
        vessels=_vessels(session, batch),
        suspensions=_suspensions(session, batch),
        fills=session.scalars(
            select(Fill).where(Fill.batch_id == batch.id).order_by(Fill.id)
        ).all(),
        deviations=deviations.of_batch(session, batch),
        holds=holds.of_batch(session, batch),
        labels=containers.reconciliation(session, [step.id for step in steps]),
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


def _vessels(session: Session, batch: Batch) -> Sequence[Vessel]:
    query = (
        select(Vessel)
        .where(Vessel.batch_id == batch.id, Vessel.status.in_(LIVING))
        .options(selectinload(Vessel.standings).joinedload(VesselStanding.place))
        .order_by(Vessel.id)
    )
    return session.scalars(query).all()


def _suspensions(session: Session, batch: Batch) -> Sequence[Suspension]:
    query = (
        select(Suspension)
        .where(Suspension.batch_id == batch.id, Suspension.status == SuspensionStatus.MADE)
        .options(selectinload(Suspension.counts), selectinload(Suspension.withdrawals))
        .order_by(Suspension.id)
    )
    return session.scalars(query).all()
