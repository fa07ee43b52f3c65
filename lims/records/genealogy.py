"""Where the cells of a paper come from and where they went, a line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lims.errors import N_
from lims.records import ink
from lims.records.document import Document
from lims.records.ink import Ink
from lims.records.rows import Column


@dataclass(frozen=True)
class Relative:
    """Something this batch comes from, is, or became, up to the tissue and down to the joint."""

    code: str
    what: str
    sources: tuple[str, ...]
    """The codes of what it came from."""
    state: str
    batch: str
    made: str
    """The step in which it was made, in words, and its code."""
    at: date | None


def relatives(
    document: Document, found: Sequence[Relative], *, section: bool = False, number: str = ""
) -> None:
    """A line each, in the order of time."""
    say = document.wording
    document.table(
        N_("From tissue to joint"),
        [
            Column(N_("Code"), 1.3),
            Column(N_("What"), 1.5),
            Column(N_("From"), 1.3),
            Column(N_("State"), 1.1),
            Column(N_("Batch"), 1.3),
            Column(N_("Made in step"), 1.3),
            Column(N_("When"), 1.9),
        ],
        [
            (
                Ink(one.code, ink.CODE),
                one.what,
                tuple(Ink(code, ink.CODE) for code in one.sources),
                one.state,
                Ink(one.batch, ink.CODE),
                one.made,
                say.moment(one.at) if one.at else "–",
            )
            for one in found
        ],
        section=section,
        number=number,
    )
