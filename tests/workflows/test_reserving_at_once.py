"""People at several screens reserve positions at once: nobody gets what another has."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from lims.models.storage import Allocation
from lims.workflows import cryobank, spreading, storage_cells
from lims.workflows.storage_cells import PositionTaken
from tests.laboratory import clinic, supplies
from tests.laboratory import cryobank as bank

CLIENTS = 8
PATIENTS = ("ivanova", "schmidt")


@pytest.fixture
def at_once(database):
    """`at_once(positions)`: clients reserve what `positions(session, cell)` says; what each met."""
    for name in PATIENTS:
        supplies.does(
            database, "keeper", storage_cells.open_cell,
            lambda s, by, name=name: {"patient": clinic.patient(s, name), "name": name},
        )  # fmt: skip

    def reserve(number, positions):
        def values(session, by):
            cell = bank.cell(session, clinic.patient(session, PATIENTS[number % 2]), by=by)
            return {"cell": cell, "positions": positions(session, cell)}

        try:
            supplies.does(database, "keeper", storage_cells.allocate, values)
        except PositionTaken as refusal:
            return type(refusal)
        return None

    def reserved(positions):
        with ThreadPoolExecutor(CLIENTS) as clients:
            return Counter(clients.map(lambda number: reserve(number, positions), range(CLIENTS)))

    return reserved


def test_of_all_who_want_one_position_one_gets_it_and_the_others_are_told(at_once):
    def wanted(session, cell):
        return [cryobank.position_in(session, bank.box(session), "A1")]

    assert at_once(wanted) == {None: 1, PositionTaken: CLIENTS - 1}


def test_two_who_want_the_same_in_another_order_do_not_wait_for_ever(at_once):
    def wanted(session, cell):
        names = ["B1", "B2", "B3"] if cell.name == PATIENTS[0] else ["B3", "B2", "B1"]
        return [cryobank.position_in(session, bank.box(session), name) for name in names]

    assert at_once(wanted)[None] == 1


def test_what_is_proposed_to_many_at_once_is_reserved_once(database, at_once):
    for _ in range(3):
        at_once(lambda session, cell: spreading.propose(session, cell, 5))

    with database.reading() as session:
        held = session.execute(
            select(Allocation.position_id, func.count()).group_by(Allocation.position_id)
        ).all()
    assert {count for _, count in held} == {1}
    assert len(held) >= 3 * 5
