"""Freezing: room reserved before, vials scanned in one by one, the run recorded as it went."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import WrongState
from lims.models.deviation import Deviation
from lims.models.fill import FillStatus, VialStatus
from lims.models.step import StepStatus
from lims.models.suspension import SuspensionOrigin
from lims.workflows import freezing, rejecting, reviewing, steps
from lims.workflows.culturing import NothingScanned
from lims.workflows.freezing import (
    NoRoom,
    NotARunStation,
    NothingToFreeze,
    NotInThatOrder,
    NotYet,
    OtherFill,
    ScannedBefore,
)
from lims.workflows.freezing_limits import NotFrozenAgain
from lims.workflows.identity import Mismatch
from lims.workflows.reviewing import NotFrozen
from lims.workflows.steps import SomethingDone
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


def test_without_positions_reserved_no_run_begins(bank, course):
    with pytest.raises(NoRoom) as refusal:
        bank.start(bank.filled(course))

    assert refusal.value.parameters["free"] == 0


def test_a_position_is_not_counted_for_two_fills(bank, fill, qc_room, course):
    step = bank.start(fill)
    bank.scan(step, *fill.vials)

    with pytest.raises(NoRoom):
        bank.start(bank.filled(course, "1"))


def test_frozen_vials_that_wait_for_their_place_need_it_still(bank, course):
    bank.frozen(course)

    with pytest.raises(NoRoom):
        bank.start(bank.filled(course, "1"))


def test_a_bench_is_no_place_to_freeze(session, fill, technician, place_of):
    with pytest.raises(NotARunStation):
        freezing.start_freezing(session, fill, station=place_of("bench"), by=technician)


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
    added = clock.now() - timedelta(minutes=minutes)
    started = added + timedelta(minutes=minutes)

    bank.freeze(
        fill,
        a_run(cryoprotectant_added_at=added, program_started_at=started, program_ended_at=started),
    )

    assert rules(session) - known == found


@pytest.mark.parametrize(
    "changed", [{"end_temperature_c": Decimal("-79.9")}, {"as_programmed": False}]
)
def test_a_run_that_went_otherwise_is_recorded_and_a_deviation(session, bank, fill, changed):
    bank.freeze(fill, a_run(**changed))

    assert "freezing" in rules(session)
    assert {vial.status for vial in fill.vials} == {VialStatus.FREEZING}


def test_a_program_does_not_end_before_it_began(bank, fill):
    with pytest.raises(NotInThatOrder):
        bank.freeze(fill, a_run(program_ended_at=clock.now() - timedelta(hours=1)))


def test_a_program_does_not_end_in_the_future(bank, fill):
    with pytest.raises(NotYet):
        bank.freeze(fill, a_run(program_ended_at=clock.now() + timedelta(hours=1)))


def test_a_fill_is_not_reviewed_before_its_vials_are_frozen(session, bank, fill):
    waiting = {type(each) for each in reviewing.missing_for_review(session, fill)}

    bank.freeze(fill)

    assert NotFrozen in waiting
    assert reviewing.missing_for_review(session, fill) == []
    assert fill.status is FillStatus.QUARANTINED
