"""Hand-over notes: written at the end of a shift, taken over by whoever goes on."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.batch import Batch, BatchStatus
from lims.models.batch_note import BatchNote
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import states
from lims.workflows.abreast import Asked
from lims.workflows.command import command

MOST_SHOWN = 10
"""Of those taken over; the audit trail has them all."""


class NothingSaid(LimsError):
    sentence = N_("Write what whoever goes on has to know.")


class TakenAlready(LimsError):
    sentence = N_("%(name)s took this note over already.")
    status = 409


@command(Permission.PERFORM_STEP)
def leave_note(session: Session, batch: Batch, *, text: str, by: User) -> BatchNote:
    """Tell whoever works on the open `batch` next."""
    states.require(batch, BatchStatus.OPEN)
    if not text.strip():
        raise NothingSaid()
    note = BatchNote(
        patient_id=batch.patient_id, batch_id=batch.id, text=text.strip(), written_by_id=by.id
    )
    session.add(note)
    session.flush()
    return note


@command(Permission.PERFORM_STEP)
def take_over_note(session: Session, note: BatchNote, *, by: User) -> BatchNote:
    """It was read, and what it asks for is seen to."""
    if note.taken_at is not None:
        assert note.taken_by is not None
        raise TakenAlready(name=note.taken_by.full_name)
    note.taken_at, note.taken_by_id = clock.now(), by.id
    return note


WITH_PEOPLE = (joinedload(BatchNote.written_by), joinedload(BatchNote.taken_by))


def of_batch(batch: int) -> Asked:
    """The open ones, then those taken over last."""
    shown = select(BatchNote.id).where(BatchNote.batch_id == batch)
    in_order = shown.order_by(BatchNote.taken_at.is_not(None), BatchNote.id.desc())
    return BatchNote, BatchNote.id.in_(in_order.limit(MOST_SHOWN))


def open_first(notes: Iterable[BatchNote]) -> list[BatchNote]:
    return sorted(notes, key=lambda each: (each.taken_at is not None, -each.id))
