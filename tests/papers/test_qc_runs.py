"""The sheet of a run at QC, and what the record of a batch says of the run a result was read in."""

from zoneinfo import ZoneInfo

import pytest

from lims.files import FileStore
from lims.models.qc_run_used import QcRunSheet
from lims.papers import qc_run_lines
from lims.papers.heading import Desk
from lims.papers.qc_runs import sheet_of
from lims.papers.wording import wording_of
from lims.workflows import qc_run_sheets
from lims.workflows.qc_run_sheets import SheetMade
from tests.laboratory.runs import QcRuns

ZONE = ZoneInfo("Europe/Minsk")


@pytest.fixture
def desk(tmp_path):
    return Desk("Laboratory", ZONE, FileStore(tmp_path), wording_of("en", ZONE))


@pytest.fixture
def tube(qc_runs, course):
    return qc_runs.tube(course)


def test_the_sheet_names_each_tube_with_its_patient(qc_runs: QcRuns, tube, session, desk):
    values = sheet_of(session, qc_runs.reading(tube), desk)

    assert [(each.code, each.patient) for each in values.tubes] == [(tube.code, tube.patient.code)]
    assert [each.name for each in values.used] == ["Endotoxin cartridge", "Endotoxin reader"]


def test_a_closed_run_says_what_was_read_and_who_cleared(qc_runs, tube, session, desk):
    values = sheet_of(session, qc_runs.closed(tube), desk)

    assert values.tubes[0].result == "<0.05"
    assert "checked by" in values.cleared


def test_beside_a_result_stands_its_run_with_lot_and_device(qc_runs, tube, session, desk):
    run = qc_runs.closed(tube)

    (told,) = qc_run_lines.beside_results(session, tube.tests, desk.say).values()

    assert run.code in told
    assert "ENDOTOXIN_TEST-1" in told
    assert "Endotoxin reader" in told


def test_a_sheet_is_kept_once_an_edition(qc_runs, qc_room, tube, session):
    run = qc_runs.reading(tube)
    made = SheetMade("en", 1, "a" * 64, "b" * 64, 1, "c" * 64)

    for _again in range(2):
        kept = qc_run_sheets.keep_sheet(session, run, made=made, by=qc_room.analyst)

    assert session.query(QcRunSheet).one() is kept
