"""Tables of what went into a step and what was measured: readings, lots, equipment, labels."""

from collections.abc import Sequence

from lims.errors import N_
from lims.records import ink
from lims.records.document import Document
from lims.records.ink import Cell, Ink, Style
from lims.records.parts import Equipment, LabelCount, Lot, Reading, Verdict
from lims.records.rows import Column
from lims.records.wording import Wording

MARKS: dict[Verdict, tuple[str, Style]] = {
    Verdict.PASS: ("✓", ink.IN_ORDER),
    Verdict.FAIL: ("✗", ink.WRONG),
    Verdict.INCONCLUSIVE: ("?", ink.TO_NOTE),
    Verdict.MISSING: ("–", ink.TO_NOTE),
    Verdict.RUNNING: ("…", ink.TO_NOTE),
    Verdict.INVALID: ("✗", ink.TO_NOTE),
    Verdict.NOT_EVALUATED: ("–", ink.MUTED),
}
"""A sign, a colour and a word each: papers are copied in black and white."""


def judged(verdict: Verdict | None, wording: Wording) -> Cell:
    if verdict is None:
        return ""
    mark, style = MARKS[verdict]
    return Ink(f"{mark} {wording.word(verdict.value)}", style)


def answered(good: bool, yes: str, no: str, wording: Wording) -> Ink:
    """`yes` in order or `no` as wrong, each with its sign."""
    if good:
        return Ink(f"✓ {wording.word(yes)}", ink.IN_ORDER)
    return Ink(f"✗ {wording.word(no)}", ink.WRONG)


def found(reading: Reading, wording: Wording, unit: str = "") -> Cell:
    """The rounded value, and the exact one beneath where only it explains the verdict."""
    rounded = wording.value(reading.value, reading.places)
    exact = wording.value(reading.value)
    shown = f"{rounded} {unit}".rstrip()
    if reading.verdict is None or rounded == exact:
        return shown
    return shown, Ink(wording.say(N_("exactly %(value)s"), value=exact), ink.SMALL)


def readings(document: Document, readings: Sequence[Reading]) -> None:
    say = document.wording
    document.table(
        N_("Values"),
        [
            Column(N_("Value"), 2.2),
            Column(N_("Recorded"), 1.4, right=True),
            Column(N_("Unit"), 0.9),
            Column(N_("Limit"), 1.1),
            Column(N_("Verdict"), 1.5),
        ],
        [
            (
                one.name,
                found(one, say),
                one.unit,
                one.limit,
                judged(one.verdict, say),
            )
            for one in readings
        ],
    )


def lots(
    document: Document, title: str, lots: Sequence[Lot], *, section: bool = False, number: str = ""
) -> None:
    say = document.wording
    document.table(
        title,
        [
            Column(N_("Lot"), 1.2),
            Column(N_("Material"), 2.4),
            Column(N_("Maker's number"), 1.3),
            Column(N_("Quantity"), 1, right=True),
            Column(N_("Expires"), 1.1),
            Column(N_("State"), 1),
        ],
        [
            (
                Ink(lot.code, ink.CODE),
                lot.name,
                lot.maker_number,
                f"{say.value(lot.quantity)} {lot.unit}".rstrip(),
                say.value(lot.expires_on),
                lot.state,
            )
            for lot in lots
        ],
        section=section,
        number=number,
    )


def equipment(
    document: Document, used: Sequence[Equipment], *, section: bool = False, number: str = ""
) -> None:
    say = document.wording
    document.table(
        N_("Equipment"),
        [
            Column(N_("Code"), 1.2),
            Column(N_("Name"), 3.4),
            Column(N_("Calibration due"), 1.2),
            Column(N_("State"), 1.6),
        ],
        [
            (Ink(one.code, ink.CODE), one.name, say.value(one.calibration_due), one.state)
            for one in used
        ],
        section=section,
        number=number,
    )


def labels(
    document: Document, counts: Sequence[LabelCount], *, section: bool = False, number: str = ""
) -> None:
    heads = (N_("Printed"), N_("Applied"), N_("Voided"), N_("Destroyed"), N_("Open"))
    document.table(
        N_("Labels"),
        [
            Column(N_("Label"), 1.8),
            *(Column(head, 1, right=True) for head in heads),
            Column(N_("Balance"), 1.7),
        ],
        [
            (
                one.kind,
                *map(str, (one.printed, one.applied, one.voided, one.destroyed, one.open)),
                answered(one.open == 0, N_("balanced"), N_("not balanced"), document.wording),
            )
            for one in counts
        ],
        section=section,
        number=number,
    )
