"""Vials that leave the bank for good: to another bank, or destroyed; two people sign."""

import pytest
from sqlalchemy import select

from lims.errors import WrongState
from lims.models.fill import VialStatus
from lims.models.order import OrderKind, OrderStatus
from lims.models.signature import Signature
from lims.models.step import StepStatus
from lims.workflows import handing_on, order_decisions, signing
from lims.workflows.culturing import NothingScanned
from lims.workflows.handing_on import NothingDrawn, NotRetrieved, OtherKind
from lims.workflows.identity import Stop
from lims.workflows.reserving import VialsOut
from lims.workflows.signing import SamePerson, SecondNotPermitted
from lims.workflows.sources import InTheCold


@pytest.fixture
def stored(bank, course):
    return bank.stored(course)


def out(orders, patient, kind, number=2):
    """An order of this kind whose vials are out of the cold."""
    order = orders.scheduled(orders.other(patient, kind, number))
    orders.retrieve(order)
    return order


@pytest.fixture
def transfer(orders, stored, patient):
    return out(orders, patient, OrderKind.TRANSFER)


@pytest.fixture
def destruction(orders, stored, patient):
    return out(orders, patient, OrderKind.DESTROY)


def test_vials_handed_over_by_two_are_transferred(orders, transfer, stored):
    step = orders.transfer(transfer, stored)

    assert {vial.status for vial in stored} == {VialStatus.TRANSFERRED}
    assert (transfer.status, step.status) == (OrderStatus.FULFILLED, StepStatus.CLOSED)
    assert (step.performed_by_id, step.verified_by_id) == (orders.keeper.id, orders.witness.id)


def test_destroyed_vials_are_discarded_with_two_signatures(session, orders, destruction, stored):
    step = orders.destroy(destruction, stored)

    signed = session.scalars(select(Signature).where(Signature.subject_code == step.code)).all()
    shown = handing_on.shown_of(session, step)
    assert {vial.status for vial in stored} == {VialStatus.DISCARDED}
    assert [signing.still_valid(each, shown) for each in signed] == [True, True]


def test_what_is_signed_names_the_vials_that_left(session, orders, transfer, stored):
    step = orders.transfer(transfer, stored)

    assert handing_on.shown_of(session, step)["scanned"] == [vial.code for vial in stored]


def test_nobody_hands_vials_over_alone(orders, transfer, stored):
    with pytest.raises(SamePerson):
        orders.transfer(transfer, stored, witness=orders.proof(orders.keeper))


def test_nobody_destroys_with_who_may_not(orders, destruction, stored, physician):
    with pytest.raises(SecondNotPermitted):
        orders.destroy(destruction, stored, witness=orders.proof(physician))


def test_something_is_scanned(orders, transfer):
    with pytest.raises(NothingScanned):
        orders.transfer(transfer, [])


def test_a_vial_left_out_of_the_cold_stops_the_end(orders, transfer, stored):
    with pytest.raises(VialsOut):
        orders.transfer(transfer, stored[:1])


def test_a_vial_brought_back_stays_in_the_bank(orders, transfer, stored):
    orders.bring_back(stored[1])

    orders.transfer(transfer, stored[:1])

    assert [vial.status for vial in stored] == [VialStatus.TRANSFERRED, VialStatus.STORED]


def test_what_was_not_taken_out_does_not_leave(orders, stored, patient):
    order = orders.scheduled(orders.other(patient, OrderKind.TRANSFER, 2))

    with pytest.raises(NotRetrieved):
        orders.transfer(order, stored)


@pytest.mark.parametrize(
    ("kind", "leave"), [(OrderKind.TRANSFER, "transfer"), (OrderKind.DESTROY, "destroy")]
)
def test_a_vial_of_another_order_of_the_same_patient_stops_all(
    orders, stored, patient, kind, leave
):
    order = out(orders, patient, kind, 1)
    (own,) = orders.kept(order)
    (other,) = {*stored} - {own}
    orders.retrieve(orders.scheduled(orders.other(patient, OrderKind.TEST, 1)))

    with pytest.raises(Stop, match=f"STOP. {other.code} is not kept for {order.code}") as stopped:
        getattr(orders, leave)(order, [own, other])

    assert stopped.value.recorded
    assert stopped.value.parameters["expected"] == [own.code]
    assert (own.status, other.status) == (VialStatus.RETRIEVED, VialStatus.RETRIEVED)


def test_a_transfer_is_no_leave_to_destroy(orders, transfer, stored):
    with pytest.raises(OtherKind):
        orders.destroy(transfer, stored)


def test_a_fulfilled_order_is_closed_by_the_bank(session, orders, transfer, stored, keeper):
    orders.transfer(transfer, stored)

    order_decisions.close_order(session, transfer, by=keeper)

    assert transfer.status is OrderStatus.CLOSED


def test_an_order_is_carried_out_once(orders, transfer, stored):
    orders.transfer(transfer, stored)

    with pytest.raises(WrongState):
        orders.transfer(transfer, stored)


@pytest.fixture
def tested(orders, stored, patient):
    return out(orders, patient, OrderKind.TEST, 1)


def test_a_vial_is_emptied_into_the_aliquots_of_its_test(session, orders, tested, qc_room):
    vial = orders.kept(tested)[0]
    qc_room.sample(vial.fill.batch, (vial, "0.5"))

    handing_on.empty_for_test(session, tested, vials=[vial], by=qc_room.analyst)

    assert vial.status is VialStatus.USED
    assert tested.status is OrderStatus.FULFILLED


def test_a_vial_of_which_nothing_was_drawn_is_not_used_up(session, orders, tested, qc_room):
    with pytest.raises(NothingDrawn):
        handing_on.empty_for_test(session, tested, vials=orders.kept(tested), by=qc_room.analyst)


def test_nothing_is_drawn_from_a_vial_in_the_cold(qc_room, stored):
    with pytest.raises(InTheCold):
        qc_room.sample(stored[0].fill.batch, (stored[0], "0.5"))
