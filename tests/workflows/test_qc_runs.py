"""Runs at QC: who is scanned in, what they are done with, how each tube is read, who clears."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.aliquot import AliquotUse, QcTestStatus
from lims.models.deviation import Deviation
from lims.models.qc_run import QcRunMember, QcRunResult, QcRunStatus
from lims.models.user import UserRole
from lims.permissions import Role
from lims.workflows import (
    agenda,
    deviations,
    lot_decisions,
    qc_deciding,
    qc_results,
    qc_run_members,
    qc_run_reading,
    qc_run_stays,
    qc_run_supplies,
    stock,
    supply_reach,
)
from lims.workflows import qc_runs as runs
from lims.workflows.clearance import NoSecondPerson
from lims.workflows.equipment import CalibrationOverdue
from lims.workflows.on_paper import OnPaper, PaperNeeded
from lims.workflows.performing import PerformerNotPermitted
from lims.workflows.qc_read_outside import Outside, WhyOutside
from lims.workflows.qc_readings import EnteredAlready
from lims.workflows.qc_run_members import InARun
from lims.workflows.qc_run_reading import NobodyInIt, NotBegun, NothingUsed, OtherTube, OutsideRun
from lims.workflows.qc_run_stays import SomethingRead, StillUnread, WorkedInIt
from lims.workflows.qc_run_supplies import UsedAlready
from lims.workflows.qc_run_tests import NotDoneInRuns
from lims.workflows.qc_runs import (
    DoneElsewhere,
    InAnotherRun,
    NotAQcStation,
    NotOrdered,
    ReadAlready,
    StationTaken,
)
from lims.workflows.qc_tests import KeptAside
from lims.workflows.stock import LotNotReleased
from tests import laboratory
from tests.laboratory.quality import days_later

PAPER = OnPaper(sha256="a" * 64)


@pytest.fixture
def due(session):
    """`due("analyst", "run")`: what of that kind waits for this person."""

    def due(login, task):
        person = laboratory.person(session, login)
        return [each for each in agenda.of(session, person, most=50).items if each.task == task]

    return due


STERILE = "in_process_sterility"


@pytest.fixture
def tube(qc_runs, course):
    return qc_runs.tube(course)


@pytest.fixture
def other_tube(qc_runs, other_course):
    """Of another patient, asked the same."""
    return qc_runs.tube(other_course)


@pytest.fixture
def sterile(qc_room, at_the_bench, course):
    """A tube whose test is read after days."""
    vessel = at_the_bench.first_passage(course)[0]
    (tube,) = qc_room.sample(vessel.batch, (vessel, "2"))
    qc_room.ask(tube, STERILE)
    return tube


def outcome(run, session):
    return [(each.position, bool(each.results)) for each in qc_run_members.of(session, run)]


def test_tubes_of_two_patients_stand_in_one_run(qc_runs, tube, other_tube, session):
    run = qc_runs.begin()

    qc_runs.scan(run, tube, other_tube)

    members = qc_run_members.of(session, run)
    assert [(each.position, each.aliquot) for each in members] == [(1, tube), (2, other_tube)]


def test_a_station_holds_one_run(qc_runs):
    first = qc_runs.begin()

    with pytest.raises(StationTaken) as refused:
        qc_runs.begin(line="mycoplasma")
    assert refused.value.parameters["run"] == first.code


def test_a_bench_is_no_station_of_a_run(qc_runs):
    with pytest.raises(NotAQcStation):
        qc_runs.begin(station="bench")


def test_the_database_holds_one_run_at_a_station(qc_runs, session):
    run = qc_runs.begin()

    with pytest.raises(IntegrityError):
        session.execute(
            text(
                "INSERT INTO qc_run_stay (id, run_id, station_id, came_at, came_by_id, version)"
                " SELECT id + 1, run_id, station_id, came_at, came_by_id, 1 FROM qc_run_stay"
                f" WHERE run_id = {run.id}"
            )
        )


def test_what_no_tube_is_asked_begins_no_run(qc_runs):
    with pytest.raises(NotDoneInRuns):
        qc_runs.begin(line="label_identity")


def test_a_tube_that_was_not_asked_the_test_stays_out(qc_runs, tube):
    run = qc_runs.begin(line="mycoplasma")

    with pytest.raises(NotOrdered):
        qc_runs.scan(run, tube)


def test_a_tube_kept_aside_stays_out(qc_runs, qc_room, course):
    cells = qc_room.cells(course)
    (kept,) = qc_room.sample(cells.batch, (cells, "0.5"), use=AliquotUse.RETENTION)

    with pytest.raises(KeptAside):
        qc_runs.scan(qc_runs.begin(), kept)


def test_a_tube_that_was_read_stays_out(qc_runs, qc_room, tube):
    qc_room.enter(tube.tests[0], "<0.05")

    with pytest.raises(EnteredAlready):
        qc_runs.scan(qc_runs.begin(), tube)


def test_a_tube_that_was_sent_outside_stays_out(qc_runs, qc_room, sterile, session):
    runs.qc_tests.send_test(
        session, sterile.tests[0], laboratory="City", started_at=clock.now(), by=qc_room.analyst
    )

    with pytest.raises(DoneElsewhere):
        qc_runs.scan(qc_runs.begin(line=STERILE), sterile)


def test_a_test_is_in_one_run_at_a_time(qc_runs, tube):
    first = qc_runs.begin()
    qc_runs.scan(first, tube)
    second = qc_runs.begin(station="reception")

    with pytest.raises(InAnotherRun) as refused:
        qc_runs.scan(second, tube)
    assert refused.value.parameters["run"] == first.code


def test_the_database_holds_a_test_in_one_run(qc_runs, tube, session):
    (member,) = qc_runs.scan(qc_runs.begin(), tube)
    second = qc_runs.begin(station="reception")
    session.add(
        QcRunMember(
            patient_id=member.patient_id, run_id=second.id, aliquot_id=tube.id, position=1,
            qc_test_id=member.qc_test_id, scanned_by_id=member.scanned_by_id,
        )
    )  # fmt: skip

    with pytest.raises(IntegrityError):
        session.flush()


def test_the_database_refuses_a_test_of_another_tube(qc_runs, qc_room, tube, course, session):
    other = qc_room.sample(tube.batch, (tube.withdrawal.suspension, "0.2"))[0]
    session.add(
        QcRunMember(
            patient_id=tube.patient_id, run_id=qc_runs.begin().id, aliquot_id=other.id,
            qc_test_id=tube.tests[0].id, position=1, scanned_by_id=qc_room.analyst.id,
        )
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="not a test of this aliquot"):
        session.flush()


def test_a_tube_stands_in_a_run_once(qc_runs, qc_room, tube, session):
    run = qc_runs.begin()
    qc_runs.scan(run, tube)
    (test,) = tube.tests
    qc_deciding.invalidate_result(
        session, test, cause="the stain expired", seen=qc_room.seen(test),
        proof=qc_room.proof(qc_room.qa), by=qc_room.qa,
    )  # fmt: skip
    session.expire(tube, ["tests"])

    with pytest.raises(InAnotherRun):
        qc_runs.scan(run, tube)


def test_a_tube_in_a_run_is_not_sent_outside(qc_runs, qc_room, tube, session):
    qc_runs.scan(qc_runs.begin(), tube)

    with pytest.raises(InARun):
        runs.qc_tests.send_test(
            session, tube.tests[0], laboratory="City", started_at=clock.now(), by=qc_room.analyst
        )


def test_a_tube_taken_out_is_free_for_another_run(qc_runs, qc_room, tube, session):
    run = qc_runs.begin()
    qc_runs.scan(run, tube)

    taken = runs.take_out_of_run(
        session, run, aliquot=tube, reason="the tube is cracked", by=qc_room.analyst
    )

    assert taken.removal.reason == "the tube is cracked"
    assert qc_runs.scan(qc_runs.begin(station="reception"), tube)[0].position == 1


def test_a_tube_that_was_read_in_the_run_is_not_taken_out(qc_runs, qc_room, tube, session):
    run = qc_runs.reading(tube)
    qc_runs.read(run, tube)

    with pytest.raises(ReadAlready):
        runs.take_out_of_run(session, run, aliquot=tube, reason="late", by=qc_room.analyst)


def test_a_lot_out_of_order_is_refused(qc_runs, qc_room, lot_of, session):
    with pytest.raises(LotNotReleased):
        qc_run_supplies.use_lot_in_run(
            session, qc_runs.begin(), lot=lot_of("quarantined"), quantity=Decimal(1),
            by=qc_room.analyst,
        )  # fmt: skip


def test_a_device_out_of_calibration_is_refused(qc_runs, qc_room, equipment_of, session):
    with pytest.raises(CalibrationOverdue):
        qc_run_supplies.use_equipment_in_run(
            session, qc_runs.begin(), item=equipment_of("overdue"), by=qc_room.analyst
        )


def test_an_override_is_a_deviation_of_every_batch_in_the_run(
    qc_runs, qc_room, tube, other_tube, equipment_of, lead, session
):
    run = qc_runs.begin()
    qc_runs.scan(run, tube)

    used = qc_run_supplies.use_equipment_in_run(
        session, run, item=equipment_of("overdue"), override=qc_room.proof(lead),
        reason="the other one is broken", by=qc_room.analyst,
    )  # fmt: skip
    qc_runs.scan(run, other_tube)

    for batch in (tube.batch, other_tube.batch):
        assert used.deviation in deviations.of_batch(session, batch)


def test_what_is_used_in_a_run_leaves_the_stock(qc_runs, lot_of, session):
    before = stock.remaining(session, lot_of("endotoxin_test"))

    qc_runs.supply(qc_runs.begin())

    assert stock.remaining(session, lot_of("endotoxin_test")) == before - 2


def test_a_kit_scanned_by_mistake_is_back_in_stock(qc_runs, qc_room, lot_of, session):
    kit = lot_of("endotoxin_test")
    before, run = stock.remaining(session, kit), qc_runs.begin()
    qc_runs.supply(run)

    qc_run_supplies.take_off_run(session, run, supply=kit, by=qc_room.analyst)

    assert stock.remaining(session, kit) == before
    assert [each.lot for each in run.lots] == [kit]  # that it was scanned stays


def test_what_was_read_with_is_not_taken_off(qc_runs, qc_room, tube, lot_of, session):
    run = qc_runs.reading(tube)

    with pytest.raises(UsedAlready):
        qc_run_supplies.take_off_run(
            session, run, supply=lot_of("endotoxin_test"), by=qc_room.analyst
        )


def test_reading_begins_with_a_tube(qc_runs, qc_room, session):
    with pytest.raises(NobodyInIt):
        qc_run_reading.begin_reading(session, qc_runs.begin(), comment="by eye", by=qc_room.analyst)


def test_reading_without_any_lot_or_device_needs_why(qc_runs, qc_room, tube, session):
    run = qc_runs.begin()
    qc_runs.scan(run, tube)

    with pytest.raises(NothingUsed):
        qc_run_reading.begin_reading(session, run, comment=" ", by=qc_room.analyst)


def test_nobody_joins_a_run_that_is_read(qc_runs, tube, other_tube):
    run = qc_runs.reading(tube)

    with pytest.raises(WrongState):
        qc_runs.scan(run, other_tube)


def test_days_that_count_begin_with_the_run(qc_runs, qc_room, sterile, session):
    run = qc_runs.begin(line=STERILE)
    qc_runs.scan(run, sterile)
    with pytest.raises(NotBegun):
        qc_run_reading.begin_reading(session, run, comment="by eye", by=qc_room.analyst)

    runs.begin_tests_of_run(session, run, started_at=clock.now(), by=qc_room.analyst)

    assert sterile.tests[0].status is QcTestStatus.RUNNING


def test_a_tube_outside_the_run_stops(qc_runs, tube, other_tube):
    run = qc_runs.reading(tube)

    with pytest.raises(OutsideRun) as stopped:
        qc_runs.read(run, tube, scanned=other_tube.code)
    assert stopped.value.parameters["other"] != stopped.value.parameters["patient"]
    assert not tube.tests[0].results


def test_another_tube_of_the_run_than_asked_for_stops(qc_runs, tube, other_tube):
    run = qc_runs.reading(tube, other_tube)

    with pytest.raises(OtherTube):
        qc_runs.read(run, tube, scanned=other_tube.code)


def test_a_stop_is_remembered(qc_runs):
    assert OutsideRun.recorded
    assert OtherTube.recorded


def test_each_is_asked_for_until_all_are_read(qc_runs, tube, other_tube, session):
    run = qc_runs.reading(tube, other_tube)
    qc_runs.read(run, other_tube)

    members = list(qc_run_members.of(session, run))
    waits = qc_run_reading.asked_next(members)

    assert waits.aliquot is tube


def test_a_result_of_a_run_is_a_result_like_any_other(qc_runs, tube):
    run = qc_runs.reading(tube)

    member = qc_runs.read(run, tube)

    (test,) = tube.tests
    assert (test.status, test.results[0].entered) == (QcTestStatus.ENTERED, "<0,05")
    assert [each.result for each in member.results] == test.results


def test_a_tube_in_a_run_is_read_there(qc_runs, qc_room, tube):
    run = qc_runs.reading(tube)

    with pytest.raises(InARun) as refused:
        qc_room.enter(tube.tests[0], "<0.05")
    assert refused.value.parameters["run"] == run.code


def test_why_alone_makes_no_fact_of_what_is_read_now(qc_runs, qc_room, tube, session):
    qc_runs.reading(tube)

    with pytest.raises(InARun):
        qc_results.enter_result(
            session, tube.tests[0], entry=qc_runs.entry(), outside=Outside("quicker"),
            by=qc_room.analyst,
        )  # fmt: skip


def test_what_was_read_outside_its_run_is_kept_as_that(qc_runs, qc_room, tube, session):
    run = qc_runs.reading(tube)

    with days_later(1):
        entry = qc_runs.entry()
    with days_later(2):
        qc_results.enter_result(
            session, tube.tests[0], entry=entry, outside=Outside("read at night"),
            by=qc_room.analyst,
        )  # fmt: skip

    (read,) = qc_run_members.read_in(session, tube.tests)[tube.tests[0].id]
    assert (read.outside_reason, read.member.run) == ("read at night", run)
    assert outcome(run, session) == [(1, True)]


def test_what_was_written_on_paper_may_be_entered_at_once(qc_runs, qc_room, tube, session):
    qc_runs.reading(tube)

    qc_results.enter_result(
        session, tube.tests[0], entry=qc_runs.entry(), outside=Outside("power cut", PAPER),
        by=qc_room.analyst,
    )  # fmt: skip

    assert session.query(QcRunResult).one().sha256 == "a" * 64


def test_who_wrote_it_on_paper_is_its_analyst_and_not_who_types_it(
    qc_runs, qc_room, tube, session, lead
):
    lead.roles.append(UserRole(user_id=lead.id, role=Role.QC_ANALYST))
    qc_runs.reading(tube)

    entry = qc_runs.entry()

    def typed(told):
        outside = Outside("power cut", told)
        return qc_results.enter_result(
            session, tube.tests[0], entry=entry, outside=outside, by=qc_room.analyst
        )

    with days_later(1):
        with pytest.raises(PaperNeeded):
            typed(OnPaper(performer_id=lead.id))
        typed(OnPaper(performer_id=lead.id, sha256="a" * 64))
    assert {row.analyst_id for row in tube.tests[0].results} == {lead.id}


def test_nobody_is_told_to_have_read_it_who_may_not(qc_runs, qc_room, tube, session):
    qc_runs.reading(tube)
    told = OnPaper(performer_id=qc_room.keeper.id, sha256="a" * 64)

    with pytest.raises(PerformerNotPermitted):
        qc_results.enter_result(
            session, tube.tests[0], entry=qc_runs.entry(), outside=Outside("power cut", told),
            by=qc_room.analyst,
        )  # fmt: skip


def test_a_fact_outside_the_run_says_why(qc_runs, qc_room, tube, session):
    qc_runs.reading(tube)

    with pytest.raises(WhyOutside):
        qc_results.enter_result(
            session, tube.tests[0], entry=qc_runs.entry(), outside=Outside(" ", PAPER),
            by=qc_room.analyst,
        )  # fmt: skip


def test_a_run_closes_when_every_tube_is_read(qc_runs, tube, other_tube):
    run = qc_runs.reading(tube, other_tube)
    qc_runs.read(run, tube)

    with pytest.raises(StillUnread) as refused:
        qc_runs.close(run)
    assert refused.value.parameters["codes"] == [other_tube.code]


def test_a_closed_run_leaves_its_station_and_its_tubes(qc_runs, tube, session):
    run = qc_runs.closed(tube)

    assert run.closed_at is not None
    assert run.stays[0].left_at is not None
    assert qc_run_members.open_of(session, tube.tests[0]) is None


def test_who_worked_in_a_run_does_not_check_its_station(qc_runs, qc_room, lead, tube, session):
    run = qc_runs.reading(tube)
    qc_room.also(lead, Role.QC_ANALYST)
    qc_run_reading.read_in_run(
        session, run, asked=tube, scanned=tube.code, entry=qc_runs.entry(), by=lead
    )

    with pytest.raises(WorkedInIt):
        qc_run_stays.close_run(
            session, run, checker=qc_room.proof(lead), comment=None, by=qc_room.analyst
        )


def test_nobody_checks_the_station_they_clear(qc_runs, qc_room, session):
    with pytest.raises(NoSecondPerson):
        qc_run_stays.set_aside(
            session, qc_runs.begin(), checker=qc_room.proof(qc_room.analyst), by=qc_room.analyst
        )


def test_a_run_set_aside_frees_its_station_and_keeps_its_tubes(
    qc_runs, qc_room, tube, place_of, session
):
    run = qc_runs.reading(tube)

    qc_run_stays.set_aside(session, run, checker=qc_runs.checked(), by=qc_room.analyst)
    other = qc_runs.begin(line="mycoplasma")

    assert qc_run_members.open_of(session, tube.tests[0]).run is run
    with pytest.raises(StationTaken):
        qc_run_stays.take_up(session, run, station=place_of("qc_station"), by=qc_room.analyst)
    qc_run_stays.take_up(session, run, station=place_of("reception"), by=qc_room.analyst)
    assert (run.status, other.status) == (QcRunStatus.READING, QcRunStatus.OPEN)


def test_nothing_is_read_in_a_run_that_was_set_aside(qc_runs, qc_room, tube, session):
    run = qc_runs.reading(tube)
    qc_run_stays.set_aside(session, run, checker=qc_runs.checked(), by=qc_room.analyst)

    with pytest.raises(WrongState):
        qc_runs.read(run, tube)


def test_a_run_given_up_frees_its_tubes_and_used_nothing(qc_runs, qc_room, tube, lot_of, session):
    before, run = stock.remaining(session, lot_of("endotoxin_test")), qc_runs.begin()
    qc_runs.supply(run)
    qc_runs.scan(run, tube)

    qc_run_stays.give_up_run(
        session, run, reason="the reader broke", checker=qc_runs.checked(), by=qc_room.analyst
    )

    assert run.status is QcRunStatus.VOID
    assert stock.remaining(session, lot_of("endotoxin_test")) == before
    assert qc_run_members.open_of(session, tube.tests[0]) is None


def test_a_run_in_which_something_was_read_outside_is_not_given_up(qc_runs, qc_room, tube, session):
    run = qc_runs.begin()
    qc_runs.scan(run, tube)
    qc_results.enter_result(
        session, tube.tests[0], entry=qc_runs.entry(), outside=Outside("power cut", PAPER),
        by=qc_room.analyst,
    )  # fmt: skip

    with pytest.raises(SomethingRead):
        qc_run_stays.give_up_run(
            session, run, reason="begun twice", checker=qc_runs.checked(), by=qc_room.analyst
        )


def test_a_reason_is_given_to_take_a_tube_out(qc_runs, qc_room, tube, session):
    run = qc_runs.begin()
    qc_runs.scan(run, tube)

    with pytest.raises(FieldError):
        runs.take_out_of_run(session, run, aliquot=tube, reason=" ", by=qc_room.analyst)


def test_a_test_read_for_days_goes_on_after_its_run(qc_runs, qc_room, sterile, session):
    run = qc_runs.begin(line=STERILE)
    qc_runs.scan(run, sterile)
    runs.begin_tests_of_run(session, run, started_at=clock.now(), by=qc_room.analyst)
    with days_later(7):
        qc_run_reading.begin_reading(session, run, comment="by eye", by=qc_room.analyst)
        entry = qc_results.Entry({"": "no growth"}, clock.now() - timedelta(hours=1), days_read=6)
        qc_run_reading.read_in_run(
            session, run, asked=sterile, scanned=sterile.code, entry=entry, by=qc_room.analyst
        )
        qc_runs.close(run)

    assert sterile.tests[0].status is QcTestStatus.RUNNING
    assert qc_runs.scan(qc_runs.begin(line=STERILE), sterile)


def test_a_run_is_due_for_the_analyst_and_its_tests_are_read_there(qc_runs, tube, session, due):
    before = [each.code for each in due("analyst", "begin")]
    run = qc_runs.begin()
    qc_runs.scan(run, tube)

    assert (before, due("analyst", "begin")) == ([tube.code], [])
    assert [each.code for each in due("analyst", "run")] == [run.code]


def test_a_run_left_overnight_is_told_to_the_lead(qc_runs, due):
    run = qc_runs.begin()
    today = due("lead", "run_left")

    with days_later(1):
        tomorrow = due("lead", "run_left")

    assert (today, [each.code for each in tomorrow]) == ([], [run.code])


def test_a_run_set_aside_is_due_on_the_day_its_tubes_are_read(
    qc_runs, qc_room, sterile, session, due
):
    run = qc_runs.begin(line=STERILE)
    qc_runs.scan(run, sterile)
    runs.begin_tests_of_run(session, run, started_at=clock.now(), by=qc_room.analyst)

    qc_run_stays.set_aside(session, run, checker=qc_runs.checked(), by=qc_room.analyst)

    (item,) = due("analyst", "run_due")
    assert (item.code, clock.day_of(item.due)) == (run.code, clock.today() + timedelta(days=7))
    assert not due("analyst", "read")


def test_a_recalled_kit_reaches_the_batches_tested_with_it(qc_runs, qc_room, tube, lot_of, session):
    qc_runs.closed(tube)

    lot_decisions.recall_lot(
        session, lot_of("endotoxin_test"), reason="too high",
        proof=qc_room.proof(qc_room.qa), by=qc_room.qa,
    )  # fmt: skip

    assert "recalled_lot" in {each.rule for each in deviations.of_batch(session, tube.batch)}


def test_what_a_person_reports_of_a_reader_reaches_the_batches_read_with_it(
    qc_runs, qc_room, tube, other_tube, equipment_of, session
):
    qc_runs.closed(tube)
    reported = deviations.report_deviation(
        session, title="reads too low", description="by a tenth",
        subjects=[equipment_of("analyser")], by=qc_room.analyst,
    )  # fmt: skip

    assert reported in deviations.of_batch(session, tube.batch)
    assert reported not in deviations.of_batch(session, other_tube.batch)
    assert supply_reach.batches(session, reported) == [tube.batch_id]
    reached = session.execute(supply_reach.reached(Deviation.id == reported.id)).all()
    assert (tube.batch_id, reported.id) in [tuple(row) for row in reached]
