"""The timeline of a course on paper: laid out as on its page, drawn in the paper's strokes."""

from collections.abc import Iterator, Sequence

from reportlab.graphics.shapes import Circle, Drawing, Polygon, Rect

from lims.charts import strokes
from lims.charts.strokes import ACCENT, BAND, INK, QUIET, WHITE, line, text
from lims.charts.timeline import ROW, TOP, WIDTH, Bar, Row, Timeline, laid_out
from lims.errors import N_
from lims.records.wording import Wording

MOST_ROWS = 30
"""In one drawing: with the words above and below it they fit a page."""
RADIUS, BELOW = 3, 14


def timeline_drawings(rows: Sequence[Row], wording: Wording, width: float) -> Iterator[Drawing]:
    """At least one row; as many drawings of one axis as the rows need."""
    laid = laid_out(rows)
    for first in range(0, len(laid.bars), MOST_ROWS):
        yield _drawing(laid, first, laid.bars[first : first + MOST_ROWS], wording, width)


def _drawing(
    laid: Timeline, first: int, bars: Sequence[Bar], wording: Wording, width: float
) -> Drawing:
    scale = width / WIDTH
    height = (TOP + ROW * len(bars)) * scale + BELOW
    drawing = Drawing(width, height)

    def y(place: float) -> float:
        return float(height - (place - first * ROW) * scale)

    bottom = y(TOP + ROW * (first + len(bars)))
    for number, (day, place) in enumerate(laid.ticks):
        x = place * scale
        drawing.add(line((x, bottom), (x, height - 14), strokes.FAINT))
        last = number == len(laid.ticks) - 1 and place > WIDTH - 60
        drawing.add(text(x, height - 9, wording.day(day), "end" if last else "middle"))
    for bar in bars:
        _draw(drawing, bar, y(bar.y), scale)
    _explain(drawing, wording)
    return drawing


def _draw(drawing: Drawing, bar: Bar, y: float, scale: float) -> None:
    """A circle where it happened, a diamond where it is planned."""
    drawing.add(
        text(2, y - 2.4, _fitting(bar.row.name, (Timeline.left - 12) * scale), "start", INK)
    )
    if bar.band:
        start, end = (place * scale for place in bar.band)
        band = Rect(start, y - 4, end - start, 8)
        band.fillColor, band.strokeColor = BAND, None
        drawing.add(band)
    if bar.planned is not None and bar.done is not None and bar.planned != bar.done:
        drawing.add(line((bar.planned * scale, y), (bar.done * scale, y), QUIET, dashes=(2, 2)))
    if bar.planned is not None:
        drawing.add(_diamond(bar.planned * scale, y))
    if bar.done is not None:
        drawing.add(_circle(bar.done * scale, y))


def _explain(drawing: Drawing, wording: Wording) -> None:
    drawing.add(_circle(6, 5))
    happened = wording.word(N_("Happened"))
    drawing.add(text(13, 2.6, happened, "start"))
    x = 13 + strokes.width_of(happened) + 16
    drawing.add(_diamond(x, 5))
    drawing.add(text(x + 8, 2.6, wording.word(N_("Planned")), "start"))


def _circle(x: float, y: float) -> Circle:
    return Circle(x, y, RADIUS, fillColor=ACCENT, strokeColor=None)


def _diamond(x: float, y: float) -> Polygon:
    far = RADIUS + 1
    drawn = Polygon([x, y + far, x + far, y, x, y - far, x - far, y])
    drawn.fillColor, drawn.strokeColor, drawn.strokeWidth = WHITE, ACCENT, 1.2
    return drawn


def _fitting(name: str, room: float) -> str:
    """Cut where it is longer than its place."""
    if strokes.width_of(name) <= room:
        return name
    while strokes.width_of(f"{name}…") > room:
        name = name[:-1]
    return f"{name}…"
