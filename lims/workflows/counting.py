"""Cells counted, divided and put into doses and vials; exact, unrounded."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from lims.errors import N_, LimsError

SQUARE_TO_ML = 10_000
"""A 1 mm² square of a haemocytometer 0.1 mm deep holds 1/10 000 mL."""

Exact = int | Decimal


class NothingCounted(LimsError):
    sentence = N_("No cell was counted, so there is no viability. Count again.")


class NotPositive(LimsError):
    sentence = N_("%(what)s must be above zero; %(value)s was given.")


class Negative(LimsError):
    sentence = N_("%(what)s cannot be negative; %(value)s was given.")


WORDS = {
    "squares": N_("the number of squares"),
    "dilution": N_("the dilution"),
    "density": N_("the seeding density"),
    "area": N_("the growth area"),
    "concentration": N_("the concentration"),
    "frozen": N_("the number of cells frozen"),
    "mass": N_("the mass"),
    "cells": N_("a number of cells"),
}


def positive(**values: Exact) -> None:
    for what, value in values.items():
        if value <= 0:
            raise NotPositive(what=WORDS[what], value=value)


def not_negative(what: str, *values: Exact) -> None:
    for value in values:
        if value < 0:
            raise Negative(what=WORDS[what], value=value)


def whole(cells: Decimal) -> int:
    """Cells as a whole number."""
    return int(cells.to_integral_value(ROUND_HALF_EVEN))


def cells_taken(
    per_ml: Decimal | None, left_ml: Decimal, volumes_ml: Iterable[Decimal]
) -> Iterator[int | None]:
    """Whole cells of each volume taken one after the other out of `left_ml`: with what stays they
    add up to what was there. None where not counted."""
    for volume_ml in volumes_ml:
        rest_ml = left_ml - volume_ml
        yield None if per_ml is None else whole(per_ml * left_ml) - whole(per_ml * rest_ml)
        left_ml = rest_ml


def viability_percent(live: int, dead: int) -> Decimal:
    """Share of live cells among all counted, in per cent, unrounded."""
    not_negative("cells", live, dead)
    if live + dead == 0:
        raise NothingCounted()
    return Decimal(100 * live) / Decimal(live + dead)


def concentration_per_ml(live: int, squares: int, dilution: Exact) -> Decimal:
    """Live cells per mL from the 1 mm² squares of a haemocytometer."""
    not_negative("cells", live)
    positive(squares=squares, dilution=dilution)
    return Decimal(live) * dilution * SQUARE_TO_ML / squares


def flasks_needed(cells: Exact, density_per_cm2: Exact, area_cm2: Exact) -> int:
    """Vessels of `area_cm2` that take all `cells` at `density_per_cm2`."""
    not_negative("cells", cells)
    positive(density=density_per_cm2, area=area_cm2)
    return math.ceil(Fraction(cells) / (Fraction(density_per_cm2) * Fraction(area_cm2)))


def dose_volume_ml(viable_cells: Exact, viable_per_ml: Exact) -> Decimal:
    not_negative("cells", viable_cells)
    positive(concentration=viable_per_ml)
    return Decimal(viable_cells) / viable_per_ml


def recovery_percent(viable_after_thaw: Exact, viable_at_freeze: Exact) -> Decimal:
    """Live cells got back of those frozen; not the viability, which leaves the lost ones out."""
    not_negative("cells", viable_after_thaw)
    positive(frozen=viable_at_freeze)
    return Decimal(100) * viable_after_thaw / viable_at_freeze


def yield_per_gram(viable_cells: Exact, tissue_g: Exact) -> Decimal:
    not_negative("cells", viable_cells)
    positive(mass=tissue_g)
    return Decimal(viable_cells) / tissue_g


@dataclass(frozen=True)
class MassBalance:
    """Cells of one harvest, and where they went: seeded on, frozen, tested, retained, wasted."""

    harvested: int
    parts: Sequence[int]
    tolerance_pct: Decimal

    def __post_init__(self) -> None:
        not_negative("cells", self.harvested, *self.parts)

    @property
    def unaccounted(self) -> int:
        """Below zero when more left than there was."""
        return self.harvested - sum(self.parts)

    @property
    def balanced(self) -> bool:
        return abs(self.unaccounted) * 100 <= self.harvested * self.tolerance_pct
