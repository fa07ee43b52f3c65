"""The ways from where a batch stands to its dose: as past batches went, and by the ranges."""

import math
import statistics
from collections.abc import Sequence

from lims.workflows.pace import PassageRun, PastBatch, Path, Ranges, Standing, own_pace

LONGEST_DAYS = 3650.0
"""Ten years: past it a culture is as good as not growing, and dates stay printable."""

Three = tuple[float, float, float]
"""For the earliest, the expected and the latest day."""
NO_DAYS: Three = (0.0, 0.0, 0.0)


def past_path(batch: PastBatch, standing: Standing, aim: float, waited: int) -> Path | None:
    """The way `batch` would go from `standing`; None where its records cannot say.

    Its passages are stretched or shortened by how this batch compares with it so far, so a slow
    grower is told its own pace; a passage still running is at least as long as it already is.
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
    stretch = _stretch(list(runs.values()), standing.own)
    return _walk(runs, start, cells, aim, days, waited if days == 0 else 0, stretch)


def _attached(first: PassageRun, seeded: int | None) -> float:
    """Cells at the harvest of P0, in proportion where both seeds were counted."""
    if seeded and first.seeded:
        return seeded * first.harvested / first.seeded
    return float(first.harvested)


def _stretch(runs: Sequence[PassageRun], own: Sequence[PassageRun]) -> float:
    mine = own_pace(own)
    if mine is None or math.isinf(mine):
        return 1.0
    numbers = {run.passage for run in own}
    same = [run for run in runs if run.passage in numbers] or list(runs)
    theirs = own_pace(same)
    return 1.0 if theirs is None or math.isinf(theirs) else theirs / mine


def _walk(
    runs: dict[int, PassageRun],
    passage: int,
    cells: float,
    aim: float,
    days: float,
    waited: float,
    stretch: float,
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
        length, gained = (float(run.days), run.doublings or 0.0) if run else usual
        length = max(length * stretch, waited)
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
    return [
        _by_range(ranges, max(start, 1), have, aim, days, each)
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


def _by_range(
    ranges: Ranges, passage: int, cells: float, aim: float, before: float, per_doubling: float
) -> Path:
    needed = max(0.0, math.log2(aim / cells))
    passages = math.ceil(needed / ranges.doublings_per_passage.middle)
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
