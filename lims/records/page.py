"""The frame of every page: whose paper it is at the top, how to trust it at the foot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from lims.errors import N_
from lims.labels import barcodes
from lims.records import ink
from lims.records.ink import Ink, printable, set_lines, width_of
from lims.records.parts import Heading
from lims.records.wording import Wording

WIDTH, HEIGHT = A4
LEFT = 48
"""Wider than the right, so that a punched hole does not meet a value."""
RIGHT = 40
BODY_WIDTH = WIDTH - LEFT - RIGHT
TOP = 88
"""The first 26 points stay empty: the mark of a copy is laid there when the paper is served."""
FOOT = 62
BODY_HEIGHT = HEIGHT - TOP - FOOT
BAR_PT = 0.72
"""0.25 mm a module, what cheap scanners read at once."""
BAND_HEIGHT = 26
SMALLEST_PT = 4.5
"""Smaller than this no one reads; a longer text ends in an ellipsis."""
HOW_TO_VERIFY = N_("Made %(moment)s. To verify this paper, scan or type %(code)s.")
NOT_KEPT = N_("Made %(moment)s for an export. It has no code: the program did not keep it.")


@dataclass(frozen=True)
class Frame:
    """Draws one page's head and foot; the total of pages is known, and drawn, at the end."""

    heading: Heading
    title: str
    sha256: str
    wording: Wording
    unkept: str = NOT_KEPT
    """What the foot says of a paper that the program does not keep."""

    def draw(self, canvas: Canvas) -> None:
        self._head(canvas)
        self._patient(canvas)
        self._foot(canvas)
        canvas.doForm(_page_form(canvas.getPageNumber()))

    def draw_totals(self, canvas: Canvas) -> None:
        """Write `page x of y` into the place every page kept for it."""
        pages = canvas.getPageNumber()
        for page in range(1, pages + 1):
            canvas.beginForm(_page_form(page), 0, 0, WIDTH, HEIGHT)
            text = self.wording.say(N_("page %(page)s of %(pages)s"), page=page, pages=pages)
            _right(canvas, Ink(text, ink.STRONG), FOOT - 20)
            canvas.endForm()

    def _head(self, canvas: Canvas) -> None:
        y = HEIGHT - 41
        _left(canvas, Ink(self.heading.site, ink.STRONG), y, BODY_WIDTH - 150)
        _right(canvas, Ink(self._edition, ink.CODE), y)

    def _patient(self, canvas: Canvas) -> None:
        y = HEIGHT - 47 - BAND_HEIGHT
        canvas.setFillColor(ink.GROUND)
        canvas.rect(LEFT, y, BODY_WIDTH, BAND_HEIGHT, stroke=0, fill=1)
        canvas.setFillColor(ink.ACCENT)
        canvas.rect(LEFT, y, 3, BAND_HEIGHT, stroke=0, fill=1)
        patient = self.heading.patient
        born = self.wording.say(N_("born %(day)s"), day=self.wording.day(patient.birth_date))
        code = f"{patient.code}  ·  {born}"
        style = ink.Style(font=ink.STRONG.font, size=9, leading=11)
        _left(canvas, Ink(patient.name, style), y + 14.5, BODY_WIDTH * 0.58, indent=11)
        _left(canvas, Ink(code, ink.SMALL), y + 5, BODY_WIDTH * 0.58, indent=11)
        room = BODY_WIDTH * 0.4 - 11
        _right(canvas, Ink(self.title, ink.STRONG), y + 14.5, room, indent=8)
        beside = BODY_WIDTH - 11 - width_of(Ink(code, ink.SMALL)) - 3 * 8
        _right(canvas, Ink(self.heading.product, ink.SMALL), y + 5, beside, indent=8)

    def _foot(self, canvas: Canvas) -> None:
        canvas.setStrokeColor(ink.LINE)
        canvas.setLineWidth(0.5)
        canvas.line(LEFT, FOOT - 8, LEFT + BODY_WIDTH, FOOT - 8)
        audit = self.heading.audit
        made = self.wording.say(
            HOW_TO_VERIFY if self.heading.record else self.unkept,
            moment=self.wording.moment(self.heading.made_at),
            code=self.heading.record,
        )
        values = self.wording.say(N_("SHA-256 of the values"))
        trail = self.wording.say(N_("Audit trail, entry %(number)s"), number=audit.sequence)
        _left(canvas, Ink(made, ink.SMALL), FOOT - 20, BODY_WIDTH - 110)
        for y, name, value in ((FOOT - 30, values, self.sha256), (FOOT - 39, trail, audit.sha256)):
            _left(canvas, Ink(name, ink.LABEL), y, 150)
            _left(canvas, Ink(value, ink.HASH), y, BODY_WIDTH, indent=150)

    @property
    def _edition(self) -> str:
        if not self.heading.record:
            return self.wording.word(N_("not kept"))
        edition = self.wording.say(N_("edition %(number)s"), number=self.heading.version)
        return f"{self.heading.record} · {edition}"


def draw_code(canvas: Canvas, code: str, right: float, y: float, height: float) -> None:
    """`code` as Code 128 ending at `right`, one path so that no seam shows between bars."""
    bars = barcodes.code128_rows(code)[:1]
    draw_modules(canvas, bars, right - len(bars[0]) * BAR_PT, y + height, BAR_PT, height)


def draw_modules(
    canvas: Canvas, rows: Sequence[str], left: float, top: float, width: float, height: float
) -> None:
    """Dark modules of `width` by `height` points, the first row below `top`."""
    path = canvas.beginPath()
    for down, row in enumerate(rows, start=1):
        for right, dark in enumerate(row):
            if dark == "1":
                path.rect(left + right * width, top - down * height, width, height)
    canvas.setFillColor(ink.BODY)
    canvas.drawPath(path, stroke=0, fill=1)


def _page_form(page: int) -> str:
    return f"page-{page}"


def _left(canvas: Canvas, text: Ink, y: float, room: float, indent: float = 0) -> None:
    _write(canvas, _fitted(text, room), LEFT + indent, y)


def _right(
    canvas: Canvas, text: Ink, y: float, room: float = BODY_WIDTH, indent: float = 0
) -> None:
    line = _fitted(text, room)
    _write(canvas, line, LEFT + BODY_WIDTH - indent - width_of(line), y)


def _fitted(text: Ink, room: float) -> Ink:
    """`text` on one line: smaller if it must be, for half a name is a wrong name."""
    line = Ink(printable(text.text, text.style.font), text.style)
    if width_of(line) <= room:
        return line
    size = max(SMALLEST_PT, text.style.size * room / width_of(line))
    smaller = replace(line, style=replace(line.style, size=size))
    kept = set_lines(smaller, room)
    return smaller if len(kept) == 1 else replace(kept[0], text=f"{kept[0].text}…")


def _write(canvas: Canvas, line: Ink, x: float, y: float) -> None:
    canvas.setFont(line.style.font, line.style.size)
    canvas.setFillColor(line.style.colour)
    canvas.drawString(x, y, line.text)
