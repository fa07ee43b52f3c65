"""The inventory of a tank: what stands where, in the order in which boxes are lifted out.

It is a list of the moment, for counting a tank or for evacuating it; it is kept nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from reportlab.platypus import CondPageBreak, Flowable, Spacer

from lims.charts.box import BoxMap, shelf_drawings
from lims.errors import N_
from lims.records import ink
from lims.records.document import TitleBlock
from lims.records.ink import Cell, Ink
from lims.records.listed import Sheet
from lims.records.rows import Column, Rows
from lims.records.wording import Wording

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
    map: BoxMap


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
    sheet = Sheet(
        title=f"{say.word(N_('Inventory'))} {inventory.tank}",
        site=inventory.site,
        named=f"{inventory.tank} {inventory.name}",
        at=inventory.at,
    )
    return sheet.pdf(_story(inventory, say), say)


def _story(inventory: Inventory, say: Wording) -> list[Flowable]:
    counted = say.say(
        N_("Vials standing here: %(number)s. As of %(moment)s."),
        number=inventory.number,
        moment=say.moment(inventory.at),
    )
    title = f"{say.word(N_('Inventory'))} · {inventory.name}"
    story: list[Flowable] = [TitleBlock(title, counted, inventory.tank)]
    for tower, boxes in groupby(inventory.boxes, key=lambda box: box.tower):
        of_tower = list(boxes)
        story += _maps(tower, of_tower, say)
        for box in of_tower:
            story += [Spacer(0, 9), CondPageBreak(70), _table(box, tower, say)]
    return story


def _maps(tower: str, boxes: Sequence[BoxOfVials], say: Wording) -> list[Flowable]:
    """Where vials stand in the boxes of a tower, before they are listed box by box."""
    told = N_(
        "Tower %(tower)s. Above each box: level, code, number of vials; dark places hold one,"
        " a small frame marks what is reserved and empty."
    )
    shelves = shelf_drawings([box.map for box in boxes])
    title = Ink(say.say(told, tower=tower), ink.TABLE)
    head = Rows([Column("")], [], title=title, again="", outline=0)
    return [Spacer(0, 12), CondPageBreak(40 + shelves[0].height), head, Spacer(0, 4), *shelves]


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
