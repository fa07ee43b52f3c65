"""What a harvest breaks of the specification, and what cells cannot have done."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from lims.errors import N_, Amount, LimsError
from lims.models.culture import Harvest
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import breaches, growth, pooling, specifications, suspensions
from lims.workflows.batch_growth import seeded_in
from lims.workflows.culturing import limit
from lims.workflows.deviation_rules import NOT_JUDGED, Finding
from lims.workflows.journey import hours_between
from lims.workflows.since import to_the_minute

IMPROBABLE = ("times", "growth", NOT_JUDGED)
"""The rules of what is asked about before it is recorded."""

CULTURED, DOUBLING = "culture_hours_min", "doubling_hours_min"
VIABILITY = "harvest_viability_pct"
"""The line of the specification that judges a harvest."""


class TooSoon(LimsError):
    sentence = N_("%(code)s: harvested %(found)s after seeding; expected at least %(least)s.")


class TooFast(LimsError):
    sentence = N_(
        "%(code)s: %(harvested)s came of %(seeded)s, doubled every %(found)s;"
        " expected at least %(least)s."
    )


def outside(step: Harvest, vessels: Sequence[Vessel], suspension: Suspension) -> Iterator[Finding]:
    """The rules that a harvest breaks, each with what was found and what is expected."""
    low = limit(suspension.batch, "confluence_min_pct")
    high = limit(suspension.batch, "confluence_max_pct")
    seen = step.confluence_pct
    if seen is not None and not low <= seen <= high:
        what = N_("Confluence at harvest")
        yield "confluence", breaches.outside(step.code, what, seen, (low, high), "%", 3)
    if suspensions.viability_fails(suspension, VIABILITY):
        yield "viability", suspensions.viability_found(suspension, VIABILITY)
    most = limit(suspension.batch, "cumulative_doublings_max")
    reached = suspension.cumulative_doublings
    if reached is not None and reached > most:
        what = N_("cumulative doublings")
        yield "passage", breaches.beyond(suspension.code, what, reached, most, "", 2)
    yield from improbable(step, vessels, suspension)


def improbable(
    step: Harvest, vessels: Sequence[Vessel], suspension: Suspension
) -> Iterator[Finding]:
    """Cells harvested before they can have attached, or that grew faster than cells can."""
    since_seeding = _hours(step, max(to_the_minute(vessel.seeded_at) for vessel in vessels))
    version = specifications.of(suspension.batch)
    least = specifications.known_limit(version, CULTURED)
    if least is not None and since_seeding < least:
        yield "times", TooSoon(code=step.code, **_times(since_seeding, least))
        return
    if least is None:
        yield NOT_JUDGED, specifications.not_judged(version, CULTURED, step.code)
    yield from too_fast(step, vessels, suspension)


def too_fast(step: Harvest, vessels: Sequence[Vessel], suspension: Suspension) -> Iterator[Finding]:
    """Growth that cells cannot have; nothing where they were not counted.

    Of P0 all cells seeded are taken to have attached: what did attach grew faster still.
    """
    seeded, harvested = seeded_in(vessels), pooling.harvested_cells(suspension)
    if not seeded or not harvested or harvested <= seeded:
        return
    hours = _hours(step, min(to_the_minute(vessel.seeded_at) for vessel in vessels))
    each = hours / Decimal(growth.population_doublings(seeded, harvested))
    version = specifications.of(suspension.batch)
    least = specifications.known_limit(version, DOUBLING)
    if least is None:
        yield NOT_JUDGED, specifications.not_judged(version, DOUBLING, step.code)
    elif each < least:
        cells = {"harvested": Amount(harvested, "cells"), "seeded": Amount(seeded, "cells")}
        yield "growth", TooFast(code=step.code, **cells, **_times(each, least))


def _hours(step: Harvest, began: datetime) -> Decimal:
    assert step.performed_at is not None
    return Decimal(hours_between(began, step.performed_at))


def _times(found: Decimal, least: Decimal) -> dict[str, Amount]:
    return {"found": breaches.beside(found, "h", 1, (least,)), "least": Amount(least, "h")}
