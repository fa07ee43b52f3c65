"""The record page of one step: who, when, with what, what came out, what was changed since."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lims.charts.freezing import freezing_drawing, freezing_heads, freezing_rows
from lims.errors import N_
from lims.records import decisions, ink, materials, people
from lims.records.document import NOT_TOLD, NOTHING, Document
from lims.records.ink import Cell, Ink
from lims.records.page import BODY_WIDTH
from lims.records.parts import (
    Clearance,
    Comment,
    Correction,
    Deviation,
    Equipment,
    Heading,
    LabelCount,
    Lot,
    Party,
    Photo,
    Reading,
    Scan,
    Signature,
)
from lims.records.rows import Column
from lims.records.wording import Wording

STEP_RECORD = N_("Step record")
RECEPTION_RECORD = N_("Reception record")
ISOLATION_RECORD = N_("Isolation record")
FREEZING_RECORD = N_("Freezing record")
THAW_RECORD = N_("Thaw record")
RETRIEVAL_RECORD = N_("Retrieval record")
TRANSFER_RECORD = N_("Transfer record")
DESTRUCTION_RECORD = N_("Destruction record")
ISSUE_RECORD = N_("Issue record")
ADMINISTRATION_RECORD = N_("Administration record")


@dataclass(frozen=True)
class Curve:
    """Minutes since the program began and degrees, and what was to be reached."""

    points: tuple[tuple[Decimal, Decimal], ...]
    to_reach_c: Decimal | None = None


@dataclass(frozen=True)
class Step:
    """One operation as it was recorded; empty parts are printed as *none* on its own page."""

    code: str
    number: int
    """Its place among the steps of the batch, from 1."""
    kind: str
    performed_by: str
    performed_at: date
    recorded_by: str
    recorded_at: datetime
    verified_by: str | None
    sop: str
    """Number and version of the procedure, as the training record names it."""
    terminal: str
    late_reason: str = ""
    source: str = ""
    """Where it was read, of a step of earlier records."""
    opening: Clearance | None = None
    closing: Clearance | None = None
    scans: tuple[Scan, ...] = ()
    readings: tuple[Reading, ...] = ()
    lots: tuple[Lot, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    labels: tuple[LabelCount, ...] = ()
    parties: tuple[Party, ...] = ()
    curve: Curve | None = None
    photos: tuple[Photo, ...] = ()
    comments: tuple[Comment, ...] = ()
    corrections: tuple[Correction, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    signatures: tuple[Signature, ...] = ()

    @property
    def named(self) -> str:
        return f"{self.number} · {self.kind}"

    @property
    def nothing(self) -> str:
        """What is said of a part that it does not have."""
        return NOT_TOLD if self.source else NOTHING


@dataclass(frozen=True)
class StepRecord:
    heading: Heading
    batch: str
    step: Step
    title: str = STEP_RECORD
    """One of the titles above: reception, isolation, issue and administration are steps too."""


def step_record(record: StepRecord, wording: Wording) -> bytes:
    """The step's own page as PDF."""
    step = record.step
    title = wording.word(record.title)
    subject = f"{step.named}  ·  {step.code}"
    document = Document(
        record,
        record.heading,
        wording,
        title=title,
        subject=subject,
        batch=record.batch,
        nothing=step.nothing,
    )
    who_and_when(document, step)
    tables(document, step)
    photos(document, step)
    return document.pdf()


def step_in_batch(document: Document, step: Step) -> None:
    """The same step within the batch record: only what it has."""
    document.bar(step.named, step.code)
    who_and_when(document, step)
    with document.part(step.named):
        tables(document, step)
    document.photos(step.photos)


def who_and_when(document: Document, step: Step) -> None:
    say = document.wording
    recorded: Cell = (f"{step.recorded_by}", say.moment(step.recorded_at))
    if step.source:
        recorded = (step.recorded_by, say.moment(step.recorded_at), Ink(step.source, ink.SMALL))
    elif step.late_reason:
        late = say.say(N_("late: %(reason)s"), reason=step.late_reason)
        recorded = (step.recorded_by, say.moment(step.recorded_at), Ink(late, ink.TO_NOTE))
    document.facts(
        [
            (N_("Performed"), (Ink(step.performed_by, ink.STRONG), say.moment(step.performed_at))),
            (N_("Recorded"), recorded),
            (N_("Verified"), step.verified_by or Ink(document.word(step.nothing), ink.MUTED)),
            (N_("Procedure, terminal"), (step.sop, step.terminal)),
        ]
    )


def tables(document: Document, step: Step) -> None:
    people.clearances(document, clearances_of(document.wording, step))
    people.scans(document, step.scans)
    materials.readings(document, step.readings)
    curve(document, step)
    materials.lots(document, N_("Lots"), step.lots)
    materials.equipment(document, step.equipment)
    materials.labels(document, step.labels)
    people.parties(document, step.parties)
    people.comments(document, step.comments)
    decisions.corrections(document, N_("Corrections"), [("", one) for one in step.corrections])
    decisions.deviations(document, N_("Deviations"), step.deviations)
    decisions.signatures(document, N_("Signatures"), step.signatures)


def curve(document: Document, step: Step) -> None:
    """Of a freezing: the run as it was drawn on the page, and its numbers."""
    if step.curve is None:
        return
    say, run = document.wording, step.curve
    document.drawing(freezing_drawing(run.points, run.to_reach_c, say, BODY_WIDTH))
    columns = [Column(head, right=True) for head in freezing_heads()]
    document.table(N_("Freezing curve"), columns, freezing_rows(run.points, say))


def clearances_of(wording: Wording, step: Step) -> list[tuple[str, Clearance]]:
    """Before and after, each worded, as far as they were done."""
    found = ((N_("before"), step.opening), (N_("after"), step.closing))
    return [(wording.word(when), one) for when, one in found if one]


def photos(document: Document, step: Step) -> None:
    if not step.photos:
        return document.table(N_("Photographs"), [], [])
    document.section(N_("Photographs"))
    document.photos(step.photos)
