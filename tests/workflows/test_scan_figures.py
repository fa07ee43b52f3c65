"""How codes come into the records, counted from the rows behind each figure."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import OnTheTube
from lims.models.command_run import CommandRun
from lims.models.step import StepKind
from lims.models.vessel import Vessel
from lims.workflows import (
    entered_codes,
    feeding,
    qc_results,
    qc_run_reading,
    qc_run_supplies,
    refusals,
    scan_figures,
    scan_rows,
    stops,
    supplying,
)
from lims.workflows.at_the_dewar import NotForThisOrder
from lims.workflows.command import by_scanner
from lims.workflows.identity import Mismatch, note_scans
from lims.workflows.on_paper import OnPaper
from lims.workflows.qc_entries import Entry
from lims.workflows.qc_read_outside import Outside
from lims.workflows.qc_run_reading import OutsideRun
from lims.workflows.scan_figures import Figures
from lims.workflows.scan_rows import Asked, Counted
from lims.workflows.stops import NoStop

SINCE = clock.now() - timedelta(days=1)


@pytest.fixture
def step(session, at_the_bench, course):
    """A feeding under way: its bench was scanned."""
    return feeding.start_feeding(
        session, at_the_bench.first_passage(course), **at_the_bench.opening()
    )


@pytest.fixture
def of_feeding(session, step):
    return lambda: scan_figures.by_kind(session, SINCE)[StepKind.FEEDING]


@pytest.fixture
def behind(session):
    def rows(what, since=SINCE, **asked):
        found = scan_rows.in_order(what, Asked(since, **asked))
        return session.execute(select(found).order_by(found.c.place)).all()

    return rows


OPENING = 3
"""The bench and two vessels."""


def test_the_bench_and_the_vessels_of_a_step_are_scans(of_feeding):
    assert of_feeding() == Figures(scans=OPENING)


def test_what_was_typed_is_told_from_what_was_scanned(session, step, of_feeding):
    by_scanner(session, ["VE260001179"])
    note_scans(session, step, ["VE260001179", "VE26000118F"])

    assert of_feeding() == Figures(scans=OPENING + 2, typed=1)


def test_a_lot_let_be_used_is_an_override_and_a_scan(
    session, step, of_feeding, lot_of, technician, lead, proof_of
):
    supplying.use_lot(
        session, step, lot=lot_of("expired"), quantity=1, by=technician,
        override=proof_of(lead), reason="nothing else is here",
    )  # fmt: skip

    assert of_feeding() == Figures(scans=OPENING + 1, lots=1)


def test_a_bottle_of_another_kind_is_counted_by_its_deviation(
    session, step, of_feeding, lot_of, technician, at_the_bench
):
    vessels = session.scalars(select(Vessel).where(Vessel.batch_id == step.batch_id)).all()
    feeding.record_feeding(
        session, step, vessels=vessels, media=[lot_of("buffer")], medium_ml=Decimal(5),
        full_change=True, performed=at_the_bench.done(), comment="the wrong bottle",
        by=technician,
    )  # fmt: skip

    assert of_feeding().lots == 1


def test_a_mix_up_is_counted_where_it_was_stopped(session, step):
    session.info["terminal"] = "bench 7"
    refusals.remember(session, Mismatch(code="VE260001179", found="one", expected="another"))
    session.flush()

    assert scan_figures.by_terminal(session, SINCE)["bench 7"] == Figures(mismatches=1)


def test_a_month_ends_where_the_next_begins(session, step):
    now = clock.now() + timedelta(seconds=1)
    starts = [now - timedelta(days=60), now - timedelta(days=30), now]

    scans = [each.scans for each in scan_figures.by_month(session, starts)]

    assert (scans[0], scans[1] > 0, scans[2]) == (0, True, 0)


@pytest.fixture
def entered(session, keeper):
    """Two codes of an act that is no step, one of them typed."""

    def enter(command, terminal):
        session.info["terminal"] = terminal
        by_scanner(session, ["VL260001179"])
        entered_codes.of_form(session, ["VL260001179", "BX26000001B", "VL260001179"])
        run = CommandRun(user_id=keeper.id, idempotency_key=command, command=command)
        entered_codes.note(session, run)
        session.flush()

    return enter


def test_codes_of_other_acts_count_at_their_terminal_once_an_act(session, entered):
    entered("place_vial", "bank")
    entered("move_vial", "bank")

    assert scan_figures.by_terminal(session, SINCE)["bank"] == Figures(scans=4, typed=2)


def test_behind_the_figure_of_no_known_terminal_are_its_rows(session, entered, behind):
    entered("place_vial", None)

    assert len(behind(Counted.SCANS, terminal="")) == 2
    assert scan_figures.by_terminal(session, SINCE)[""].scans == 2


def test_codes_of_other_acts_are_a_kind_beside_the_steps(session, step, entered):
    entered("place_vial", "bank")

    by_kind = scan_figures.by_kind(session, SINCE)

    assert by_kind[scan_rows.IN_OTHER_ACTS] == Figures(scans=2, typed=1)
    assert by_kind[StepKind.FEEDING] == Figures(scans=OPENING)


def test_a_code_that_a_row_of_the_act_keeps_is_not_kept_again(session, step, entered):
    note_scans(session, step, ["VL260001179"])

    entered("feed", "bank")

    assert scan_figures.by_terminal(session, SINCE)["bank"] == Figures(scans=1, typed=1)


@pytest.fixture
def all_kinds(session, closed_run, step, entered, lot_of, technician, lead, proof_of):
    """Something behind each figure, of a step, a run and another act."""
    entered("place_vial", "bank")
    note_scans(session, step, ["VE260001179"])
    supplying.use_lot(
        session, step, lot=lot_of("expired"), quantity=1, by=technician,
        override=proof_of(lead), reason="nothing else is here",
    )  # fmt: skip
    refusals.remember(session, Mismatch(code="VE260001179", found="one", expected="another"))
    session.flush()


@pytest.mark.parametrize("what", Counted)
@pytest.mark.usefixtures("all_kinds")
def test_a_figure_is_as_many_rows_as_stand_behind_it(session, behind, what):
    starts = [SINCE, clock.now() - timedelta(minutes=1)]
    by_month = scan_figures.by_month(session, starts)
    found = {"until": starts[1]}, {"since": starts[1]}
    assert [getattr(each, what) for each in by_month] == [len(behind(what, **m)) for m in found]

    for terminal, figures in scan_figures.by_terminal(session, SINCE).items():
        assert getattr(figures, what) == len(behind(what, terminal=terminal))
    for kind, figures in scan_figures.by_kind(session, SINCE).items():
        assert getattr(figures, what) == len(behind(what, kind=kind)), kind


@pytest.mark.usefixtures("all_kinds")
def test_each_row_behind_a_figure_stands_there_once(behind):
    for what in Counted:
        rows = behind(what)
        assert len({(row.kept_in, row.row_id) for row in rows}) == len(rows)
        assert [row.place for row in rows] == list(range(1, len(rows) + 1))


def test_a_badge_that_closes_a_step_is_scanned_into_it(session, step, keeper, of_feeding):
    by_scanner(session, [])
    entered_codes.of_form(session, ["US26000001V"])
    run = {"command": "close_step", "result_table": "feeding", "result_id": step.id}
    entered_codes.note(session, CommandRun(user_id=keeper.id, idempotency_key="k", **run))
    session.flush()

    assert of_feeding() == Figures(scans=OPENING + 1, typed=1)
    assert scan_rows.IN_OTHER_ACTS not in scan_figures.by_kind(session, SINCE)


def test_a_badge_that_lets_a_lot_be_used_is_scanned_into_its_step(
    session, step, lot_of, technician, lead, proof_of, of_feeding
):
    used = supplying.use_lot(
        session, step, lot=lot_of("expired"), quantity=1, by=technician,
        override=proof_of(lead), reason="nothing else is here",
    )  # fmt: skip
    entered_codes.of_form(session, ["US26000001V"])
    run = {"command": "use_lot", "result_table": "step_lot", "result_id": used.id}
    entered_codes.note(session, CommandRun(user_id=technician.id, idempotency_key="k", **run))
    session.flush()

    assert of_feeding() == Figures(scans=OPENING + 2, lots=1)


def test_a_badge_that_closes_a_run_is_scanned_into_it(session, closed_run, keeper, of_runs):
    entered_codes.of_form(session, ["US26000001V"])
    run = {"command": "close_run", "result_table": "qc_run", "result_id": closed_run.id}
    entered_codes.note(session, CommandRun(user_id=keeper.id, idempotency_key="k", **run))
    session.flush()

    assert of_runs() == Figures(scans=RUN_OF_TWO + 1)


RUN_OF_TWO = 1 + 2 + 2 + 2
"""The station, a lot and a device, two tubes scanned in and scanned again to be read."""


@pytest.fixture
def tubes(qc_runs, course, other_course):
    return [qc_runs.tube(each) for each in (course, other_course)]


@pytest.fixture
def closed_run(qc_runs, tubes):
    return qc_runs.closed(*tubes)


@pytest.fixture
def of_runs(session):
    return lambda: scan_figures.by_kind(session, SINCE)[scan_rows.IN_RUNS]


def test_what_is_scanned_in_a_run_is_counted(closed_run, of_runs):
    assert of_runs() == Figures(scans=RUN_OF_TWO)


def test_what_is_scanned_in_a_run_counts_at_its_terminal(session, qc_runs, tubes):
    session.info["terminal"] = "QC room"
    qc_runs.closed(*tubes)

    assert scan_figures.by_terminal(session, SINCE)["QC room"].scans == RUN_OF_TWO


def test_a_tube_typed_into_a_run_and_typed_to_be_read_is_two_typed(
    session, qc_runs, tubes, of_runs
):
    run = qc_runs.begin()
    qc_runs.supply(run)
    by_scanner(session, [tubes[0].code])
    qc_runs.scan(run, *tubes)
    qc_run_reading.begin_reading(session, run, comment=None, by=qc_runs.room.analyst)
    for tube in tubes:
        qc_runs.read(run, tube)

    assert of_runs() == Figures(scans=RUN_OF_TWO, typed=2)


def test_a_station_a_lot_and_a_device_typed_into_a_run_are_typed(session, qc_runs, of_runs):
    by_scanner(session, [])
    qc_runs.supply(qc_runs.begin())

    assert of_runs() == Figures(scans=3, typed=3)


def test_a_tube_read_outside_its_run_was_not_scanned_for_it(session, qc_runs, tubes, of_runs):
    qc_runs.reading(*tubes)
    qc_results.enter_result(
        session, tubes[0].tests[0], entry=qc_runs.entry(), by=qc_runs.room.analyst,
        outside=Outside("the program was down", OnPaper(sha256="a" * 64)),
    )  # fmt: skip

    assert of_runs() == Figures(scans=RUN_OF_TWO - len(tubes))


def test_the_members_of_a_group_are_read_by_one_scan(session, qc_runs, course, of_runs):
    group = "cd14_or_cd11b_pct"
    tube = qc_runs.tube(course, group)
    run = qc_runs.reading(tube, line=group)
    measured = Entry({"cd14_pct": "0.3", "cd11b_pct": "0.4"}, clock.now())
    qc_run_reading.read_in_run(
        session, run, asked=tube, scanned=tube.code, entry=measured, by=qc_runs.room.analyst
    )

    assert of_runs() == Figures(scans=RUN_OF_TWO - 2)


def test_a_lot_let_be_used_in_a_run_is_an_override(
    session, qc_runs, of_runs, lot_of, lead, proof_of
):
    qc_run_supplies.use_lot_in_run(
        session, qc_runs.begin(), lot=lot_of("expired"), quantity=1, by=qc_runs.room.analyst,
        override=proof_of(lead), reason="nothing else is here",
    )  # fmt: skip

    assert of_runs() == Figures(scans=2, lots=1)


def test_a_lot_taken_off_a_run_was_not_used_in_it(
    session, qc_runs, of_runs, lot_of, lead, proof_of
):
    run, expired, by = qc_runs.begin(), lot_of("expired"), qc_runs.room.analyst
    qc_run_supplies.use_lot_in_run(
        session, run, lot=expired, quantity=1, by=by, override=proof_of(lead), reason="at hand"
    )
    qc_run_supplies.take_off_run(session, run, supply=expired, by=by)

    assert of_runs() == Figures(scans=2)


def test_a_tube_of_no_run_counts_among_the_stops(session, qc_runs, tubes):
    run = qc_runs.reading(tubes[0])
    session.info["terminal"] = "QC room"
    with pytest.raises(OutsideRun) as stopped:
        qc_runs.read(run, tubes[0], scanned=tubes[1].code)
    refusals.remember(session, stopped.value)

    assert scan_figures.by_terminal(session, SINCE)["QC room"].mismatches == 1


def test_without_a_scan_there_is_no_rate():
    assert Figures(mismatches=1).per_thousand(Counted.MISMATCHES) is None


def test_a_vial_that_is_not_ordered_counts_among_the_stops(session):
    session.info["terminal"] = "bench 8"
    refusals.remember(session, NotForThisOrder(code="VL260001179", order="RQ26000001D"))
    session.flush()

    assert scan_figures.by_terminal(session, SINCE)["bench 8"] == Figures(mismatches=1)


def test_a_stop_is_acknowledged_by_nobody_else_than_who_was_stopped(session, technician, lead):
    session.info["user_id"] = technician.id
    refusals.remember(session, Mismatch(code="VL260001179", found="one", expected="another"))
    session.flush()

    stop = stops.acknowledge_stop(session, "VL260001179", by=technician)

    assert stop.sentence.startswith("STOP. VL260001179")
    with pytest.raises(NoStop):
        stops.acknowledge_stop(session, "VL260001179", by=lead)


def test_a_stop_told_again_has_its_own_words_and_the_code_of_an_earlier_vial(session, technician):
    session.info["user_id"] = technician.id
    vial = OnTheTube("VL260001179", "K-17/3")
    refusals.remember(session, NotForThisOrder(code=vial, order="RQ26000001D", expected=["a"]))
    session.flush()

    told = stops.last_unread(session, technician)

    assert isinstance(told, NotForThisOrder)
    assert (told.scanned, told.parameters["code"]) == ("VL260001179", "K-17/3 (VL260001179)")
