"""Where the days of a course lie: a row for each thing, planned and done on one axis of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH = 960
LEFT, RIGHT, TOP = 232, 24, 34
"""Room for the names of the rows, and for the days above them."""
ROW = 34
MOST_TICKS = 9
LEAST_DAYS = 14
STEPS = (1, 7, 14, 28, 56, 91, 182, 364)


@dataclass(frozen=True)
class Row:
    """One thing of a course: the day it is planned for or expected, the day it was done."""

    name: str
    planned: date | None = None
    earliest: date | None = None
    latest: date | None = None
    done: date | None = None
    address: str = ""
    called_off: str = ""
    """Why it does not take place, where it was planned and called off."""

    @property
    def days(self) -> list[date]:
        every = (self.planned, self.earliest, self.latest, self.done)
        return [day for day in every if day is not None]


@dataclass(frozen=True)
class Bar:
    """A row laid out; None where there is no such mark."""

    row: Row
    y: float
    planned: float | None
    done: float | None
    band: tuple[float, float] | None


@dataclass(frozen=True)
class Timeline:
    bars: list[Bar]
    ticks: list[tuple[date, float]]
    today: float | None
    height: float

    width, left, right, top = WIDTH, LEFT, WIDTH - RIGHT, TOP


def laid_out(rows: Sequence[Row], today: date | None = None) -> Timeline:
    """At least one row; today is drawn where it lies among the days, on paper never."""
    days = [day for row in rows for day in row.days]
    first, last = min(days), max(days)
    last = max(last, first + timedelta(days=LEAST_DAYS))
    span = (last - first).days

    def x(day: date) -> float:
        return round(LEFT + 12 + (WIDTH - RIGHT - LEFT - 24) * (day - first).days / span, 1)

    def mark(day: date | None) -> float | None:
        return None if day is None else x(day)

    bars = [
        Bar(
            row,
            TOP + ROW * (number + 0.5),
            mark(row.planned),
            mark(row.done),
            (x(row.earliest), x(row.latest)) if row.earliest and row.latest else None,
        )
        for number, row in enumerate(rows)
    ]
    return Timeline(
        bars=bars,
        ticks=[(day, x(day)) for day in _ticks(first, span)],
        today=x(today) if today and first <= today <= last else None,
        height=TOP + ROW * len(rows) + 8,
    )


def _ticks(first: date, span: int) -> list[date]:
    step = next((each for each in STEPS if span / each <= MOST_TICKS), STEPS[-1])
    return [first + timedelta(days=number) for number in range(0, span + 1, step)]
