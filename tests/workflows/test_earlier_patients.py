"""Patients of earlier lists: registered as by hand, each fault told by its row."""

import pytest
import time_machine
from sqlalchemy import select

from lims.models.earlier import EarlierPatient
from lims.models.patient import PatientDocument, Sex
from lims.workflows import earlier_patients, patients
from lims.workflows.earlier_patients import MayBeRegistered
from tests.counting import reads
from tests.laboratory.earlier import Earlier


@pytest.fixture
def earlier(session, lead):
    return Earlier(session, lead)


@pytest.fixture
def faults(session, earlier):
    """What speaks against rows, as sentences."""

    def of(*rows):
        return [each.english() for each in earlier_patients.check(session, earlier.people(*rows))]

    return of


def test_a_person_of_a_list_is_registered_with_the_number_and_the_row(session, earlier):
    (patient,) = earlier.take_over_people({"document_kind": "паспорт", "document_number": "mp 1"})

    mark = session.scalars(select(EarlierPatient)).one()
    assert (patient.full_name, patient.sex) == ("Ковалёв Пётр", Sex.MALE)
    assert (mark.patient_id, mark.number, mark.row_number) == (patient.id, "A-1", 2)
    assert session.scalars(select(PatientDocument.number)).all()[-1] == "MP1"


def test_a_wrong_check_digit_is_told_at_its_cell(faults):
    (told,) = faults({"document_kind": "личный номер", "document_number": "3310550A012PB1"})

    assert told.startswith("list.csv, row 2, cell G2 (document_number): The last digit does not")


def test_cyrillic_look_alikes_in_a_personal_number_are_named(faults):
    (told,) = faults({"document_kind": "личный номер", "document_number": "3310550А012РВ1"})

    assert "These letters are Cyrillic: А, Р, В" in told


def test_who_would_be_too_old_to_live_is_told(faults):
    with time_machine.travel("2041-01-01", tick=False):
        (told,) = faults({"birth_date": "1900-06-01"})

    assert "cell D2 (birth_date): Nobody living was born on this day" in told


def test_who_may_be_registered_already_is_told_by_row_with_the_code(faults, patient):
    (told,) = faults({"full_name": "maria IVANOVA", "birth_date": str(patient.birth_date)})

    assert "row 2" in told
    assert patient.code in told
    assert "another_person" in told


def test_the_same_document_is_found_whatever_the_name(session, faults, earlier):
    shown = {"document_kind": "passport", "document_number": "MP1"}
    (known,) = earlier.take_over_people(shown)

    told = faults({"number": "A-2", "full_name": "Smith Ann", "birth_date": "1977-01-01", **shown})

    assert known.code in told[0]


def test_who_was_compared_and_is_another_person_is_taken(faults, patient):
    alike = {"full_name": patient.full_name, "birth_date": str(patient.birth_date)}

    assert not faults(alike | {"another_person": "да"})


def test_a_number_of_an_earlier_import_is_told(faults, earlier):
    earlier.take_over_people({})

    told = faults({"full_name": "Smith Ann", "birth_date": "1977-01-01"})

    (fault,) = told
    assert fault.startswith("list.csv, row 2, cell A2 (number): this was stored by the import UP")


def test_a_number_that_only_looks_like_one_of_an_earlier_import_is_told(faults, earlier):
    earlier.take_over_people({})

    (fault,) = faults({"number": "А-1", "full_name": "Smith Ann", "birth_date": "1977-01-01"})

    assert "cell A2 (number): “А-1” looks like “A-1”, which the import UP" in fault


def test_people_alike_within_one_list_need_no_comparing(earlier):
    brother = {"number": "A-2", "full_name": "Ковалёв Иван"}

    assert len(earlier.take_over_people({}, brother)) == 2


def test_who_was_registered_meanwhile_is_left_out(session, earlier, physician):
    patients.register_patient(
        session, full_name="Ковалёв Пётр", other_name=None, sex=Sex.MALE, by=physician,
        birth_date=earlier.people({})[0].birth_date,
    )  # fmt: skip

    with pytest.raises(MayBeRegistered):
        earlier.take_over_people({})


def test_a_hundred_people_are_looked_at_in_a_handful_of_queries(session, earlier, faults):
    rows = [{"number": f"A-{n}", "birth_date": f"{1920 + n}-01-01"} for n in range(100)]

    with reads(session.get_bind().engine) as asked:
        assert not faults(*rows)

    assert len(asked) < 5
