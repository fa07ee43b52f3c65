"""The day the prescribed dose is reached, with an interval meant to hold four times in five."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from lims.errors import N_, LimsError
from lims.workflows.pace import PastBatch, Path, Ranges, Standing, own_pace
from lims.workflows.paths import past_path, ranged_paths


class DoseNotPositive(LimsError):
    sentence = N_("A dose of %(cells)s cells cannot be forecast.")


class YieldOutOfRange(LimsError):
    sentence = N_("The expected yield of the fill is above 0 and at most 100 %%, not %(pct)s %%.")


class Basis(StrEnum):
    PAST_BATCHES = "past batches of this laboratory"
    SPECIFICATION = "range given in the specification"
    REACHED = "cells counted"


class NoForecastReason(StrEnum):
    NO_GROWTH = "no growth in the last passage"
    NOT_COUNTED = "the cells have not been counted"


class LimitKind(StrEnum):
    PASSAGE = "passage"
    DOUBLINGS = "cumulative doublings"


class Timeliness(StrEnum):
    IN_TIME = "in time"
    AT_RISK = "at risk"
    WILL_MISS = "will miss"


@dataclass(frozen=True)
class Aim:
    """What is to be reached, and the limits of the specification on the way."""

    prescribed_cells: int | None
    """None where earlier records do not say; then nothing is forecast."""
    fill_yield_pct: Decimal
    passage_max: int | None = None
    cumulative_doublings_max: Decimal | None = None

    def __post_init__(self) -> None:
        if self.prescribed_cells is not None and self.prescribed_cells <= 0:
            raise DoseNotPositive(cells=self.prescribed_cells)
        if not 0 < self.fill_yield_pct <= 100:
            raise YieldOutOfRange(pct=self.fill_yield_pct)

    @property
    def cells(self) -> float:
        """Viable cells needed before the fill loses its share."""
        assert self.prescribed_cells is not None
        return float(self.prescribed_cells * 100 / self.fill_yield_pct)

    def reached_with(self, cells: int) -> bool:
        wanted = self.prescribed_cells
        return wanted is not None and cells * self.fill_yield_pct >= wanted * 100


@dataclass(frozen=True)
class Forecast:
    earliest: date
    expected: date
    latest: date
    basis: Basis
    batches: int
    """Past batches it rests on; 0 when it rests on the specification."""
    passages_needed: int
    passages_left: int | None
    """Seedings the passage limit still allows; None without a limit."""
    doublings_expected: float
    """Cumulative doublings on the expected day."""
    exceeds: frozenset[LimitKind]
    overdue: bool = False
    """The expected day has passed without a count that says the dose is there."""


@dataclass(frozen=True)
class NoForecast:
    reason: NoForecastReason


def forecast(
    standing: Standing, aim: Aim, *, past: Sequence[PastBatch], ranges: Ranges, today: date
) -> Forecast | NoForecast:
    """From at least `ranges.batches_min` past batches, else from the ranges themselves."""
    if not standing.growing:
        standing = replace(standing, counted_on=today)
    if standing.cells and standing.next_harvest > 0 and aim.reached_with(standing.cells):
        here = Path(0.0, standing.passage, 0.0)
        return _told([here] * 3, standing, aim, Basis.REACHED, 0, today)
    if standing.cells == 0 or own_pace(standing.own) is None:
        return NoForecast(NoForecastReason.NO_GROWTH)
    waited = (today - standing.counted_on).days
    walked = [past_path(batch, standing, aim.cells, waited) for batch in past]
    paths = [path for path in walked if path is not None]
    if len(paths) >= ranges.batches_min:
        return _told(interval_80(paths), standing, aim, Basis.PAST_BATCHES, len(paths), today)
    three = ranged_paths(ranges, standing, aim.cells, waited)
    if three is None:
        return NoForecast(NoForecastReason.NOT_COUNTED)
    return _told(three, standing, aim, Basis.SPECIFICATION, 0, today)


def interval_80(paths: Sequence[Path]) -> list[Path]:
    """The 10 %, 50 % and 90 % quantiles for the next batch, the days taken on a logarithmic scale.

    Quantiles at i/(n+1), not of the sample itself, which would be too narrow for a new batch.
    """
    log_days = [math.log(max(path.days, 0.1)) for path in paths]
    tenths = statistics.quantiles(log_days, n=10, method="exclusive")
    passage = math.ceil(statistics.median(path.passage for path in paths))
    doublings = statistics.median(path.doublings for path in paths)
    return [Path(math.exp(tenths[index]), passage, doublings) for index in (0, 4, 8)]


def _told(
    paths: Sequence[Path], standing: Standing, aim: Aim, basis: Basis, batches: int, today: date
) -> Forecast:
    early, middle, late = paths
    expected = standing.counted_on + timedelta(days=round(middle.days))
    latest = standing.counted_on + timedelta(days=math.ceil(late.days))
    earliest = standing.counted_on + timedelta(days=math.floor(early.days))
    doublings = standing.cumulative_doublings + middle.doublings
    left = None if aim.passage_max is None else max(0, aim.passage_max - standing.passage)
    return Forecast(
        earliest=max(earliest, today),
        expected=max(expected, today),
        latest=max(latest, today),
        basis=basis,
        batches=batches,
        passages_needed=middle.passage - standing.passage,
        passages_left=left,
        doublings_expected=doublings,
        exceeds=_exceeded(aim, middle.passage, doublings),
        overdue=basis is not Basis.REACHED and expected < today,
    )


def _exceeded(aim: Aim, passage: int, doublings: float) -> frozenset[LimitKind]:
    exceeded = set()
    if aim.passage_max is not None and passage > aim.passage_max:
        exceeded.add(LimitKind.PASSAGE)
    if aim.cumulative_doublings_max is not None and doublings > aim.cumulative_doublings_max:
        exceeded.add(LimitKind.DOUBLINGS)
    return frozenset(exceeded)


def against(told: Forecast | NoForecast, appointment: date) -> Timeliness:
    """In time only when the latest day is, no limit stands in the way and nothing is overdue."""
    if isinstance(told, NoForecast):
        stopped = told.reason is NoForecastReason.NO_GROWTH
        return Timeliness.WILL_MISS if stopped else Timeliness.AT_RISK
    if told.earliest > appointment:
        return Timeliness.WILL_MISS
    certain = told.latest <= appointment and not told.exceeds and not told.overdue
    return Timeliness.IN_TIME if certain else Timeliness.AT_RISK
