"""The pick list: which vials two people take out for an order, box by box, with a map of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lims.charts.box import box_drawing
from lims.errors import N_
from lims.records import ink
from lims.records.document import Document
from lims.records.ink import Cell, Ink
from lims.records.parts import Heading
from lims.records.rows import Column
from lims.records.wording import Wording

PICK_LIST = N_("Pick list")
TICK = "☐"


@dataclass(frozen=True)
class Taken:
    """By whom, who read it second, and when."""

    by: str
    witness: str
    out_at: datetime


@dataclass(frozen=True)
class Pick:
    number: int
    row: int
    column: int
    position: str
    vial: str
    passage: str
    cells: int | None
    filled_at: datetime
    taken: Taken | None = None
    earlier_number: str = ""
    """What stands on the vial in place of a label of ours."""


@dataclass(frozen=True)
class BoxToLift:
    tank: str
    tower: str
    level: int
    code: str
    rows: int
    columns: int
    picks: Sequence[Pick]


@dataclass(frozen=True)
class PickList:
    heading: Heading
    order: str
    what_for: str
    planned_for: datetime | None
    boxes: Sequence[BoxToLift]
    gone: Sequence[str] = ()
    """What was kept for the order and is not any more, each in a sentence."""

    @property
    def picks(self) -> list[Pick]:
        return [pick for box in self.boxes for pick in box.picks]

    @property
    def to_take(self) -> int:
        return sum(pick.taken is None for pick in self.picks)


def pick_list(values: PickList, wording: Wording) -> bytes:
    """The list as PDF, in the order in which a keeper comes by the boxes."""
    document = Document(
        values,
        values.heading,
        wording,
        title=wording.word(PICK_LIST),
        subject=values.what_for,
        batch=values.order,
    )
    planned = wording.value(values.planned_for)
    document.facts(
        [
            (N_("Order"), Ink(values.order, ink.CODE)),
            (N_("Planned for"), planned),
            *_how_many(values),
        ]
    )
    if values.to_take:
        document.note(
            wording.word(
                N_("Each vial is read by two people. What is not on this list goes back at once.")
            )
        )
    for told in values.gone:
        document.note(told)
    for box in values.boxes:
        _box(document, box)
    if values.to_take:
        _hands(document)
    return document.pdf()


def _how_many(values: PickList) -> Iterator[tuple[str, Cell]]:
    """To take out still, and taken out already, as far as there are such."""
    if values.to_take:
        yield N_("Vials to take out"), str(values.to_take)
        boxes = [box for box in values.boxes if any(pick.taken is None for pick in box.picks)]
        yield N_("Boxes to lift"), str(len(boxes))
    if taken := len(values.picks) - values.to_take:
        yield N_("Vials taken out"), str(taken)


def _box(document: Document, box: BoxToLift) -> None:
    say = document.wording
    words = N_("%(tank)s, tower %(tower)s, level %(level)s")
    document.bar(say.say(words, tank=box.tank, tower=box.tower, level=box.level), box.code)
    columns = [
        Column(N_("No."), 0.5, right=True),
        Column(N_("Position"), 0.9),
        Column(N_("Vial"), 1.6),
        Column(N_("Passage"), 0.8),
        Column(N_("Viable cells"), 1.3, right=True),
        Column(N_("Filled"), 1.2),
        Column(N_("Keeper"), 0.9),
        Column(N_("Second person"), 1.2),
        Column(N_("Out at"), 1.3),
    ]
    document.table("", columns, [_row(pick, say) for pick in box.picks])
    picked = {(pick.row, pick.column): str(pick.number) for pick in box.picks}
    document.drawing(box_drawing(box.rows, box.columns, picked))


def _row(pick: Pick, say: Wording) -> list[Cell]:
    return [
        Ink(str(pick.number), ink.STRONG),
        Ink(pick.position, ink.STRONG),
        _named(pick),
        pick.passage,
        say.value(pick.cells),
        say.day(pick.filled_at),
        *_out(pick.taken, say),
    ]


def _named(pick: Pick) -> Cell:
    code = Ink(pick.vial, ink.CODE)
    return (code, Ink(pick.earlier_number)) if pick.earlier_number else code


def _out(taken: Taken | None, say: Wording) -> list[Cell]:
    """Told where it is known, else left to be written in."""
    if taken is None:
        return [TICK, TICK, ""]
    return [taken.by, taken.witness, say.moment(taken.out_at)]


def _hands(document: Document) -> None:
    """Where the two of them write their names, for the file of the day."""
    columns = [Column(N_("Taken out by"), 1), Column(N_("Second person"), 1)]
    document.table(N_("Names and signatures"), columns, [["", ""], ["", ""]])
