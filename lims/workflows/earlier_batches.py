"""Batches of earlier years: their events as facts, by the functions that record those of today.

Nothing is asked, judged or refused here but what cannot be true: the sums were looked at row by
row before (imports/ledger.py), and the keys of the database hold for these rows as for any other.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.models.batch import Batch
from lims.models.earlier import EarlierBatch, Import
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import earlier_marks, importing, specifications
from lims.workflows.command import because, command
from lims.workflows.earlier_events import Retelling
from lims.workflows.earlier_rows import EarlierBatchRows
from lims.workflows.importing import ImportedBefore, NoSuchPatient


def check(session: Session, batches: Sequence[EarlierBatchRows]) -> list[LimsError]:
    """What speaks against these batches that only the database knows, each with its place."""
    specifications.current(session)
    patients = importing.patients_behind(session, {batch.patient for batch in batches})
    taken = importing.taken(session, EarlierBatch, {batch.number for batch in batches})
    found = [
        batch.origin.bad("patient", NoSuchPatient(text=batch.patient))
        for batch in batches
        if batch.patient not in patients
    ]
    return found + [
        batch.origin.bad("batch", ImportedBefore(number=batch.number))
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
    opened_at = item.events[0].at
    batch = earlier_marks.begin_batch(
        session, running, patient, item.number, item.origin, opened_at
    )
    told = Retelling(session, batch, running, by, item.events)
    for event, step in zip(item.events, told.steps, strict=True):
        told.tell(event, step)
    told.close(item.events[-1])
    return batch
