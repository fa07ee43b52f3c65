"""Sixteen clients place vials, positions are scarce: none stands twice, none holds two."""

import random
from collections import Counter
from itertools import islice

import pytest
import time_machine
from sqlalchemy import select

from lims import clock, schema
from lims.models.fill import Vial, VialStatus
from lims.models.patient import Patient
from lims.models.storage import Allocation, Placement, Position
from lims.workflows import placing, storage_cells, vial_places
from lims.workflows.codes import load
from lims.workflows.placing import PositionOccupied
from tests.at_once import CLIENTS, all_careless, at_once, drop_index, held, more_vials
from tests.laboratory import supplies
from tests.multiplied import empty_positions
from tests.soaking import SOAK
from tests.walks import freezing
from tests.walks.walker import Walk

EACH = 19 if SOAK else 3
"""Vials of each client."""
POSITIONS = CLIENTS * EACH - 4
"""Three hundred in a soak: four vials find none."""


@pytest.fixture
def vials(database):
    """Frozen vials of one patient that stand nowhere yet, and positions for all but four."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Vials")
        walk.begin()
        fill, (first,) = freezing.vials_filled(walk, freezing.cells(walk), 1)
        freezing.frozen(walk, fill, [first])
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
        room = list(islice(empty_positions(connection), POSITIONS - 1))
        codes = [first, *more_vials(connection, first, CLIENTS * EACH - 1)]
        schema.make_triggers(connection)
    supplies.does(database, "keeper", storage_cells.allocate, lambda s, by: {
        "cell": storage_cells.open_cell_of(s, load(s, walk.patient, Patient).id),
        "positions": [s.get_one(Position, key) for key in room],
    })  # fmt: skip
    return codes


@pytest.fixture
def client(database, vials):
    """`client(number)`: somebody who puts each of their vials where they believe room is."""

    def free():
        with database.reading() as session:
            patient = load(session, vials[0], Vial).patient_id
            return [each.position_id for each in vial_places.free_positions(session, patient)]

    def place(code, key):
        supplies.does(database, "keeper", placing.place_vial, lambda s, by: {
            "vial": load(s, code, Vial), "position": s.get_one(Position, key), "at": clock.now(),
        })  # fmt: skip

    def placed(number):
        chance, room, met = random.Random(number), free(), Counter()
        for code in vials[number * EACH : (number + 1) * EACH]:
            while room:
                try:
                    place(code, room.pop(chance.randrange(len(room))))
                except PositionOccupied:
                    room = free()
                    continue
                met["placed"] += 1
                break
            else:
                met["no room"] += 1
        return met

    return placed


def standing(database, by):
    """How many vials stand, by what they stand in or are; and how many such there are."""
    return held(database, by, Placement.removed_at.is_(None))


def test_of_all_positions_each_gets_one_vial(database, client):
    met = sum(at_once(client, range(CLIENTS)), Counter())

    assert met == {"placed": POSITIONS, "no room": CLIENTS * EACH - POSITIONS}
    assert standing(database, Placement.allocation_id) == {1: POSITIONS}
    assert standing(database, Placement.vial_id) == {1: POSITIONS}


@pytest.fixture
def put_double(database, vials):
    """`put_double("vial_id")`: careless clients put one vial, or all use one place."""

    def put_double(doubled):
        def chosen(connection, number):
            vial_at, place_at = (0, number) if doubled == "vial_id" else (number, 0)
            waiting = select(Vial.id, Vial.patient_id).where(Vial.status == VialStatus.FREEZING)
            room = select(Allocation.id).where(Allocation.to_at.is_(None)).order_by(Allocation.id)
            found = waiting.order_by(Vial.id).offset(vial_at).limit(1)
            vial, patient = connection.execute(found).one()
            place = connection.scalar(room.offset(place_at).limit(1))
            return [{
                "patient_id": patient, "vial_id": vial, "allocation_id": place, "version": 1,
                "placed_at": clock.now(), "recorded_at": clock.now(), "placed_by_id": 1,
            }]  # fmt: skip

        all_careless(database, Placement.__table__, chosen)

    return put_double


@pytest.mark.parametrize("doubled", ["vial_id", "allocation_id"])
def test_the_database_alone_keeps_careless_clients_apart(database, put_double, doubled):
    put_double(doubled)

    assert standing(database, Placement.__table__.c[doubled]) == {1: 1}


@pytest.mark.parametrize("doubled", ["vial_id", "allocation_id"])
def test_without_the_index_they_put_it_double(database, put_double, doubled):
    drop_index(database, f"ux_placement_open_{doubled}")

    put_double(doubled)

    assert standing(database, Placement.__table__.c[doubled]) == {CLIENTS: 1}
