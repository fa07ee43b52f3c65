"""The sheet of a run at QC: tubes in their order, what it is done with, room to write by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reportlab.platypus import CondPageBreak, Flowable, Spacer

from lims.errors import N_
from lims.records import ink
from lims.records.blanks import Box, BoxRow, CodeRow, Scannable
from lims.records.canonical import digest
from lims.records.document import TitleBlock
from lims.records.ink import Cell, Ink
from lims.records.listed import Sheet
from lims.records.parts import AuditHead
from lims.records.rows import Column, Rows
from lims.records.wording import Wording

TUBES = (
    Column("", 0.4, right=True),
    Column(N_("Tube, of"), 1.6),
    Column(N_("Patient"), 2.4),
    Column(N_("Result"), 1.9),
    Column(N_("Read at"), 1.3),
    Column(N_("Read by"), 1.4),
)
LINE_TO_WRITE_ON = " "
"""A further line of a row: beside printed text of two lines there is room for a hand."""
LEFT_EMPTY = 2
"""Rows under the last tube while the run takes more."""


@dataclass(frozen=True)
class Tube:
    position: int
    code: str
    material: str
    patient: str
    name: str
    result: str = ""
    read_at: datetime | None = None
    read_by: str = ""
    remarks: Sequence[str] = ()
    """When its test was begun and is read; that it goes on, was taken out or read elsewhere."""
    born: str = ""


@dataclass(frozen=True)
class Used:
    """A lot or a device."""

    code: str
    name: str
    number: str
    quantity: str = ""
    remark: str = ""


@dataclass(frozen=True)
class RunSheet:
    site: str
    run: str
    test: str
    limit: str
    method: str
    procedure: str
    station: str
    begun_at: datetime
    begun_by: str
    state: str
    is_open: bool
    tubes: Sequence[Tube] = ()
    used: Sequence[Used] = ()
    comment: str = ""
    cleared: Sequence[str] = ()
    """Each time the run left a station."""


@dataclass(frozen=True)
class Edition:
    """What the sheet says of itself, and what is no part of its content."""

    number: int
    made_at: datetime
    audit: AuditHead


def run_sheet(values: RunSheet, edition: Edition, say: Wording) -> bytes:
    title = say.word(N_("Run at QC"))
    named = say.say(N_("%(code)s, edition %(number)s"), code=values.run, number=edition.number)
    sheet = Sheet(title=f"{title} {values.run}", site=values.site, named=named, at=edition.made_at)
    return sheet.pdf(_story(values, edition, say), say)


def _story(values: RunSheet, edition: Edition, say: Wording) -> list[Flowable]:
    story: list[Flowable] = [
        TitleBlock(f"{say.word(N_('Run at QC'))} · {values.test}", values.state, values.run),
        Spacer(0, 6),
        CodeRow([Scannable(values.run, values.test, values.procedure)]),
        Spacer(0, 6),
        *_head(values, say),
        Spacer(0, 9),
        _tubes(values, say),
        Spacer(0, 9),
        _used(values, say),
        Spacer(0, 9),
        CondPageBreak(110),
    ]
    if values.comment:
        story += [_lines(N_("Comment"), [values.comment], say), Spacer(0, 6)]
    if values.cleared:
        story += [_lines(N_("The station was cleared"), values.cleared, say), Spacer(0, 6)]
    if values.is_open:
        names = (
            N_("Analyst: name, signature, day"),
            N_("Station clear, checked by: name, signature"),
        )
        story += [BoxRow([Box(say.word(each)) for each in names], 40), Spacer(0, 6)]
    told = say.say(
        N_("SHA-256 of what it says: %(digest)s. Last entry of the audit trail: %(entry)s."),
        digest=digest(values),
        entry=f"{edition.audit.sequence} {edition.audit.sha256[:16]}",
    )
    return [*story, Rows([Column("")], [[Ink(told, ink.SMALL)]], ruled=False)]


def _head(values: RunSheet, say: Wording) -> list[Flowable]:
    facts = (
        (N_("Test"), values.test), (N_("Limit"), values.limit), (N_("Method"), values.method),
        (N_("Procedure"), values.procedure), (N_("Station"), values.station),
        (N_("Begun"), f"{say.moment(values.begun_at)}, {values.begun_by}"),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [(Ink(say.word(name), ink.LABEL), value) for name, value in facts[at : at + 3]]
        for at in (0, 3)
    ]
    return [Rows([Column(""), Column(""), Column("")], rows, ruled=False)]


def _tubes(values: RunSheet, say: Wording) -> Rows:
    rows: list[list[Cell]] = [_row(tube, say) for tube in values.tubes]
    if values.is_open:
        rows += [[(LINE_TO_WRITE_ON,) * 3, *[""] * (len(TUBES) - 1)]] * LEFT_EMPTY
    return Rows(
        [
            Column(say.word(each.head) if each.head else "", each.weight, each.right)
            for each in TUBES
        ],
        rows,
        title=Ink(say.word(N_("Tubes, each asked for by name")), ink.TABLE),
        again=say.word(N_("(continued)")),
        outline=0,
    )


def _row(tube: Tube, say: Wording) -> list[Cell]:
    remarks = [Ink(each, ink.SMALL) for each in tube.remarks]
    result: Cell = (tube.result, *remarks) if remarks else tube.result
    return [
        Ink(str(tube.position), ink.STRONG),
        (Ink(tube.code, ink.CODE), Ink(tube.material, ink.SMALL), LINE_TO_WRITE_ON),
        (Ink(tube.name, ink.STRONG), Ink(tube.patient, ink.CODE), Ink(tube.born, ink.SMALL)),
        result,
        say.moment(tube.read_at) if tube.read_at else "",
        tube.read_by,
    ]


def _used(values: RunSheet, say: Wording) -> Rows:
    rows: list[list[Cell]] = [
        [Ink(each.code, ink.CODE), each.name, each.number, each.quantity, each.remark]
        for each in values.used
    ]
    if values.is_open:
        rows += [[(LINE_TO_WRITE_ON,) * 2, "", "", "", ""]] * LEFT_EMPTY
    columns = (N_("Code"), N_("Lot or device"), N_("Number"), N_("Quantity"), N_("Remark"))
    return Rows(
        [
            Column(say.word(each), weight)
            for each, weight in zip(columns, (1.3, 2, 1.4, 1, 2), strict=True)
        ],
        rows or [[Ink(say.word(N_("none")), ink.MUTED), "", "", "", ""]],
        title=Ink(say.word(N_("Done with")), ink.TABLE),
        again=say.word(N_("(continued)")),
        outline=0,
    )


def _lines(title: str, lines: Sequence[str], say: Wording) -> Rows:
    return Rows(
        [Column("")], [[each] for each in lines], title=Ink(say.word(title), ink.TABLE), outline=0
    )
