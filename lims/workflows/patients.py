"""Patients: found before they are registered twice, corrected with a reason, never deleted."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.label import Label, LabelStatus
from lims.models.patient import Patient, PatientDocument, Sex
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import days, documents, names, stopping
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.documents import Document

LONGEST_LIFE_YEARS = 130
OUT = (LabelStatus.REQUESTED, LabelStatus.SENT, LabelStatus.APPLIED)


class NoName(LimsError):
    sentence = N_("Give the name as it stands in the document.")


class NotABirthDate(LimsError):
    sentence = N_("Nobody living was born on this day. Look at the date again.")


class PossibleDuplicates(LimsError):
    sentence = N_(
        "This person may be registered already: %(codes)s. Compare them on this page; if it is"
        " another person, tick that and send again."
    )
    status = 409


class DiedAlready(LimsError):
    sentence = N_("The death of %(code)s is recorded already.")
    status = 409


def named(name: str) -> ColumnElement[bool]:
    """Of patients: every word of `name` is a part of one of theirs, in either script."""
    parts = [Patient.search_name.contains(word, autoescape=True) for word in names.words(name)]
    return and_(*parts) if parts else Patient.id.is_(None)


def possible_duplicates(
    session: Session,
    *,
    full_name: str,
    birth_date: date,
    other_name: str | None = None,
    document: Document | None = None,
) -> Sequence[Patient]:
    """Who may be the same person: a shared name and birth date, the same name, one document."""
    alike = [named(name) for name in (full_name, other_name) if name]
    same = or_(Patient.birth_date == birth_date, *alike)
    if document is not None:
        holders = select(PatientDocument.patient_id).where(
            PatientDocument.kind == document.kind, PatientDocument.number == document.number
        )
        same = or_(same, Patient.id.in_(holders))
    given = names.words(names.search_name(full_name, other_name))
    return [
        patient
        for patient in session.scalars(select(Patient).where(same).order_by(Patient.id))
        if patient.birth_date != birth_date or given & names.words(patient.search_name)
    ]


@command(Permission.REGISTER_PATIENT)
def register_patient(
    session: Session,
    *,
    full_name: str,
    other_name: str | None,
    birth_date: date,
    sex: Sex,
    document: Document | None = None,
    is_another_person: bool = False,
    by: User,
) -> Patient:
    """Register a person; `is_another_person` says that the possible duplicates were compared."""
    patient = coded(session, Patient(birth_date=_require_birth_date(birth_date), sex=sex))
    _give_names(patient, full_name, other_name)
    kept = documents.read_document(document) if document else None
    found = possible_duplicates(
        session,
        full_name=patient.full_name,
        other_name=patient.other_name,
        birth_date=birth_date,
        document=kept,
    )
    if found and not is_another_person:
        raise PossibleDuplicates(codes=[each.code for each in found])
    session.add(patient)
    session.flush()
    if kept is not None:
        documents.keep(session, patient, kept)
    return patient


def _give_names(patient: Patient, full_name: str, other_name: str | None) -> None:
    patient.full_name = names.tidy(full_name)
    patient.other_name = names.tidy(other_name) or None
    if not names.folded(patient.full_name):
        raise FieldError(field="full_name", problem=NoName())
    patient.search_name = names.search_name(patient.full_name, patient.other_name)


def _require_birth_date(born: date) -> date:
    if not 0 <= days.age_on(clock.today(), born) <= LONGEST_LIFE_YEARS:
        raise FieldError(field="birth_date", problem=NotABirthDate())
    return born


@command(Permission.CORRECT_PATIENT)
def correct_patient(
    session: Session,
    patient: Patient,
    *,
    version: int,
    full_name: str,
    other_name: str | None,
    birth_date: date,
    sex: Sex,
    reason: str,
    by: User,
) -> Patient:
    """Put right what was misspelt; labels already out keep the old name (`labels_out`)."""
    because(session, reason)
    if patient.version != version:
        raise Stale(code=patient.code)
    patient.birth_date, patient.sex = _require_birth_date(birth_date), sex
    _give_names(patient, full_name, other_name)
    session.flush()
    return patient


def labels_out(session: Session, patient: Patient) -> Sequence[Label]:
    """The labels that carry the patient's name and are not void."""
    return session.scalars(
        select(Label)
        .where(Label.patient_id == patient.id, Label.status.in_(OUT))
        .order_by(Label.id.desc())
    ).all()


@command(Permission.CORRECT_PATIENT)
def record_death(
    session: Session, patient: Patient, *, version: int, died_on: date, reason: str, by: User
) -> Patient:
    """The patient has died: manufacture stops; `reason` says how this became known."""
    because(session, reason)
    if patient.died_on is not None:
        raise DiedAlready(code=patient.code)
    if patient.version != version:
        raise Stale(code=patient.code)
    days.require_lived(died_on, born=patient.birth_date, field="died_on")
    patient.died_on = died_on
    session.flush()
    stopping.stop_manufacture(session, patient, reason=reason, by=by)
    return patient
