"""Certificate of analysis and release certificate: what was found, and who answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from lims.errors import N_
from lims.records import decisions, ink, people
from lims.records.document import Document
from lims.records.ink import Cell, Ink, Style
from lims.records.materials import judged
from lims.records.parts import Comment, Heading, Running, Signature, Verdict
from lims.records.rows import Column
from lims.records.wording import Wording


class Decision(StrEnum):
    """What was decided of a fill; the words are the printed ones, to be translated."""

    OPEN = N_("not decided")
    CONDITIONAL = N_("released conditionally")
    FINAL = N_("released")
    REJECTED = N_("rejected")
    RECALLED = N_("recalled")


COLOURS: dict[Decision, Style] = {
    Decision.OPEN: ink.TO_NOTE,
    Decision.CONDITIONAL: ink.TO_NOTE,
    Decision.FINAL: ink.IN_ORDER,
    Decision.REJECTED: ink.WRONG,
    Decision.RECALLED: ink.WRONG,
}


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


@dataclass(frozen=True)
class Container:
    """One dose or vial of the fill that is released."""

    code: str
    viable_cells: int | None
    volume_ml: Decimal | None
    filled_at: datetime
    expires_at: datetime | None
    destined: str = ""
    """Session, joint and side, in words."""


@dataclass(frozen=True)
class Unusual:
    """Something that was not as usual, and what was decided about it."""

    what: str
    where: str
    answer: str


@dataclass(frozen=True)
class ReleaseCertificate:
    heading: Heading
    batch: str
    fill: str
    specification: str
    decision: Decision
    decided_at: datetime | None
    rule_set: str
    """Name and version of the rules that looked for exceptions."""
    storage: str
    """How the containers are kept until they are used, in words."""
    certificate_of_analysis: str = ""
    statements: tuple[str, ...] = ()
    """Printed as given: FOR AUTOLOGOUS USE ONLY."""
    containers: tuple[Container, ...] = ()
    exceptions: tuple[Unusual, ...] = ()
    running: tuple[Running, ...] = ()
    signatures: tuple[Signature, ...] = ()


def certificate_of_analysis(record: CertificateOfAnalysis, wording: Wording) -> bytes:
    title = wording.word(N_("Certificate of analysis"))
    subject = f"{record.material}  ·  {record.fill}"
    document = Document(
        record, record.heading, wording, title=title, subject=subject, batch=record.batch
    )
    document.facts(
        [
            *_identity(record.batch, record.fill, record.specification),
            _decision(record.decision, record.decided_at, wording),
        ]
    )
    results(document, N_("Results"), record.results, section=True)
    decisions.running(document, record.running)
    people.comments(document, record.remarks)
    decisions.signatures(document, N_("Signatures"), record.signatures, section=True)
    return document.pdf()


def release_certificate(record: ReleaseCertificate, wording: Wording) -> bytes:
    title = wording.word(N_("Release certificate"))
    subject = f"{record.heading.product}  ·  {record.fill}"
    document = Document(
        record, record.heading, wording, title=title, subject=subject, batch=record.batch
    )
    document.facts(
        [
            *_identity(record.batch, record.fill, record.specification),
            _decision(record.decision, record.decided_at, wording),
            (N_("Storage until use"), record.storage),
            (N_("Certificate of analysis"), Ink(record.certificate_of_analysis or "–", ink.CODE)),
        ]
    )
    for statement in record.statements:
        document.note(Ink(statement, ink.STATEMENT))
    _containers(document, record.containers)
    _exceptions(document, record)
    decisions.running(document, record.running)
    decisions.signatures(document, N_("Signatures"), record.signatures, section=True)
    return document.pdf()


def results(
    document: Document,
    title: str,
    results: Sequence[TestResult],
    *,
    section: bool = False,
) -> None:
    document.table(
        title,
        [
            Column(N_("Test, method"), 2.3),
            Column(N_("Limit"), 1),
            Column(N_("Result"), 1.1, right=True),
            Column(N_("Verdict"), 1.6),
            Column(N_("Analysed, verified, approved"), 1.9),
            Column(N_("Date, aliquot"), 1.2),
        ],
        [_result(one, document.wording) for one in results],
        section=section,
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


def _identity(batch: str, fill: str, specification: str) -> list[tuple[str, Cell]]:
    return [
        (N_("Batch"), Ink(batch, ink.CODE)),
        (N_("Fill"), Ink(fill, ink.CODE)),
        (N_("Specification"), specification),
    ]


def _decision(
    decision: Decision, decided_at: datetime | None, wording: Wording
) -> tuple[str, Cell]:
    said = Ink(wording.word(decision.value), COLOURS[decision])
    return (N_("Decision"), (said, wording.moment(decided_at)) if decided_at else said)


def _containers(document: Document, containers: Sequence[Container]) -> None:
    say = document.wording
    document.table(
        N_("Containers"),
        [
            Column(N_("Code"), 1.2),
            Column(N_("Viable cells"), 1, right=True),
            Column(N_("Volume, mL"), 0.8, right=True),
            Column(N_("Filled"), 2.3),
            Column(N_("Expires"), 2.5),
            Column(N_("For"), 1.5),
        ],
        [
            (
                Ink(one.code, ink.CODE),
                say.value(one.viable_cells),
                say.value(one.volume_ml),
                say.moment(one.filled_at),
                Ink(say.value(one.expires_at), ink.STRONG),
                one.destined,
            )
            for one in containers
        ],
        section=True,
    )


def _exceptions(document: Document, record: ReleaseCertificate) -> None:
    document.table(
        N_("Review by exception"),
        [Column(N_("What"), 2.6), Column(N_("Where"), 1.4), Column(N_("Answer"), 2.2)],
        [(one.what, one.where, one.answer) for one in record.exceptions],
        section=True,
    )
    found = document.wording.say(
        N_("Exceptions found by %(rules)s: %(count)s."),
        count=len(record.exceptions),
        rules=record.rule_set,
    )
    document.note(Ink(found, ink.SMALL))
