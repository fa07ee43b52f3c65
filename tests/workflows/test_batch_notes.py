"""What one shift tells the next about a batch."""

import pytest

from lims.workflows import agenda, batch_notes
from lims.workflows.abreast import abreast, read
from lims.workflows.batch_notes import NothingSaid, TakenAlready
from tests.laboratory import clinic, person


@pytest.fixture
def technician(session):
    return person(session, "technician")


@pytest.fixture
def batch(session, at_the_bench):
    (vessel, *_) = at_the_bench.second_passage(clinic.course(session, "ivanova"), vessels=1)
    return vessel.batch


@pytest.fixture
def note(session, batch, technician):
    return batch_notes.leave_note(session, batch, text=" the third flask is slow ", by=technician)


def due(session, login):
    found = agenda.of(session, person(session, login), most=50)
    return [item.code for item in found.items if item.task == "note"]


def test_a_note_is_due_until_somebody_takes_it_over(session, batch, note):
    lead = person(session, "lead")
    assert due(session, "lead") == [batch.code]

    batch_notes.take_over_note(session, note, by=lead)
    session.flush()

    assert due(session, "lead") == []
    assert (note.taken_by_id, note.taken_at is not None) == (lead.id, True)


def test_a_note_is_taken_over_once(session, note, technician):
    batch_notes.take_over_note(session, note, by=technician)
    session.flush()
    session.refresh(note)

    with pytest.raises(TakenAlready, match=technician.full_name):
        batch_notes.take_over_note(session, note, by=person(session, "lead"))


def test_a_note_says_something(session, batch, technician):
    with pytest.raises(NothingSaid):
        batch_notes.leave_note(session, batch, text="  ", by=technician)


def test_what_is_open_stands_before_what_was_taken_over(session, batch, note, technician):
    second = batch_notes.leave_note(session, batch, text="medium is warm", by=technician)
    batch_notes.take_over_note(session, second, by=technician)
    session.flush()

    (notes,) = read(session, abreast(batch_notes.of_batch(batch.id)))
    assert [each.id for each in batch_notes.open_first(notes)] == [note.id, second.id]
