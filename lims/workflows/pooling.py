"""The doublings of cells pooled from vessels or from tubes."""

from collections.abc import Sequence
from decimal import Decimal

from lims.models.suspension import CellCount, Suspension
from lims.models.vessel import Vessel
from lims.workflows import growth
from lims.workflows.growth import HarvestedVessel

PLACES = 6
"""Decimal places in which cumulative doublings are kept."""


def grown_in(vessel: Vessel) -> HarvestedVessel:
    """A vessel as the formulas take it: its own seed, and the doublings behind that seed."""
    behind = vessel.withdrawal.suspension.cumulative_doublings
    return HarvestedVessel(
        passage=vessel.passage,
        seeded=vessel.seeded_cells,
        cumulative=None if behind is None else float(behind),
    )


def cumulative(vessels: Sequence[Vessel], harvested: int | None) -> Decimal | None:
    """Cumulative doublings of a harvest; None where a count is missing, or nothing lived."""
    try:
        total = growth.pooled_cumulative(
            [grown_in(v) for v in vessels], _counted(vessels, harvested)
        )
    except growth.CountNotPositive:
        return None
    return None if total is None else kept(total)


def _counted(vessels: Sequence[Vessel], harvested: int | None) -> int:
    """Viable cells; of a harvest of P0, which counts no doublings, any number does."""
    if harvested is None and any(vessel.passage == 0 for vessel in vessels):
        return 1
    return harvested or 0


def kept(doublings: float) -> Decimal:
    """Doublings as a column keeps them."""
    return Decimal(repr(round(doublings, PLACES)))


def of_tubes(suspensions: Sequence[Suspension]) -> Decimal | None:
    """Cumulative doublings of tubes poured together: the highest, as nothing grew between."""
    totals = [each.cumulative_doublings for each in suspensions]
    known = [total for total in totals if total is not None]
    return max(known) if known and len(known) == len(totals) else None


def harvest_count(suspension: Suspension) -> CellCount | None:
    """The count made with the suspension, else the first one made of it later."""
    made = [each for each in suspension.counts if each.step_id == suspension.made_by_id]
    return next(reversed(made or suspension.counts[:1]), None)


def harvested_cells(suspension: Suspension) -> int | None:
    """Viable cells of the whole volume as it was made; None where they were never counted."""
    count = harvest_count(suspension)
    if count is None:
        return None
    return int(Decimal(count.live) * suspension.volume_ml / count.volume_ml)
