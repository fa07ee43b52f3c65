"""Control limits of single values in their order, and the runs that chance alone seldom makes.

Each value stands alone (a patient's batch cannot be sampled twice), so the spread is taken from
the mean difference of neighbours: sigma = mean moving range / 1.128.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from lims.errors import N_

D2 = Decimal("1.128")
"""The mean range of two values of a normal distribution with sigma 1 (ASTM E2587, table 1)."""
LEAST = 6
"""Fewer values give no limits: not even the shortest trend could be seen in them."""
ENOUGH = 20
"""Limits of fewer values are provisional (Montgomery asks for 20 to 25)."""
A_TREND = 6


class Rule(IntEnum):
    """By Nelson's numbers (Journal of Quality Technology 16, 1984, 237-239)."""

    BEYOND = 1
    ONE_SIDE = 2
    TREND = 3
    TWO_OF_THREE = 5
    FOUR_OF_FIVE = 6


SENTENCES = {
    Rule.BEYOND: N_("Rule 1: a value beyond a control limit."),
    Rule.ONE_SIDE: N_("Rule 2: nine or more values in a row on one side of the mean."),
    Rule.TREND: N_("Rule 3: six or more values in a row, each higher or each lower than before."),
    Rule.TWO_OF_THREE: N_("Rule 5: two of three values in a row beyond two sigma on one side."),
    Rule.FOUR_OF_FIVE: N_("Rule 6: four of five values in a row beyond one sigma on one side."),
}
ZONES = (
    (Rule.BEYOND, 1, 1, 3),
    (Rule.ONE_SIDE, 9, 9, 0),
    (Rule.TWO_OF_THREE, 2, 3, 2),
    (Rule.FOUR_OF_FIVE, 4, 5, 1),
)
"""So many of so many values in a row lie beyond so many sigma on one side of the mean."""


@dataclass(frozen=True)
class Limits:
    centre: Decimal
    sigma: Decimal

    @property
    def lower(self) -> Decimal:
        return self.centre - 3 * self.sigma

    @property
    def upper(self) -> Decimal:
        return self.centre + 3 * self.sigma


@dataclass(frozen=True)
class Signal:
    """A rule that is broken, and the places of the values that break it, from 0."""

    rule: Rule
    places: tuple[int, ...]

    @property
    def sentence(self) -> str:
        return SENTENCES[self.rule]


def limits_of(values: Sequence[Decimal]) -> Limits | None:
    """None of fewer than LEAST values."""
    if len(values) < LEAST:
        return None
    ranges = [abs(after - before) for before, after in zip(values, values[1:], strict=False)]
    mean = sum(values, Decimal(0)) / len(values)
    return Limits(mean, sum(ranges, Decimal(0)) / len(ranges) / D2)


def signals(values: Sequence[Decimal], limits: Limits) -> list[Signal]:
    """The rules that `values` break, each run told once, in the order of the rules."""
    if limits.sigma == 0:
        return []
    found = [
        Signal(rule, run)
        for rule, least, window, sigmas in ZONES
        for run in _beyond(values, limits, least, window, sigmas)
    ]
    found += [Signal(Rule.TREND, run) for run in _trends(values)]
    return sorted(found, key=lambda each: (each.rule, each.places))


def _beyond(
    values: Sequence[Decimal], limits: Limits, least: int, window: int, sigmas: int
) -> Iterator[tuple[int, ...]]:
    """Windows that overlap in what lies beyond are one run."""
    for side in (1, -1):
        past = [side * (value - limits.centre) > sigmas * limits.sigma for value in values]
        run: list[int] = []
        for start in range(len(values) - window + 1):
            hits = [place for place in range(start, start + window) if past[place]]
            if len(hits) < least:
                continue
            if run and hits[0] > run[-1]:
                yield tuple(run)
                run = []
            run += [place for place in hits if place not in run]
        if run:
            yield tuple(run)


def _trends(values: Sequence[Decimal]) -> Iterator[tuple[int, ...]]:
    for sign in (1, -1):
        start = 0
        for place in range(1, len(values) + 1):
            goes_on = place < len(values) and sign * (values[place] - values[place - 1]) > 0
            if goes_on:
                continue
            if place - start >= A_TREND:
                yield tuple(range(start, place))
            start = place
