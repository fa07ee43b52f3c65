"""The documents a patient has shown: added, put right, never removed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.patient import DocumentKind, Patient, PatientDocument
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import names, personal_numbers
from lims.workflows.command import because, command


class NumberMissing(LimsError):
    sentence = N_("Give the number of the document, or leave its kind open.")


class DocumentRecorded(LimsError):
    sentence = N_("This document is recorded for the patient already.")
    status = 409


@dataclass(frozen=True)
class Document:
    """A document as it was shown at the desk."""

    kind: DocumentKind
    number: str
    country: str | None = None


def read_document(document: Document) -> Document:
    """The document with its number as it is kept; what is wrong stands beside the number."""
    if not document.number.strip():
        raise FieldError(field="number", problem=NumberMissing())
    try:
        number = personal_numbers.read_number(document.kind, document.number)
    except LimsError as wrong:
        raise FieldError(field="number", problem=wrong) from wrong
    return Document(document.kind, number, names.tidy(document.country) or None)


def keep(session: Session, patient: Patient, document: Document) -> PatientDocument:
    """Store a document that was read; a `Document` is what was shown, this its record."""
    kept = PatientDocument(
        patient_id=patient.id,
        kind=document.kind,
        number=document.number,
        country=document.country,
    )
    session.add(kept)
    session.flush()
    return kept


@command(Permission.CORRECT_PATIENT)
def add_document(
    session: Session, patient: Patient, *, document: Document, by: User
) -> PatientDocument:
    """Record one more document the patient has shown."""
    read = read_document(document)
    _require_new(session, patient, read)
    return keep(session, patient, read)


@command(Permission.CORRECT_PATIENT)
def correct_document(
    session: Session,
    shown: PatientDocument,
    *,
    version: int,
    document: Document,
    reason: str,
    by: User,
) -> PatientDocument:
    """Put right a document that was misread; the trail keeps what stood there."""
    because(session, reason)
    patient = session.get_one(Patient, shown.patient_id)
    if shown.version != version:
        raise Stale(code=patient.code)
    read = read_document(document)
    if (read.kind, read.number) != (shown.kind, shown.number):
        _require_new(session, patient, read)
    shown.kind, shown.number, shown.country = read.kind, read.number, read.country
    session.flush()
    return shown


def _require_new(session: Session, patient: Patient, document: Document) -> None:
    found = session.scalars(
        select(PatientDocument.id).where(
            PatientDocument.patient_id == patient.id,
            PatientDocument.kind == document.kind,
            PatientDocument.number == document.number,
        )
    )
    if found.first() is not None:
        raise FieldError(field="number", problem=DocumentRecorded())
