"""The values of a growth chart, and the table of them that stands beside it."""

from dataclasses import dataclass
from decimal import Decimal

from lims.errors import N_
from lims.records.wording import Wording


@dataclass(frozen=True)
class Passage:
    """One passage as seeded and harvested, days counted from the first seeding."""

    name: str
    seeded_day: Decimal
    seeded_cells: int | None
    """Viable cells; None where the suspension was not counted (stromal vascular fraction)."""
    harvested_day: Decimal | None = None
    harvested_cells: int | None = None
    doublings: Decimal | None = None
    cumulative_doublings: Decimal | None = None
    doubling_time_h: Decimal | None = None


@dataclass(frozen=True)
class Forecast:
    """The day the prescribed dose is reached, with the bounds that hold eight times in ten."""

    from_day: Decimal
    from_cells: int
    earliest_day: Decimal
    likely_day: Decimal
    latest_day: Decimal


@dataclass(frozen=True)
class Growth:
    passages: tuple[Passage, ...]
    prescribed_cells: int | None = None
    forecast: Forecast | None = None
    appointment_day: Decimal | None = None
    doublings_limit: Decimal | None = None


def growth_heads() -> tuple[str, ...]:
    """The heads of the table beside the drawing, to be worded."""
    return (
        N_("Passage"),
        N_("Seeded, day"),
        N_("Viable cells seeded"),
        N_("Harvested, day"),
        N_("Viable cells harvested"),
        N_("Doublings"),
        N_("Cumulative"),
        N_("Doubling time, h"),
    )


def growth_rows(growth: Growth, wording: Wording) -> list[tuple[str, ...]]:
    """The drawing as a table; doublings are not applicable where the seed was not counted."""
    say = wording
    return [
        (
            one.name,
            say.number(one.seeded_day, 1),
            say.value(one.seeded_cells) if one.seeded_cells else say.word(N_("not counted")),
            say.value(one.harvested_day, 1),
            say.value(one.harvested_cells),
            say.value(one.doublings, 2) if one.doublings is not None else say.word(N_("n/a")),
            say.value(one.cumulative_doublings, 2),
            say.value(one.doubling_time_h, 1),
        )
        for one in growth.passages
    ]
