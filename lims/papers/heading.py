"""What stands at the top and the foot of every paper, and who asks for it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.files import FileStore
from lims.models.audit import AuditHead
from lims.models.patient import Patient
from lims.records import parts
from lims.records.wording import Wording
from lims.workflows import demonstrating, names


@dataclass(frozen=True)
class Desk:
    """Where papers are made: the site they name, its clock, its files, the paper's language."""

    site: str
    zone: tzinfo
    store: FileStore
    say: Wording


NOT_FOR_USE = "DEMONSTRATION, NOT FOR USE · ДЕМОНСТРАЦИЯ, НЕ ПРИМЕНЯТЬ"


def site_of(session: Session, name: str) -> str:
    """What stands first on every page of every paper: the laboratory, or that there is none."""
    return name if demonstrating.of(session) is None else f"{NOT_FOR_USE} · {name}"


@dataclass(frozen=True)
class Edition:
    """Of which paper the values are gathered: what its heading says and its content does not."""

    code: str
    number: int
    made_at: datetime
    audit: parts.AuditHead


def head_of_trail(session: Session) -> parts.AuditHead:
    """The last entry of the audit trail at the moment the session sees."""
    head = session.execute(select(AuditHead.seq, AuditHead.hash)).one()
    return parts.AuditHead(head.seq, head.hash)


LATIN = ("en",)
"""The languages whose papers name the patient in Latin letters."""


def heading(desk: Desk, edition: Edition, patient: Patient, product: str) -> parts.Heading:
    latin = desk.say.language in LATIN
    name = names.in_script(patient.full_name, patient.other_name, latin=latin)
    return parts.Heading(
        record=edition.code,
        version=edition.number,
        made_at=edition.made_at,
        site=desk.site,
        product=desk.say.word(product),
        patient=parts.Patient(patient.code, name, patient.birth_date),
        audit=edition.audit,
    )
