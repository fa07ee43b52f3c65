"""What a forecast rests on: past batches, this one so far, the ranges of the specification."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class PassageRun:
    """One finished passage; `seeded` None where the suspension was not counted."""

    passage: int
    days: Decimal
    seeded: int | None
    harvested: int

    @property
    def doublings(self) -> float | None:
        """None in P0, whose seed holds cells that never attach."""
        if self.passage <= 0 or not self.seeded or self.harvested <= 0:
            return None
        return math.log2(self.harvested / self.seeded)

    @property
    def grew(self) -> bool:
        return self.doublings is not None and self.doublings > 0 and self.days > 0


@dataclass(frozen=True)
class PastBatch:
    code: str
    passages: tuple[PassageRun, ...]


@dataclass(frozen=True)
class Standing:
    """Where a batch is: the cells in culture by their last count, that of their seeding."""

    cells: int | None
    """Viable; SVF cells in P0; None where they were seeded by weight."""
    counted_on: date
    passage: int
    growing: bool = True
    """In vessels of `passage`; otherwise a suspension still to be seeded."""
    cumulative_doublings: float = 0.0
    tissue_g: Decimal | None = None
    own: tuple[PassageRun, ...] = ()
    """The finished passages of this very batch."""

    @property
    def next_harvest(self) -> int:
        """The passage whose harvest comes next; 0 when the cells still have to attach."""
        return max(0, self.passage if self.growing else self.passage + 1)


@dataclass(frozen=True)
class Range:
    low: Decimal
    high: Decimal
    to_confirm: bool = False
    source: str = ""

    @property
    def middle(self) -> float:
        """The geometric mean: days and cells are multiplied, not added."""
        return math.sqrt(float(self.low) * float(self.high))


@dataclass(frozen=True)
class Ranges:
    """The `[forecast]` lines of a specification, for a laboratory with few batches behind it."""

    p0_days: Range
    passage_days: Range
    doublings_per_passage: Range
    p0_harvest_per_svf_cell: Range
    svf_cells_per_gram: Range
    batches_min: int


@dataclass(frozen=True)
class Path:
    """Days from the last count to the dose, the passage that gives it, the doublings gained."""

    days: float
    passage: int
    doublings: float


def own_pace(own: Sequence[PassageRun]) -> float | None:
    """Doublings a day over the finished passages; None when the last did not grow.

    Without a countable passage yet there is nothing to say: infinity, the pace of no hindrance.
    """
    counted = _counted(own)
    if not counted:
        return math.inf
    if not counted[-1].grew:
        return None
    pace = sum(run.doublings or 0.0 for run in counted) / float(sum(run.days for run in counted))
    return pace if pace > 0 else None


def own_days(own: Sequence[PassageRun]) -> float:
    """Days a passage took, on average of those that `own_pace` looks at."""
    return statistics.fmean(float(run.days) for run in _counted(own))


def _counted(own: Sequence[PassageRun]) -> list[PassageRun]:
    return [run for run in own if run.doublings is not None]
