"""One paper from its values: sections, tables and drawings on A4, the same bytes each time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, PageBreak, PageTemplate, Spacer
from reportlab.platypus import Frame as Body

from lims.errors import N_
from lims.labels import fonts
from lims.records import ink
from lims.records.breaks import Ending, kept
from lims.records.canonical import digest
from lims.records.ink import Cell, Ink, set_lines
from lims.records.page import (
    BODY_HEIGHT,
    BODY_WIDTH,
    FOOT,
    HEIGHT,
    LEFT,
    NOT_KEPT,
    WIDTH,
    Frame,
    draw_code,
)
from lims.records.parts import Heading, Photo
from lims.records.photos import ACROSS, PhotoRow
from lims.records.rows import Column, Rows, in_lines
from lims.records.wording import Wording

CODE_WIDTH = 130
SECTION_GAP = 11
TABLE_GAP = 5
SECTION, BAR, FACTS = range(3)
"""Headings by how great they are: each may stand under the one before it."""


class TitleBlock(Flowable):
    """The name of the paper, what it is about, and its code for the scanner."""

    def __init__(self, title: str, subject: str, code: str) -> None:
        super().__init__()
        room = BODY_WIDTH - CODE_WIDTH
        self.lines = set_lines((Ink(title, ink.TITLE), Ink(subject, ink.SUBJECT)), room)
        self.code = code

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.height = max(sum(line.style.leading for line in self.lines) + 10, 44)
        return BODY_WIDTH, self.height

    def draw(self) -> None:
        y = self.height
        for line in self.lines:
            y -= line.style.leading
            self.canv.setFont(line.style.font, line.style.size)
            self.canv.setFillColor(line.style.colour)
            self.canv.drawString(0, y + 0.25 * line.style.leading, line.text)
        if not self.code:  # not kept: there is nothing to verify it against
            return
        draw_code(self.canv, self.code, BODY_WIDTH, self.height - 26, 22)
        self.canv.setFont(ink.CODE.font, ink.CODE.size)
        self.canv.drawRightString(BODY_WIDTH, self.height - 35, self.code)


class Totals(Flowable):
    """The last thing drawn: only now is the number of pages known."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        self.frame.draw_totals(self.canv)


NOTHING = N_("none")
NOT_TOLD = N_("not in the earlier record")
"""In the place of *none* where this program did not keep the record: nobody knows it here."""


