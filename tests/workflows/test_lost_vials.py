"""Vials of an order that are gone meanwhile: told, counted, and nobody is sent to take them."""

import pytest

from lims.workflows import agenda, compromised, lost_vials, ordering


@pytest.fixture
def order(orders, course):
    return orders.awaited(course, 2)


@pytest.fixture
def warm(session, orders, order, keeper):
    """So many of what is kept for the order became warm."""

    def mark(number):
        gone = orders.kept(order)[:number]
        compromised.mark_vials(session, gone, why="left out", by=keeper)
        return gone

    return mark


@pytest.fixture
def waits(session, order):
    """What waits for this person with the order."""

    def of(person):
        items = agenda.of(session, person, most=100).items
        return {each.task: each.number for each in items if each.code == order.code}

    return of


def test_an_order_names_the_vials_it_waits_for_in_vain(session, order, warm):
    assert lost_vials.of(session, order) == []

    (gone,) = warm(1)

    (told,) = lost_vials.of(session, order)
    assert told.english().startswith(f"{gone.code} was kept for this order and is compromised now")
    assert lost_vials.number_of(session, [order]) == {order.id: 1}


def test_today_tells_of_it_whoever_can_end_the_order_and_who_checks_it(orders, warm, waits, keeper):
    warm(1)

    assert waits(orders.physician)["gone"] == 1
    assert set(waits(keeper)) == {"gone", "retrieve"}


def test_nobody_is_sent_to_take_out_what_is_gone(warm, waits, keeper):
    assert set(waits(keeper)) == {"retrieve"}

    warm(2)

    assert waits(keeper) == {"gone": 2}


def test_once_the_order_is_ended_nothing_is_told_of_it(orders, order, session, warm, waits):
    warm(2)
    ordering.cancel_order(session, order, reason="vials gone", by=orders.physician)

    assert lost_vials.of(session, order) == []
    assert waits(orders.physician) == {}
