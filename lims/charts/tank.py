"""One drawing of how a storage tank stood, for page and paper: nitrogen and temperature by day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from reportlab.graphics.shapes import Drawing, Group, PolyLine
from reportlab.lib.colors import Color

from lims.charts import strokes
from lims.charts.strokes import ACCENT, INK, STOP, WARN, frame, line, square, text
from lims.errors import N_
from lims.records.wording import Wording

WIDTH, HEIGHT = 507, 230
SMALL_WIDTH, SMALL_HEIGHT = 120, 32
LEFT, RIGHT = 40, 10
LEVEL, DEGREES = (136, 212), (26, 112)
"""From where to where each of the two stands, in points from below."""
WEEK = timedelta(days=7)
MARGIN = 5
POINT, REFILL = 3.2, 5.4


@dataclass(frozen=True)
class Shown:
    """What a tank showed; a level is a share of full in per cent."""

    at: datetime
    level_pct: Decimal | None
    temperature_c: Decimal | None
    refilled: bool


@dataclass(frozen=True)
class Limits:
    """Of the specification; None where it has none."""

    level_min_pct: Decimal | None = None
    storage_warn_c: Decimal | None = None
    storage_limit_c: Decimal | None = None


@dataclass(frozen=True)
class Span:
    """The days that are drawn."""

    since: datetime
    until: datetime

    def share(self, at: datetime) -> float:
        return (at - self.since) / (self.until - self.since)

    def weeks(self) -> list[datetime]:
        """Its end and each week before it."""
        number = (self.until - self.since) // WEEK
        return [self.until - WEEK * back for back in range(number, -1, -1)]


Read = Callable[[Shown], Decimal | None]


def tank_svg(readings: Sequence[Shown], limits: Limits, span: Span, wording: Wording) -> bytes:
    """The drawing as an SVG document for an `<img>`."""
    return strokes.svg_of(tank_drawing(readings, limits, span, wording))


def tank_drawing(
    readings: Sequence[Shown], limits: Limits, span: Span, wording: Wording, width: float = WIDTH
) -> Drawing:
    """Level above, temperature below; refills marked, limits dashed."""
    drawing = Drawing(width, HEIGHT)
    degrees = [each.temperature_c for each in readings if each.temperature_c is not None]
    bounds = [each for each in (limits.storage_warn_c, limits.storage_limit_c) if each is not None]
    level = _Panel(LEVEL, span, width, [Decimal(0), Decimal(100)])
    warmth = _Panel(DEGREES, span, width, [*degrees, *bounds] or [Decimal(-196), Decimal(-100)])
    drawing.add(level.axes(wording, wording.word(N_("Level of nitrogen, %")), step=25))
    drawing.add(warmth.axes(wording, wording.word(N_("Temperature, °C")), step=20))
    drawing.add(_days(span, width, wording))
    drawing.add(level.limit(limits.level_min_pct, STOP))
    drawing.add(warmth.limit(limits.storage_warn_c, WARN))
    drawing.add(warmth.limit(limits.storage_limit_c, STOP))
    drawing.add(level.curve(readings, lambda each: each.level_pct))
    drawing.add(warmth.curve(readings, lambda each: each.temperature_c))
    if any(each.refilled for each in readings):
        drawing.add(square(width - RIGHT - 3, LEVEL[1] + 8.5, REFILL, INK))
        drawing.add(text(width - RIGHT - 9, LEVEL[1] + 6, wording.word(N_("refilled")), "end"))
    return drawing


def small_svg(readings: Sequence[Shown], limits: Limits, span: Span) -> bytes:
    """The level alone, for a row of a list: its trend and its limit."""
    drawing = Drawing(SMALL_WIDTH, SMALL_HEIGHT)
    panel = _Panel(
        (3, SMALL_HEIGHT - 3), span, SMALL_WIDTH, [Decimal(0), Decimal(100)], left=3, right=3
    )
    drawing.add(frame(0.5, 0.5, SMALL_WIDTH - 1, SMALL_HEIGHT - 1))
    drawing.add(panel.limit(limits.level_min_pct, STOP))
    drawing.add(panel.curve(readings, lambda each: each.level_pct))
    return strokes.svg_of(drawing)


def tank_heads() -> tuple[str, ...]:
    """The heads of the table beside the drawing, to be worded."""
    return N_("Read at"), N_("Level of nitrogen, %"), N_("Temperature, °C"), N_("Refilled")


def tank_rows(readings: Sequence[Shown], wording: Wording) -> list[tuple[str, ...]]:
    """The drawing as a table, the newest first."""
    return [
        (
            wording.moment(each.at),
            wording.value(each.level_pct, 0),
            wording.value(each.temperature_c, 1),
            wording.value(True) if each.refilled else "",
        )
        for each in reversed(readings)
    ]


class _Panel:
    """One measure over the days: where a value lies in its frame."""

    def __init__(
        self,
        place: tuple[float, float],
        span: Span,
        width: float,
        values: Sequence[Decimal],
        *,
        left: float = LEFT,
        right: float = RIGHT,
    ) -> None:
        self.bottom, self.top = place
        self.span, self.left, self.right = span, left, width - right
        self.lowest, self.highest = float(min(values)) - MARGIN, float(max(values)) + MARGIN

    def x(self, at: datetime) -> float:
        return self.left + (self.right - self.left) * self.span.share(at)

    def y(self, value: Decimal | float) -> float:
        share = (float(value) - self.lowest) / (self.highest - self.lowest)
        return self.bottom + (self.top - self.bottom) * min(max(share, 0.0), 1.0)

    def axes(self, wording: Wording, title: str, step: int) -> Group:
        group = Group(frame(self.left, self.bottom, self.right - self.left, self.top - self.bottom))
        first = int(-(-self.lowest // step)) * step
        for value in range(first, int(self.highest) + 1, step):
            y = self.y(value)
            group.add(line((self.left, y), (self.right, y), strokes.FAINT))
            group.add(text(self.left - 4, y - 2.4, wording.number(value), "end"))
        group.add(text(self.left, self.top + 6, title, "start", INK, bold=True))
        return group

    def limit(self, limit: Decimal | None, colour: Color) -> Group:
        if limit is None:
            return Group()
        y = self.y(limit)
        return Group(line((self.left, y), (self.right, y), colour, dashes=(5, 3)))

    def curve(self, readings: Sequence[Shown], read: Read) -> Group:
        """Each reading a point; a gap of the measure is bridged."""
        known = [(each, value) for each in readings if (value := read(each)) is not None]
        places = [(self.x(each.at), self.y(value)) for each, value in known]
        group = Group()
        if len(places) > 1:
            flat = [number for place in places for number in place]
            group.add(PolyLine(flat, strokeColor=ACCENT, strokeWidth=1.5))
        for (each, _value), (x, y) in zip(known, places, strict=True):
            side, colour = (REFILL, INK) if each.refilled else (POINT, ACCENT)
            group.add(square(x, y, side, colour))
        return group


def _days(span: Span, width: float, wording: Wording) -> Group:
    group = Group()
    for at in span.weeks():
        x = LEFT + (width - RIGHT - LEFT) * span.share(at)
        group.add(line((x, DEGREES[0] - 2.5), (x, DEGREES[0]), strokes.FRAME))
        last = at == span.until
        group.add(text(x, DEGREES[0] - 10, wording.day(at), "end" if last else "middle"))
    return group
