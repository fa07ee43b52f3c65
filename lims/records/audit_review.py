"""A signed review of the audit trail: which entries, what was looked at, what was found, by whom.

What was signed is never changed: the same values give the same bytes whenever it is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reportlab.platypus import CondPageBreak, Flowable, Spacer

from lims.errors import N_
from lims.records import ink
from lims.records.canonical import digest
from lims.records.document import TitleBlock
from lims.records.ink import Cell, Ink
from lims.records.listed import Sheet
from lims.records.parts import Signature
from lims.records.rows import Column, Rows
from lims.records.wording import Wording

TITLE = N_("Review of the audit trail")
MEANS = N_(
    "The signature means: these entries were looked through, and what was found in them is told"
    " above."
)
ROOM = 90
"""A signature stands with its heading and with what it means."""


@dataclass(frozen=True)
class Matter:
    """Something to look for among the entries, and how many of them there are."""

    name: str
    entries: int


@dataclass(frozen=True)
class Review:
    site: str
    first_entry: int
    last_entry: int
    since: datetime | None
    """When the entry before the first was made; None where there is none."""
    until: datetime
    last_hash: str
    """Of the last entry; by the chain it says what all of them were."""
    matters: Sequence[Matter]
    remark: str
    findings: str
    deviation: str
    reviewed_at: datetime
    signature: Signature | None


def render(review: Review, say: Wording) -> bytes:
    numbers = f"№ {review.first_entry} – {review.last_entry}"
    title = say.word(TITLE)
    sheet = Sheet(f"{title} {numbers}", review.site, f"{title} {numbers}", review.reviewed_at)
    story: list[Flowable] = [
        TitleBlock(title, numbers, ""),
        Spacer(0, 6),
        _entries(review, say),
        Spacer(0, 9),
        _matters(review, say),
        Spacer(0, 9),
        _lines(N_("Looked at"), review.remark, say),
        Spacer(0, 6),
        _lines(N_("What was found"), review.findings or say.word(N_("nothing")), say),
        Spacer(0, 6),
        *([_lines(N_("Deviation"), review.deviation, say)] if review.deviation else []),
        Spacer(0, 9),
        CondPageBreak(ROOM),
        *_signed(review, say),
        Spacer(0, 6),
        _plain(say.say(N_("SHA-256 of what it says: %(digest)s."), digest=digest(review))),
    ]
    return sheet.pdf(story, say)


def _entries(review: Review, say: Wording) -> Rows:
    since = say.moment(review.since) if review.since else say.word(N_("the beginning"))
    facts: list[Cell] = [
        (Ink(say.word(N_("Entries")), ink.LABEL), f"{review.first_entry} – {review.last_entry}"),
        (Ink(say.word(N_("After")), ink.LABEL), since),
        (Ink(say.word(N_("Until")), ink.LABEL), say.moment(review.until)),
    ]
    last: list[Cell] = [
        (Ink(say.word(N_("SHA-256 of the last entry")), ink.LABEL), Ink(review.last_hash, ink.HASH))
    ]
    return Rows([Column("")], [[each] for each in (*facts, *last)], ruled=False)


def _matters(review: Review, say: Wording) -> Rows:
    rows: list[list[Cell]] = [[each.name, str(each.entries)] for each in review.matters]
    return Rows(
        [Column("", 3), Column(say.word(N_("Entries")), 1, right=True)],
        rows,
        title=Ink(say.word(N_("What matters")), ink.TABLE),
        again=say.word(N_("(continued)")),
        outline=0,
    )


def _lines(title: str, said: str, say: Wording) -> Rows:
    return Rows([Column("")], [[said]], title=Ink(say.word(title), ink.TABLE), outline=0)


def _signed(review: Review, say: Wording) -> list[Flowable]:
    given = review.signature
    if given is None:
        return [_lines(N_("Signature"), say.word(N_("none")), say)]
    held = say.word(N_("valid") if given.valid else N_("no longer valid"))
    row: list[Cell] = [
        Ink(given.name, ink.STRONG),
        given.meaning,
        say.moment(given.at),
        (held, Ink(given.void_reason, ink.SMALL)) if given.void_reason else held,
        Ink(given.shown_sha256, ink.HASH),
    ]
    heads = (
        (N_("Name"), 1.5),
        (N_("Meaning"), 1.2),
        (N_("Date and time"), 1.8),
        (N_("Signature"), 1.0),
        (N_("SHA-256 of what was signed"), 2.2),
    )
    columns = [Column(say.word(head), weight) for head, weight in heads]
    table = Rows(columns, [row], title=Ink(say.word(N_("Signed")), ink.TABLE), outline=0)
    return [table, _plain(say.word(MEANS))]


def _plain(told: str) -> Rows:
    return Rows([Column("")], [[Ink(told, ink.SMALL)]], ruled=False)
