"""The inventory of a tank: what stands where, in the order in which boxes are lifted out.

It is a list of the moment, for counting a tank or for evacuating it; it is kept nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import groupby

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, PageTemplate, Spacer
from reportlab.platypus import Frame as Body

from lims.errors import N_
from lims.labels import fonts
from lims.records import ink
from lims.records.document import TitleBlock
from lims.records.ink import Cell, Ink
from lims.records.page import BODY_WIDTH, FOOT, HEIGHT, LEFT, WIDTH
from lims.records.rows import Column, Rows
from lims.records.wording import Wording

TOP = 40
COLUMNS = (
    Column(N_("Position"), 0.7),
    Column(N_("Vial"), 1.5),
    Column(N_("State"), 1),
    Column(N_("Patient"), 1.5),
    Column(N_("Storage cell"), 2),
    Column(N_("Passage"), 0.7),
    Column(N_("Viable cells"), 1.2, right=True),
    Column(N_("Filled"), 1.1),
    Column(N_("Seen"), 0.6),
)


@dataclass(frozen=True)
class Vial:
    position: str
    code: str
    state: str
    patient: str
    cell: str
    cell_name: str
    passage: str
    cells: int | None
    filled_at: datetime


@dataclass(frozen=True)
class BoxOfVials:
    code: str
    tower: str
    level: int
    zone: str
    """In words where it stands apart, else empty."""
    vials: Sequence[Vial]


@dataclass(frozen=True)
class Inventory:
    tank: str
    name: str
    site: str
    at: datetime
    boxes: Sequence[BoxOfVials]

    @property
    def number(self) -> int:
        return sum(len(box.vials) for box in self.boxes)


def render(inventory: Inventory, say: Wording) -> bytes:
    """The list as a PDF, box by box, with a column to tick what was seen."""
    out = BytesIO()
    template = BaseDocTemplate(
        out,
        pagesize=(WIDTH, HEIGHT),
        invariant=1,
        initialFontName=fonts.CONDENSED,
        title=f"{say.word(N_('Inventory'))} {inventory.tank}",
        author=inventory.site,
        creator="LIMS",
        lang=say.language,
    )

    def foot(canvas: Canvas, _template: BaseDocTemplate) -> None:
        _draw_foot(canvas, inventory, say)

    body = Body(LEFT, FOOT, BODY_WIDTH, HEIGHT - TOP - FOOT, 0, 0, 0, 0)
    template.addPageTemplates(PageTemplate(frames=[body], onPage=foot))
    template.build(_story(inventory, say))
    return out.getvalue()


def _story(inventory: Inventory, say: Wording) -> list[Flowable]:
    counted = say.say(
        N_("Vials standing here: %(number)s. As of %(moment)s."),
        number=inventory.number,
        moment=say.moment(inventory.at),
    )
    title = f"{say.word(N_('Inventory'))} · {inventory.name}"
    story: list[Flowable] = [TitleBlock(title, counted, inventory.tank)]
    for tower, boxes in groupby(inventory.boxes, key=lambda box: box.tower):
        for box in boxes:
            story += [Spacer(0, 9), CondPageBreak(70), _table(box, tower, say)]
    return story


def _table(box: BoxOfVials, tower: str, say: Wording) -> Rows:
    head = say.say(
        N_("Tower %(tower)s, level %(level)s, box %(code)s"),
        tower=tower,
        level=box.level,
        code=box.code,
    )
    title = f"{head} · {box.zone}" if box.zone else head
    columns = [Column(say.word(each.head), each.weight, each.right) for each in COLUMNS]
    return Rows(
        columns,
        [_row(vial, say) for vial in box.vials],
        title=Ink(title, ink.TABLE),
        again=say.word(N_("(continued)")),
        outline=0,
    )


def _row(vial: Vial, say: Wording) -> list[Cell]:
    return [
        Ink(vial.position, ink.STRONG),
        Ink(vial.code, ink.CODE),
        vial.state,
        Ink(vial.patient, ink.CODE),
        (Ink(vial.cell, ink.CODE), vial.cell_name),
        vial.passage,
        say.value(vial.cells),
        say.day(vial.filled_at),
        "☐",
    ]


def _draw_foot(canvas: Canvas, inventory: Inventory, say: Wording) -> None:
    canvas.setFont(ink.SMALL.font, ink.SMALL.size)
    canvas.setFillColor(ink.QUIET)
    canvas.drawString(LEFT, FOOT - 20, f"{inventory.site} · {inventory.tank} {inventory.name}")
    page = say.say(N_("page %(page)s"), page=canvas.getPageNumber())
    canvas.drawRightString(LEFT + BODY_WIDTH, FOOT - 20, f"{say.moment(inventory.at)} · {page}")
