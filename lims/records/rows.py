"""A table that breaks over pages: between rows, or within one that is taller than a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from lims.records import ink
from lims.records.ink import Cell, Ink, longest_word, set_lines
from lims.records.page import BODY_HEIGHT, BODY_WIDTH, HEIGHT, TOP
from lims.records.pen import Pen

GAP = 12
"""Points between two columns."""
PAD = 2.6
"""Points above and below the text of a row."""
FEW = 2
"""Rows that stay where they are rather than give their last one to a row alone on a page."""
HEAD_GAP = 14
"""What may lie between the top of a page and what stands first on it."""
FAIR_SHARE = 0.3
"""Of the width of a table, for one column whose words are long."""


@dataclass(frozen=True)
class Column:
    head: str
    weight: float = 1
    right: bool = False


Item = TypeVar("Item")


def in_lines(items: Sequence[Item], across: int) -> list[Sequence[Item]]:
    """`items` in their order, at most `across` to a line."""
    return [items[start : start + across] for start in range(0, len(items), across)]


def fitting(planned: Sequence[float], needed: Sequence[float]) -> list[float]:
    """`planned` widths, where a word would be cut wider at the cost of columns with room to spare.

    One that needs most of the page, a hash or an address, takes no more than a fair share of it.
    """
    fair = sum(planned) * FAIR_SHARE
    least = [min(each, max(fair, wide)) for each, wide in zip(needed, planned, strict=True)]
    short = [max(0, each - wide) for each, wide in zip(least, planned, strict=True)]
    spare = [max(0, wide - each) for each, wide in zip(least, planned, strict=True)]
    moved = min(sum(short), sum(spare))
    if not moved:
        return list(planned)
    given, taken = moved / sum(short), moved / sum(spare)
    return [
        wide + more * given - less * taken
        for wide, more, less in zip(planned, short, spare, strict=True)
    ]


class Laid:
    """One row as set: the lines of each of its cells, and how high that is."""

    def __init__(self, cells: list[list[Ink]]) -> None:
        self.cells = cells
        self.height = max(sum(line.style.leading for line in cell) for cell in cells) + 2 * PAD


class Rows(Flowable):
    """Rows under their heads; title and heads are repeated on every page the table reaches."""

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        width: float = BODY_WIDTH,
        title: Ink | None = None,
        again: str = "",
        ruled: bool = True,
        ground: Color | None = None,
        outline: int | None = None,
    ) -> None:
        super().__init__()
        self.width, self.ruled, self.ground, self.outline = width, ruled, ground, outline
        self.title, self.again = title, again
        self.rank: int | None = None
        """Of a heading: how great it is, 0 the greatest. None has something to say itself."""
        self.running: Ink | None = None
        """What it belongs to, said on a page that begins with it."""
        self.columns = columns
        total = sum(column.weight for column in columns)
        room = width - GAP * (len(columns) - 1) - (2 * GAP if ground else 0)
        heads: list[Cell] = [Ink(column.head, ink.LABEL) for column in columns]
        planned = [room * column.weight / total for column in columns]
        self.widths = fitting(
            planned, [longest_word(each) for each in zip(heads, *rows, strict=True)]
        )
        self.heads = self.lay(heads)
        self.rows = [self.lay(row) for row in rows]

    def lay(self, row: Sequence[Cell]) -> Laid:
        return Laid([set_lines(cell, wide) for cell, wide in zip(row, self.widths, strict=True)])

    @property
    def titles(self) -> list[Ink]:
        return set_lines(self.title, self.width) if self.title else []

    @property
    def has_heads(self) -> bool:
        return any(column.head for column in self.columns)

    @property
    def top(self) -> float:
        heads = self.heads.height if self.has_heads else 0
        return sum(line.style.leading for line in self.titles) + heads

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.height = self.top + sum(row.height for row in self.rows)
        return self.width, self.height

    @property
    def least(self) -> float:
        """How high it is as far as its first row, or as the little of a row that fills a page."""
        row = self.rows[0].height
        return self.top + (row if row < BODY_HEIGHT - self.top else self.heads.height)

    def split(self, width: float, height: float) -> list[Flowable]:
        fits = self.up_to(height)
        if fits == len(self.rows):
            return [self]
        if fits == 0:
            row = self.rows[0]
            return self._within(row, height) if row.height > BODY_HEIGHT - self.top else []
        return [*self.parted(fits)]

    def up_to(self, height: float) -> int:
        """How many rows there is room for; not all but one, where another can go with the last."""
        reached = accumulate((row.height for row in self.rows), initial=self.top)
        fits = sum(each <= height for each in reached) - 1
        alone = fits == len(self.rows) - 1 and fits > FEW
        return max(0, fits - alone)

    def parted(self, count: int) -> tuple["Rows", "Rows"]:
        return self._part(self.rows[:count]), self._part(self.rows[count:], again=True)

    def _within(self, row: Laid, height: float) -> list[Flowable]:
        """Cut a row taller than a page after the lines that still fit on this one."""
        leading = max(line.style.leading for cell in row.cells for line in cell)
        count = int((height - self.top - 2 * PAD) // leading)
        if count < 1:
            return []
        upper = Laid([cell[:count] for cell in row.cells])
        lower = Laid([cell[count:] for cell in row.cells])
        return [self._part([upper]), self._part([lower, *self.rows[1:]], again=True)]

    def _part(self, rows: list[Laid], again: bool = False) -> "Rows":
        part = Rows(
            self.columns,
            [],
            width=self.width,
            title=self.title,
            ruled=self.ruled,
            ground=self.ground,
            outline=None if again else self.outline,
            again=self.again,
        )
        part.widths, part.heads = self.widths, self.heads
        if again and self.title and not self.title.text.endswith(self.again):
            part.title = Ink(f"{self.title.text} {self.again}", self.title.style)
        part.rows, part.running = rows, self.running
        return part

    def draw(self) -> None:
        canvas: Canvas = self.canv
        if self.ground:
            canvas.setFillColor(self.ground)
            canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        self._mark(canvas)
        pen = Pen(canvas)
        y = self.height
        for line in self.titles:
            y -= line.style.leading
            pen.write(line, 0, y)
        if self.title and self.running and self._leads_the_page:
            pen.write(self.running, self.width - ink.width_of(self.running), y)
        if self.has_heads:
            y = self._draw_row(pen, self.heads, y, ruled=True)
        for row in self.rows:
            y = self._draw_row(pen, row, y, ruled=self.ruled)
        pen.lift()

    @property
    def _leads_the_page(self) -> bool:
        top: float = self.canv.absolutePosition(0, self.height)[1]
        return top > HEIGHT - TOP - HEAD_GAP

    def _mark(self, canvas: Canvas) -> None:
        """Let a reader on a screen find this title in the outline."""
        if self.title and self.outline is not None:
            key = f"{canvas.getPageNumber()}-{self.title.text}"
            canvas.bookmarkPage(key)
            canvas.addOutlineEntry(self.title.text, key, self.outline)

    def _draw_row(self, pen: Pen, row: Laid, y: float, *, ruled: bool) -> float:
        x: float = GAP if self.ground else 0
        for cell, column, wide in zip(row.cells, self.columns, self.widths, strict=True):
            bottom = y - PAD
            for line in cell:
                bottom -= line.style.leading
                indent = wide - ink.width_of(line) if column.right else 0
                pen.write(line, x + indent, bottom)
            x += wide + GAP
        y -= row.height
        if ruled:
            pen.rule(self.width, y)
        return y
