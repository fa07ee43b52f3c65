"""How many things stand about a fill is told before it is opened, of many fills at once."""

import pytest

from lims.workflows import fill_counts, reviewing, unusual
from lims.workflows.evidence import evidence_of, evidence_of_all
from lims.workflows.fill_counts import Counts
from tests.laboratory.desk import Desk


@pytest.fixture
def two(session, qc_room, course):
    """Two fills of one course: of the first everything is read, of the other nothing is."""
    desk = Desk(session, qc_room)
    ready = desk.ready(course)
    cells = qc_room.cells(course)
    return [ready, qc_room.fill(cells)]


def test_of_each_fill_it_is_told_how_much_is_unusual_and_how_much_is_open(session, two):
    counts = fill_counts.counts_of(session, two)

    assert counts == {
        fill.code: Counts(
            len([each for each in unusual.exceptions(session, fill) if each.asks_why]),
            len(reviewing.missing_for_release(session, fill)),
        )
        for fill in two
    }
    assert [counts[fill.code].open > 0 for fill in two] == [False, True]


def test_what_is_read_for_many_fills_is_what_is_read_for_each(session, two):
    together = evidence_of_all(session, two)

    assert together == {fill.id: evidence_of(session, fill) for fill in two}


def test_nothing_is_asked_where_no_fill_waits(session):
    assert fill_counts.of_codes(session, []) == {}
