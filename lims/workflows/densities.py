"""How densely vessels are seeded: what was, what may be, and how many vessels or mL that takes."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from lims.errors import N_, Amount, LimsError
from lims.models.batch import Batch
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import culturing, seeding_limits
from lims.workflows.breaches import Seen, beside
from lims.workflows.counting import flasks_needed

VESSEL_TYPES: dict[str, Decimal] = {
    "T-25": Decimal(25),
    "T-75": Decimal(75),
    "T-175": Decimal(175),
    "CF-2": Decimal(1272),
    "CF-10": Decimal(6320),
}
"""Growth area in cm² of the vessels in use, as their makers state it."""


DENSITY = "cells/cm²"
MEASURED_ML = Decimal("0.01")


class SeededOutside(LimsError):
    sentence = N_("%(vessels)s; expected %(low)s to %(high)s.")


def outside(batch: Batch, vessels: Sequence[Vessel]) -> LimsError | None:
    """Which of `vessels` were seeded thinner or denser than the specification allows."""
    low, high = between = density_limits(batch)
    found = [
        Seen(code=vessel.code, told=beside(density, DENSITY, 0, between))
        for vessel in vessels
        if (density := judged_density(vessel)) is not None and not low <= density <= high
    ]
    asked = {"low": Amount(low, DENSITY), "high": Amount(high, DENSITY)}
    return SeededOutside(vessels=found, **asked) if found else None


def density_limits(batch: Batch) -> tuple[Decimal, Decimal]:
    """The least and the most cells per cm² that the batch's specification allows."""
    return (
        culturing.limit(batch, "seeding_density_min_per_cm2"),
        culturing.limit(batch, "seeding_density_max_per_cm2"),
    )


def is_outside(vessel: Vessel) -> bool:
    """Whether it was seeded thinner or denser than the specification allows."""
    low, high = density_limits(vessel.withdrawal.suspension.batch)
    density = judged_density(vessel)
    return density is not None and not low <= density <= high


def volumes_for(suspension: Suspension) -> dict[str, tuple[Decimal, Decimal]]:
    """By type of vessel, the least and the most mL, to the hundredth that people measure, that
    stay within those limits.

    Empty for the first passage, which is seeded by weight, and where nothing was counted.
    """
    per_ml = suspension.viable_per_ml
    if not per_ml or not seeding_limits.next_passage(suspension):
        return {}
    low, high = density_limits(suspension.batch)
    return {
        name: (
            (low * area / per_ml).quantize(MEASURED_ML, ROUND_CEILING),
            (high * area / per_ml).quantize(MEASURED_ML, ROUND_FLOOR),
        )
        for name, area in VESSEL_TYPES.items()
    }


def vessels_for(suspension: Suspension) -> dict[str, tuple[int, int]]:
    """By type of vessel, the least and the most that take all that is left within those limits.

    A type that it fills too thinly is left out; nothing is told where `volumes_for` tells nothing.
    """
    cells = (suspension.viable_per_ml or 0) * suspension.remaining_ml
    if not cells or not seeding_limits.next_passage(suspension):
        return {}
    thin, dense = density_limits(suspension.batch)
    return {
        name: (least, most)
        for name, area in VESSEL_TYPES.items()
        if (least := flasks_needed(cells, dense, area)) <= (most := int(cells // (thin * area)))
    }


def density_per_cm2(vessel: Vessel) -> Decimal | None:
    """Viable cells seeded per cm²; None where not counted."""
    if vessel.seeded_cells is None:
        return None
    return Decimal(vessel.seeded_cells) / vessel.growth_area_cm2


def judged_density(vessel: Vessel) -> Decimal | None:
    """The density that the limits judge; None in P0, seeded by weight or count."""
    return density_per_cm2(vessel) if vessel.passage else None
