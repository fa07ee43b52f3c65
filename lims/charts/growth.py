"""One drawing of growth for page and paper: viable cells and doublings against the same days."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from reportlab.graphics.shapes import Circle, Drawing, Group, Polygon, PolyLine, Rect

from lims.charts import strokes
from lims.charts.growth_values import Forecast, Growth, Passage
from lims.charts.names import Words, clear
from lims.charts.strokes import ACCENT, BAND, INK, STOP, WARN, WHITE, frame, line, square, text
from lims.errors import N_
from lims.records.wording import Wording
from lims.rounding import power_of_ten

WIDTH, HEIGHT = 507, 262
ON_A_PAGE = 430
"""Narrower, so that its words are as large there as those beside it."""
LEFT, RIGHT = 40, 10
CELLS = (106, 244)
DOUBLINGS = (26, 84)
"""Bottom and top of the two panels."""
ROOM = 1.06
"""The last day and the highest doubling stand a little inside the frame."""
STEPS = (1, 2, 5, 10, 20, 50, 100)
MOST_DAYS, MOST_DOUBLINGS = 12, 4

Point = tuple[float, float]


@dataclass(frozen=True)
class Panel:
    """One frame with its two scales; values above it are given already in the scale's terms."""

    right: float
    span: tuple[float, float]
    last_day: float
    lowest: float
    highest: float

    def at(self, day: Decimal | int, height: float) -> Point:
        bottom, top = self.span
        share = (height - self.lowest) / (self.highest - self.lowest)
        return self.x(day), bottom + (top - bottom) * share

    def x(self, day: Decimal | int) -> float:
        return LEFT + (self.right - LEFT) * float(day) / self.last_day

    def across(self, height: float) -> tuple[Point, Point]:
        """The two ends of a level line."""
        y = self.at(0, height)[1]
        return (LEFT, y), (self.right, y)


def growth_svg(growth: Growth, wording: Wording) -> bytes:
    """The drawing as an SVG document for an `<img>`; the page shows its table beside it."""
    return strokes.svg_of(growth_drawing(growth, wording, ON_A_PAGE))


def growth_drawing(growth: Growth, wording: Wording, width: float = WIDTH) -> Drawing:
    """Viable cells above on a logarithmic axis, cumulative doublings beneath."""
    drawing = Drawing(width, HEIGHT)
    cells, doublings = _panels(growth, width - RIGHT)
    drawing.add(_cells_axes(cells, wording))
    drawing.add(_doublings_axes(doublings, wording))
    if growth.forecast and growth.prescribed_cells:
        appointment = growth.appointment_day or 0
        edge = cells.x(appointment) if appointment > growth.forecast.latest_day else width
        drawing.add(_forecast(growth.forecast, growth.prescribed_cells, cells, wording, edge=edge))
    drawing.add(_dose(growth, cells, wording))
    drawing.add(_cells(growth, cells, wording))
    drawing.add(_doublings(growth, doublings, wording))
    return drawing


def _panels(growth: Growth, right: float) -> tuple[Panel, Panel]:
    last_day = max([1.0, *map(float, _days(growth))]) * ROOM
    exponents = [log10(count) for count in _counts(growth)] or [5.0]
    lowest = floor(min(exponents))
    highest = max(ceil(max(exponents) + 0.05), lowest + 1)
    reached = [one.cumulative_doublings for one in growth.passages]
    most = max([1.0, *(float(number) for number in [*reached, growth.doublings_limit] if number)])
    return (
        Panel(right, CELLS, last_day, lowest, highest),
        Panel(right, DOUBLINGS, last_day, 0, most * ROOM * ROOM),
    )


def _cells_axes(panel: Panel, wording: Wording) -> Group:
    group = Group(_frame(panel))
    for exponent in range(int(panel.lowest), int(panel.highest) + 1):
        start, end = panel.across(exponent)
        group.add(line(start, end, strokes.FAINT))
        group.add(text(LEFT - 4, start[1] - 2.4, power_of_ten(exponent), "end"))
    words = wording.word(N_("Viable cells"))
    group.add(text(LEFT, CELLS[1] + 6, words, "start", INK, bold=True))
    return group


def _doublings_axes(panel: Panel, wording: Wording) -> Group:
    group = Group(_frame(panel))
    for number in _ticks(panel.highest, MOST_DOUBLINGS):
        y = panel.at(0, number)[1] - 2.4
        group.add(text(LEFT - 4, y, str(number), "end"))
    bottom = DOUBLINGS[0]
    for day in _ticks(panel.last_day, MOST_DAYS):
        x = panel.x(day)
        group.add(line((x, bottom - 2.5), (x, bottom), strokes.FRAME))
        group.add(text(x, bottom - 10, str(day), "middle"))
    words = wording.word(N_("Cumulative doublings"))
    group.add(text(LEFT, DOUBLINGS[1] + 5, words, "start", INK, bold=True))
    days = wording.word(N_("days since the first seeding"))
    group.add(text(panel.right, 3, days, "end"))
    return group


