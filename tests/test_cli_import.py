"""`lims import`: faults told, everything or nothing, killed and gone on with."""

import io
import os
import re
import signal
import sys
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select

from lims import earlier
from lims.cli import main
from lims.database import Database
from lims.files import FileStore
from lims.models.batch import Batch, BatchStatus
from lims.models.earlier import EarlierBatch, Import, ImportStatus
from lims.models.patient import Patient
from lims.models.step import Step
from lims.workflows.verifying import verify
from tests import laboratory
from tests.imports.sheets import as_csv, course
from tests.soaking import by_lot

MINSK = ZoneInfo("Europe/Minsk")
STATEMENTS = 700
"""More than an import of two batches takes."""


@pytest.fixture
def lims(database, tmp_path, capsys, monkeypatch):
    """Run `lims` on the furnished laboratory, the password of whoever imports piped in."""
    (tmp_path / "var").mkdir()

    def lims(*words):
        monkeypatch.setenv("LIMS_DATA_DIR", str(tmp_path / "var"))
        url = database.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("LIMS_DATABASE_URL", url)
        monkeypatch.setattr(sys, "argv", ["lims", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{laboratory.PASSWORD}\n"))
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capsys.readouterr())

    return lims


@pytest.fixture
def patient(database):
    with database.reading() as session:
        return session.scalars(select(Patient.code).order_by(Patient.id)).first()


@pytest.fixture
def sheet(patient, tmp_path):
    """A file of two batches."""
    file = tmp_path / "old.csv"
    file.write_bytes(as_csv([*course("B-1", patient), *course("B-2", patient, year=2023)]))
    return file


def stored(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(EarlierBatch))


def test_a_good_file_is_imported_and_told_with_its_code(database, lims, sheet):
    code, out, _ = lims("import", sheet, "--by", "qa")

    assert code == 0
    assert "18 rows, 2 batches: all good." in out
    assert re.search(r"^UP\d{8}\w: 2 of 2 stored\.$", out, re.MULTILINE)
    assert stored(database) == 2


def test_a_file_that_is_only_looked_at_leaves_nothing(database, lims, sheet):
    assert lims("import", sheet, "--by", "qa", "--check")[0] == 0
    assert stored(database) == 0


def test_a_file_with_a_fault_ends_with_1_and_leaves_nothing(database, lims, sheet):
    sheet.write_bytes(sheet.read_bytes().replace(b";25;", b";many;"))
    code, _, err = lims("import", sheet, "--by", "qa")

    assert code == 1
    assert "old.csv, row 5, cell P5 (medium_ml): " in err
    assert "2 faults, nothing is stored." in err
    assert stored(database) == 0


def test_who_may_not_import_is_refused(database, lims, sheet):
    code, _, err = lims("import", sheet, "--by", "technician")

    assert code == 3
    assert "Your role does not include: take over earlier records." in err
    assert stored(database) == 0


def test_who_may_not_import_may_not_look_either(lims, sheet):
    code, out, err = lims("import", sheet, "--by", "technician", "--check")

    assert code == 3
    assert "Your role does not include: take over earlier records." in err
    assert "rows" not in out


def test_a_mapping_is_kept_by_a_look_too(lims, sheet):
    sheet.write_bytes(sheet.read_bytes().replace(b"date", "День".encode(), 1))
    words = ("import", sheet, "--by", "qa", "--check")

    assert lims(*words, "--column", "date=День", "--save-mapping", "ours")[0] == 0
    assert lims(*words, "--mapping", "ours")[0] == 0


def test_a_wrong_password_imports_nothing(database, lims, sheet, monkeypatch):
    monkeypatch.setattr(laboratory, "PASSWORD", "another one entirely")

    assert lims("import", sheet, "--by", "qa")[0] == 3
    assert stored(database) == 0


def test_the_template_can_be_imported_as_it_is(lims, tmp_path, patient):
    _, template, _ = lims("template", "batches")
    file = tmp_path / "template.csv"
    file.write_text(template.replace("A-112", patient))

    code, out, err = lims("import", file, "--by", "qa")

    assert code == 0, err
    assert "1 of 1 stored" in out


def test_a_batch_is_exported_by_its_earlier_number_too(lims, tmp_path, patient):
    file = tmp_path / "template.csv"
    file.write_text(lims("template", "batches")[1].replace("A-112", patient))
    lims("import", file, "--by", "qa")

    code, _, err = lims("export", "2024-017", "--to", tmp_path / "out")

    assert code == 0, err
    assert (tmp_path / "out" / "manifest.json").exists()


def test_an_own_header_is_mapped_and_the_mapping_kept(lims, sheet):
    other = sheet.read_bytes().replace(b"date", "День".encode(), 1)
    sheet.write_bytes(other)
    words = ("import", sheet, "--by", "qa")

    assert lims(*words)[0] == 3
    assert lims(*words, "--column", "date=День", "--save-mapping", "ours")[0] == 0
    sheet.write_bytes(other.replace(b"B-", b"C-"))
    assert lims(*words, "--mapping", "ours")[0] == 0


def import_killed(url, store, raw, by, at):
    """Import in a child that kills itself at a statement; the number it began of, if it lived."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        database, said = Database(url), 0

        @event.listens_for(database.engine, "before_cursor_execute")
        def count(*_):
            nonlocal said
            said += 1
            if said == at:
                os.kill(os.getpid(), signal.SIGKILL)

        earlier.take_over(database, store, earlier.look(database, raw, "old.csv", MINSK), by)
    finally:
        os._exit(0)


@pytest.mark.parametrize("at", by_lot(range(10, STATEMENTS, 10), 10, "import"))
def test_an_import_killed_at_any_statement_leaves_whole_batches_and_goes_on(
    server, sheet, tmp_path, at
):
    url, store = server.fresh(), FileStore(tmp_path / "files")
    database = Database(url)
    with database.reading() as session:
        by = laboratory.person(session, "qa").id
    ended = import_killed(url, store, sheet.read_bytes(), by, at)

    assert ended in (0, -signal.SIGKILL)
    assert_whole(database)
    if not is_complete(database):
        looked = earlier.look(database, sheet.read_bytes(), "old.csv", MINSK)
        assert not earlier.take_over(database, store, looked, by).omissions
    assert stored(database) == 2
    assert_whole(database)
    database.engine.dispose()
    server.drop(url)


def is_complete(database):
    with database.reading() as session:
        return session.scalar(select(Import.status)) is ImportStatus.COMPLETE


def assert_whole(database):
    """Every batch there is has all its steps, and the trail tells of every row."""
    with database.reading() as session:
        for mark in session.scalars(select(EarlierBatch)):
            steps = select(func.count()).where(Step.batch_id == mark.batch_id)
            assert session.get_one(Batch, mark.batch_id).status is BatchStatus.CLOSED
            assert session.scalar(steps) == 9
        assert verify(session, []).is_whole
        complete = select(Import).where(Import.status == ImportStatus.COMPLETE)
        assert all(len(each.omissions) == 0 for each in session.scalars(complete))
