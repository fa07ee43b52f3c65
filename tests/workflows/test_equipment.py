"""Equipment is used while it is in service and its calibration holds."""

from datetime import timedelta

import pytest

from lims import clock
from lims.errors import NotPermitted, Stale, WrongState
from lims.models.equipment import EquipmentKind, EquipmentStatus
from lims.workflows import equipment
from lims.workflows.equipment import (
    CalibrationOverdue,
    DueBeforeDone,
    NeverCalibrated,
    NotInService,
    Retired,
    StillToCome,
)


@pytest.fixture
def balance(equipment_of):
    return equipment_of("balance")


@pytest.fixture
def new_counter(session, lead):
    """In service, not calibrated yet."""
    return equipment.register_equipment(
        session,
        name="New counter",
        kind=EquipmentKind.COUNTER,
        serial_number="N-1",
        needs_calibration=True,
        by=lead,
    )


def calibrate(session, piece, by, *, ago=0, holds=365):
    done = clock.today() - timedelta(days=ago)
    return equipment.record_calibration(
        session,
        piece,
        performed_on=done,
        due_on=done + timedelta(days=holds),
        certificate="C-1",
        by=by,
    )


def test_a_calibrated_piece_in_service_may_be_used(balance):
    assert equipment.problem_with(balance, clock.now()) is None


def test_a_piece_overdue_may_not_be_used(equipment_of):
    assert isinstance(
        equipment.problem_with(equipment_of("overdue"), clock.now()), CalibrationOverdue
    )


def test_a_piece_never_calibrated_may_not_be_used(new_counter):
    assert isinstance(equipment.problem_with(new_counter, clock.now()), NeverCalibrated)


def test_a_piece_that_needs_no_calibration_may_be_used(session, new_counter, lead):
    new_counter.needs_calibration = False

    assert equipment.problem_with(new_counter, clock.now()) is None


def test_a_calibration_makes_a_piece_usable(session, new_counter, lead):
    calibrate(session, new_counter, lead)

    assert equipment.problem_with(new_counter, clock.now()) is None


def test_a_calibration_holds_through_its_last_day_and_no_longer(session, new_counter, lead):
    calibrate(session, new_counter, lead, ago=10, holds=10)

    assert equipment.problem_with(new_counter, clock.now()) is None
    assert equipment.problem_with(new_counter, clock.now() + timedelta(days=1)) is not None


def test_a_later_calibration_counts_even_if_it_holds_shorter(session, new_counter, lead):
    calibrate(session, new_counter, lead, ago=100, holds=1000)
    calibrate(session, new_counter, lead, ago=50, holds=10)

    assert isinstance(equipment.problem_with(new_counter, clock.now()), CalibrationOverdue)


def test_what_was_used_before_a_calibration_is_judged_by_the_one_before_it(
    session, new_counter, lead
):
    calibrate(session, new_counter, lead, ago=1)

    problem = equipment.problem_with(new_counter, clock.now() - timedelta(days=2))

    assert isinstance(problem, NeverCalibrated)


def test_an_entry_for_the_same_day_corrects_the_one_before(session, new_counter, lead):
    calibrate(session, new_counter, lead, ago=20, holds=1000)
    calibrate(session, new_counter, lead, ago=20, holds=10)

    assert isinstance(equipment.problem_with(new_counter, clock.now()), CalibrationOverdue)


def test_a_calibration_to_come_is_none(session, balance, lead):
    with pytest.raises(StillToCome):
        calibrate(session, balance, lead, ago=-1)


def test_a_calibration_due_before_it_was_done_is_none(session, balance, lead):
    with pytest.raises(DueBeforeDone):
        calibrate(session, balance, lead, holds=-1)


def test_a_piece_out_of_service_may_not_be_used(session, balance, lead):
    equipment.take_out_of_service(session, balance, reason="dropped", by=lead)

    assert isinstance(equipment.problem_with(balance, clock.now()), NotInService)


def test_a_mended_piece_returns_to_service(session, balance, lead):
    equipment.take_out_of_service(session, balance, reason="dropped", by=lead)

    equipment.return_to_service(session, balance, reason="repaired", by=lead)

    assert balance.status == EquipmentStatus.IN_SERVICE


def test_a_piece_overdue_does_not_return_to_service(session, equipment_of, lead):
    overdue = equipment_of("overdue")
    equipment.take_out_of_service(session, overdue, reason="noisy", by=lead)

    with pytest.raises(CalibrationOverdue):
        equipment.return_to_service(session, overdue, reason="repaired", by=lead)


def test_a_retired_piece_never_returns(session, balance, lead):
    equipment.retire_equipment(session, balance, reason="replaced", by=lead)

    with pytest.raises(WrongState):
        equipment.return_to_service(session, balance, reason="back", by=lead)


def test_a_retired_piece_is_not_calibrated_again(session, balance, lead):
    equipment.retire_equipment(session, balance, reason="replaced", by=lead)

    with pytest.raises(Retired):
        calibrate(session, balance, lead)


def test_an_edit_of_an_older_version_is_refused(session, balance, lead):
    with pytest.raises(Stale):
        equipment.edit_equipment(
            session,
            balance,
            version=balance.version - 1,
            name="Balance",
            serial_number="B-2",
            needs_calibration=True,
            reason="typing error",
            by=lead,
        )


def test_a_technician_does_not_calibrate(session, balance, technician):
    with pytest.raises(NotPermitted):
        calibrate(session, balance, technician)
