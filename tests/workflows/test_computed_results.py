"""What the records give for a test is proposed rounded, and told where another is typed."""

from decimal import Decimal

import pytest

from lims.workflows import computed_results, specifications, thaw_findings, unusual
from lims.workflows.unusual import TypedOtherwise

LINES = (thaw_findings.VIABILITY, thaw_findings.RECOVERY)


@pytest.fixture
def tests(thaws, course):
    """Of 7 840 000 viable cells and 1 530 000 dead, got back of 9.5 million: both lines asked."""
    made = thaws.thawed(course, live=7_840_000, dead=1_530_000)
    room = thaws.orders.bank.room
    (aliquot,) = room.sample(made.batch, (made, "0.1"))
    return made, room.ask(aliquot, *LINES)


def given(session, tests):
    return [computed_results.of_test(session, test) for test in tests[1]]


def test_viability_and_recovery_after_a_thaw_are_computed(session, tests):
    assert given(session, tests) == [Decimal("83.671291"), Decimal("82.526316")]


def test_what_is_proposed_has_a_place_more_than_its_limit(session, tests):
    line = specifications.line_of(tests[1][0].line)

    assert computed_results.shown(line, given(session, tests)[0]) == Decimal("83.7")
    assert computed_results.shown(line, Decimal("69.99")) == Decimal("69.99")


def test_another_recovery_than_the_count_gives_is_told_at_the_release(session, thaws, tests):
    made, (viability, recovery) = tests
    room = thaws.orders.bank.room
    room.settle(viability, "83,7")
    room.settle(recovery, "92")

    fill = room.fill(made, "1")
    found = [each.what for each in unusual.exceptions(session, fill)]

    (told,) = [each for each in found if isinstance(each, TypedOtherwise)]
    assert "92 was typed; the records give 82.5" in told.english()
