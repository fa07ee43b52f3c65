"""Items 1 to 10: what EU GMP Part IV asks of a batch processing record, in its order."""

from lims.charts.timeline_drawing import timeline_drawings
from lims.errors import N_
from lims.records import decisions, ink, materials, people
from lims.records.analysis import results
from lims.records.batch_values import BatchRecord, controlled, lots_used
from lims.records.document import Document
from lims.records.ink import Ink
from lims.records.page import BODY_WIDTH
from lims.records.rows import Column
from lims.records.step import clearances_of


def product(document: Document, record: BatchRecord) -> None:
    document.section(N_("Product and batch number"), number="1")
    named = (N_("Product"), Ink(record.heading.product, ink.STRONG))
    document.facts([named], across=1)  # a product has a name as long as it likes
    document.origin(record.source)
    document.facts(
        [
            (N_("Batch"), Ink(record.batch, ink.CODE)),
            (N_("State"), record.state),
            (N_("Course"), Ink(record.course, ink.CODE)),
            (N_("Specification"), record.specification),
        ]
    )


def dates(document: Document, record: BatchRecord) -> None:
    say = document.wording
    document.table(
        N_("Dates and times of start, intermediate stages and end"),
        [Column(N_("Stage"), 2.6), Column(N_("When"), 2), Column(N_("Step"), 1.4)],
        [
            (
                one.name,
                say.moment(one.at) if one.at else Ink(say.word(N_("still to come")), ink.MUTED),
                Ink(one.step, ink.CODE),
            )
            for one in record.milestones
        ],
        section=True,
        number="2",
    )
    course_days(document, record)


def course_days(document: Document, record: BatchRecord) -> None:
    """The whole course, for a batch is one part of the way from the consent to the follow-up."""
    say = document.wording
    if not record.course_days:
        return
    for drawing in timeline_drawings(record.course_days, say, BODY_WIDTH):
        document.drawing(drawing)
    document.table(
        N_("Days of the course"),
        [Column(N_("What"), 2.6), Column(N_("Planned"), 1.4), Column(N_("Happened"), 1.4)],
        [(row.name, say.value(row.planned), say.value(row.done)) for row in record.course_days],
    )


def starting_materials(document: Document, record: BatchRecord) -> None:
    say = document.wording
    document.table(
        N_("Starting materials"),
        [
            Column(N_("Code"), 1.2),
            Column(N_("Material"), 1.8),
            Column(N_("Quantity"), 1, right=True),
            Column(N_("Origin"), 2.6),
            Column(N_("State"), 1.4),
        ],
        [
            (
                Ink(one.code, ink.CODE),
                one.what,
                f"{say.value(one.quantity)} {one.unit}".rstrip(),
                one.origin,
                one.state,
            )
            for one in record.starting_materials
        ],
        section=True,
        number="3",
    )


def raw_materials(document: Document, record: BatchRecord) -> None:
    lots = lots_used(record.steps)
    materials.lots(document, N_("Raw materials"), lots, section=True, number="4")


def line_clearance(document: Document, record: BatchRecord) -> None:
    found = [
        (f"{step.named}, {when}", one)
        for step in record.steps
        for when, one in clearances_of(document.wording, step)
    ]
    people.clearances(document, found, section=True, number="5")


def operators(document: Document, record: BatchRecord) -> None:
    say = document.wording
    document.table(
        N_("Operator of each step, and who checked it"),
        [
            Column(N_("Step"), 1.9),
            Column(N_("Performed by"), 1.5),
            Column(N_("Checked by"), 1.5),
            Column(N_("Recorded by"), 1.5),
            Column(N_("Performed"), 2),
        ],
        [
            (
                step.named,
                step.performed_by,
                step.verified_by or Ink(say.word(step.nothing), ink.MUTED),
                step.recorded_by,
                say.moment(step.performed_at),
            )
            for step in record.steps
        ],
        section=True,
        number="6",
    )


def controls(document: Document, record: BatchRecord) -> None:
    """What a limit was set for: measured at the bench, then in quality control."""
    say = document.wording
    document.table(
        N_("In-process controls and results"),
        [
            Column(N_("Step"), 1.9),
            Column(N_("Control"), 1.7),
            Column(N_("Recorded"), 1.2, right=True),
            Column(N_("Limit"), 1),
            Column(N_("Verdict"), 1.5),
            Column(N_("By"), 1.3),
        ],
        [
            (
                step.named,
                one.name,
                materials.found(one, say, one.unit),
                one.limit,
                materials.judged(one.verdict, say),
                step.performed_by,
            )
            for step, one in controlled(record.steps)
        ],
        section=True,
        number="7",
    )
    results(document, N_("Quality control"), record.results)


def yields(document: Document, record: BatchRecord) -> None:
    say = document.wording
    document.table(
        N_("Yield at the relevant stages"),
        [
            Column(N_("Stage"), 2.2),
            Column(N_("Yield"), 1.6, right=True),
            Column(N_("When"), 1.7),
            Column(N_("Remark"), 2.2),
        ],
        [
            (
                one.stage,
                f"{say.value(one.quantity, one.places)} {one.unit}".rstrip(),
                say.moment(one.at),
                one.remark,
            )
            for one in record.yields
        ],
        section=True,
        number="8",
    )


def problems(document: Document, record: BatchRecord) -> None:
    title = N_("Special problems and authorised deviations")
    decisions.deviations(document, title, record.deviations, section=True, number="9")


def approval(document: Document, record: BatchRecord) -> None:
    title = N_("Approval by the person responsible")
    decisions.signatures(document, title, record.approvals, section=True, number="10")


ITEMS = (
    product,
    dates,
    starting_materials,
    raw_materials,
    line_clearance,
    operators,
    controls,
    yields,
    problems,
    approval,
)