def _dose(growth: Growth, panel: Panel, wording: Wording) -> Group:
    """The line the cells have to reach, and the day they are expected."""
    group = Group()
    if growth.prescribed_cells:
        start, end = panel.across(log10(growth.prescribed_cells))
        group.add(line(start, end, STOP, dashes=(5, 3)))
        dose = _dose_words(growth.prescribed_cells, panel, wording)
        group.add(text(*dose.at, dose.said, "start", STOP))
    if growth.appointment_day is not None:
        x = panel.x(growth.appointment_day)
        group.add(line((x, CELLS[0]), (x, CELLS[1]), WARN, 1, dashes=(1.5, 2)))
        day = wording.number(growth.appointment_day)
        words = wording.say(N_("appointment, day %(day)s"), day=day)
        group.add(text(x - 4, CELLS[0] + 5, words, "end", WARN))
    return group


def _dose_words(dose: int, panel: Panel, wording: Wording) -> Words:
    said = wording.say(N_("prescribed dose %(cells)s"), cells=wording.number(dose))
    return Words(said, (LEFT + 5, panel.at(0, log10(dose))[1] + 3.5))


def _forecast(
    forecast: Forecast, dose: int, panel: Panel, wording: Wording, *, edge: float
) -> Group:
    """A fan from the last count to the days between which the dose is reached 8 times in 10."""
    start = panel.at(forecast.from_day, log10(forecast.from_cells))
    days = (forecast.earliest_day, forecast.likely_day, forecast.latest_day)
    earliest, likely, latest = (panel.at(day, log10(dose)) for day in days)
    band = Polygon([*start, *earliest, *latest])
    band.fillColor, band.strokeColor = BAND, None
    group = Group(band, line(start, likely, ACCENT, 1.4, dashes=(4, 3)))
    for x, y in (earliest, latest):
        group.add(line((x, y - 3), (x, y + 3), ACCENT, 1))
    group.add(Circle(*likely, 2.8, fillColor=WHITE, strokeColor=ACCENT))
    words = wording.say(
        N_("expected day %(likely)s, 80 %% between %(earliest)s and %(latest)s"),
        likely=wording.number(forecast.likely_day, 0),
        earliest=wording.number(forecast.earliest_day, 0),
        latest=wording.number(forecast.latest_day, 0),
    )
    group.add(text(min(panel.right, edge) - 4, likely[1] + 5, words, "end", ACCENT))
    return group


def _cells(growth: Growth, panel: Panel, wording: Wording) -> Group:
    """Each passage from seeded to harvested; the dotted fall is what was not seeded on."""
    group = Group()
    before: Point | None = None
    dose = growth.prescribed_cells
    taken = [_dose_words(dose, panel, wording)] if dose else []
    for passage in growth.passages:
        ends = _ends(passage, panel)
        if before and ends:
            group.add(line(before, ends[0], ACCENT, 0.8, dashes=(1, 2)))
        if len(ends) > 1:
            group.add(line(ends[0], ends[1], ACCENT, 2))
        for x, y in ends:
            group.add(Circle(x, y, 2.6, fillColor=ACCENT, strokeColor=None))
        if ends:
            before = ends[-1]
            up = before[1] < sum(CELLS) / 2
            beside = LEFT if len(ends) > 1 else before[0]  # its line is yet to come: to the right
            taken.append(clear(before, passage.name, taken, left=beside, up=up))
            group.add(text(*taken[-1].at, passage.name, "start", INK, bold=True))
    return group


def _doublings(growth: Growth, panel: Panel, wording: Wording) -> Group:
    group = Group()
    if growth.doublings_limit:
        start, end = panel.across(float(growth.doublings_limit))
        group.add(line(start, end, STOP, dashes=(5, 3)))
        limit = wording.number(growth.doublings_limit)
        words = wording.say(N_("limit %(limit)s"), limit=limit)
        group.add(text(LEFT + 5, start[1] - 8, words, "start", STOP))
    points = [
        panel.at(one.harvested_day, float(one.cumulative_doublings))
        for one in growth.passages
        if one.harvested_day is not None and one.cumulative_doublings is not None
    ]
    if len(points) > 1:
        flat = [place for point in points for place in point]
        group.add(PolyLine(flat, strokeColor=ACCENT, strokeWidth=1.6))
    for x, y in points:
        group.add(square(x, y, 5, ACCENT))
    return group


def _frame(panel: Panel) -> Rect:
    bottom, top = panel.span
    return frame(LEFT, bottom, panel.right - LEFT, top - bottom)


def _ends(passage: Passage, panel: Panel) -> list[Point]:
    counted = (
        (passage.seeded_day, passage.seeded_cells),
        (passage.harvested_day, passage.harvested_cells),
    )
    return [panel.at(day, log10(count)) for day, count in counted if day is not None and count]


def _days(growth: Growth) -> list[Decimal]:
    days = [day for one in growth.passages for day in (one.seeded_day, one.harvested_day)]
    if growth.forecast:
        days += [growth.forecast.from_day, growth.forecast.latest_day]
    return [day for day in [*days, growth.appointment_day] if day is not None]


def _counts(growth: Growth) -> list[int]:
    counts = [count for one in growth.passages for count in (one.seeded_cells, one.harvested_cells)]
    if growth.forecast:
        counts.append(growth.forecast.from_cells)
    return [count for count in [*counts, growth.prescribed_cells] if count]


def _ticks(last: float, most: int) -> range:
    step = next((step for step in STEPS if last / step <= most), ceil(last / most))
    return range(0, floor(last) + 1, step)
