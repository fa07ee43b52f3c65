"""The record of one step by itself: its page, under the heading of its batch, tissue or order."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, with_polymorphic

from lims.models.batch import Batch, BatchSample
from lims.models.order import Order
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.models.specification import SpecificationVersion
from lims.models.step import Step, StepEquipment, StepLot
from lims.papers import fellows, step_rows
from lims.papers.heading import Desk, Edition, heading
from lims.papers.steps import TITLES, StepPages
from lims.records.step import STEP_RECORD, StepRecord
from lims.records.step import Step as Page
from lims.workflows import batch_growth, order_steps, specifications


def record(session: Session, step: Step, desk: Desk, edition: Edition) -> StepRecord:
    """The values of the page of `step` as they are at the moment the session sees."""
    batch = _batch(session, step)
    steps = fellows.of_record(session, batch) if batch else _alone(session, step)
    number = [each.id for each in steps].index(step.id) + 1
    patient = session.get_one(Patient, step.patient_id)
    version = batch.specification_version if batch else specifications.current(session)
    grown = batch_growth.of_batch(session, batch) if batch else None
    rows = step_rows.read(session, [each for each in steps if each.id == step.id], patient, grown)
    return StepRecord(
        heading=heading(desk, edition, patient, version.product),
        batch=batch.code if batch else _subject(session, step),
        step=_page(session, rows, version, desk, number),
        title=TITLES.get(step.kind, STEP_RECORD),
    )


def _page(
    session: Session,
    rows: step_rows.StepRows,
    version: SpecificationVersion,
    desk: Desk,
    number: int,
) -> Page:
    return StepPages(session, rows, version, desk.store, desk.say).of(rows.steps[0], number)


def _batch(session: Session, step: Step) -> Batch | None:
    """The batch the step belongs to, by itself or through its tissue."""
    if step.batch_id is not None:
        return session.get_one(Batch, step.batch_id)
    if step.sample_id is None:
        return None
    used = select(BatchSample.batch_id).where(BatchSample.sample_id == step.sample_id)
    return session.scalars(select(Batch).where(Batch.id.in_(used)).order_by(Batch.id)).first()


def _alone(session: Session, step: Step) -> Sequence[Step]:
    """The steps of an order, or of tissue that no batch was made of yet."""
    every = with_polymorphic(Step, "*")
    order = order_steps.order_id_of(step)
    mine = every.sample_id == step.sample_id
    if order is not None:
        mine = every.id.in_(select(Step.id).where(order_steps.belongs_to(order)))
    query = select(every).where(mine, every.batch_id.is_(None))
    lots = selectinload(every.lots).joinedload(StepLot.lot)
    equipment = selectinload(every.equipment).joinedload(StepEquipment.equipment)
    return session.scalars(query.options(lots, equipment).order_by(every.id)).all()


def _subject(session: Session, step: Step) -> str:
    """The code of the tissue or of the order."""
    order = order_steps.order_id_of(step)
    if order is not None:
        return session.get_one(Order, order).code
    assert step.sample_id is not None
    return session.get_one(Sample, step.sample_id).code
