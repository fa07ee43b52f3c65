"""Annexes A to H: growth, equipment, labels, changes, signatures, trail, genealogy, steps."""

from lims.charts.growth import growth_drawing
from lims.charts.growth_values import growth_heads, growth_rows
from lims.errors import N_
from lims.records import decisions, ink, materials
from lims.records.batch_values import BatchRecord
from lims.records.document import NOTHING, Document
from lims.records.genealogy import relatives
from lims.records.ink import Ink
from lims.records.page import BODY_WIDTH
from lims.records.rows import Column
from lims.records.step import step_in_batch


def growth(document: Document, record: BatchRecord) -> None:
    title = N_("Growth")
    if not (record.growth and record.growth.passages):
        return document.table(title, [], [], section=True, number="A")
    document.section(title, number="A")
    document.drawing(growth_drawing(record.growth, document.wording, BODY_WIDTH))
    heads = growth_heads()
    columns = [Column(heads[0]), *(Column(head, 1.2, right=True) for head in heads[1:])]
    document.table("", columns, growth_rows(record.growth, document.wording))


def equipment(document: Document, record: BatchRecord) -> None:
    used = dict.fromkeys(one for step in record.steps for one in step.equipment)
    materials.equipment(document, list(used), section=True, number="B")


def labels(document: Document, record: BatchRecord) -> None:
    materials.labels(document, record.labels, section=True, number="C")


def changes(document: Document, record: BatchRecord) -> None:
    found = [(step.named, one) for step in record.steps for one in step.corrections]
    title = N_("Values changed since they were first entered")
    decisions.corrections(document, title, found, section=True, number="D")


def signatures(document: Document, record: BatchRecord) -> None:
    found = [one for step in record.steps for one in step.signatures]
    decisions.signatures(document, N_("Signatures of the steps"), found, section=True, number="E")


def audit(document: Document, record: BatchRecord) -> None:
    say = document.wording
    document.table(
        N_("Audit trail: entries to look at"),
        [
            Column(N_("Entry"), 0.7, right=True),
            Column(N_("When, by"), 2.2),
            Column(N_("What"), 1.8),
            Column(N_("Was"), 1.2),
            Column(N_("Became"), 1.2),
            Column(N_("Reason"), 1.6),
        ],
        [
            (
                str(one.sequence),
                (say.moment(one.at), Ink(one.by, ink.SMALL)),
                one.what,
                Ink(one.old, ink.STRUCK),
                one.new,
                one.reason,
            )
            for one in record.audit_entries
        ],
        section=True,
        number="F",
        nothing=NOTHING,
    )


def genealogy(document: Document, record: BatchRecord) -> None:
    relatives(document, record.genealogy, section=True, number="G")


def steps(document: Document, record: BatchRecord) -> None:
    if not record.steps:
        return document.table(N_("Steps in order"), [], [], section=True, number="H")
    document.section(N_("Steps in order"), number="H")
    for step in record.steps:
        step_in_batch(document, step)


ANNEXES = (growth, equipment, labels, changes, signatures, audit, genealogy, steps)
