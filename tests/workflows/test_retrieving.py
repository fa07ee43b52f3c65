"""Retrieving: vials of an order out of the cold, read by two people; back in time or too late."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.fill import VialStatus
from lims.models.order import OrderStatus
from lims.models.signature import Signature
from lims.models.step import StepStatus
from lims.models.storage import Removal
from lims.workflows import (
    compromised,
    handing_on,
    order_decisions,
    ordering,
    picking,
    placing,
    reserving,
    retrieving,
    signing,
    steps,
    vial_places,
)
from lims.workflows.at_the_dewar import (
    NotForThisOrder,
    NotTheWitness,
    NotWitnessed,
    ReadByOne,
    TwoVialsRead,
)
from lims.workflows.bringing_back import BeforeItWasOut
from lims.workflows.handing_on import NotRetrieved
from lims.workflows.identity import Mismatch, Stop
from lims.workflows.reserving import VialsOut
from lims.workflows.retrieving import NothingKept, NothingTaken, UnderWayAlready
from lims.workflows.signing import SamePerson, SecondNotPermitted
from lims.workflows.steps import SomethingDone

R = VialStatus.RETRIEVED


@pytest.fixture
def vials(orders, course):
    """Three released vials in their places."""
    return orders.released(course)


@pytest.fixture
def order(orders, course, vials):
    """Two of them ordered, approved and planned."""
    return orders.scheduled(orders.thaw(course, None, vials=2))


@pytest.fixture
def kept(orders, order):
    return orders.kept(order)


@pytest.fixture
def later():
    """`with later(seconds):` so much later."""
    return lambda seconds: time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False)


def test_a_vial_read_by_two_is_out_of_the_cold(session, orders, order, kept):
    step = orders.start(order)

    taken = orders.take(step, kept[0])

    assert kept[0].status is R
    assert (taken.taken_by_id, taken.witnessed_by_id) == (orders.keeper.id, orders.witness.id)
    assert vial_places.where(session, kept[0]) is None
    assert vial_places.history(session, kept[0])[-1].removal is Removal.RETRIEVED


def test_both_sign_before_anything_is_lifted(session, orders, order, kept):
    step = orders.start(order)

    shown = retrieving.shown_of(session, step)
    names = [each.user_id for each in signatures(session, step) if signing.still_valid(each, shown)]
    assert names == [orders.keeper.id, orders.witness.id]


def signatures(session, step):
    return session.scalars(
        select(Signature).where(Signature.subject_code == step.code).order_by(Signature.id)
    ).all()


def test_one_person_does_not_take_vials_out_alone(orders, order):
    with pytest.raises(SamePerson):
        orders.start(order, witness=orders.proof(orders.keeper))


def test_the_second_person_is_one_who_may_witness(orders, order):
    with pytest.raises(SecondNotPermitted):
        orders.start(order, witness=orders.proof(orders.physician))


def test_who_reads_second_does_not_take_out(session, orders, order, kept):
    step = orders.start(order)
    step.verified_by_id = orders.keeper.id

    with pytest.raises(SamePerson):
        orders.take(step, kept[0])


def test_an_order_that_is_not_planned_is_not_taken_out(orders, course, vials):
    with pytest.raises(WrongState):
        orders.start(orders.approve(orders.checked(orders.thaw(course))))


def test_the_vials_of_an_order_are_taken_out_in_one_place(orders, order):
    orders.start(order)

    with pytest.raises(UnderWayAlready):
        orders.start(order)


def test_far_from_the_planned_time_both_say_why(orders, order):
    order.scheduled_for = clock.now() + timedelta(days=8)

    with pytest.raises(FieldError, match="more than 24 h before or after"):
        orders.start(order, comment=None)

    assert orders.start(order, comment="the clinic moved it").comment == "the clinic moved it"


def test_vials_nobody_is_ready_to_thaw_stay_in_the_cold_until_both_say_why(orders, order):
    with pytest.raises(FieldError, match="no bench is cleared"):
        orders.start(order, comment=None)

    assert orders.start(order, comment="thawed on paper").comment == "thawed on paper"


def test_what_was_said_at_the_begin_stays_beside_the_comment_of_the_end(
    session, orders, order, kept
):
    step = orders.start(order, comment="begun early")
    orders.take(step, kept[0])

    retrieving.record_retrieval(
        session, step, performed=orders.bank.room.bench.done(), by=orders.keeper, comment="tank low"
    )

    assert step.comment == "begun early\ntank low"


def test_the_vial_of_another_patient_stops_everything(orders, order, bank, other_course):
    step, foreign = orders.start(order), bank.stored(other_course)[0]

    with pytest.raises(Mismatch):
        orders.take(step, foreign)


def test_a_vial_that_was_not_ordered_stops(orders, order, vials, kept):
    step = orders.start(order)
    (unordered,) = set(vials) - set(kept)

    with pytest.raises(NotForThisOrder):
        orders.take(step, unordered)


def test_a_vial_of_another_order_stops(orders, order, course):
    step = orders.start(order)
    other = orders.scheduled(orders.thaw(course, None, vials=1))

    with pytest.raises(NotForThisOrder):
        orders.take(step, orders.kept(other)[0])


def test_two_vials_read_are_not_one(orders, order, kept):
    step = orders.start(order)

    with pytest.raises(TwoVialsRead):
        orders.take(step, kept[0], second_scan=kept[1].code)


def test_a_vial_that_is_not_kept_is_a_stop_beside_those_that_are(orders, order, vials, kept):
    step = orders.start(order)
    (unordered,) = set(vials) - set(kept)

    with pytest.raises(Stop) as stop:
        orders.take(step, unordered)

    expected = stop.value.parameters["expected"]
    assert [told.split()[0] for told in expected] == [vial.code for vial in kept]


def test_one_person_who_reads_a_vial_twice_is_no_second_one(orders, order, kept):
    step = orders.start(order)

    with pytest.raises(ReadByOne):
        orders.take(step, kept[0], second_scan=kept[0].code)


def test_a_vial_that_nobody_witnessed_stays_in_its_place(orders, order, kept):
    step = orders.start(order)

    with pytest.raises(NotWitnessed):
        orders.take(step, kept[0], second_scan=None)


def test_no_other_badge_stands_for_that_of_the_second_person(orders, order, kept, qa_officer):
    step = orders.start(order)

    for badge in (orders.keeper.code, qa_officer.code):
        with pytest.raises(NotTheWitness):
            orders.take(step, kept[0], second_scan=badge)


def test_a_badge_that_does_not_read_is_made_up_for_by_a_password(orders, order, kept):
    step = orders.start(order)

    orders.take(step, kept[0], second_scan=None, witness=orders.proof(orders.witness))

    assert kept[0].status is R


def test_the_password_of_another_is_none_of_the_second_person(orders, order, kept):
    step = orders.start(order)

    with pytest.raises(NotTheWitness):
        orders.take(step, kept[0], second_scan=None, witness=orders.proof(orders.keeper))


def test_a_vial_is_taken_out_once(orders, order, kept):
    step = orders.start(order)
    orders.take(step, kept[0])

    with pytest.raises(WrongState):
        orders.take(step, kept[0])


def test_an_ended_retrieval_is_closed(orders, order, kept):
    step = orders.retrieve(order)

    assert step.status is StepStatus.CLOSED
    assert {vial.status for vial in kept} == {R}
    assert [each.vial for each in retrieving.out_for(orders.session, order)] == kept


def test_nothing_taken_is_not_recorded(orders, order):
    with pytest.raises(NothingTaken):
        orders.record(orders.start(order))


def test_a_retrieval_in_which_something_was_taken_is_not_given_up(session, orders, order, kept):
    step = orders.start(order)
    orders.take(step, kept[0])

    with pytest.raises(SomethingDone):
        steps.void_step(session, step, reason="a try", checker=None, by=orders.keeper)


@pytest.mark.parametrize(("seconds", "status"), [(90, "stored"), (91, "compromised")])
def test_a_vial_back_in_time_is_stored_and_a_late_one_compromised(
    session, orders, order, kept, later, seconds, status
):
    stood = vial_places.where(session, kept[0]).allocation.position
    orders.retrieve(order)
    out = retrieving.out_now(session, kept[0])

    with later(seconds):
        orders.bring_back(kept[0], at=out.out_at + timedelta(seconds=seconds))

    assert kept[0].status == status
    place = vial_places.where(session, kept[0])
    assert (place.allocation.position, place.seconds_out) == (stood, seconds)
    assert out.back_at is not None


def test_what_is_back_is_kept_for_no_order(session, orders, order, kept):
    orders.retrieve(order)

    orders.bring_back(kept[0])

    assert reserving.order_of(session, kept[0]) is None
    assert reserving.order_of(session, kept[1]) is order


def test_a_vial_goes_back_into_another_box_of_its_patient(session, orders, order, kept, bank):
    orders.retrieve(order)
    there = vial_places.history(session, kept[0])[-1].allocation.position.box
    name = "second_box" if there is bank.box() else "box"
    position = bank.reserve(kept[0].patient, 1, name)[0]

    orders.bring_back(kept[0], bank.box(name))

    assert vial_places.where(session, kept[0]).allocation.position is position


def test_it_is_not_back_before_it_was_out(orders, order, kept):
    orders.retrieve(order)

    with pytest.raises(BeforeItWasOut):
        orders.bring_back(kept[0], at=clock.now() - timedelta(minutes=5))


def test_a_vial_in_its_place_is_not_brought_back(orders, order, vials, kept):
    (stored,) = set(vials) - set(kept)

    with pytest.raises(WrongState):
        orders.bring_back(stored)


def test_a_vial_that_was_back_can_be_taken_out_for_another_order(orders, order, course, kept):
    orders.retrieve(order)
    for vial in kept:
        orders.bring_back(vial)
    again = orders.scheduled(orders.thaw(course, None, vials=3))

    orders.retrieve(again)

    assert {vial.status for vial in kept} == {R}


def test_a_warm_vial_that_was_placed_and_kept_can_be_taken_out_again(
    session, orders, order, course, kept, bank, qa_officer, proof_of
):
    orders.retrieve(order, kept[:1])
    compromised.mark_vials(session, kept[:1], why="dropped", by=orders.keeper)
    bank.place(kept[0])
    compromised.keep_vials(
        session, kept[:1], reason="cold", proof=proof_of(qa_officer), by=qa_officer
    )

    again = orders.scheduled(orders.thaw(course, None, vials=2))
    orders.retrieve(again)

    assert kept[0].status is R


def test_an_order_whose_vials_are_out_is_not_cancelled(session, orders, order, physician):
    orders.retrieve(order)

    with pytest.raises(VialsOut):
        ordering.cancel_order(session, order, reason="fever", by=physician)


def test_an_order_whose_vials_are_out_does_not_lapse(session, orders, order):
    orders.retrieve(order)

    with time_machine.travel(clock.now() + timedelta(days=99)):
        assert ordering.lapse_due(session) == 0


def test_what_was_not_taken_is_freed_when_the_order_is_fulfilled(session, orders, order, kept):
    orders.retrieve(order, kept[:1])
    orders.bring_back(kept[0])

    order_decisions.fulfil(session, order)

    assert order.status is OrderStatus.FULFILLED
    assert kept[1].status is VialStatus.STORED


def test_with_nothing_kept_nothing_is_taken_out(session, orders, order, kept):
    orders.retrieve(order)
    for vial in kept:
        orders.bring_back(vial)

    with pytest.raises(NothingKept):
        orders.start(order)


def test_only_what_is_out_for_the_order_is_worked_on(session, orders, order, vials, kept):
    orders.retrieve(order, kept[:1])

    with pytest.raises(NotRetrieved):
        handing_on.require_out(session, order, kept)


def test_vials_are_picked_in_the_order_of_tank_and_box(session, orders, order, kept, bank, keeper):
    position = bank.reserve(kept[0].patient, 1, "second_box")[0]
    placing.move_vial(session, kept[0], position=position, at=clock.now(), by=keeper)

    boxes = picking.to_lift(session, order)

    assert [lift.box.tank.name for lift in boxes] == ["TK-1", "TK-2"]
    assert [lift.by_position for lift in boxes] == [{"A2": "1"}, {"A1": "2"}]


def test_a_vial_that_is_out_is_not_moved_as_if_it_stood_somewhere(session, orders, order, kept):
    position = vial_places.where(session, kept[0]).allocation.position
    orders.retrieve(order)

    with pytest.raises(WrongState):
        placing.move_vial(session, kept[0], position=position, at=clock.now(), by=orders.keeper)
