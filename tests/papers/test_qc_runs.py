"""The sheet of a run at QC, and what the record of a batch says of the run a result was read in."""

from zoneinfo import ZoneInfo

import pytest

from lims import clock
from lims.files import FileStore
from lims.models.qc_run_used import QcRunSheet
from lims.papers import qc_run_lines, results
from lims.papers.heading import Desk
from lims.papers.qc_runs import sheet_of
from lims.papers.wording import wording_of
from lims.workflows import qc_results, qc_run_out, qc_run_reading, qc_run_sheets
from lims.workflows import qc_runs as begin_runs
from lims.workflows.qc_run_sheets import SheetMade
from tests.laboratory.quality import days_later
from tests.laboratory.runs import QcRuns

STERILE = "in_process_sterility"
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
    assert ["checked by" in each for each in values.cleared] == [True]


def test_beside_a_result_stands_its_run_with_lot_and_device(qc_runs, tube, session, desk):
    run = qc_runs.closed(tube)

    (told,) = qc_run_lines.beside_results(tube.tests, desk.say).of_results.values()

    assert run.code in told
    assert "ENDOTOXIN_TEST-1" in told
    assert "Endotoxin reader" in told


def test_a_sheet_is_kept_once_an_edition(qc_runs, qc_room, tube, session):
    run = qc_runs.reading(tube)
    made = SheetMade("en", 1, "a" * 64, "b" * 64, 1, "c" * 64)

    for _again in range(2):
        kept = qc_run_sheets.keep_sheet(session, run, made=made, by=qc_room.analyst)

    assert session.query(QcRunSheet).one() is kept


@pytest.fixture
def culture(qc_runs, qc_room, at_the_bench, course, session):
    """A culture whose test was begun in a run, with the run's cartridges."""
    vessel = at_the_bench.first_passage(course)[0]
    (tube,) = qc_room.sample(vessel.batch, (vessel, "2"))
    qc_room.ask(tube, STERILE)
    run = qc_runs.begin(line=STERILE)
    qc_runs.supply(run)
    qc_runs.scan(run, tube)
    begun = clock.now()
    begin_runs.begin_tests_of_run(session, run, started_at=begun, by=qc_room.analyst)
    return tube, run


def test_the_sheet_says_when_a_culture_was_begun_and_that_it_goes_on(
    culture, qc_room, session, desk
):
    tube, run = culture
    with days_later(2):
        qc_run_reading.begin_reading(session, run, comment=None, by=qc_room.analyst)
        entry = qc_results.Entry({"": "no growth"}, clock.now(), days_read=2)
        qc_run_reading.read_in_run(
            session, run, asked=tube, scanned=tube.code, entry=entry, by=qc_room.analyst
        )

    (told,) = sheet_of(session, run, desk).tubes

    assert told.result == "no growth"
    assert "to be read on" in told.remarks[0]
    assert told.remarks[1:] == ("day 2 of 7", "looked at, goes on")
    assert told.born


def test_the_record_names_the_run_a_test_was_begun_in_though_its_tube_was_taken_out(
    culture, qc_room, session, desk
):
    tube, run = culture
    qc_run_out.take_out_of_run(session, run, aliquot=tube, reason="cracked", by=qc_room.analyst)

    runs = qc_run_lines.beside_results(tube.tests, desk.say)
    (told,) = results.results_of(tube.tests, desk.say, runs)

    assert run.code in told.method
    assert "ENDOTOXIN_TEST-1" in told.method
