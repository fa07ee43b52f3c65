"""Keepers at several screens place vials at once: nothing stands twice, no position holds two."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from sqlalchemy import func, select

from lims import clock
from lims.errors import LimsError
from lims.models.fill import Vial
from lims.models.storage import Placement, Position
from lims.workflows import placing, vial_places
from lims.workflows.codes import load
from tests.laboratory import supplies
from tests.walks import freezing
from tests.walks.walker import Walk

VIALS = 8


@pytest.fixture
def vials(database):
    """Frozen vials of one patient, with a position for each and one to spare."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Vials")
        walk.begin()
        fill, codes = freezing.vials_filled(walk, freezing.cells(walk), VIALS)
        freezing.frozen(walk, fill, codes)
        freezing.reserved(walk, 1)
    return codes


@pytest.fixture
def at_once(database):
    """`at_once(codes, position)`: all of them placed at the same time; what each met."""

    def place(code, position):
        def values(session, by):
            vial = load(session, code, Vial)
            return {"vial": vial, "position": position(session, vial), "at": clock.now()}

        try:
            supplies.does(database, "keeper", placing.place_vial, values)
        except LimsError as refusal:
            return type(refusal).__name__
        return None

    def placed(codes, position):
        with ThreadPoolExecutor(len(codes)) as clients:
            return Counter(clients.map(lambda code: place(code, position), codes))

    return placed


def first(session, vial):
    return vial_places.free_positions(session, vial.patient_id)[0].position


def standing(database, by):
    with database.reading() as session:
        return list(session.scalars(select(func.count()).select_from(Placement).group_by(by)))


def test_one_position_takes_one_of_all_the_vials_put_there(database, vials, at_once):
    with database.reading() as session:
        key = first(session, load(session, vials[0], Vial)).id

    met = at_once(vials, lambda session, vial: session.get_one(Position, key))

    assert met == {None: 1, "PositionOccupied": VIALS - 1}


def test_one_vial_scanned_at_many_screens_stands_once(database, vials, at_once):
    met = at_once([vials[0]] * VIALS, first)

    assert met[None] == 1
    assert standing(database, Placement.vial_id) == [1]


def test_what_is_proposed_to_many_at_once_is_taken_once(database, vials, at_once):
    for _ in range(VIALS):
        at_once(vials, first)

    assert standing(database, Placement.allocation_id) == [1] * VIALS
    assert standing(database, Placement.vial_id) == [1] * VIALS
