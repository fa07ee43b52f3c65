"""Tables of what was changed, what went wrong and who answers for it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from lims.errors import N_
from lims.records import ink
from lims.records.document import NOTHING, Document
from lims.records.ink import Cell, Ink, Style
from lims.records.materials import answered
from lims.records.parts import Correction, Deviation, Running, Signature
from lims.records.rows import Column
from lims.records.wording import Wording


class Decision(StrEnum):
    """What was decided of a fill; the words are the printed ones, to be translated."""

    OPEN = N_("not decided")
    CONDITIONAL = N_("released conditionally")
    FINAL = N_("released")
    TAKEN_OVER = N_("earlier release taken over")
    REJECTED = N_("rejected")
    RECALLED = N_("recalled")


COLOURS: dict[Decision, Style] = {
    Decision.OPEN: ink.TO_NOTE,
    Decision.CONDITIONAL: ink.TO_NOTE,
    Decision.FINAL: ink.IN_ORDER,
    Decision.TAKEN_OVER: ink.IN_ORDER,
    Decision.REJECTED: ink.WRONG,
    Decision.RECALLED: ink.WRONG,
}


SIGNED_HASH_SHOWN = 16
"""Enough to tell two contents apart by eye; the whole hash is in the electronic record."""


def corrections(
    document: Document,
    title: str,
    corrections: Sequence[tuple[str, Correction]],
    *,
    section: bool = False,
    number: str = "",
) -> None:
    """Each correction with where it was made: the old value struck through, the new beside it."""
    say = document.wording
    document.table(
        title,
        [
            Column(N_("What"), 1.7),
            Column(N_("Was"), 1.1),
            Column(N_("Became"), 1.1),
            Column(N_("By, when"), 1.7),
            Column(N_("Reason"), 2),
        ],
        [
            (
                (one.what, Ink(where, ink.SMALL)) if where else one.what,
                Ink(f"{say.value(one.old)} {one.unit}".rstrip(), ink.STRUCK),
                Ink(f"{say.value(one.new)} {one.unit}".rstrip(), ink.STRONG),
                (one.by, Ink(say.moment(one.at), ink.SMALL)),
                one.reason,
            )
            for where, one in corrections
        ],
        section=section,
        number=number,
        nothing=NOTHING,  # what was changed here is known here, of earlier records too
    )


def deviations(
    document: Document,
    title: str,
    deviations: Sequence[Deviation],
    *,
    section: bool = False,
    number: str = "",
) -> None:
    say = document.wording
    document.table(
        title,
        [
            Column(N_("Deviation"), 1.2),
            Column(N_("What happened"), 2.4),
            Column(N_("Class, state"), 1.1),
            Column(N_("Decision and who authorised it"), 2.8),
        ],
        [
            (
                Ink(one.code, ink.CODE),
                (one.what, Ink(f"{one.opened_by}, {say.moment(one.opened_at)}", ink.SMALL)),
                (Ink(one.classification, ink.STRONG), one.state),
                _decided(one, say),
            )
            for one in deviations
        ],
        section=section,
        number=number,
    )


def _decided(deviation: Deviation, wording: Wording) -> Cell:
    said = deviation.decisions
    if not deviation.authorised:
        return (*said, Ink(wording.word(N_("not authorised by signature")), ink.WRONG))
    return (*said, *(line for one in deviation.authorised for line in _signed(one, wording)))


def _signed(signature: Signature, wording: Wording) -> tuple[Ink, Ink]:
    held = _validity(signature, wording)
    when = Ink(f"{wording.moment(signature.at)}  {held.text}", ink.SMALL)
    if not signature.valid:
        when = Ink(when.text, ink.WRONG)
    return Ink(f"{signature.meaning}: {signature.name}", ink.STRONG), when


def _validity(signature: Signature, wording: Wording) -> Ink:
    return _valid(signature.valid, wording)


def _valid(valid: bool, wording: Wording) -> Ink:
    return answered(valid, N_("valid"), N_("no longer valid"), wording)


def signatures(
    document: Document,
    title: str,
    signatures: Sequence[Signature],
    *,
    section: bool = False,
    number: str = "",
) -> None:
    """Name, meaning, date and time of each, and whether what was signed still says the same.

    A word given with name and password as a step closes has no hash; where none has, no column.
    """
    say = document.wording
    columns = [
        Column(N_("Name"), 1.7),
        Column(N_("Meaning"), 1.8),
        Column(N_("Date and time"), 2.15),
        Column(N_("Signature"), 1.7),
    ]
    rows: list[tuple[Cell, ...]] = [
        (Ink(one.name, ink.STRONG), _meant(one), say.moment(one.at), _held(one, say))
        for one in signatures
    ]
    if any(one.shown_sha256 for one in signatures):
        columns.append(Column(N_("SHA-256 of what was signed"), 1.25))
        hashes = [Ink(one.shown_sha256[:SIGNED_HASH_SHOWN] or "–", ink.HASH) for one in signatures]
        rows = [(*row, each) for row, each in zip(rows, hashes, strict=True)]
    document.table(title, columns, rows, section=section, number=number)


def _meant(signature: Signature) -> Cell:
    """What it means and, in a line of its own, why."""
    meaning, reason = signature.meaning, signature.reason
    return (meaning, Ink(reason, ink.SMALL)) if reason else meaning


def _held(signature: Signature, wording: Wording) -> Cell:
    held = _validity(signature, wording)
    return (held, Ink(signature.void_reason, ink.SMALL)) if signature.void_reason else held


def running(document: Document, tests: Sequence[Running]) -> None:
    document.table(
        N_("Still running"),
        [Column(N_("Test"), 3), Column(N_("Result expected"), 2)],
        [(one.test, document.wording.value(one.expected)) for one in tests],
        section=True,
    )


def identity(batch: str, fill: str, specification: str) -> list[tuple[str, Cell]]:
    """The facts a certificate opens with."""
    return [
        (N_("Batch"), Ink(batch, ink.CODE)),
        (N_("Fill"), Ink(fill, ink.CODE)),
        (N_("Specification"), specification),
    ]


def decided(
    decision: Decision, decided_at: datetime | None, wording: Wording, *, valid: bool
) -> tuple[str, Cell]:
    """The decision; where what was signed with it is no longer so, that stands beside it."""
    said = Ink(wording.word(decision.value), COLOURS[decision])
    when = (wording.moment(decided_at),) if decided_at else ()
    void = () if valid else (_valid(valid, wording),)
    return (N_("Decision"), (said, *when, *void))
