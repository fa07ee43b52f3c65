"""Release certificate: which containers may go to whom until when, and by whose decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lims.errors import N_
from lims.records import decisions, ink
from lims.records.decisions import Decision
from lims.records.document import Document
from lims.records.ink import Cell, Ink
from lims.records.parts import Heading, Running, Signature
from lims.records.rows import Column
from lims.records.wording import Wording


@dataclass(frozen=True)
class Container:
    """One dose or vial of the fill that is released."""

    code: str
    """And the number that stands on it in place of a label of ours."""
    viable_cells: int | None
    volume_ml: Decimal | None
    filled_at: date
    expires_at: datetime | None
    destined: str = ""
    """Session, joint and side, in words."""
    remark: str = ""
    """What of its values nobody told."""


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
    """The version of the rules that looked for exceptions."""
    storage: str
    """How the containers are kept until they are used, in words."""
    source: str = ""
    """Where the batch was read, if it was made before this program kept its record."""
    certificate_of_analysis: str = ""
    statements: tuple[str, ...] = ()
    """Printed as given: FOR AUTOLOGOUS USE ONLY."""
    containers: tuple[Container, ...] = ()
    exceptions: tuple[Unusual, ...] = ()
    running: tuple[Running, ...] = ()
    signatures: tuple[Signature, ...] = ()
    decision_valid: bool = True
    """Whether what was signed with the decision still is what the record says."""


def release_certificate(record: ReleaseCertificate, wording: Wording) -> bytes:
    title = wording.word(N_("Release certificate"))
    subject = f"{record.heading.product}  ·  {record.fill}"
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
            (N_("Storage until use"), record.storage),
            (N_("Certificate of analysis"), Ink(record.certificate_of_analysis or "–", ink.CODE)),
        ]
    )
    for statement in record.statements:
        document.note(Ink(statement, ink.STATEMENT))
    _containers(document, record.containers)
    _exceptions(document, record)
    with document.ending():
        _found(document, record)
        decisions.running(document, record.running)
        decisions.signatures(document, N_("Signatures"), record.signatures, section=True)
    return document.pdf()


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
                _volume(one, say),
                say.moment(one.filled_at),
                Ink(say.value(one.expires_at), ink.STRONG),
                one.destined,
            )
            for one in containers
        ],
        section=True,
    )


def _volume(one: Container, say: Wording) -> Cell:
    volume = say.value(one.volume_ml)
    return (volume, Ink(one.remark, ink.SMALL)) if one.remark else volume


def _exceptions(document: Document, record: ReleaseCertificate) -> None:
    document.table(
        N_("Review by exception"),
        [Column(N_("What"), 2.6), Column(N_("Where"), 1.4), Column(N_("Answer"), 2.2)],
        [(one.what, one.where, one.answer) for one in record.exceptions],
        section=True,
    )


def _found(document: Document, record: ReleaseCertificate) -> None:
    found = document.wording.say(
        N_("Exceptions found: %(count)s. Rules of the review: version %(version)s."),
        count=len(record.exceptions),
        version=record.rule_set,
    )
    document.note(Ink(found, ink.SMALL))
