"""The downtime kit of a batch: its codes, and forms to write on while the program is down.

What is written on them is entered afterwards, with the time it was done and a scan of the paper.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lims.errors import N_
from lims.records import ink
from lims.records.blanks import ACROSS, BOX_HEIGHT, Box, BoxRow, CodeRow, Scannable
from lims.records.document import Document
from lims.records.ink import Ink
from lims.records.parts import Heading
from lims.records.rows import in_lines
from lims.records.wording import Wording

DOWNTIME_KIT = N_("Downtime kit")
PRINTED = N_(
    "Printed %(moment)s for when the program is down. It is no record: what is written on it is"
    " entered afterwards, with this paper."
)
SPARE_ROWS = 3
"""Lines of a form for containers that are not known yet."""

Fields = tuple[tuple[str, int], ...]
"""Names of boxes, and how wide each is beside the others."""


@dataclass(frozen=True)
class Form:
    """A step that may be due: what is written down once, and what for each container."""

    title: str
    once: tuple[Fields, ...]
    each: Fields = ()
    spare: int = SPARE_ROWS
    of_vessels: bool = False
    """A line for each vessel in culture, its code printed in it."""


WHO: Fields = (
    (N_("Date and time, with the minutes"), 11),
    (N_("Done by: name, signature"), 15),
    (N_("Bench cleared, checked by: name, signature"), 16),
)
SUPPLIES: Fields = (
    (N_("Medium or reagent: lot code"), 12),
    (N_("Amount used"), 6),
    (N_("Another lot"), 12),
    (N_("Amount used"), 6),
    (N_("Bench, devices: codes"), 12),
)
REMARKS: Fields = ((N_("Anything unusual, and what was done about it"), 10),)
COUNT: Fields = (
    (N_("Volume, mL"), 6), (N_("Counted with"), 9), (N_("Live"), 6), (N_("Dead"), 6),
    (N_("Of the tube, of a mL, in squares"), 13), (N_("Squares"), 5), (N_("Dilution"), 6),
)  # fmt: skip
TUBE = (N_("Tube: number written on it"), 11)
MADE: Fields = (
    (N_("Kind of container"), 12), (N_("Number written on it"), 10),
    (N_("Volume, mL"), 7), (N_("Viable cells"), 11), (N_("Where it stands"), 12),
)  # fmt: skip
FEEDING = Form(
    N_("Feeding and observation"),
    (WHO, SUPPLIES, ((N_("All the medium changed, or a part of it"), 10),)),
    (
        (N_("Vessel"), 11), (N_("Confluence, %"), 7), (N_("Morphology, contamination"), 15),
        (N_("Volume, mL"), 7), (N_("Where it stands"), 10),
    ),
    of_vessels=True,
)  # fmt: skip
HARVEST = Form(
    N_("Harvest, count and what became of it"),
    (
        WHO,
        SUPPLIES,
        (
            (N_("Vessels harvested"), 18), (N_("Confluence, %"), 7), (N_("Minutes"), 5),
            (N_("Temperature, °C"), 8), TUBE,
        ),
        COUNT,
    ),
    MADE,
    spare=8,
)  # fmt: skip
ISOLATION = Form(
    N_("Isolation"),
    (
        WHO,
        SUPPLIES,
        (
            (N_("Tissue, g"), 6), (N_("Enzyme, %"), 6), (N_("Digestion, minutes"), 8),
            (N_("Temperature, °C"), 8), (N_("Spins: × g, minutes"), 9), (N_("Washes"), 5), TUBE,
        ),
        COUNT,
    ),
    MADE,
    spare=6,
)  # fmt: skip
SAMPLING = Form(
    N_("Aliquots for tests and retention"),
    (WHO,),
    (
        (N_("Taken from: code"), 12), (N_("Number written on it"), 10), (N_("Volume, mL"), 7),
        (N_("For a test, or kept aside"), 12), (N_("Where it stands"), 12),
    ),
    spare=6,
)  # fmt: skip
FILLING = Form(
    N_("Filling of doses or vials"),
    (
        WHO,
        SUPPLIES,
        (
            (N_("From the tube: code"), 10), (N_("Suspended in: lot code"), 10),
            (N_("Taken of it, mL"), 7), (N_("No particles: yes, no"), 8),
            (N_("Containers intact: yes, no"), 10),
        ),
    ),
    (
        (N_("Dose or vial: number written on it"), 13), (N_("Volume, mL"), 7),
        (N_("For which injection"), 12), (N_("Where it stands"), 12),
    ),
    spare=8,
)  # fmt: skip
FREEZING = Form(
    N_("Freezing of vials"),
    (
        WHO,
        (
            (N_("Freezer: code"), 10), (N_("Cryoprotectant: lot code"), 10),
            (N_("Its share, %"), 6), (N_("Added at"), 8),
        ),
        (
            (N_("Programme"), 10), (N_("Freezing began"), 8), (N_("Freezing ended"), 8),
            (N_("Temperature at the end, °C"), 10), (N_("As programmed: yes, no"), 9),
        ),
    ),
    (
        (N_("Vial: code or number"), 12), (N_("Box"), 10), (N_("Position"), 6),
        (N_("Placed at"), 8), (N_("Seconds out of the cold"), 9),
    ),
    spare=8,
)  # fmt: skip
OTHER = Form(
    N_("Anything else"),
    (WHO, ((N_("What was done"), 18), (N_("From what: code"), 10)), SUPPLIES),
    MADE,
    spare=4,
)


@dataclass(frozen=True)
class DowntimeKit:
    heading: Heading
    batch: str
    stands: str
    """How far the batch is, in a sentence."""
    codes: tuple[Scannable, ...]
    shared: tuple[Scannable, ...]
    """Benches, devices and lots: of the laboratory, not of this patient."""
    vessels: tuple[str, ...]
    forms: tuple[Form, ...]


def downtime_kit(kit: DowntimeKit, wording: Wording) -> bytes:
    """The kit as PDF: its codes, those of benches, devices and lots, then a form a page."""
    document = Document(
        kit,
        kit.heading,
        wording,
        title=wording.word(DOWNTIME_KIT),
        subject=kit.stands,
        batch=kit.batch,
        unkept=PRINTED,
    )
    document.note(Ink(wording.word(HOW_TO_USE), ink.TEXT))
    for title, things in (N_("Codes"), kit.codes), (N_("Benches, devices, lots"), kit.shared):
        document.section(title)
        for some in in_lines(things, ACROSS):
            document.add(CodeRow(some))
    for form in kit.forms:
        _form(document, form, kit.vessels)
    return document.pdf()


HOW_TO_USE = N_(
    "Write with a pen; strike out what is wrong so that it stays readable, with your initials."
    " Compare patient and code aloud with a second person at every container. On a container that"
    " has no label yet write the batch, the patient's code, the date and a number of your own."
    " When the program is back, enter each step with the time it was done and a scan of its form."
)


def _form(document: Document, form: Form, vessels: Sequence[str]) -> None:
    document.new_page()
    document.bar(document.word(form.title), document.word(N_("written by hand")))
    for fields in form.once:
        document.add(BoxRow(_boxes(document, fields)))
    for said in _lines(form, vessels):
        document.add(BoxRow(_boxes(document, form.each, said)))
    document.add(BoxRow(_boxes(document, REMARKS), height=3 * BOX_HEIGHT))
    document.add(BoxRow(_boxes(document, ENTERED)))


ENTERED: Fields = (
    (N_("Entered in the program by, at"), 15),
    (N_("Code of the step it was entered as"), 10),
)


def _lines(form: Form, vessels: Sequence[str]) -> Iterator[str]:
    """What stands in the first box of each line: the vessel it is for, or nothing yet."""
    if form.each:
        yield from vessels if form.of_vessels else ()
        yield from [""] * form.spare


def _boxes(document: Document, fields: Fields, said: str = "") -> list[Box]:
    boxes = [Box(document.word(name), weight) for name, weight in fields]
    return [Box(boxes[0].name, boxes[0].weight, said), *boxes[1:]] if said else boxes
