"""The review of a period: each figure of its batches in order, with its limits and its runs.

It is made of the moment and kept nowhere; who signs it keeps it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from reportlab.platypus import CondPageBreak, Flowable, Spacer

from lims.charts.control_drawing import Mark, Marked, control_drawing, legend
from lims.errors import N_
from lims.records import ink
from lims.records.document import TitleBlock
from lims.records.ink import Cell, Ink
from lims.records.listed import Sheet
from lims.records.page import BODY_WIDTH
from lims.records.rows import Column, Rows
from lims.records.wording import Wording

SUMMARY = (
    Column(N_("Figure"), 2.6),
    Column(N_("Values"), 0.7, right=True),
    Column(N_("lower control limit"), 1.2, right=True),
    Column(N_("mean"), 1.1, right=True),
    Column(N_("upper control limit"), 1.2, right=True),
    Column(N_("How it runs"), 2.4),
)
VALUES = (
    Column(N_("When"), 2.3),
    Column(N_("Batch"), 1.2),
    Column(N_("Measured on"), 1.2),
    Column(N_("Value"), 1.1, right=True),
    Column(N_("Limit"), 1.1),
    Column("", 1.4),
)
ROOM = 230
"""A chart with its heading and the head of its table goes over to the next page together."""


@dataclass(frozen=True)
class Value:
    at: datetime
    batch: str
    measured_on: str
    written: str
    limit: str
    mark: Mark


@dataclass(frozen=True)
class Reviewed:
    """One figure; limits are empty where there are too few values."""

    name: str
    lower: str
    mean: str
    upper: str
    runs: Sequence[str]
    """The rules that are broken, with the batches that break them."""
    values: Sequence[Value]
    marked: Marked
    written: dict[Decimal, str]
    """The numbers that stand beside the chart, as they are written."""

    @property
    def outside(self) -> int:
        return sum(each.mark is Mark.FAILED for each in self.values)


@dataclass(frozen=True)
class Review:
    site: str
    at: datetime
    first_day: date
    last_day: date
    batches: int
    figures: Sequence[Reviewed]


def render(review: Review, say: Wording) -> bytes:
    period = say.say(
        N_("%(first)s to %(last)s"),
        first=say.day(review.first_day),
        last=say.day(review.last_day),
    )
    title = say.word(N_("Product quality review"))
    sheet = Sheet(f"{title} {period}", review.site, f"{title} · {period}", review.at)
    subject = say.say(
        N_("Batches begun %(period)s: %(number)s. As of %(moment)s."),
        period=period,
        number=review.batches,
        moment=say.moment(review.at),
    )
    story: list[Flowable] = [TitleBlock(title, subject, ""), Spacer(0, 6), _summary(review, say)]
    for figure in review.figures:
        story += _figure(figure, say)
    return sheet.pdf(story, say)


def _summary(review: Review, say: Wording) -> Rows:
    rows: list[list[Cell]] = [
        [
            Ink(each.name, ink.STRONG),
            str(len(each.values)),
            each.lower,
            each.mean,
            each.upper,
            _standing(each, say),
        ]
        for each in review.figures
    ]
    nothing: list[Cell] = [say.word(N_("No batch has been measured yet.")), "", "", "", "", ""]
    return _rows(SUMMARY, rows or [nothing], say, say.word(N_("All figures")))


def _standing(figure: Reviewed, say: Wording) -> str:
    told = []
    if figure.outside:
        words = N_("outside the specification: %(number)s")
        told.append(say.say(words, number=figure.outside))
    if figure.runs:
        told.append(say.say(N_("rules broken: %(number)s"), number=len(figure.runs)))
    elif figure.mean:
        told.append(say.word(N_("in control")))
    else:
        told.append(say.word(N_("too few values")))
    return "; ".join(told)


def _figure(figure: Reviewed, say: Wording) -> Iterator[Flowable]:
    yield CondPageBreak(ROOM)
    yield Spacer(0, 14)
    yield _rows([Column("")], [], say, figure.name)
    drawing = control_drawing(figure.marked, figure.written.__getitem__, say, BODY_WIDTH)
    yield from (Spacer(0, 4), drawing, Spacer(0, 4), legend(say, BODY_WIDTH), Spacer(0, 4))
    runs = figure.runs or [_standing(figure, say)]
    yield _rows([Column("")], [[run] for run in runs], say, say.word(N_("What the run says")))
    yield Spacer(0, 6)
    yield _rows(VALUES, [_row(each, say) for each in figure.values], say, "")


def _row(value: Value, say: Wording) -> list[Cell]:
    marked = value.mark in (Mark.FAILED, Mark.BROKEN)
    return [
        say.moment(value.at),
        Ink(value.batch, ink.CODE),
        Ink(value.measured_on, ink.CODE),
        value.written,
        value.limit,
        say.word(value.mark.value) if marked else "",
    ]


def _rows(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], say: Wording, title: str
) -> Rows:
    heads = [
        Column(say.word(each.head) if each.head else "", each.weight, each.right)
        for each in columns
    ]
    again = say.word(N_("(continued)"))
    return Rows(heads, rows, title=Ink(title, ink.TABLE) if title else None, again=again)
