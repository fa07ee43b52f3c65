"""Where everything of a control chart lies: values in their order, limits, what was asked.

The page draws it itself, so that each point leads to its batch and the colours are the reader's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

WIDTH, HEIGHT = 960, 340
LEFT, RIGHT, TOP, BOTTOM = 76, 128, 18, 34
"""Room for the numbers of the axis, the names of the lines, and the days."""
TOUCH = 26
"""A value has so much of the width at least: many make the chart wider, not its points narrower."""
MARGIN = 0.06
"""Of the span: nothing stands on the frame."""
MOST_TICKS = 6
APART = 15
"""Names of lines stand at least so far apart."""


@dataclass(frozen=True)
class Asked:
    """What the specification asked of one value; None is no bound."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Control:
    """`asked` has an element for each of `values`; limits are None where nothing is drawn."""

    values: Sequence[Decimal]
    asked: Sequence[Asked]
    centre: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True)
class Level:
    """A level line from `start` to `end`, and where its name is written."""

    value: Decimal
    y: float
    start: float
    end: float
    name_y: float


@dataclass(frozen=True)
class Placed:
    """The chart laid out, from the top left."""

    width: float
    places: list[tuple[float, float]]
    ticks: list[tuple[Decimal, float]]
    centre: Level | None
    lower: Level | None
    upper: Level | None
    specified: list[Level]
    """The limits of the specification, each for the values it was in force for."""
    dates: list[int]
    """The values whose day is written beneath."""

    height = HEIGHT
    left, top, bottom = LEFT, TOP, HEIGHT - BOTTOM
    touch = TOUCH

    @property
    def right(self) -> float:
        return self.width - RIGHT

    @property
    def line(self) -> str:
        """The points as SVG's polyline wants them."""
        return " ".join(f"{x},{y}" for x, y in self.places)


def placed(chart: Control, touch: float = TOUCH) -> Placed:
    """The layout of a chart of at least one value; on paper no finger has to find it: `touch` 0."""
    scale = _Scale(chart, touch)
    places = [(scale.x(place), scale.y(value)) for place, value in enumerate(chart.values)]
    centre = _across(chart.centre, scale)
    return Placed(
        width=scale.width,
        places=places,
        ticks=[(tick, scale.y(tick)) for tick in scale.ticks()],
        centre=centre,
        lower=_across(chart.lower, scale, centre, APART),
        upper=_across(chart.upper, scale, centre, -APART),
        specified=[*_steps(chart, scale, "low"), *_steps(chart, scale, "high")],
        dates=_dates(len(places)),
    )


class _Scale:
    def __init__(self, chart: Control, touch: float) -> None:
        bounds = [bound for each in chart.asked for bound in (each.low, each.high)]
        drawn = [*chart.values, *bounds, chart.centre, chart.lower, chart.upper]
        known = [float(each) for each in drawn if each is not None]
        spread = max(known) - min(known) or abs(known[0]) or 1.0
        self.lowest = min(known) - spread * MARGIN
        self.highest = max(known) + spread * MARGIN
        self.count = len(chart.values)
        self.width = max(WIDTH, LEFT + RIGHT + touch * self.count)

    def x(self, place: float) -> float:
        """The values stand at equal distances: their order counts, not the days between."""
        share = (place + 0.5) / self.count
        return round(LEFT + (self.width - RIGHT - LEFT) * share, 1)

    def y(self, value: Decimal) -> float:
        share = (float(value) - self.lowest) / (self.highest - self.lowest)
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share, 1)

    def ticks(self) -> list[Decimal]:
        """Round numbers within the frame, as many as can be read."""
        power = floor(log10((self.highest - self.lowest) / MOST_TICKS))
        step = next(
            found
            for found in (Decimal(each).scaleb(power) for each in (1, 2, 5, 10))
            if (self.highest - self.lowest) / float(found) <= MOST_TICKS
        )
        first = -floor(-self.lowest / float(step))
        count = floor(self.highest / float(step)) - first + 1
        return [step * (first + number) for number in range(count)]


def _across(
    value: Decimal | None, scale: _Scale, beside: Level | None = None, apart: float = 0
) -> Level | None:
    """A level line over the whole width; its name at least `apart` from that of `beside`."""
    if value is None:
        return None
    y = name = scale.y(value)
    if beside and abs(y - beside.y) < APART:
        name = beside.y + apart
    return Level(value, y, LEFT, scale.width - RIGHT, name)


def _steps(chart: Control, scale: _Scale, bound: str) -> list[Level]:
    """A bound that changed with a version of the specification is a line for each."""
    found: list[Level] = []
    before: Decimal | None = None
    for place, each in enumerate(chart.asked):
        value = getattr(each, bound)
        if value is not None:
            start, end = scale.x(place - 0.5), scale.x(place + 0.5)
            if found and value == before:
                start = found.pop().start
            y = scale.y(value)
            found.append(Level(value, y, start, end, y))
        before = value
    return found


def _dates(count: int) -> list[int]:
    """The first, and those after it that leave room."""
    apart = max(1, -(-count // MOST_TICKS))
    return list(range(0, count, apart))
