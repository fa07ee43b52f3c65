"""Sixteen clients keep vials for their orders at once: no vial is kept for two of them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from lims import clock, schema
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, Reservation
from lims.workflows import order_decisions, signing
from lims.workflows import ordering as ordered
from lims.workflows.codes import load
from lims.workflows.reserving import VialTaken
from lims.workflows.signing import Proof
from tests.laboratory import person, supplies
from tests.multiplied import new_code
from tests.walks import ordering, specifying
from tests.walks.walker import Walk

CLIENTS = 16
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
        with database.engine.begin() as connection:
            more_like(connection, first)
        return [ordering.submitted(walk, ordering.drafted(walk, EACH)) for _ in range(CLIENTS)]


def more_like(connection, first):
    """99 rows beside the vial `first`, stored as it is: what stands where does not matter here."""
    vial = Vial.__table__
    row = dict(connection.execute(select(vial).where(vial.c.code == first)).one()._mapping)
    schema.drop_triggers(connection)
    rows = [{**row, "id": 9_000 + n, "code": new_code(row["code"])} for n in range(1, VIALS)]
    connection.execute(insert(vial), rows)
    schema.make_triggers(connection)


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
    with database.reading() as session:
        query = select(func.count()).where(Reservation.ended_at.is_(None))
        return Counter(session.scalars(query.group_by(Reservation.vial_id)))


def test_of_a_hundred_vials_none_is_kept_for_two_orders(database, orders, keep):
    with ThreadPoolExecutor(CLIENTS) as clients:
        met = Counter(clients.map(keep, orders))

    assert met == {"kept": VIALS // EACH, "nothing left": CLIENTS - VIALS // EACH}
    assert booked(database) == {1: VIALS // EACH * EACH}


def careless(database, barrier, number):
    """A client that looks first and writes later, whatever others do in between."""
    with database.engine.connect() as connection:
        stored = select(Vial.id, Vial.patient_id).where(Vial.status == VialStatus.STORED)
        chosen = connection.execute(stored.order_by(Vial.id).limit(EACH)).all()
        order = connection.scalar(select(Order.id).order_by(Order.id).offset(number).limit(1))
        connection.rollback()
    barrier.wait()
    rows = [
        {"patient_id": patient, "order_id": order, "vial_id": vial, "reserved_at": clock.now(),
         "reserved_by_id": 1, "version": 1, "ended_at": None}
        for vial, patient in chosen
    ]  # fmt: skip
    with suppress(IntegrityError), database.engine.begin() as connection:
        connection.execute(insert(Reservation.__table__), rows)


def all_careless(database):
    barrier = Barrier(CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda number: careless(database, barrier, number), range(CLIENTS)))


def test_the_database_alone_keeps_careless_clients_from_overbooking(database, orders):
    all_careless(database)

    assert booked(database) == {1: EACH}


def test_without_the_index_they_do_overbook(database, orders):
    with database.engine.begin() as connection:
        connection.execute(text("DROP INDEX ux_reservation_open"))

    all_careless(database)

    assert booked(database) == {CLIENTS: EACH}
