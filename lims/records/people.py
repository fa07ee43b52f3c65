"""Tables of who did what: line clearance, scans, others who took part, comments."""

from collections.abc import Sequence

from lims.errors import N_
from lims.records import ink
from lims.records.document import Document
from lims.records.ink import Cell, Ink
from lims.records.materials import answered
from lims.records.parts import Clearance, Comment, Party, Scan
from lims.records.rows import Column
from lims.records.wording import Wording


def clearances(
    document: Document,
    clearances: Sequence[tuple[str, Clearance]],
    *,
    section: bool = False,
    number: str = "",
) -> None:
    """Each clearance after the words that say where in the process it was."""
    document.table(
        N_("Line clearance"),
        [
            Column(N_("Where"), 1.9),
            Column(N_("Station"), 1.2),
            Column(N_("Found"), 1),
            Column(N_("Done by, checked by"), 1.7),
            Column(N_("When"), 1.75),
        ],
        [
            (
                where,
                one.station,
                _found(one, document.wording),
                (one.done_by, _checker(one.checked_by, document.wording)),
                document.wording.moment(one.at),
            )
            for where, one in clearances
        ],
        section=section,
        number=number,
    )


def _found(clearance: Clearance, wording: Wording) -> Cell:
    found = answered(clearance.clear, N_("clear"), N_("not clear"), wording)
    return (found, Ink(clearance.remark, ink.SMALL)) if clearance.remark else found


def _checker(name: str | None, wording: Wording) -> Ink:
    return Ink(name) if name else Ink(wording.word(N_("not checked")), ink.WRONG)


def scans(document: Document, scans: Sequence[Scan]) -> None:
    say = document.wording
    document.table(
        N_("Identity by scan"),
        [
            Column(N_("What"), 1.6),
            Column(N_("Expected"), 1.1),
            Column(N_("Scanned"), 1.1),
            Column(N_("Agrees"), 1),
            Column(N_("By, when"), 2.7),
        ],
        [
            (
                one.role,
                Ink(one.expected, ink.CODE),
                _scanned(one, say),
                answered(one.agrees, N_("same"), N_("different"), say),
                f"{one.by}, {say.moment(one.at)}",
            )
            for one in scans
        ],
    )


def _scanned(scan: Scan, wording: Wording) -> Cell:
    code = Ink(scan.scanned, ink.CODE)
    return (code, Ink(wording.word(N_("typed by hand")), ink.TO_NOTE)) if scan.typed else code


def parties(document: Document, parties: Sequence[Party]) -> None:
    document.table(
        N_("Others who took part"),
        [
            Column(N_("Role"), 1.4),
            Column(N_("Name"), 2),
            Column(N_("Organisation"), 2),
            Column(N_("When"), 1.6),
        ],
        [(one.role, one.name, one.organisation, document.wording.value(one.at)) for one in parties],
    )


def comments(document: Document, comments: Sequence[Comment]) -> None:
    document.table(
        N_("Comments"),
        [Column(N_("Text"), 4), Column(N_("By, when"), 2)],
        [(one.text, f"{one.by}, {document.wording.moment(one.at)}") for one in comments],
    )
