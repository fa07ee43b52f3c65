"""A run at QC for when the program is down: its tubes in order, each with a line to write on.

Of a run that is not begun yet all is empty. Neither is a record: both are entered afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from lims.errors import N_
from lims.records import ink
from lims.records.blanks import ACROSS, Box, BoxRow, CodeRow, Scannable
from lims.records.document import TitleBlock
from lims.records.downtime import DOWNTIME_KIT, PRINTED, Fields
from lims.records.ink import Ink
from lims.records.listed import Sheet
from lims.records.rows import Column, Rows, in_lines
from lims.records.wording import Wording

HOW_TO_USE = N_(
    "Ask for each tube by its number and name, and compare the code aloud with a second person"
    " before it is read. Write with a pen; strike out what is wrong so that it stays readable, with"
    " your initials. When the program is back, scan into the run what is not in it yet: tubes,"
    " lots, devices. Then enter the results on the page of the run under “Enter the sheet from"
    " paper”, with the time, who read them, and a scan of this sheet."
)
READ: Fields = (
    (N_("Result"), 10), (N_("Spike recovery, %"), 8), (N_("Read on day"), 6),
    (N_("Method, if another"), 9), (N_("Date and time, with the minutes"), 14),
    (N_("Read by: name, signature"), 12),
)  # fmt: skip
"""What is written of a tube."""
WHICH: Fields = ((N_("Tube: code"), 9), (N_("Patient: name"), 12))
"""The same of one that nobody had scanned in."""
BEGUN: Fields = (
    (N_("Test"), 12), (N_("Procedure: number and edition"), 12), (N_("Station: code"), 8),
    (N_("Begun at"), 8),
)  # fmt: skip
SUPPLIES: Fields = (
    (N_("Kit or reagent: lot code"), 12), (N_("Amount used"), 6), (N_("Another lot"), 12),
    (N_("Amount used"), 6), (N_("Devices: codes"), 12),
)  # fmt: skip
CLEARED: Fields = (
    (N_("Analyst: name, signature, day"), 10),
    (N_("Station clear, checked by: name, signature"), 10),
)
ENTERED: Fields = (
    (N_("Entered in the program by, at"), 15),
    (N_("Code of the run it was entered as"), 10),
)
EMPTY_ROWS = 8


@dataclass(frozen=True)
class AskedTube:
    """`tube.what` is its number and whose it is, `asked` which test with its limit."""

    tube: Scannable
    asked: str
    read: str = ""
    """What was read of it already, and when."""


@dataclass(frozen=True)
class RunKit:
    site: str
    made_at: datetime
    shared: tuple[Scannable, ...]
    """Stations, devices and lots."""
    run: str = ""
    """Empty: of a run that is not begun yet."""
    test: str = ""
    state: str = ""
    codes: tuple[Scannable, ...] = ()
    """Of the run itself."""
    tubes: tuple[AskedTube, ...] = ()


def run_kit(kit: RunKit, say: Wording) -> bytes:
    """The kit of one run as PDF, or an empty sheet."""
    title = f"{say.word(DOWNTIME_KIT)} {kit.run}".strip()
    sheet = Sheet(title=title, site=kit.site, named=title, at=kit.made_at)
    return sheet.pdf(list(_story(kit, say)), say)


def _story(kit: RunKit, say: Wording) -> Iterator[Flowable]:
    heading = f"{say.word(DOWNTIME_KIT)} · {kit.test or say.word(N_('Run at QC'))}"
    yield TitleBlock(heading, kit.state, kit.run)
    yield from _said(say.say(PRINTED, moment=say.moment(kit.made_at)), ink.SMALL)
    yield from _said(say.word(HOW_TO_USE), ink.TEXT)
    yield from _codes(kit.codes)
    if not kit.run:
        yield _boxes(BEGUN, say)
    for each in kit.tubes:
        yield from _tube(each, say)
    for _ in range(0 if kit.run else EMPTY_ROWS):
        yield KeepTogether([_boxes(WHICH, say), _boxes(READ, say), Spacer(0, 6)])
    yield CondPageBreak(140)
    yield from (_boxes(fields, say) for fields in (SUPPLIES, CLEARED, ENTERED))
    yield Spacer(0, 10)
    yield from _said(say.word(N_("Stations, devices, lots")), ink.SECTION)
    yield from _codes(kit.shared)


def _tube(each: AskedTube, say: Wording) -> Iterator[Flowable]:
    told = Rows([Column("")], [[Ink(each.read or each.asked)]], ruled=False)
    lines = [] if each.read else [_boxes(READ, say)]
    yield KeepTogether([CodeRow([each.tube]), told, *lines, Spacer(0, 6)])


def _said(text: str, style: ink.Style) -> Iterator[Flowable]:
    yield Rows([Column("")], [[Ink(text, style)]], ruled=False)
    yield Spacer(0, 4)


def _codes(things: tuple[Scannable, ...]) -> Iterator[Flowable]:
    yield from (CodeRow(some) for some in in_lines(things, ACROSS))


def _boxes(fields: Fields, say: Wording) -> BoxRow:
    return BoxRow([Box(say.word(name), weight) for name, weight in fields])
