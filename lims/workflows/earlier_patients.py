"""Patients taken over from earlier lists: the same registering, each under an earlier number."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.earlier import EarlierPatient, Import
from lims.models.patient import DocumentKind, Patient, Sex
from lims.models.user import User
from lims.permissions import Permission
from lims.portions import in_portions
from lims.workflows import earlier_marks, earlier_numbers, importing, patients
from lims.workflows.command import command
from lims.workflows.documents import Document
from lims.workflows.earlier_rows import EarlierPatientRow
from lims.workflows.patients import Person

COMPARED_AT_ONCE = 100
"""People looked for among the registered ones in one query."""
COLUMNS = {"number": "document_number"}
"""Fields of the form of registering that a list calls otherwise."""


class MayBeRegistered(LimsError):
    sentence = N_(
        "this person may be registered already: %(codes)s. Compare them; if it is another person,"
        " write yes in the column another_person."
    )


def check(session: Session, items: Sequence[EarlierPatientRow]) -> list[LimsError]:
    """What speaks against storing `items`, row by row; nothing is stored."""
    faults: list[LimsError] = []
    people = [(item, person) for item in items if (person := _person(item, faults))]
    numbers = [item.number for item in items]
    taken = earlier_numbers.look_alikes(session, EarlierPatient, numbers)
    taken |= importing.taken(session, EarlierPatient, numbers)
    faults += [
        item.origin.bad("number", taken[item.number]) for item in items if item.number in taken
    ]
    unlike = [
        (item, person)
        for item, person in people
        if not item.another_person and item.number not in taken
    ]
    for some in in_portions(unlike, COMPARED_AT_ONCE):
        found = patients.duplicates_of(session, [person for _, person in some])
        for (item, _), alike in zip(some, found, strict=True):
            if alike:
                told = MayBeRegistered(codes=[each.code for each in alike])
                faults.append(item.origin.bad("full_name", told))
    return faults


def _person(item: EarlierPatientRow, faults: list[LimsError]) -> Person | None:
    """Who a row is about, by the rules of registering; None where they refuse it."""
    try:
        return _read(item)
    except FieldError as wrong:
        column = COLUMNS.get(wrong.field, wrong.field)
        faults.append(item.origin.bad(column, wrong.parameters["problem"]))
    return None


def _read(item: EarlierPatientRow) -> Person:
    document = None
    if item.document_kind:
        document = Document(DocumentKind(item.document_kind), item.document_number)
    return patients.read_person(item.full_name, item.other_name, item.birth_date, document)


@command(Permission.IMPORT_RECORDS)
def take_over_patient(
    session: Session, running: Import, item: EarlierPatientRow, *, by: User
) -> Patient:
    """Register a person of a list; whom the same list brought needs no comparing."""
    importing.require_not_given_up(session, running)
    person = _read(item)
    found = patients.possible_duplicates(session, person)
    if not item.another_person and (others := list(_not_of(session, running, found))):
        raise MayBeRegistered(codes=[each.code for each in others])
    patient = patients.enter(session, person, Sex(item.sex))
    mark = EarlierPatient(patient_id=patient.id)
    session.add(earlier_marks.marked(mark, running, item.number, item.origin))
    session.flush()
    return patient


def _not_of(session: Session, running: Import, found: Sequence[Patient]) -> Iterator[Patient]:
    """Those of `found` that this import did not bring."""
    own = select(EarlierPatient.patient_id).where(
        EarlierPatient.import_id == running.id,
        EarlierPatient.patient_id.in_([each.id for each in found]),
    )
    brought = set(session.scalars(own)) if found else set()
    return (each for each in found if each.id not in brought)
