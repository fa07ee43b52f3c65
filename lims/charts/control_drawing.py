"""A control chart on paper: laid out as on its page, drawn in the paper's strokes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from reportlab.graphics.shapes import Circle, Drawing, Polygon, PolyLine
from reportlab.lib.colors import Color

from lims.charts import strokes
from lims.charts.control import HEIGHT, Control, Level, Placed, placed
from lims.charts.strokes import ACCENT, QUIET, STOP, WARN, WHITE, frame, line, text
from lims.errors import N_
from lims.records.wording import Wording

RADIUS = 2
Written = Callable[[Decimal], str]


class Mark(Enum):
    """What is to be seen of a value: told by its shape, and by its colour besides."""

    VALUE = N_("a value")
    BOUND = N_("only a bound, such as <0.05")
    BROKEN = N_("breaks a rule")
    FAILED = N_("outside the specification")


@dataclass(frozen=True)
class Marked:
    """A control chart with the day and the mark of each of its values."""

    chart: Control
    days: Sequence[str]
    marks: Sequence[Mark]


def control_drawing(marked: Marked, written: Written, wording: Wording, width: float) -> Drawing:
    """At least one value."""
    laid = placed(marked.chart, touch=0)
    scale = width / laid.width
    drawing = Drawing(width, HEIGHT * scale)

    def at(x: float, y: float) -> tuple[float, float]:
        return x * scale, (HEIGHT - y) * scale

    left, bottom = at(laid.left, laid.bottom)
    right, top = at(laid.right, laid.top)
    drawing.add(frame(left, bottom, right - left, top - bottom))
    for value, y in laid.ticks:
        start, end = at(laid.left, y), at(laid.right, y)
        drawing.add(line(start, end, strokes.FAINT))
        drawing.add(text(start[0] - 4, start[1] - 2.4, written(value), "end"))
    for date in laid.dates:
        x, _ = at(*laid.places[date])
        drawing.add(text(x, bottom - 10, marked.days[date], "middle"))
    for each in laid.specified:
        drawing.add(_level(each, at, STOP, (1, 1.5)))
    _limits(drawing, laid, at, written, wording)
    flat = [each for place in laid.places for each in at(*place)]
    if len(laid.places) > 1:
        drawing.add(PolyLine(flat, strokeColor=QUIET, strokeWidth=0.7))
    for place, mark in zip(laid.places, marked.marks, strict=True):
        for shape in _shapes(mark, *at(*place)):
            drawing.add(shape)
    return drawing


At = Callable[[float, float], tuple[float, float]]


def _limits(drawing: Drawing, laid: Placed, at: At, written: Written, wording: Wording) -> None:
    for level, name, dashes in (
        (laid.upper, N_("upper limit"), (4, 2.5)),
        (laid.centre, N_("mean"), None),
        (laid.lower, N_("lower limit"), (4, 2.5)),
    ):
        if level is not None:
            drawing.add(_level(level, at, ACCENT, dashes))
            x, y = at(laid.right, level.name_y)
            drawing.add(text(x + 4, y + 0.6, wording.word(name), "start"))
            drawing.add(text(x + 4, y - 6.4, written(level.value), "start"))


def _level(level: Level, at: At, colour: Color, dashes: tuple[float, float] | None) -> PolyLine:
    return line(at(level.start, level.y), at(level.end, level.y), colour, 0.9, dashes)


def _shapes(mark: Mark, x: float, y: float) -> list[Circle | Polygon | PolyLine]:
    if mark is Mark.FAILED:
        far = RADIUS + 1
        return [
            line((x - far, y - side * far), (x + far, y + side * far), STOP, 1.6)
            for side in (1, -1)
        ]
    if mark is Mark.BROKEN:
        wide = RADIUS + 1.4
        diamond = Polygon([x, y + wide, x + wide, y, x, y - wide, x - wide, y])
        diamond.fillColor, diamond.strokeColor = WARN, None
        return [diamond]
    hollow = mark is Mark.BOUND
    return [Circle(x, y, RADIUS, fillColor=WHITE if hollow else ACCENT, strokeColor=ACCENT)]


def legend(wording: Wording, width: float) -> Drawing:
    """What each mark of the charts means, and the line of the specification."""
    drawing = Drawing(width, 12)
    x = 4.0
    for mark in Mark:
        for shape in _shapes(mark, x, 5):
            drawing.add(shape)
        x = _said(drawing, x + 7, wording.word(mark.value))
    drawing.add(line((x - 3, 5), (x + 9, 5), STOP, 0.9, (1, 1.5)))
    _said(drawing, x + 12, wording.word(N_("limit of the specification of its time")))
    return drawing


def _said(drawing: Drawing, x: float, words: str) -> float:
    """Where the next may stand."""
    drawing.add(text(x, 2.6, words, "start"))
    return x + strokes.width_of(words) + 14
