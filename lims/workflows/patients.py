"""Patients: found before they are registered twice, corrected with a reason, never deleted."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Person:
    """Somebody about to be registered, by what duplicates are looked for."""

    full_name: str
    other_name: str | None
    birth_date: date
    document: Document | None = None

    @property
    def names(self) -> list[str]:
        return [name for name in (self.full_name, self.other_name) if name]

    def may_be(self, patient: Patient, holders: Collection[int]) -> bool:
        """A shared name and birth date, the same name, or one document, which `holders` have."""
        if patient.id in holders:
            return True
        if patient.birth_date == self.birth_date:
            given = names.words(names.search_name(*self.names))
            return bool(given & names.words(patient.search_name))
        alike = (names.words(name) for name in self.names)
        return any(each and all(w in patient.search_name for w in each) for each in alike)


def possible_duplicates(session: Session, person: Person) -> list[Patient]:
    """Who may be the same person."""
    return duplicates_of(session, [person])[0]


def duplicates_of(session: Session, people: Sequence[Person]) -> list[list[Patient]]:
    """`possible_duplicates` of each of `people`, in two queries; some hundred people at most."""
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    shown = [each.document for each in people if each.document]
    kept = select(PatientDocument.kind, PatientDocument.number, PatientDocument.patient_id)
    numbers = PatientDocument.number.in_([document.number for document in shown])
    for kind, number, patient_id in session.execute(kept.where(numbers)) if shown else ():
        holders[kind, number].add(patient_id)
    same = or_(
        Patient.birth_date.in_({each.birth_date for each in people}),
        Patient.id.in_(set().union(*holders.values())),
        *(named(name) for each in people for name in each.names),
    )
    found = session.scalars(select(Patient).where(same).order_by(Patient.id)).all()
    return [[one for one in found if each.may_be(one, _holding(each, holders))] for each in people]


def _holding(person: Person, holders: Mapping[tuple[str, str], Collection[int]]) -> Collection[int]:
    document = person.document
    return holders.get((document.kind, document.number), ()) if document else ()


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
    person = read_person(full_name, other_name, birth_date, document)
    found = possible_duplicates(session, person)
    if found and not is_another_person:
        raise PossibleDuplicates(codes=[each.code for each in found])
    return enter(session, person, sex)


def read_person(
    full_name: str, other_name: str | None, birth_date: date, document: Document | None
) -> Person:
    """Who is to be registered, by names and numbers as they are kept; raises what is wrong."""
    return Person(
        *_read_names(full_name, other_name),
        _require_birth_date(birth_date),
        documents.read_document(document) if document else None,
    )


def enter(session: Session, person: Person, sex: Sex) -> Patient:
    """Store a person who was compared with those who are registered."""
    patient = coded(session, Patient(birth_date=person.birth_date, sex=sex))
    _give_names(patient, person.full_name, person.other_name)
    session.add(patient)
    session.flush()
    if person.document is not None:
        documents.keep(session, patient, person.document)
    return patient


def _read_names(full_name: str, other_name: str | None) -> tuple[str, str | None]:
    tidy = names.tidy(full_name)
    if not names.folded(tidy):
        raise FieldError(field="full_name", problem=NoName())
    return tidy, names.tidy(other_name) or None


def _give_names(patient: Patient, full_name: str, other_name: str | None) -> None:
    patient.full_name, patient.other_name = _read_names(full_name, other_name)
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
