"""Control limits and run rules, against published numbers."""

from decimal import Decimal

import pytest

from lims.workflows.control_limits import LEAST, Limits, Rule, limits_of, signals

FLOWRATE = [Decimal(each) / 10 for each in (496, 476, 499, 513, 478, 512, 526, 524, 536, 521)]
"""NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, the worked example: mean 50.81, mean
moving range 1.8778, limits 45.8159 and 55.8041."""
UNIT = Limits(Decimal(0), Decimal(1))


def broken(*values):
    return [
        (each.rule, each.places) for each in signals([Decimal(str(one)) for one in values], UNIT)
    ]


def test_the_limits_are_those_of_the_handbook():
    found = limits_of(FLOWRATE)

    shown = [round(each, 4) for each in (found.lower, found.centre, found.upper)]
    assert shown == [Decimal("45.8159"), Decimal("50.8100"), Decimal("55.8041")]


def test_the_process_of_the_handbook_is_in_control():
    assert signals(FLOWRATE, limits_of(FLOWRATE)) == []


def test_few_values_give_no_limits():
    assert limits_of(FLOWRATE[: LEAST - 1]) is None


def test_values_that_are_all_the_same_break_no_rule():
    same = [Decimal(7)] * 12

    assert signals(same, limits_of(same)) == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0, 3.1, 0, -3.1, 3], [(Rule.BEYOND, (1,)), (Rule.BEYOND, (3,))]),
        ([0.1, 0.2] * 4, []),
        ([0.1, 0.2] * 4 + [0.1], [(Rule.ONE_SIDE, tuple(range(9)))]),
        ([-0.1, -0.2] * 5 + [0], [(Rule.ONE_SIDE, tuple(range(10)))]),
        ([-0.3, -0.2, -0.1, 0.1, 0.2], []),
        ([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0], [(Rule.TREND, (0, 1, 2, 3, 4, 5))]),
        ([0.9, 0.5, 0.2, -0.1, -0.2, -0.8, -0.8], [(Rule.TREND, (0, 1, 2, 3, 4, 5))]),
        ([0, 2.1, 0, 2.2, -1], [(Rule.TWO_OF_THREE, (1, 3))]),
        ([2.1, -2.1, 0, 0], []),
        ([0, 1.1, 1.2, 0, 1.3, 1.4, 0], [(Rule.FOUR_OF_FIVE, (1, 2, 4, 5))]),
    ],
)
def test_a_rule_names_the_values_that_break_it(values, found):
    assert broken(*values) == found
