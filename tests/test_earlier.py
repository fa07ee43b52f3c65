"""Earlier records taken over: looked at whole, resumed after a kill, shown once complete."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from lims import earlier
from lims.exports import one_batch
from lims.exports.folder import ExportFolder
from lims.exports.verify import Verifier
from lims.files import FileStore
from lims.models.batch import Batch, BatchStatus
from lims.models.earlier import EarlierBatch, Import, ImportStatus
from lims.models.fill import Fill, FillStatus
from lims.models.patient import Patient
from lims.models.step import Step, StepStatus
from lims.models.suspension import Suspension
from lims.models.user import User, UserStatus
from lims.models.vessel import Vessel, VesselStatus
from lims.papers.heading import Desk
from lims.workflows import earlier_batches, genealogy, giving_up_imports, hiding, importing
from lims.workflows.giving_up_imports import StoredAlready
from lims.workflows.importing import GivenUp
from lims.workflows.verifying import verify
from tests import laboratory
from tests.imports.sheets import as_csv, course
from tests.papers.test_batch_stages import SAY

MINSK = ZoneInfo("Europe/Minsk")


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "files")


@pytest.fixture
def importer(database):
    with database.reading() as session:
        return laboratory.person(session, "qa").id


@pytest.fixture
def patient(database):
    """The code of a patient of the furnished laboratory."""
    with database.reading() as session:
        return session.scalars(select(Patient.code).order_by(Patient.id)).first()


def sheet(patient, batches=1):
    return as_csv(
        [each for number in range(batches) for each in course(f"B-{number + 1}", patient)]
    )


def taken_over(database, store, importer, raw):
    looked = earlier.look(database, raw, "old.csv", MINSK)
    assert not looked.errors
    return earlier.take_over(database, store, looked, importer)


def one(session, kind):
    return session.scalars(select(kind).order_by(kind.id.desc())).first()


def test_a_batch_of_a_sheet_is_there_closed_with_all_its_steps(database, store, importer, patient):
    done = taken_over(database, store, importer, sheet(patient))

    with database.reading() as session:
        batch = session.get_one(Batch, one(session, EarlierBatch).batch_id)
        steps = session.scalars(select(Step).where(Step.batch_id == batch.id)).all()
        assert done.status is ImportStatus.COMPLETE
        assert batch.status is BatchStatus.CLOSED
        assert len(steps) == 9
        assert {step.status for step in steps} == {StepStatus.CLOSED}


def test_when_it_was_done_and_when_it_was_entered_are_apart(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient))

    with database.reading() as session:
        step = one(session, Step)
        assert step.performed_at.year == 2024
        assert step.recorded_at.year > 2024
        assert step.recorded_by_id == importer


def test_who_did_it_is_a_person_who_cannot_sign_in(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient))

    with database.reading() as session:
        person = session.scalars(select(User).where(User.full_name == "Ясень О. П.")).one()
        assert person.status is UserStatus.DISABLED
        assert not person.permissions


def test_passages_and_doublings_follow_as_for_any_cells(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient))

    with database.reading() as session:
        last = one(session, Suspension)
        assert last.passage == 1
        assert float(last.cumulative_doublings) == pytest.approx(3.0)
        assert last.count.live == 1_600_000


def test_what_no_row_tells_the_end_of_has_ended(database, store, importer, patient):
    rows = course(patient=patient)[:3]
    taken_over(database, store, importer, as_csv(rows))

    with database.reading() as session:
        grown = session.scalars(select(Vessel).order_by(Vessel.id.desc()).limit(2)).all()
        assert {vessel.status for vessel in grown} == {VesselStatus.TERMINATED}


def test_nothing_is_decided_of_an_earlier_fill(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient))

    with database.reading() as session:
        assert one(session, Fill).status is FillStatus.FILLED


def test_the_way_from_the_tissue_to_the_fill_is_kept(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient))

    with database.reading() as session:
        kinds = {node.kind for node in genealogy.of(session, one(session, Fill)).nodes}
        assert {"SA", "SU", "VE"} <= kinds


def test_the_trail_of_an_import_is_whole(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient, 3))

    with database.reading() as session:
        assert verify(session, []).is_whole


def test_one_bad_row_keeps_everything_out(database, patient):
    rows = [*course("B-1", patient), *course("B-2", "P-none")]
    looked = earlier.look(database, as_csv(rows), "old.csv", MINSK)

    (error,) = looked.errors
    assert error.english().startswith("old.csv, row 11, cell B11 (patient): nobody is known as")


def test_the_same_batch_is_not_taken_over_twice(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient))
    again = earlier.look(database, sheet(patient) + b"\n", "old.csv", MINSK)

    (error,) = again.errors
    assert "cell A2 (batch): this was taken over before, by the import UP" in error.english()


def test_a_number_that_only_looks_like_a_stored_batch_is_told(database, store, importer, patient):
    taken_over(database, store, importer, sheet(patient))
    looked = earlier.look(database, as_csv(course("В-1", patient)), "new.csv", MINSK)

    (error,) = looked.errors
    assert "cell A2 (batch): “В-1” looks like “B-1”, which the import UP" in error.english()


def test_an_item_that_cannot_be_stored_any_more_is_left_out_with_its_reason(
    database, store, importer, patient
):
    looked = earlier.look(database, sheet(patient, 2), "old.csv", MINSK)
    taken_over(database, store, importer, sheet(patient))
    done = earlier.take_over(database, store, looked, importer)

    assert [left.number for left in done.omissions] == ["B-1"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(EarlierBatch)) == 2


def begun(database, store, importer, raw, stored=1):
    """An import killed after so many items; before the first where none."""

    class Killed(Exception):
        pass

    def kill(done):
        if done == stored:
            raise Killed

    looked = earlier.look(database, raw, "old.csv", MINSK)
    if not stored:
        told = {"arguments": lambda _: looked.begun_with()}
        database.run(importing.begin_import, importer, key=f"import {looked.sha256} 0 0", **told)
        return
    with pytest.raises(Killed):
        earlier.take_over(database, store, looked, importer, kill)


def test_pages_show_an_import_once_it_is_complete(database, store, importer, patient):
    begun(database, store, importer, sheet(patient, 3))

    def seen():
        with database.reading() as session:
            if session.scalar(select(hiding.UNDER_WAY)):
                hiding.hide_unfinished(session)
            return len(session.scalars(select(Batch).join(EarlierBatch)).all())

    assert seen() == 0
    ((code, _),) = earlier.unfinished(database)
    earlier.go_on(database, store, code, MINSK)
    assert seen() == 3


def given_up(database, importer, code):
    """The import, given up as its page does it."""

    def of(session):
        return {"running": importing.with_code(session, code), "reason": "the wrong file"}

    return database.run(
        giving_up_imports.give_up_import, importer, key=f"give up {code}", arguments=of
    )


def test_an_import_of_which_nothing_is_stored_is_given_up(database, store, importer, patient):
    begun(database, store, importer, sheet(patient), stored=0)
    ((code, _),) = earlier.unfinished(database)

    run = given_up(database, importer, code)

    assert run.status is ImportStatus.GIVEN_UP
    assert earlier.unfinished(database) == []
    assert earlier.go_on(database, store, code, MINSK) is None


def test_of_an_import_given_up_nothing_more_is_stored(database, store, importer, patient):
    """Somebody gives it up while another goes on with it."""
    looked = earlier.look(database, sheet(patient), "old.csv", MINSK)
    begun(database, store, importer, sheet(patient), stored=0)
    ((code, _),) = earlier.unfinished(database)
    given_up(database, importer, code)

    def of(session):
        return {"running": importing.with_code(session, code), "item": looked.items[0]}

    with pytest.raises(GivenUp):
        database.run(earlier_batches.take_over_batch, importer, key="late", arguments=of)
    with database.reading() as session:
        assert one(session, EarlierBatch) is None


def test_the_file_of_an_import_given_up_may_be_sent_again(database, store, importer, patient):
    begun(database, store, importer, sheet(patient), stored=0)
    ((code, _),) = earlier.unfinished(database)
    given_up(database, importer, code)

    done = taken_over(database, store, importer, sheet(patient))

    assert done.status is ImportStatus.COMPLETE
    assert done.code != code


def test_what_is_stored_is_not_taken_back(database, store, importer, patient):
    begun(database, store, importer, sheet(patient, 3))
    ((code, _),) = earlier.unfinished(database)

    with pytest.raises(StoredAlready) as refusal:
        given_up(database, importer, code)
    assert "has stored 1 of 3 already" in refusal.value.english()


def test_a_killed_import_goes_on_where_it_stood(database, store, importer, patient):
    begun(database, store, importer, sheet(patient, 3), stored=2)
    done = taken_over(database, store, importer, sheet(patient, 3))

    assert not done.omissions
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Import)) == 1
        assert session.scalar(select(func.count()).select_from(EarlierBatch)) == 3


def test_an_export_of_the_batch_is_whole_without_the_file_of_many_patients(
    database, store, importer, patient, tmp_path, capsysbinary
):
    taken_over(database, store, importer, sheet(patient, 2))
    desk, to = Desk("", UTC, store, SAY), ExportFolder(tmp_path / "export")
    with database.reading() as session:
        batch = session.get_one(Batch, one(session, EarlierBatch).batch_id)
        _, lacking = one_batch.write(session, to, batch, desk, iter)
    verifier = Verifier(str(to.path))
    verifier.verify("", [])

    assert (verifier.faults, lacking) == (0, []), capsysbinary.readouterr().out
    assert len([*to.path.glob("tables/import_run.*")]) == 2
