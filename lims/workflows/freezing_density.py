"""How many cells in a mL are frozen: told while the tube can still be made right, judged after."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal

from lims.errors import N_, Amount, LimsError
from lims.models.suspension import Suspension
from lims.workflows import breaches, specifications

PER_ML = "cells/mL"


class TooThin(LimsError):
    sentence = N_(
        "In %(code)s there are %(found)s; at least %(low)s are frozen. Concentrate it to at most"
        " %(volume)s before its vials get their labels: filled as it is, a deviation opens."
    )


class TooDense(LimsError):
    sentence = N_(
        "In %(code)s there are %(found)s; at most %(high)s are frozen. Dilute it to at least"
        " %(volume)s before its vials get their labels: filled as it is, a deviation opens."
    )


def limits(suspension: Suspension) -> tuple[Decimal, Decimal]:
    """The fewest and the most viable cells per mL that its specification has frozen.

    Fewer survive freezing badly, more clump.
    """
    version = specifications.of(suspension.batch)
    return (
        specifications.limit(version, "freezing_concentration_min_per_ml"),
        specifications.limit(version, "freezing_concentration_max_per_ml"),
    )


def problem(suspension: Suspension) -> LimsError | None:
    """What is to be done with a tube before vials are filled from it; None if not counted, too."""
    per_ml, (low, high) = suspension.viable_per_ml, limits(suspension)
    if per_ml is None or low <= per_ml <= high:
        return None
    thin = per_ml < low
    volume = per_ml * suspension.remaining_ml / (low if thin else high)
    safe = volume.quantize(Decimal("0.01"), ROUND_DOWN if thin else ROUND_UP)
    return (TooThin if thin else TooDense)(
        code=suspension.code,
        found=breaches.beside(per_ml, PER_ML, 0, (low, high)),
        low=Amount(low, PER_ML),
        high=Amount(high, PER_ML),
        volume=Amount(safe, "mL"),
    )
