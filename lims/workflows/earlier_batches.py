"""Batches of earlier years: their events as facts, by the functions that record those of today.

Nothing is asked, judged or refused here but what cannot be true: the sums were looked at row by
row before (imports/ledger.py), and the keys of the database hold for these rows as for any other.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import LimsError
from lims.models.batch import Batch
from lims.models.earlier import EarlierBatch, Import
from lims.models.specification import SpecificationVersion
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    days,
    earlier_marks,
    earlier_numbers,
    implausible,
    importing,
    specifications,
)
from lims.workflows.command import because, command
from lims.workflows.earlier_events import Retelling
from lims.workflows.earlier_rows import EarlierBatchRows, Harvested, Isolated


def check(session: Session, batches: Sequence[EarlierBatchRows]) -> list[LimsError]:
    """What speaks against these batches that only the database knows, each with its place."""
    version = specifications.current(session)
    named = {batch.patient for batch in batches}
    patients = importing.patients_behind(session, named)
    unknown = earlier_numbers.unknown_patients(session, named, patients)
    found = [
        batch.origin.bad("patient", unknown[batch.patient])
        for batch in batches
        if batch.patient in unknown
    ]
    numbers = {batch.number for batch in batches}
    taken = earlier_numbers.look_alikes(session, EarlierBatch, numbers)
    taken |= importing.taken(session, EarlierBatch, numbers)
    found += [
        batch.origin.bad("batch", taken[batch.number]) for batch in batches if batch.number in taken
    ]
    found += [
        batch.origin.bad("date", days.BeforeBirth())
        for batch in batches
        if (patient := patients.get(batch.patient))
        and clock.day_of(batch.events[0].at) < patient.birth_date
    ]
    return [*found, *_too_dense(batches, version)]


def _too_dense(
    batches: Sequence[EarlierBatchRows], version: SpecificationVersion
) -> Iterator[LimsError]:
    """Tubes that are said to hold more cells than fit into any."""
    for event in (event for batch in batches for event in batch.events):
        if isinstance(event, (Isolated, Harvested)) and event.count is not None:
            cells = event.count.live + event.count.dead
            if problem := implausible.too_dense(version, cells, event.volume_ml):
                yield event.origin.bad("live", problem)


@command(Permission.IMPORT_RECORDS)
def take_over_batch(
    session: Session, running: Import, item: EarlierBatchRows, *, by: User
) -> Batch:
    """A batch with all its events, closed; who did what is as it is written in the sheet."""
    because(session, running.code)
    importing.require_not_given_up(session, running)
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
