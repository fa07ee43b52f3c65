"""Freezing: room reserved before, vials scanned in one by one, the run recorded as it went."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.deviation import Deviation
from lims.models.equipment import EquipmentStatus
from lims.models.fill import FillStatus, VialStatus
from lims.models.step import StepStatus
from lims.models.suspension import SuspensionOrigin
from lims.workflows import freezing, freezing_room, rejecting, reviewing, steps
from lims.workflows.culturing import NothingScanned
from lims.workflows.freezing import (
    NotAFreezer,
    NotARunStation,
    NothingToFreeze,
    OtherFill,
    ScannedBefore,
)
from lims.workflows.freezing_limits import NotFrozenAgain
from lims.workflows.freezing_run import (
    BeganBefore,
    LongerThanProgram,
    NotInThatOrder,
    NotNoted,
    NotYet,
    OverAtOnce,
)
from lims.workflows.identity import Mismatch
from lims.workflows.reviewing import NotFrozen
from lims.workflows.steps import Performed, SomethingDone
from tests.laboratory import supplies, uses
from tests.laboratory.frozen import a_run


@pytest.fixture
def fill(bank, course):
    """Two filled vials with a position reserved for each."""
    filled = bank.filled(course)
    bank.reserve(filled.patient, 2)
    return filled


def rules(session):
    return set(session.scalars(select(Deviation.rule)))


def test_vials_scanned_into_the_run_are_freezing_once_it_is_recorded(bank, fill):
    step = bank.start(fill)
    bank.scan(step, *fill.vials)

    bank.record(step)

    assert {vial.status for vial in fill.vials} == {VialStatus.FREEZING}
    assert step.status is StepStatus.CLOSED
    assert [point.minute for point in step.points] == [0, Decimal("0.5")]


def test_a_run_as_it_should_be_opens_no_deviation(bank, fill, session):
    known = rules(session)

    bank.freeze(fill)

    assert rules(session) == known


def test_a_run_into_which_a_vial_was_scanned_is_not_given_up(bank, fill, session):
    step = bank.start(fill)
    bank.scan(step, fill.vials[0])

    with pytest.raises(SomethingDone):
        steps.void_step(session, step, reason="a try", checker=None, by=step.started_by)


def test_only_what_was_scanned_is_frozen(bank, fill):
    step = bank.start(fill)
    bank.scan(step, fill.vials[0])

    bank.record(step)

    assert [vial.status for vial in fill.vials] == [VialStatus.FREEZING, VialStatus.LABELLED]


def test_what_was_left_out_goes_into_another_run(bank, fill):
    step = bank.start(fill)
    bank.scan(step, fill.vials[0])
    bank.record(step)

    second = bank.start(fill)
    bank.scan(second, fill.vials[1])

    assert bank.record(second).frozen[0].vial is fill.vials[1]


def test_cells_are_frozen_without_positions_reserved_and_it_is_a_deviation(bank, course, session):
    step = bank.start(bank.filled(course))

    found = session.scalars(select(Deviation).where(Deviation.rule == "fact")).one()
    assert (found.told.sentence, found.told.parameters["free"]) == (
        freezing_room.NoRoom.sentence,
        0,
    )
    assert step.id in {each.step_id for each in found.subjects}


def test_before_cells_are_filled_into_vials_it_is_told_that_they_have_no_place(bank, course):
    tube = bank.room.cells(course)

    assert freezing_room.before_filling(bank.session, tube, 2).parameters["needed"] == 2
    bank.reserve(tube.patient, 2)
    assert freezing_room.before_filling(bank.session, tube, 2) is None


def test_a_position_is_not_counted_for_two_fills(bank, fill, qc_room, course, session):
    step = bank.start(fill)
    bank.scan(step, *fill.vials)

    assert freezing.outlook(session, bank.filled(course, "1")).no_room is not None


def test_frozen_vials_that_wait_for_their_place_need_it_still(bank, course, session):
    bank.frozen(course)

    assert freezing.outlook(session, bank.filled(course, "1")).no_room is not None


def test_a_bench_is_no_place_to_freeze(session, fill, technician, place_of):
    with pytest.raises(NotARunStation):
        freezing.start_freezing(session, fill, station=place_of("bench"), by=technician)


def started_by(session, fill, technician, item):
    return freezing.start_freezing(
        session, fill, station=supplies.equipment(session, item), by=technician
    )


def test_the_label_of_the_freezer_opens_a_run_and_is_noted(session, fill, technician):
    step = started_by(session, fill, technician, "freezer")

    assert step.station is None
    assert [used.equipment.name for used in step.equipment] == ["Controlled-rate freezer"]


def test_the_station_of_a_freezer_is_kept_where_one_was_entered(
    session, fill, technician, place_of
):
    station = place_of("freezing_station")
    station.equipment = supplies.equipment(session, "freezer")

    assert started_by(session, fill, technician, "freezer").station is station


def test_a_station_notes_its_freezer(session, bank, fill, place_of):
    place_of("freezing_station").equipment = supplies.equipment(session, "freezer")

    assert [used.equipment.name for used in bank.start(fill).equipment] == [
        "Controlled-rate freezer"
    ]


def test_a_freezer_out_of_order_is_not_noted_before_it_is_let_be_used(session, fill, technician):
    supplies.equipment(session, "freezer").status = EquipmentStatus.OUT_OF_SERVICE

    assert started_by(session, fill, technician, "freezer").equipment == []


def test_a_centrifuge_freezes_nothing(session, fill, technician):
    with pytest.raises(NotAFreezer):
        started_by(session, fill, technician, "centrifuge")


def test_doses_are_not_frozen(bank, qc_room, course):
    doses = qc_room.fill(qc_room.cells(course))

    with pytest.raises(NothingToFreeze):
        bank.start(doses)


def test_a_rejected_fill_is_not_frozen(session, bank, fill, qa_officer, proof_of):
    rejecting.reject_fill(session, fill, reason="spilt", proof=proof_of(qa_officer), by=qa_officer)

    with pytest.raises(WrongState):
        bank.start(fill)


def test_thawed_cells_are_never_frozen(session, bank, fill):
    freezing.suspension_of(session, fill).origin = SuspensionOrigin.THAW

    with pytest.raises(NotFrozenAgain):
        bank.start(fill)


def test_a_vial_of_another_patient_stops_everything(bank, fill, other_course):
    step, foreign = bank.start(fill), bank.filled(other_course)

    with pytest.raises(Mismatch):
        bank.scan(step, foreign.vials[0])


def test_a_vial_of_another_fill_stops(bank, fill, course):
    step, other = bank.start(fill), bank.filled(course)

    with pytest.raises(OtherFill):
        bank.scan(step, other.vials[0])


def test_a_vial_is_scanned_once(bank, fill):
    step = bank.start(fill)
    bank.scan(step, fill.vials[0])

    with pytest.raises(ScannedBefore):
        bank.scan(step, fill.vials[0])


def test_a_run_without_vials_is_not_recorded(bank, fill):
    with pytest.raises(NothingScanned):
        bank.record(bank.start(fill))


@pytest.mark.parametrize(("minutes", "found"), [(15, set()), (15.1, {"freezing"})])
def test_cells_too_long_in_the_cryoprotectant_are_a_deviation(session, bank, fill, minutes, found):
    known = rules(session)
    step = bank.start(fill)
    bank.scan(step, *fill.vials)
    run = a_run()
    added = run.program_started_at - timedelta(minutes=minutes)

    bank.record(step, replace(run, cryoprotectant_added_at=added))

    assert rules(session) - known == found


@pytest.mark.parametrize(
    "changed", [{"end_temperature_c": Decimal("-79.9")}, {"as_programmed": False}]
)
def test_a_run_that_went_otherwise_is_recorded_and_a_deviation(session, bank, fill, changed):
    bank.freeze(fill, **changed)

    assert "freezing" in rules(session)
    assert {vial.status for vial in fill.vials} == {VialStatus.FREEZING}


def test_a_run_without_its_bottle_and_its_freezer_asks_why(bank, fill):
    step = bank.start(fill)
    bank.scan(step, *fill.vials)

    with pytest.raises(FieldError, match="No lot was scanned in"):
        bank.record(step, comment=None)


def test_a_program_does_not_end_before_it_began(bank, fill):
    with pytest.raises(NotInThatOrder):
        bank.freeze(fill, program_ended_at=clock.now() - timedelta(hours=1))


@pytest.fixture
def scanned(bank, fill):
    """A run into which the vials were scanned at half a minute past an hour, for some hours."""
    half_past = clock.now().replace(minute=0, second=30, microsecond=0)
    with time_machine.travel(half_past + timedelta(hours=2), tick=False) as traveller:
        step = bank.start(fill)
        bank.scan(step, *fill.vials)
        uses.use_lot(bank.session, step, supplies.lot(bank.session, "cryoprotectant"), "1")
        uses.use_equipment(bank.session, step, supplies.equipment(bank.session, "freezer"))
        bank.session.expire(step, ["lots", "equipment"])
        traveller.shift(timedelta(hours=2))
        yield step


def at_minute(step, minute):
    return step.frozen[0].scanned_at.replace(second=0) + timedelta(minutes=minute)


def told(bank, step, comment=None, **run):
    """The rules of the deviations that a run brings, told as it was."""
    known = rules(bank.session)
    added = run["program_started_at"]
    bank.record(step, a_run(cryoprotectant_added_at=added, **run), comment=comment)
    return rules(bank.session) - known


def why_asked(act):
    """What does not fit together, of which the page asks why, in the comment."""
    with pytest.raises(FieldError) as refusal:
        act()
    assert refusal.value.field == "comment"
    return type(refusal.value.parameters["problem"].parameters["found"])


ODD = {
    BeganBefore: {"program_started_at": -1, "program_ended_at": 59},
    OverAtOnce: {"program_started_at": 0, "program_ended_at": 0},
    LongerThanProgram: {"program_started_at": 0, "program_ended_at": 60, "points": 61},
}
"""Runs whose times do not fit together, in minutes since the vials were scanned."""


@pytest.fixture(params=ODD, ids=lambda kind: kind.__name__)
def odd_run(request, scanned):
    values = ODD[request.param]
    run = {name: at_minute(scanned, values[name]) for name in values if name != "points"}
    if "points" in values:
        run["points"] = [(Decimal(values["points"]), Decimal(-80))]
    return request.param, run


def test_of_times_that_do_not_fit_together_the_reason_is_asked(bank, scanned, odd_run):
    kind, run = odd_run

    assert why_asked(lambda: told(bank, scanned, **run)) is kind


def test_times_that_do_not_fit_together_are_kept_as_told_and_marked(bank, scanned, odd_run):
    _kind, run = odd_run

    assert told(bank, scanned, comment="the clock of the freezer is slow", **run) == {"times"}
    assert scanned.program_started_at == run["program_started_at"]


def test_a_program_may_start_in_the_minute_of_the_scan(bank, scanned):
    started = at_minute(scanned, 0)

    run = a_run(cryoprotectant_added_at=started, program_started_at=started)

    assert bank.record(scanned, run).program_started_at == started


@pytest.fixture
def bare_run():
    return a_run(program=None, cryoprotectant_added_at=None)


def test_what_nobody_noted_of_a_run_is_asked_about(bank, scanned, bare_run):
    assert why_asked(lambda: bank.record(scanned, bare_run)) is NotNoted


def test_what_nobody_noted_of_a_run_is_a_deviation(bank, scanned, bare_run):
    known = rules(bank.session)

    bank.record(scanned, bare_run, comment="the printer had no paper")

    assert rules(bank.session) - known == {"freezing"}


def told_at_last(bank, step, performed_at):
    """The run of `step`, begun soon after the fill, told hours after it was done."""
    started = step.fill.filled_at + timedelta(minutes=1)
    return freezing.record_freezing(
        bank.session, step, run=a_run(cryoprotectant_added_at=started, program_started_at=started),
        performed=Performed(performed_at, late_reason="no network"), by=step.started_by,
    )  # fmt: skip


def test_of_a_run_that_was_over_before_its_vials_were_scanned_the_scans_say_nothing(bank, scanned):
    assert told_at_last(bank, scanned, scanned.fill.filled_at + timedelta(minutes=5)).frozen


def test_a_run_done_after_the_scans_and_told_late_began_after_them(bank, scanned):
    assert why_asked(lambda: told_at_last(bank, scanned, at_minute(scanned, 5))) is BeganBefore


def test_a_curve_may_end_in_the_last_minute_of_its_program(bank, scanned):
    times = {
        "program_started_at": at_minute(scanned, 0),
        "program_ended_at": at_minute(scanned, 60),
    }

    assert told(bank, scanned, points=[(Decimal("60.9"), Decimal(-80))], **times) == set()


def test_a_program_does_not_end_in_the_future(bank, fill):
    with pytest.raises(NotYet):
        bank.freeze(fill, program_ended_at=clock.now() + timedelta(hours=1))


def test_a_fill_is_not_reviewed_before_its_vials_are_frozen(session, bank, fill):
    waiting = {type(each) for each in reviewing.missing_for_review(session, fill)}

    bank.freeze(fill)

    assert NotFrozen in waiting
    assert reviewing.missing_for_review(session, fill) == []
    assert fill.status is FillStatus.QUARANTINED
