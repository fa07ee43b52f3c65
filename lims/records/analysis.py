"""Certificate of analysis: each result as it was entered, its limit, and who answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lims.errors import N_
from lims.records import decisions, ink, people
from lims.records.decisions import Decision
from lims.records.document import Document
from lims.records.ink import Cell, Ink
from lims.records.materials import judged
from lims.records.parts import Comment, Heading, Running, Signature, Verdict
from lims.records.rows import Column
from lims.records.wording import Wording

ON_PAPER = N_("No result of it is in this program: they stand in the earlier papers.")


@dataclass(frozen=True)
class TestResult:
    """One result as it was entered; a superseded one stays, struck through."""

    __test__ = False  # pytest takes a class called Test… for a test

    test: str
    method: str
    limit: str
    result: str
    unit: str
    verdict: Verdict
    aliquot: str = ""
    analyst: str = ""
    verifier: str = ""
    approver: str = ""
    resulted_on: date | None = None
    superseded: bool = False


@dataclass(frozen=True)
class CertificateOfAnalysis:
    heading: Heading
    batch: str
    fill: str
    material: str
    """What was tested, in words: 2 doses of passage P3."""
    specification: str
    decision: Decision
    decided_at: datetime | None
    results: tuple[TestResult, ...] = ()
    running: tuple[Running, ...] = ()
    remarks: tuple[Comment, ...] = ()
    signatures: tuple[Signature, ...] = ()
    decision_valid: bool = True
    """Whether what was signed with the decision still is what the record says."""
    source: str = ""
    """Of a fill that this program did not keep the record of: where it was read."""


def certificate_of_analysis(record: CertificateOfAnalysis, wording: Wording) -> bytes:
    title = wording.word(N_("Certificate of analysis"))
    subject = f"{record.material}  ·  {record.fill}"
    document = Document(
        record, record.heading, wording, title=title, subject=subject, batch=record.batch
    )
    document.origin(record.source)
    document.facts(
        [
            *decisions.identity(record.batch, record.fill, record.specification),
            decisions.decided(
                record.decision, record.decided_at, wording, valid=record.decision_valid
            ),
        ]
    )
    nothing = ON_PAPER if record.source else ""
    results(document, N_("Results"), record.results, section=True, nothing=nothing)
    with document.ending():
        decisions.running(document, record.running)
        people.comments(document, record.remarks)
        decisions.signatures(document, N_("Signatures"), record.signatures, section=True)
    return document.pdf()


def results(
    document: Document,
    title: str,
    results: Sequence[TestResult],
    *,
    section: bool = False,
    nothing: str = "",
) -> None:
    document.table(
        title,
        [
            Column(N_("Test, method"), 2.05),
            Column(N_("Limit"), 1.4),  # "микроорганизмов", the longest word of a limit
            Column(N_("Result"), 1.4, right=True),
            Column(N_("Verdict"), 1.5),
            Column(N_("Analysed, verified, approved"), 1.7),
            Column(N_("Date, aliquot"), 1.1),
        ],
        [_result(one, document.wording) for one in results],
        section=section,
        nothing=nothing,
    )


def _result(one: TestResult, wording: Wording) -> tuple[Cell, ...]:
    found = f"{one.result} {one.unit}".strip() or "–"
    verdict = judged(one.verdict, wording)
    if one.superseded:
        verdict = Ink(wording.word(N_("superseded")), ink.MUTED)
    return (
        (Ink(one.test, ink.MUTED if one.superseded else ink.STRONG), Ink(one.method, ink.SMALL)),
        one.limit,
        Ink(found, ink.STRUCK if one.superseded else ink.TEXT),
        verdict,
        tuple(name or "–" for name in (one.analyst, one.verifier, one.approver)),
        (wording.value(one.resulted_on), Ink(one.aliquot, ink.CODE)),
    )
