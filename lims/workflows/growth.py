"""Doublings, passages and doubling times. Counts are viable cells; only logarithms are floats.

PD = log2(harvested / seeded); the cumulative count starts at the first passage seeded from
cultured cells, because the seed of P0 holds cells that never attach.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lims.errors import N_, LimsError

Number = int | Decimal | float

SVF_PASSAGE = -1
"""The passage of a suspension that was never cultured."""


class CountNotPositive(LimsError):
    sentence = N_("Doublings need counts of viable cells above zero; %(count)s was given.")


class PlatingOutOfRange(LimsError):
    sentence = N_("The attached share is above 0 and at most 1; %(share)s was given.")


class HoursNotPositive(LimsError):
    sentence = N_("Time in culture is above zero; %(hours)s h was given.")


class PassageUnknown(LimsError):
    sentence = N_(
        "The passage of these cells is unknown. Quality assurance decides whether to seed them."
    )


def population_doublings(
    seeded: Number, harvested: Number, *, plating_efficiency: Number = 1
) -> float:
    """log2(harvested / (seeded × share attached after a day)); negative when cells were lost."""
    for count in (seeded, harvested):
        if not (math.isfinite(count) and count > 0):
            raise CountNotPositive(count=count)
    if not 0 < plating_efficiency <= 1:
        raise PlatingOutOfRange(share=plating_efficiency)
    ratio = fold(seeded, harvested) / Fraction(plating_efficiency)
    return math.log2(ratio.numerator) - math.log2(ratio.denominator)


def fold(seeded: Number, harvested: Number) -> Fraction:
    """How many cells came of each one seeded, exactly."""
    if not (math.isfinite(seeded) and seeded > 0):
        raise CountNotPositive(count=seeded)
    return Fraction(harvested) / Fraction(seeded)


def doubling_time_hours(doublings: float, hours: Number) -> float | None:
    """None: no growth."""
    if not (math.isfinite(hours) and hours > 0):
        raise HoursNotPositive(hours=hours)
    return float(hours) / doublings if doublings > 0 else None


def growth_rate_per_hour(doublings: float, hours: Number) -> float | None:
    time = doubling_time_hours(doublings, hours)
    return None if time is None else math.log(2) / time


@dataclass(frozen=True)
class GrowthRow:
    """One passage of one culture as counted; None is not counted."""

    passage: int
    seeded: Number | None
    harvested: Number | None
    hours: Number | None = None


@dataclass(frozen=True)
class Growth:
    """What a passage did: no doublings in P0, no cumulative ones after a passage not counted."""

    passage: int
    doublings: float | None
    cumulative: float | None
    doubling_time_hours: float | None


def growth_of(rows: Sequence[GrowthRow]) -> list[Growth]:
    """The course of one culture, its passages in order; one left out makes the total unknown."""
    course: list[Growth] = []
    cumulative: float | None = 0.0
    expected: int | None = None
    for row in rows:
        doublings = row_doublings(row)
        gap = expected is not None and row.passage != expected
        uncounted = doublings is None and row.passage > 0
        if cumulative is not None:
            cumulative = None if gap or uncounted else cumulative + (doublings or 0.0)
        course.append(Growth(row.passage, doublings, cumulative, _time(doublings, row.hours)))
        expected = row.passage + 1
    return course


def row_doublings(row: GrowthRow) -> float | None:
    """None in P0 and where a count is missing; an impossible count raises even there."""
    if row.seeded is None or row.harvested is None:
        return None
    doublings = population_doublings(row.seeded, row.harvested)
    return doublings if row.passage > 0 else None


def _time(doublings: float | None, hours: Number | None) -> float | None:
    return None if doublings is None or hours is None else doubling_time_hours(doublings, hours)


@dataclass(frozen=True)
class HarvestedVessel:
    """A vessel that went into the pool; siblings still growing or discarded do not count."""

    passage: int | None
    seeded: Number | None
    cumulative: float | None
    """Doublings behind the cells when they were seeded into it."""


def pooled_passage(passages: Sequence[int | None]) -> int | None:
    """The highest; unknown if any is."""
    known = [passage for passage in passages if passage is not None]
    return max(known) if known and len(known) == len(passages) else None


def pooled_doublings(vessels: Sequence[HarvestedVessel], harvested: Number) -> float | None:
    """Doublings since the seeding of these vessels; None with a member in P0 or unknown."""
    seeds = [vessel.seeded for vessel in vessels if vessel.seeded is not None]
    passages = [vessel.passage for vessel in vessels if vessel.passage is not None]
    if len(seeds) < len(vessels) or len(passages) < len(vessels) or min(passages, default=0) <= 0:
        return None
    return population_doublings(sum(map(Decimal, seeds)), harvested)


def pooled_cumulative(vessels: Sequence[HarvestedVessel], harvested: Number) -> float | None:
    """The highest of the parents and what was gained since; a member in P0 makes the gain 0."""
    totals = [vessel.cumulative for vessel in vessels if vessel.cumulative is not None]
    if not totals or len(totals) < len(vessels):
        return None
    if any(vessel.passage is not None and vessel.passage <= 0 for vessel in vessels):
        return max(totals)
    gained = pooled_doublings(vessels, harvested)
    return None if gained is None else max(totals) + gained


def passage_after_seeding(passage: int | None) -> int:
    """SVF becomes P0, P2 becomes P3, thawed or not; raises PassageUnknown."""
    if passage is None:
        raise PassageUnknown()
    return passage + 1


def passage_shown(passage: int | None) -> str:
    """SVF, P0, P1 …; a question mark where it is unknown."""
    if passage is None:
        return "?"
    return "SVF" if passage == SVF_PASSAGE else f"P{passage}"
