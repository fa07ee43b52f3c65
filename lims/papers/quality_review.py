"""The review of a period from the figures of its batches."""

from datetime import date, datetime, tzinfo
from decimal import Decimal

from lims.charts.control import Asked, Control, placed
from lims.charts.control_drawing import Mark, Marked
from lims.papers.wording import tidied, wording_of
from lims.records import quality_review
from lims.records.quality_review import Review, Reviewed, Value
from lims.records.wording import Wording
from lims.rounding import power_of_ten, rounded
from lims.workflows import criteria
from lims.workflows.trend_figures import Point
from lims.workflows.trends import Figure, Window

SHORT_FROM = 100_000
"""A number of cells is written with a power of ten from here on."""


def review_pdf(
    found: Window,
    first_day: date,
    last_day: date,
    *,
    at: datetime,
    site: str,
    zone: tzinfo,
    language: str,
) -> bytes:
    """The batches begun from the one day to the other, in the language of who asks."""
    say = wording_of(language, zone)
    figures = [_reviewed(each, say) for each in found.figures if each.points]
    told = Review(site, at, first_day, last_day, len(found.batches), figures)
    return quality_review.render(told, say)


def _reviewed(figure: Figure, say: Wording) -> Reviewed:
    limits, chart = figure.limits, control_of(figure)
    broken = {id(point) for _, points in figure.signals for point in points}
    marks = [_mark(point, id(point) in broken) for point in figure.points]
    laid = placed(chart, touch=0)
    levels = [each.value for each in (laid.lower, laid.centre, laid.upper) if each]
    numbers = [*(tick for tick, _ in laid.ticks), *levels]
    return Reviewed(
        name=_name(figure, say),
        lower=_written(figure, figure.lower, say),
        mean=_written(figure, limits.centre if limits else None, say),
        upper=_written(figure, limits.upper if limits else None, say),
        runs=[
            f"{say.word(signal.sentence)} {', '.join(point.batch for point in points)}"
            for signal, points in figure.signals
        ],
        values=[
            _value(figure, point, mark, say)
            for point, mark in zip(figure.points, marks, strict=True)
        ],
        marked=Marked(chart, [say.day(point.at) for point in figure.points], marks),
        written={number: _written(figure, number, say) for number in numbers},
    )


def control_of(figure: Figure) -> Control:
    """The chart of a figure, for page and paper."""
    limits = figure.limits
    return Control(
        values=[point.value for point in figure.points],
        asked=[
            Asked(point.asked.low, point.asked.high) if point.asked else Asked()
            for point in figure.points
        ],
        centre=limits.centre if limits else None,
        lower=figure.lower,
        upper=limits.upper if limits else None,
    )


def _name(figure: Figure, say: Wording) -> str:
    name = say.word(figure.name)
    return f"{name}, {say.word(figure.unit)}" if figure.unit else name


def _mark(point: Point, broken: bool) -> Mark:
    if not point.conforms:
        return Mark.FAILED
    if broken:
        return Mark.BROKEN
    return Mark.BOUND if point.bound else Mark.VALUE


def _value(figure: Figure, point: Point, mark: Mark, say: Wording) -> Value:
    entered = say.word(criteria.typed(point.entered, say.mark)) if point.entered else ""
    return Value(
        at=point.at,
        batch=point.batch,
        measured_on="" if point.code == point.batch else point.code,
        written=entered or _written(figure, point.value, say),
        limit=say.word(criteria.written(point.limit, say.mark)) if point.limit else "",
        mark=mark,
    )


def _written(figure: Figure, value: Decimal | None, say: Wording) -> str:
    """For the eye; what it is compared with is the whole one."""
    if value is None:
        return ""
    if abs(value) >= SHORT_FROM:
        exponent = value.adjusted()
        lead = say.number(tidied(rounded(value.scaleb(-exponent), 2)))
        return f"{lead} × {power_of_ten(exponent)}"
    bounds = [bound for point in figure.points for bound in point.bounds]
    return say.number(rounded(value, figure.places, bounds))