class Document:
    """A paper being written, top to bottom; `pdf()` gives its bytes."""

    def __init__(
        self,
        values: object,
        heading: Heading,
        wording: Wording,
        *,
        title: str,
        subject: str,
        batch: str,
        nothing: str = NOTHING,
        unkept: str = NOT_KEPT,
    ) -> None:
        """`nothing`: what a table without rows says; `unkept`: the foot of a paper not kept."""
        self.wording, self.nothing = wording, nothing
        self.says_none = True
        self.running: Ink | None = None
        self.frame = Frame(heading, f"{batch} · {title}", digest(values), wording, unkept)
        self.story: list[Flowable] = [TitleBlock(title, subject, heading.record)]

    def word(self, words: str) -> str:
        return self.wording.word(words) if words else ""

    def section(self, title: str, *, number: str = "") -> None:
        """A heading that stays with what follows."""
        self.story.append(Spacer(0, SECTION_GAP))
        named = self._title(title, number, ink.SECTION)
        self._rows([Column("")], [], title=named, outline=0).rank = SECTION

    def table(
        self,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        section: bool = False,
        number: str = "",
        nothing: str = "",
    ) -> None:
        """A titled table, title and heads worded here; without rows it says that there are none."""
        if not rows and not self.says_none:
            return
        style = ink.SECTION if section else ink.TABLE
        self.story.append(Spacer(0, SECTION_GAP if section else TABLE_GAP))
        if not rows:
            columns, rows = [Column("")], [[Ink(self.word(nothing or self.nothing), ink.MUTED)]]
        self._rows(
            [replace(column, head=self.word(column.head)) for column in columns],
            rows,
            title=self._title(title, number, style) if title else None,
            outline=0 if section else None,
        )

    @contextmanager
    def part(self, named: str) -> Iterator[None]:
        """Within it a table without rows is left out: the record says elsewhere what there is.

        A page that begins with one of its tables says what it is part of.
        """
        self.says_none, self.running = False, Ink(named, ink.SMALL)
        yield
        self.says_none, self.running = True, None

    @contextmanager
    def ending(self) -> Iterator[None]:
        """What is added within it is the end of the paper, and stays with the table before it."""
        place = len(self.story)
        yield
        before = self.story[place - 1]
        if isinstance(before, Rows):
            self.story[place - 1 :] = [Ending(before, self.story[place:])]

    def _title(self, title: str, number: str, style: ink.Style) -> Ink:
        worded = self.word(title)
        return Ink(f"{number}  {worded}" if number else worded, style)

    def facts(self, pairs: Sequence[tuple[str, Cell]], across: int = 4) -> None:
        """Names in small letters above their values, `across` to a line, on a quiet ground."""
        self.story.append(Spacer(0, 3))
        rows = []
        for some in in_lines(pairs, across):
            cells: list[Cell] = [_named(self.word(name), value) for name, value in some]
            rows.append(cells + [""] * (across - len(cells)))
        self._rows([Column("")] * across, rows, ruled=False, ground=ink.GROUND).rank = FACTS

    def origin(self, source: str) -> None:
        """Where what this program did not keep the record of was read; nothing of its own."""
        if source:
            self.facts([(N_("Origin"), Ink(source, ink.STRONG))], across=1)

    def note(self, text: str | Ink) -> None:
        self.story.append(Spacer(0, 4))
        self._rows([Column("")], [[text]], ruled=False)

    def bar(self, title: str, right: str, outline: int | None = None) -> None:
        """The head of one step: its name, and on the right its code; stays with what follows."""
        self.story.append(Spacer(0, 9))
        columns = [Column("", 3), Column("", 1.4, right=True)]
        head = [Ink(title, ink.STEP), Ink(right, ink.CODE)]
        self._rows(columns, [head], outline=outline).rank = BAR

    def drawing(self, drawing: Drawing) -> None:
        self.story += [Spacer(0, 4), drawing]

    def add(self, drawn: Flowable) -> None:
        self.story.append(drawn)

    def new_page(self) -> None:
        self.story.append(PageBreak())

    def photos(self, photos: Sequence[Photo]) -> None:
        rows = [PhotoRow(some, self.wording) for some in in_lines(photos, ACROSS)]
        self.story += [flowable for row in rows for flowable in (Spacer(0, 5), row)]

    def pdf(self) -> bytes:
        out = BytesIO()
        heading = self.frame.heading
        template = BaseDocTemplate(
            out,
            pagesize=(WIDTH, HEIGHT),
            invariant=1,
            initialFontName=fonts.CONDENSED,
            title=f"{self.frame.title} {heading.record}",
            author=heading.site,
            subject=f"{heading.patient.code}, SHA-256 {self.frame.sha256}",
            creator="LIMS",
            lang=self.wording.language,
        )
        body = Body(LEFT, FOOT, BODY_WIDTH, BODY_HEIGHT, 0, 0, 0, 0)
        template.addPageTemplates(PageTemplate(frames=[body], onPage=self._draw_frame))
        template.build([*kept(self.story), Totals(self.frame)])
        return out.getvalue()

    def _draw_frame(self, canvas: Canvas, template: BaseDocTemplate) -> None:
        self.frame.draw(canvas)

    def _rows(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        title: Ink | None = None,
        outline: int | None = None,
        ruled: bool = True,
        ground: Color | None = None,
    ) -> Rows:
        again = self.word(N_("(continued)"))
        laid = Rows(
            columns, rows, title=title, again=again, ruled=ruled, ground=ground, outline=outline
        )
        laid.running = self.running
        self.story.append(laid)
        return laid


def _named(name: str, value: Cell) -> Cell:
    stacked = value if isinstance(value, tuple) else (value,)
    return (Ink(name, ink.LABEL), *stacked)
