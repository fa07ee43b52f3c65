"""One drawing of a freezing run for page and paper: temperature against the minutes."""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil, floor

from reportlab.graphics.shapes import Drawing, Group, PolyLine

from lims.charts import strokes
from lims.charts.strokes import ACCENT, INK, STOP, frame, line, text
from lims.errors import N_
from lims.records.wording import Wording

WIDTH, HEIGHT = 507, 190
LEFT, RIGHT, BOTTOM, TOP = 40, 10, 26, 172
MOST_TICKS = 8
MOST_ROWS = 30
STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000)

Point = tuple[Decimal, Decimal]


def freezing_svg(points: Sequence[Point], limit_c: Decimal | None, wording: Wording) -> bytes:
    """The drawing as an SVG document for an `<img>`."""
    return strokes.svg_of(freezing_drawing(points, limit_c, wording))


def freezing_drawing(
    points: Sequence[Point], limit_c: Decimal | None, wording: Wording, width: float = WIDTH
) -> Drawing:
    """The curve, and the temperature that the run has to reach by its end."""
    scale = _Scale(points, limit_c, width - RIGHT)
    drawing = Drawing(width, HEIGHT)
    drawing.add(_axes(scale, wording))
    if limit_c is not None:
        y = scale.y(limit_c)
        drawing.add(line((LEFT, y), (scale.right, y), STOP, dashes=(5, 3)))
        limit = wording.number(limit_c)
        words = wording.say(N_("to be reached: %(limit)s °C"), limit=limit)
        drawing.add(text(LEFT + 5, y + 3.5, words, "start", STOP))
    flat = [place for minute, degrees in points for place in (scale.x(minute), scale.y(degrees))]
    if len(points) > 1:
        drawing.add(PolyLine(flat, strokeColor=ACCENT, strokeWidth=1.8))
    return drawing


def freezing_heads() -> tuple[str, ...]:
    """The heads of the table beside the drawing, to be worded."""
    return N_("Minute"), N_("Temperature, °C")


def freezing_rows(points: Sequence[Point], wording: Wording) -> list[tuple[str, ...]]:
    """The drawing as a table; of many points, as many as a page holds, with the last."""
    apart = max(1, ceil(len(points) / MOST_ROWS))
    told = [*points[:-1:apart], *points[-1:]]
    return [(wording.number(minute, 1), wording.number(degrees, 1)) for minute, degrees in told]


class _Scale:
    """Where a minute and a temperature lie in the frame."""

    def __init__(self, points: Sequence[Point], limit_c: Decimal | None, right: float) -> None:
        degrees = [float(each) for _, each in points]
        if limit_c is not None:
            degrees.append(float(limit_c))
        self.right = right
        self.last = max([float(minute) for minute, _ in points] or [1.0]) or 1.0
        self.lowest, self.highest = min(degrees) - 8, max(degrees) + 8

    def x(self, minute: Decimal | float) -> float:
        return LEFT + (self.right - LEFT) * float(minute) / self.last

    def y(self, degrees: Decimal | float) -> float:
        share = (float(degrees) - self.lowest) / (self.highest - self.lowest)
        return BOTTOM + (TOP - BOTTOM) * share


def _axes(scale: _Scale, wording: Wording) -> Group:
    group = Group(frame(LEFT, BOTTOM, scale.right - LEFT, TOP - BOTTOM))
    for degrees in _ticks(scale.lowest, scale.highest):
        y = scale.y(degrees)
        group.add(line((LEFT, y), (scale.right, y), strokes.FAINT))
        group.add(text(LEFT - 4, y - 2.4, wording.number(degrees), "end"))
    for minute in _ticks(0, scale.last):
        x = scale.x(minute)
        group.add(line((x, BOTTOM - 2.5), (x, BOTTOM), strokes.FRAME))
        group.add(text(x, BOTTOM - 10, str(minute), "middle"))
    group.add(text(LEFT, TOP + 6, wording.word(N_("Temperature, °C")), "start", INK, bold=True))
    words = wording.word(N_("minutes since the program began"))
    group.add(text(scale.right, 3, words, "end"))
    return group


def _ticks(first: float, last: float) -> range:
    span = last - first
    step = next((step for step in STEPS if span / step <= MOST_TICKS), STEPS[-1])
    return range(ceil(first / step) * step, floor(last) + 1, step)
