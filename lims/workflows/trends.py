"""What past batches measured, figure by figure in the order of time, for control charts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.specification import SpecificationVersion
from lims.workflows import batch_growth, recovery, specifications, trend_figures
from lims.workflows.control_limits import ENOUGH, Limits, Signal, limits_of, signals
from lims.workflows.trend_figures import Point

BATCHES = 30
"""On one page: more than the 20 to 25 values that firm limits rest on."""

MOST_OF_PERIOD = 500
"""In one review: each of its charts still shows every value."""


class TooManyBatches(LimsError):
    sentence = N_("More than %(most)s batches were begun then. Choose a shorter period.")


@dataclass(frozen=True)
class Figure:
    """One thing that is measured of batch after batch."""

    code: str
    name: str
    unit: str
    places: int
    points: tuple[Point, ...] = field(repr=False)

    @property
    def counted(self) -> list[Point]:
        """Those with a number of their own: `<0.05` says no more than a bound."""
        return [point for point in self.points if not point.bound]

    @cached_property
    def limits(self) -> Limits | None:
        return limits_of([point.value for point in self.counted])

    @property
    def lower(self) -> Decimal | None:
        """The lower control limit; None where it is below zero, which nothing measured here is."""
        return self.limits.lower if self.limits and self.limits.lower > 0 else None

    @property
    def provisional(self) -> bool:
        return len(self.counted) < ENOUGH

    @cached_property
    def signals(self) -> list[tuple[Signal, list[Point]]]:
        """Each rule that is broken, and by which points."""
        if self.limits is None:
            return []
        counted = self.counted
        broken = signals([point.value for point in counted], self.limits)
        return [(each, [counted[place] for place in each.places]) for each in broken]

    @property
    def outside(self) -> list[Point]:
        """What failed the specification in force for it."""
        return [point for point in self.points if not point.conforms]


@dataclass(frozen=True)
class Window:
    """The figures of some batches one after another; `earlier`: the key to go on below."""

    batches: Sequence[Batch]
    figures: Sequence[Figure]
    earlier: int | None

    @property
    def since(self) -> datetime | None:
        return self.batches[-1].opened_at if self.batches else None

    @property
    def until(self) -> datetime | None:
        return self.batches[0].opened_at if self.batches else None


def window(session: Session, below: int | None) -> Window:
    """The newest batches (below the key of one), and all their figures, in as many queries."""
    found = _made_here()
    if below is not None:
        found = found.where(Batch.id < below)
    newest = found.order_by(Batch.id.desc()).limit(BATCHES + 1)
    batches = session.scalars(newest).unique().all()
    shown = batches[:BATCHES]
    return Window(
        batches=shown,
        figures=list(_figures(session, shown)),
        earlier=shown[-1].id if len(batches) > BATCHES else None,
    )


def of_period(session: Session, since: datetime, until: datetime) -> Window:
    """The batches begun from `since` and before `until`; raises TooManyBatches."""
    begun = _made_here().where(Batch.opened_at >= since, Batch.opened_at < until)
    newest = begun.order_by(Batch.opened_at.desc(), Batch.id.desc()).limit(MOST_OF_PERIOD + 1)
    batches = session.scalars(newest).unique().all()
    if len(batches) > MOST_OF_PERIOD:
        raise TooManyBatches(most=MOST_OF_PERIOD)
    return Window(batches=batches, figures=list(_figures(session, batches)), earlier=None)


def _made_here() -> Select[Batch]:
    version = joinedload(Batch.specification_version)
    return (
        select(Batch)
        .where(~Batch.earlier.has())
        .options(
            version.selectinload(SpecificationVersion.tests),
            version.selectinload(SpecificationVersion.limits),
        )
    )


def _figures(session: Session, batches: Sequence[Batch]) -> Iterator[Figure]:
    """Those of the process first, then each test of the specification that gives a number."""
    grown = batch_growth.of_batches(session, batches) if batches else []
    recovered = recovery.of_batches(session, batches) if batches else {}
    measured = trend_figures.measured(grown, recovered)
    measured["cells_per_dose"] = list(trend_figures.cells_per_dose(session, batches))
    for made in trend_figures.PROCESS:
        yield _figure(made.code, made.name, made.unit, made.places, measured.get(made.code, []))
    version = specifications.approved(session)
    tested = trend_figures.results(session, batches)
    for line in map(specifications.line_of, specifications.lines(version) if version else ()):
        for code, name in trend_figures.measurements(line):
            yield _figure(code, name, line.unit, line.places, tested.get(code, []))


def _figure(code: str, name: str, unit: str, places: int, points: Sequence[Point]) -> Figure:
    ordered = sorted(points, key=lambda each: (each.at, each.code))
    return Figure(code, name, unit, places, tuple(ordered))
