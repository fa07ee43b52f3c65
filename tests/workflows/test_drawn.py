"""Vials drawn from for tests: an empty one goes nowhere, an opened one does not go back."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from lims import clock
from lims.models.fill import VialStatus
from lims.models.order import OrderKind
from lims.workflows import (
    agenda_bank,
    compromised,
    freezing,
    handing_on,
    recovery,
    reviewing,
    tank_contents,
    thaw_gate,
    vial_choice,
    vial_places,
)
from lims.workflows.drawn import NothingLeft, Opened
from lims.workflows.since import to_the_minute
from tests.laboratory.frozen import a_run

AN_HOUR = timedelta(hours=1)
T = OrderKind.TEST


@pytest.fixture
def fill(bank, course, qc_room):
    """Two filled vials with a position for each; all of the second was drawn."""
    filled = bank.filled(course)
    bank.reserve(filled.patient, 2)
    qc_room.sample(filled.batch, (filled.vials[1], "1"))
    return filled


def test_a_vial_used_up_by_tests_is_not_waited_for_at_the_review(session, bank, fill):
    step = bank.start(fill)
    bank.scan(step, fill.vials[0])
    bank.record(step)

    assert reviewing.missing_for_review(session, fill) == []


def test_a_vial_drawn_empty_before_it_was_put_into_a_run_is_not_frozen(bank, course, qc_room):
    filled = bank.filled(course)
    bank.reserve(filled.patient, 2)
    with time_machine.travel(clock.now() + AN_HOUR):
        step = bank.start(filled)
        bank.scan(step, *filled.vials)

    qc_room.sample(filled.batch, (filled.vials[1], "1"))  # told later than it was done
    with time_machine.travel(clock.now() + AN_HOUR * 2):
        bank.record(step, a_run(cryoprotectant_added_at=clock.now()))

    assert [vial.status for vial in filled.vials] == [VialStatus.FREEZING, VialStatus.LABELLED]


@pytest.fixture
def later(bank, course, qc_room):
    """How two vials were frozen and placed, before all of the second was said to be drawn."""

    def go_on(bring):
        filled = bank.filled(course)
        with time_machine.travel(clock.now() + AN_HOUR):
            bank.freeze(filled)
            bring(filled.vials)
        qc_room.sample(filled.batch, (filled.vials[1], "1"))
        return filled.vials

    return go_on


@pytest.fixture
def tested(orders, bank, course, patient):
    """An order for a test; its vial is out of the cold."""
    bank.stored(course)
    order = orders.scheduled(orders.other(patient, T))
    orders.retrieve(order)
    return order


@pytest.fixture
def vial(orders, tested):
    return orders.kept(tested)[0]


def numbers(session, query):
    return [row.number for row in session.execute(query)]


def test_what_is_left_of_a_vial_follows_what_was_drawn(session, bank, course, qc_room):
    vial = bank.filled(course).vials[0]

    qc_room.sample(vial.fill.batch, (vial, "0.4"))

    assert (vial.left_ml(), vial.left_cells()) == (Decimal("0.6"), 3_000_000)


def test_an_empty_vial_does_not_wait_to_be_frozen(session, fill):
    assert freezing.waiting_vials(session, fill) == fill.vials[:1]
    assert numbers(session, agenda_bank.vials_to_freeze()) == [1]


def test_an_empty_vial_is_refused_by_the_run(bank, fill):
    step = bank.start(fill)

    with pytest.raises(NothingLeft):
        bank.scan(step, fill.vials[1])


def test_an_empty_vial_does_not_wait_for_a_place(session, later):
    vials = later(lambda _: None)

    assert session.scalars(vial_places.homeless()).all() == vials[:1]


def test_an_empty_vial_is_not_placed(bank, later):
    vials = later(lambda _: None)

    with time_machine.travel(clock.now() + 2 * AN_HOUR), pytest.raises(NothingLeft):
        bank.place(vials[1])


@pytest.mark.parametrize(("kind", "number"), [(T, 1), (OrderKind.DESTROY, 2)])
def test_an_empty_vial_is_ordered_to_be_destroyed_alone(
    session, bank, later, patient, kind, number
):
    later(lambda vials: [bank.place(vial) for vial in vials])

    choices = vial_choice.in_store(session, patient.id, kind, expand=False)

    assert len(vial_choice.takeable(choices)) == number


def test_nothing_is_counted_on_from_an_empty_vial(session, bank, later):
    vials = later(lambda vials: [bank.place(vial) for vial in vials])

    assert vial_choice.counted_on(vials, recovery.expected(session)) == 4_000_000


def test_an_empty_vial_adds_no_cells_to_the_inventory(session, bank, later):
    vials = later(lambda vials: [bank.place(vial) for vial in vials])
    tank = vial_places.where(session, vials[1]).allocation.position.box.tank

    listed = {each.vial: each.cells for each in tank_contents.standing_in(session, tank)}

    assert listed[vials[1].code] == 0


def test_the_inventory_rounds_the_cells_left_in_a_vial_as_its_page_does(
    session, bank, course, qc_room
):
    (vial,) = bank.filled(course, "1", live=25_000_003).vials
    qc_room.sample(vial.fill.batch, (vial, "0.1"))
    bank.freeze(vial.fill)
    bank.place(vial)
    tank = vial_places.where(session, vial).allocation.position.box.tank

    (listed,) = tank_contents.standing_in(session, tank)

    assert listed.cells == vial.left_cells() == 4_500_001


@pytest.fixture
def drawn_up(thaws, orders, course, qc_room):
    """An order for a thaw; of its two vials, out of the cold, the second was drawn up."""
    order = orders.retrieved(course)
    first, second = thaws.out(order)
    qc_room.sample(second.fill.batch, (second, str(second.left_ml())))
    return order


def test_an_empty_vial_is_not_put_into_the_bath(thaws, drawn_up):
    first, second = thaws.out(drawn_up)
    step = thaws.start(drawn_up)

    with pytest.raises(NothingLeft):
        thaws.warm(step, second)


def test_an_empty_vial_does_not_keep_the_others_from_the_bath(session, thaws, drawn_up):
    first, _second = thaws.out(drawn_up)

    assert thaw_gate.to_come(session, drawn_up) == [first]


def test_an_empty_vial_that_was_warmed_lessens_no_recovery(session, thaws, drawn_up):
    first, second = thaws.out(drawn_up)
    step = thaws.start(drawn_up)
    thaws.warm(step, first)
    thaws.warm(step, second, at=clock.now())

    thaws.record(step, live=4_000_000)

    assert recovery.found_so_far(session) == [Decimal(80)]


def test_an_opened_vial_does_not_go_back(orders, vial, qc_room):
    qc_room.sample(vial.fill.batch, (vial, "0.5"))

    with pytest.raises(Opened):
        orders.bring_back(vial)


def test_nor_by_way_of_a_doubt(session, bank, vial, qc_room, keeper):
    qc_room.sample(vial.fill.batch, (vial, "0.5"))
    compromised.mark_vials(session, [vial], why="on the bench", by=keeper)

    with pytest.raises(Opened):
        bank.place(vial)


def test_what_was_drawn_before_it_was_frozen_does_not_keep_a_vial_out(
    orders, bank, course, patient, qc_room
):
    filled = bank.filled(course)
    qc_room.sample(filled.batch, (filled.vials[0], "0.5"))
    with time_machine.travel(clock.now() + AN_HOUR):
        bank.freeze(filled)
        [bank.place(vial) for vial in filled.vials]
        order = orders.scheduled(orders.other(patient, T, 2))
        orders.retrieve(order)

        assert orders.bring_back(filled.vials[0]).status is VialStatus.STORED


def test_an_empty_vial_is_not_told_to_be_out_of_the_cold(session, vial, qc_room):
    before = numbers(session, agenda_bank.vials_out())

    qc_room.sample(vial.fill.batch, (vial, "1"))

    assert (before, numbers(session, agenda_bank.vials_out())) == ([1], [])


def test_a_vial_is_drawn_from_in_the_minute_in_which_it_was_taken_out(
    session, orders, bank, course, patient, qc_room
):
    bank.stored(course)
    order = orders.scheduled(orders.other(patient, T))
    with time_machine.travel(to_the_minute(clock.now()) + AN_HOUR + timedelta(seconds=40)):
        orders.retrieve(order)
        vial = orders.kept(order)[0]
        with time_machine.travel(to_the_minute(clock.now()), tick=False):  # as the form tells it
            qc_room.sample(vial.fill.batch, (vial, "0.5"))

    handing_on.empty_for_test(session, order, vials=[vial], by=qc_room.analyst)

    assert vial.status is VialStatus.USED
