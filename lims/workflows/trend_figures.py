"""The figures that batches are compared by: counted in the process, and tested."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_
from lims.models.aliquot import Comparator, QcResult, QcTest, QcTestStatus
from lims.models.batch import Batch, BatchStatus
from lims.models.fill import Dose, Fill, FillKind
from lims.models.specification import SpecificationTest
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.workflows import batch_growth, specifications, suspensions, thaw_findings
from lims.workflows.batch_growth import BatchGrowth
from lims.workflows.criteria import criterion
from lims.workflows.intervals import Interval
from lims.workflows.lines import Line
from lims.workflows.pace import own_pace

PLACES = Decimal("0.000001")
"""As finely as a float is worth keeping."""


@dataclass(frozen=True)
class Point:
    """One value: of which batch, of what it was measured, and what was asked of it then."""

    batch: str
    code: str
    at: datetime
    value: Decimal
    asked: Interval | None = None
    limit: str = ""
    """As the specification of the batch writes it."""
    entered: str = ""
    bound: bool = False
    """The number is only a bound of what was measured: `<0.05`."""

    @property
    def bounds(self) -> list[Decimal]:
        """The numbers that the specification draws a line at."""
        asked = self.asked or Interval()
        return [each for each in (asked.low, asked.high) if each is not None]

    @property
    def conforms(self) -> bool:
        return self.asked is None or Interval(self.value, self.value).within(self.asked)


@dataclass(frozen=True)
class Made:
    """A figure of the process itself."""

    code: str
    name: str
    unit: str
    places: int


PROCESS = (
    Made("harvest_viability", N_("Viability at the last harvest, as counted"), "%", 1),
    Made("yield_per_gram", N_("Yield per gram of tissue"), "cells/g", 0),
    Made("doubling_time", N_("Doubling time over the passages of a batch"), "h", 1),
    Made("cumulative_doublings", N_("Cumulative doublings of a batch"), "doublings", 2),
    Made("cells_per_dose", N_("Viable cells of a dose"), "cells", 0),
    Made("thaw_viability", N_("Viability after thaw, as counted"), "%", 1),
    Made("thaw_recovery", N_("Cells got back after thaw, as counted"), "%", 1),
)


def measured(
    grown: Sequence[BatchGrowth], recovered: Mapping[int, Decimal]
) -> dict[str, list[Point]]:
    """By the code of the figure; `recovered`: percent by the key of a thawed suspension."""
    found = defaultdict(list)
    for each in grown:
        for code, point in [*_of_batch(each), *_of_tubes(each, recovered)]:
            found[code].append(point)
    return found


def _of_batch(grown: BatchGrowth) -> Iterator[tuple[str, Point]]:
    """Doublings of what is over: those of a batch in culture still grow."""
    code, began = grown.batch.code, grown.batch.opened_at
    if (found := grown.yield_per_gram) is not None:
        yield "yield_per_gram", Point(code, code, began, found)
    if grown.batch.status is BatchStatus.OPEN:
        return
    pace = own_pace(batch_growth.runs(grown.passages))
    if pace is not None and math.isfinite(pace):
        yield "doubling_time", Point(code, code, began, Decimal(24 / pace).quantize(PLACES))
    if (found := grown.cumulative) is not None:
        most = specifications.known_limit(
            specifications.of(grown.batch), "cumulative_doublings_max"
        )
        asked = None if most is None else Interval(high=most)
        limit = "" if most is None else f"<= {most}"
        yield "cumulative_doublings", Point(code, code, began, found, asked, limit)


def _of_tubes(grown: BatchGrowth, recovered: Mapping[int, Decimal]) -> Iterator[tuple[str, Point]]:
    """One value a batch: two harvests of one batch are no two batches."""
    counted = [tube for tube in grown.suspensions if tube.count and tube.made_by.performed_at]
    for origin in (SuspensionOrigin.HARVEST, SuspensionOrigin.THAW):
        tube = next((each for each in reversed(counted) if each.origin is origin), None)
        if tube is None or tube.count is None:
            continue
        if tube.count.live + tube.count.dead:
            line, found = suspensions.viability_test(tube), suspensions.viability(tube.count)
            yield f"{origin}_viability", _judged(tube, found, line)
        if tube.id in recovered:
            yield "thaw_recovery", _judged(tube, recovered[tube.id], thaw_findings.RECOVERY)


def _judged(tube: Suspension, found: Decimal, line: str) -> Point:
    """Against the line of the version that its batch is pinned to."""
    row = specifications.asks_for(specifications.of(tube.batch), line)
    limit = row.limit if row else ""
    at = tube.made_by.performed_at or tube.made_by.started_at
    return Point(tube.batch.code, tube.code, at, found, interval(limit), limit)


def interval(limit: str) -> Interval | None:
    """None where a word or nothing is asked for."""
    asked = criterion(limit) if limit else None
    return asked if isinstance(asked, Interval) else None


def cells_per_dose(session: Session, batches: Sequence[Batch]) -> Iterator[Point]:
    """The mean of the doses of each fill."""
    mean = func.sum(Dose.viable_cells) / func.count(Dose.id)
    rows = session.execute(
        select(Batch.code, Fill.code, Fill.filled_at, mean)
        .join(Fill, Fill.batch_id == Batch.id)
        .join(Dose, Dose.fill_id == Fill.id)
        .where(Batch.id.in_([each.id for each in batches]), Fill.kind == FillKind.DOSES)
        .group_by(Batch.code, Fill.code, Fill.filled_at)
    )
    for batch, fill, at, cells in rows:
        yield Point(batch, fill, at, Decimal(int(cells)))


def results(session: Session, batches: Sequence[Batch]) -> dict[str, list[Point]]:
    """The approved results that are numbers, by the code of the measurement; one query."""
    rows = session.execute(
        select(Batch, QcTest.code, SpecificationTest.code, QcResult)
        .join(QcTest, QcTest.batch_id == Batch.id)
        .join(SpecificationTest, SpecificationTest.id == QcTest.specification_test_id)
        .join(QcResult, QcResult.qc_test_id == QcTest.id)
        .where(
            Batch.id.in_([each.id for each in batches]),
            QcTest.status == QcTestStatus.APPROVED,
            QcResult.superseded_at.is_(None),
        )
    )
    found = defaultdict(list)
    for batch, test, line, result in rows:
        if result.value is None:
            continue
        row = specifications.asks_for(specifications.of(batch), line)
        limit = row.limit if row else ""
        bound = result.comparator not in (None, Comparator.EQUAL)
        point = Point(
            batch.code,
            test,
            result.read_at,
            result.value,
            interval(limit),
            limit,
            result.entered,
            bound,
        )
        found[result.member or line].append(point)
    return found


def measurements(line: Line) -> list[tuple[str, str]]:
    """Code and name of each number that a line asks for; none where it asks for a word."""
    if interval(line.limit) is None:
        return []
    if line.members:
        return [(member, line.called(member)) for member in line.members]
    return [(line.code, line.name)]
