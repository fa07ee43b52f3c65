"""Batches of earlier years: their events as facts, by the functions that record those of today.

Nothing is asked, judged or refused here but what cannot be true: the sums were looked at row by
row before (imports/ledger.py), and the keys of the database hold for these rows as for any other.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.earlier import EarlierBatch, Import
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    importing,
    specifications,
)
from lims.workflows.command import because, command
from lims.workflows.earlier_events import Retelling
from lims.workflows.earlier_rows import EarlierBatchRows


class NoSuchPatient(LimsError):
    sentence = N_("no patient has the code or the number %(patient)s. Import the patients first.")


class BatchTaken(LimsError):
    sentence = N_("the batch %(number)s was imported already.")


def check(session: Session, batches: Sequence[EarlierBatchRows]) -> list[LimsError]:
    """What speaks against these batches that only the database knows, each with its place."""
    specifications.current(session)
    patients = importing.patients_behind(session, {batch.patient for batch in batches})
    taken = importing.taken(session, EarlierBatch, {batch.number for batch in batches})
    found = [
        batch.origin.bad("patient", NoSuchPatient(patient=batch.patient))
        for batch in batches
        if batch.patient not in patients
    ]
    return found + [
        batch.origin.bad("batch", BatchTaken(number=batch.number))
        for batch in batches
        if batch.number in taken
    ]


@command(Permission.IMPORT_RECORDS)
def take_over_batch(
    session: Session, running: Import, item: EarlierBatchRows, *, by: User
) -> Batch:
    """A batch with all its events, closed; who did what is as it is written in the sheet."""
    because(session, running.code)
    patient = importing.patients_behind(session, {item.patient})[item.patient]
    batch = _begin(session, running, item, patient)
    told = Retelling(session, batch, running, by, item.events)
    for event, step in zip(item.events, told.steps, strict=True):
        told.tell(event, step)
    told.close(item.events[-1])
    return batch


def _begin(session: Session, running: Import, item: EarlierBatchRows, patient: Patient) -> Batch:
    batch = batch_state.open_batch(session, importing.course_of(session, patient.id))
    batch.opened_at = item.events[0].at
    session.add(
        EarlierBatch(
            patient_id=patient.id,
            batch_id=batch.id,
            import_id=running.id,
            number=item.number,
            sheet=item.origin.sheet,
            row_number=item.origin.row,
        )
    )
    return batch
