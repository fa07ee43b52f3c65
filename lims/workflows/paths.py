"""The ways from where a batch stands to its dose: as past batches went, and by the ranges."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from lims.workflows.pace import PassageRun, PastBatch, Path, Ranges, Standing, own_days, own_pace

LONGEST_DAYS = 3650.0
"""Ten years: past it a culture is as good as not growing, and dates stay printable."""

MOST_PASSAGES = 999
"""The same in passages."""

Three = tuple[float, float, float]
"""For the earliest, the expected and the latest day."""
NO_DAYS: Three = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Slower:
    """How the passages of one batch compare with the same of another: days and doublings."""

    days: float = 1.0
    doublings: float = 1.0

    def of(self, days: float, doublings: float, waited: float) -> tuple[float, float]:
        """Days and doublings of such a passage here; one left for longer gains more, up to as much
        as the other did."""
        usual = days * self.days
        length = max(usual, waited)
        return length, min(doublings, doublings * self.doublings * length / usual)


def past_path(batch: PastBatch, standing: Standing, aim: float, waited: int) -> Path | None:
    """The way `batch` would go from `standing`; None where its records cannot say.

    Its passages are as much longer, and gain as much less, as those of this batch did so far, so a
    slow grower is told its own pace; a passage still running is at least as long as it already is.
    """
    runs = {run.passage: run for run in batch.passages if run.grew}
    start = standing.next_harvest
    cells: float | None = standing.cells
    days = 0.0
    if start == 0:
        first = next((run for run in batch.passages if run.passage == 0), None)
        if first is None:
            return None
        days = max(float(first.days), waited)
        cells = _attached(first, standing.cells)
        start = 1
    if not runs or not cells:
        return None
    slower = _slower(list(runs.values()), standing.own)
    return _walk(runs, start, cells, aim, days, waited if days == 0 else 0, slower)


def _attached(first: PassageRun, seeded: int | None) -> float:
    """Cells at the harvest of P0, in proportion where both seeds were counted."""
    if seeded and first.seeded:
        return seeded * first.harvested / first.seeded
    return float(first.harvested)


def _slower(runs: Sequence[PassageRun], own: Sequence[PassageRun]) -> Slower:
    mine = own_pace(own)
    if mine is None or math.isinf(mine):
        return Slower()
    numbers = {run.passage for run in own}
    same = [run for run in runs if run.passage in numbers] or list(runs)
    theirs = own_pace(same)
    if theirs is None or math.isinf(theirs):
        return Slower()
    return _compared(theirs / mine, own_days(own) / own_days(same))


def _compared(stretch: float, longer: float) -> Slower:
    """Of cells that take `stretch` times as long to double, in passages `longer` than usual.

    The quick are harvested earlier with as many; the slow gain less, but where their passages
    were given the time for it. One cut short says nothing of those to come.
    """
    if stretch <= 1:
        return Slower(stretch)
    days = min(max(longer, 1.0), stretch)
    return Slower(days, days / stretch)


def _walk(
    runs: dict[int, PassageRun],
    passage: int,
    cells: float,
    aim: float,
    days: float,
    waited: float,
    slower: Slower,
) -> Path:
    """Passage after passage until `aim`; beyond the batch's last, as it did on average."""
    needed = remaining = max(0.0, math.log2(aim / cells))
    usual = (
        statistics.fmean(float(run.days) for run in runs.values()),
        statistics.fmean(run.doublings or 0.0 for run in runs.values()),
    )
    if remaining == 0:
        return Path(days, passage - 1, 0.0)
    while True:
        run = runs.get(passage)
        length, gained = slower.of(
            *((float(run.days), run.doublings or 0.0) if run else usual), waited
        )
        waited = 0.0
        if remaining <= gained or days > LONGEST_DAYS:
            share = min(1.0, remaining / gained)
            return Path(min(days + length * share, LONGEST_DAYS), passage, needed)
        days, remaining, passage = days + length, remaining - gained, passage + 1


def ranged_paths(ranges: Ranges, standing: Standing, aim: float, waited: int) -> list[Path] | None:
    """Earliest, expected and latest by the ranges, widened by this batch's own pace."""
    start = standing.next_harvest
    cells = _cells_by_range(ranges, standing)
    if cells is None:
        return None
    before = _days_of_p0(ranges, waited) if start == 0 else NO_DAYS
    per_doubling = _days_per_doubling(ranges, own_pace(standing.own))
    gain = _doublings_per_passage(ranges, standing.own)
    return [
        _by_range(gain, max(start, 1), have, aim, days, each)
        for have, days, each in zip(cells, before, per_doubling, strict=True)
    ]


def _days_of_p0(ranges: Ranges, waited: int) -> Three:
    p0 = ranges.p0_days
    return (max(float(p0.low), waited), max(p0.middle, waited), max(float(p0.high), waited))


def _days_per_doubling(ranges: Ranges, own: float | None) -> Three:
    length, gain = ranges.passage_days, ranges.doublings_per_passage
    low, high = float(length.low / gain.high), float(length.high / gain.low)
    if own is None or math.isinf(own):
        return low, math.sqrt(low * high), high
    return min(low, 1 / own), 1 / own, max(high, 1 / own)


def _doublings_per_passage(ranges: Ranges, own: Sequence[PassageRun]) -> float:
    """In the middle of the range; fewer where this batch is slow and its passages gained less."""
    length, gain = ranges.passage_days.middle, ranges.doublings_per_passage.middle
    mine = own_pace(own)
    if mine is None or math.isinf(mine):
        return gain
    return gain * _compared(gain / length / mine, own_days(own) / length).doublings


def _by_range(
    gain: float, passage: int, cells: float, aim: float, before: float, per_doubling: float
) -> Path:
    needed = max(0.0, math.log2(aim / cells))
    passages = min(math.ceil(needed / gain), MOST_PASSAGES)
    days = min(before + needed * per_doubling, LONGEST_DAYS)
    return Path(days, passage - 1 + passages, needed)


def _cells_by_range(ranges: Ranges, standing: Standing) -> Three | None:
    """Cells at the start of P1 or later: most, middle, fewest."""
    if standing.next_harvest > 0:
        return _thrice(standing.cells) if standing.cells else None
    attached, per_gram = ranges.p0_harvest_per_svf_cell, ranges.svf_cells_per_gram
    if standing.cells:
        svf = _thrice(standing.cells)
    elif standing.tissue_g:
        grams = float(standing.tissue_g)
        svf = (grams * float(per_gram.high), grams * per_gram.middle, grams * float(per_gram.low))
    else:
        return None
    shares = (float(attached.high), attached.middle, float(attached.low))
    return (svf[0] * shares[0], svf[1] * shares[1], svf[2] * shares[2])


def _thrice(cells: int) -> Three:
    return (float(cells), float(cells), float(cells))
