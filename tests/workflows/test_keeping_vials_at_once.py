"""Sixteen clients keep vials for their orders at once: no vial is kept for two of them."""

from collections import Counter

import pytest
import time_machine
from sqlalchemy import select

from lims import clock, schema
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, Reservation
from lims.workflows import order_decisions, signing
from lims.workflows import ordering as ordered
from lims.workflows.codes import load
from lims.workflows.reserving import VialTaken
from lims.workflows.signing import Proof
from tests.at_once import CLIENTS, all_careless, at_once, drop_index, held, more_vials
from tests.laboratory import person, supplies
from tests.walks import ordering, specifying
from tests.walks.walker import Walk

VIALS = 100
EACH = 7
"""Sixteen times seven is more than a hundred."""


@pytest.fixture
def orders(database):
    """Orders of one patient, submitted: seven vials each, of a hundred in store."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Orders")
        specifying.approve(walk, specifying.lenient(()))
        (first,) = ordering.with_vials(walk, 1)
        with database.engine.begin() as connection:  # what stands where does not matter here
            schema.drop_triggers(connection)
            more_vials(connection, first, VIALS - 1)
            schema.make_triggers(connection)
        return [ordering.submitted(walk, ordering.drafted(walk, EACH)) for _ in range(CLIENTS)]


@pytest.fixture
def keep(database):
    """`keep(order)`: a client that tries with what is proposed until nothing is left."""
    with database.reading() as session:
        keeper = person(session, "keeper")

    def values(order, vials):
        def found(session, by):
            return {
                "order": load(session, order, Order),
                "vials": [load(session, code, Vial) for code in sorted(vials)],
                "seen": signing.sha256_of(ordered.shown_of(load(session, order, Order))),
                "proof": Proof(keeper.id, keeper.full_name),
            }

        return found

    def kept(order):
        while True:
            with database.reading() as session:
                proposed = order_decisions.proposed(session, load(session, order, Order))
            if len(proposed) < EACH:
                return "nothing left"
            try:
                codes = [vial.code for vial in proposed]
                supplies.does(database, "keeper", order_decisions.check_order, values(order, codes))
            except VialTaken:
                continue
            return "kept"

    return kept


def booked(database):
    """How many open reservations each vial has."""
    return held(database, Reservation.vial_id, Reservation.ended_at.is_(None))


def test_of_a_hundred_vials_none_is_kept_for_two_orders(database, orders, keep):
    met = Counter(at_once(keep, orders))

    assert met == {"kept": VIALS // EACH, "nothing left": CLIENTS - VIALS // EACH}
    assert booked(database) == {1: VIALS // EACH * EACH}


def seven_each(connection, number):
    """The first that are in store, for the order of the client with this number."""
    stored = select(Vial.id, Vial.patient_id).where(Vial.status == VialStatus.STORED)
    chosen = connection.execute(stored.order_by(Vial.id).limit(EACH)).all()
    order = connection.scalar(select(Order.id).order_by(Order.id).offset(number).limit(1))
    return [
        {"patient_id": patient, "order_id": order, "vial_id": vial, "reserved_at": clock.now(),
         "reserved_by_id": 1, "version": 1, "ended_at": None}
        for vial, patient in chosen
    ]  # fmt: skip


def test_the_database_alone_keeps_careless_clients_from_overbooking(database, orders):
    all_careless(database, Reservation.__table__, seven_each)

    assert booked(database) == {1: EACH}


def test_without_the_index_they_do_overbook(database, orders):
    drop_index(database, "ux_reservation_open")

    all_careless(database, Reservation.__table__, seven_each)

    assert booked(database) == {CLIENTS: EACH}
