"""The steps of a batch's record: its own, and before them those that took its vials out."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.models.batch import Batch
from lims.models.retrieval import Retrieval, Thaw
from lims.models.step import Step, StepEquipment, StepLot
from lims.workflows import record_steps


def of_record(session: Session, batch: Batch) -> Sequence[Step]:
    """In their order; the retrievals are of the order that its thaws were done for."""
    own = record_steps.of_batch(session, batch)
    orders = {step.order_id for step in own if isinstance(step, Thaw)}
    if not orders:
        return own
    query = (
        select(Retrieval)
        .where(Retrieval.patient_id == batch.patient_id, Retrieval.order_id.in_(orders))
        .options(
            joinedload(Retrieval.order),
            joinedload(Retrieval.clearance),
            selectinload(Retrieval.lots).joinedload(StepLot.lot),
            selectinload(Retrieval.equipment).joinedload(StepEquipment.equipment),
        )
        .order_by(Retrieval.id)
    )
    return [*session.scalars(query), *own]
