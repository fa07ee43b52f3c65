"""Placing: a vial into a position of its own patient's cell, moved, taken out, put back."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.models.fill import VialStatus
from lims.models.storage import Removal
from lims.workflows import cold_times, compromised, cryobank, placing, spreading, vial_places
from lims.workflows.cold_times import NotLacking
from lims.workflows.identity import Mismatch
from lims.workflows.performing import InTheFuture, LateReasonNeeded
from lims.workflows.placing import (
    BeforeItsPlace,
    NoneReserved,
    NotReserved,
    NotToPlace,
    PlacedAlready,
    PositionOccupied,
    StandsNowhere,
)


@pytest.fixture
def vial(bank, course):
    """One of two vials that wait to be placed."""
    return bank.frozen(course)[0]


@pytest.fixture
def move(session, keeper):
    def moving(vial, position, **also):
        values = {"at": clock.now(), "by": keeper, **also}
        return placing.move_vial(session, vial, position=position, **values)

    return moving


def where(session, vial):
    return vial_places.where(session, vial).allocation.position


def test_a_placed_vial_is_stored_where_it_was_scanned(session, bank, vial, keeper):
    bank.place(vial, seconds_out=40)

    placement = vial_places.where(session, vial)
    assert vial.status is VialStatus.STORED
    assert (placement.seconds_out, placement.placed_by_id) == (40, keeper.id)
    assert vial_places.address_of(placement.allocation.position) == "TK-1 · A · 1 · A1"


def test_a_vial_has_one_place_and_a_second_is_a_move(bank, vial):
    bank.place(vial)

    with pytest.raises(PlacedAlready) as refusal:
        bank.place(vial)

    assert refusal.value.parameters["address"] == "TK-1 · A · 1 · A1"


def test_a_position_holds_one_vial(bank, vial, course):
    position = bank.reserve(vial.patient, 1)[0]
    bank.place(vial, position)

    with pytest.raises(PositionOccupied):
        bank.place(bank.frozen(course)[0], position)


def test_the_position_of_another_patient_stops_everything(bank, vial, other_patient):
    position = bank.reserve(other_patient, 1)[0]

    with pytest.raises(Mismatch) as stop:
        bank.place(vial, position)

    assert other_patient.code in str(stop.value.parameters["expected"])


def test_a_position_that_nobody_reserved_is_refused(bank, vial):
    with pytest.raises(NotReserved):
        bank.place(vial, cryobank.position_in(bank.session, bank.box(), "C3"))


def test_a_vial_that_was_not_frozen_is_not_placed(bank, course):
    fill = bank.filled(course)
    bank.reserve(fill.patient, 2)

    with pytest.raises(NotToPlace):
        bank.place(fill.vials[0])


def test_the_next_position_is_the_first_that_is_free_in_the_box(session, bank, vial, course):
    bank.place(vial)

    assert placing.next_in(session, vial, bank.box()).name == "A2"
    with pytest.raises(NoneReserved):
        placing.next_in(session, vial, bank.box("second_box"))


def test_vials_of_one_fill_are_proposed_in_two_tanks(session, bank, course):
    vials = bank.frozen(course, "1", "1", "1", "1")
    bank.reserve(vials[0].patient, 2, "second_box")

    for vial in vials:
        bank.place(vial)

    assert vial_places.tanks_of(session, vials[0].fill) == {"TK-1": 2, "TK-2": 2}
    assert spreading.crowded(session, vials[0].fill) is None


def test_a_fill_in_one_tank_is_warned_of(session, bank, course):
    vials = bank.stored(course)

    assert spreading.crowded(session, vials[0].fill).parameters["number"] == 2


def test_a_move_closes_the_former_place_and_keeps_it(session, bank, vial, move):
    bank.place(vial)
    elsewhere = bank.reserve(vial.patient, 1, "second_box")[0]

    move(vial, elsewhere)

    former = vial_places.history(session, vial)[0]
    assert where(session, vial) is elsewhere
    assert (former.removal, vial.status) == (Removal.MOVED, VialStatus.STORED)


def test_a_former_position_takes_another_vial(session, bank, course, move):
    first, second = bank.stored(course)
    former = where(session, first)
    move(first, bank.reserve(first.patient, 1, "second_box")[0])

    move(second, former)

    assert where(session, second) is former


def test_what_stands_nowhere_is_not_moved(session, bank, vial, move):
    vial_in_place = bank.place(vial)
    placing.end_placement(session, vial_in_place, Removal.MISSING, by=bank.keeper)

    with pytest.raises(StandsNowhere):
        move(vial, bank.reserve(vial.patient, 1)[0])


def test_a_vial_does_not_leave_before_it_came(session, bank, vial, keeper):
    bank.place(vial)

    with pytest.raises(BeforeItsPlace):
        placing.end_placement(
            session, vial, Removal.RETRIEVED, by=keeper, at=clock.now() - timedelta(hours=1)
        )


@pytest.mark.parametrize(
    ("at", "refusal"),
    [(timedelta(minutes=5), InTheFuture), (-timedelta(hours=2), LateReasonNeeded)],
)
def test_a_place_in_the_future_or_late_without_a_reason_is_refused(bank, vial, at, refusal):
    with pytest.raises(refusal):
        bank.place(vial, at=clock.now() + at)


def test_a_late_place_keeps_its_reason(session, bank, vial):
    placed_at = clock.now()

    with time_machine.travel(placed_at + timedelta(hours=2)):
        bank.place(vial, at=placed_at, late_reason="the network was down")

    assert vial_places.where(session, vial).late_reason == "the network was down"


def test_a_vial_was_not_placed_before_it_was_filled(bank, vial):
    with pytest.raises(FieldError, match="cannot have been done before"):
        bank.place(vial, at=clock.now() - timedelta(hours=2), late_reason="the network was down")


@pytest.mark.parametrize(
    ("seconds", "status"), [(90, VialStatus.STORED), (91, VialStatus.COMPROMISED)]
)
def test_a_vial_too_long_out_of_the_cold_is_compromised_where_it_stands(
    session, bank, vial, seconds, status
):
    bank.place(vial, seconds_out=seconds)

    warm = session.scalars(select(Deviation).where(Deviation.rule == "warm")).all()
    assert vial.status is status
    assert [row.vial_id for each in warm for row in each.subjects] == [vial.id] * len(warm)
    assert vial_places.where(session, vial) is not None


def test_a_compromised_vial_that_never_stood_anywhere_is_placed_as_it_is(session, bank, vial):
    compromised.compromise(session, [vial], why="left on the bench", by=bank.keeper)

    bank.place(vial)

    assert vial.status is VialStatus.COMPROMISED
    with pytest.raises(PlacedAlready):
        bank.place(vial)


@pytest.fixture
def give(session, keeper):
    def giving(vials, *seconds, **also):
        told = dict(zip([vial.code for vial in vials], seconds, strict=True))
        return cold_times.give_seconds(session, vials[0].fill, seconds=told, by=keeper, **also)

    return giving


def test_seconds_out_of_the_cold_are_given_after_the_vials_stand(session, bank, course, give):
    vials = bank.stored(course)

    give(vials, 40, 50)

    assert [vial_places.where(session, vial).seconds_out for vial in vials] == [40, 50]
    assert cold_times.lacking(session, vials[0].fill) == []


def test_seconds_given_after_it_stands_compromise_a_vial_as_well(session, bank, course, give):
    first, second = bank.stored(course)

    assert give([first, second], 91, 90) == [first]

    warm = session.scalars(select(Deviation).where(Deviation.rule == "warm")).one()
    assert (first.status, second.status) == (VialStatus.COMPROMISED, VialStatus.STORED)
    assert [row.vial_id for row in warm.subjects] == [first.id]


def test_seconds_that_stand_already_are_not_given_again(bank, course, give):
    vials = bank.stored(course)
    give(vials, 40, 50)

    with pytest.raises(NotLacking):
        give(vials[:1], 20)


def test_seconds_given_long_after_need_a_reason_which_is_kept(session, bank, course, give):
    vials = bank.stored(course)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        with pytest.raises(LateReasonNeeded):
            give(vials, 40, 50)
        give(vials, 40, 50, late_reason="gloves on until the last rack was back")

    assert vial_places.where(session, vials[0]).late_reason.startswith("gloves on")
