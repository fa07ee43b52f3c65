"""Patients: found before they are registered twice, corrected, linked; who looked at them."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lims import clock
from lims.errors import FieldError, NotPermitted, Stale
from lims.models.audit import AuditEntry
from lims.models.course import CourseStatus
from lims.models.label import Label
from lims.models.patient import DocumentKind, PatientLink, PatientView, Sex
from lims.workflows import (
    courses,
    documents,
    patient_links,
    patient_views,
    patients,
    signing,
    states,
)
from lims.workflows.documents import Document
from tests.laboratory import clinic

IVANOVA_BORN = date(1961, 2, 4)


@pytest.fixture
def register(session, physician):
    def registering(**values):
        given = {
            "full_name": "Новикова Анна",
            "other_name": None,
            "birth_date": date(1970, 5, 6),
            "sex": Sex.FEMALE,
        }
        return patients.register_patient(session, **(given | values), by=physician)

    return registering


def test_a_registered_patient_has_a_code_and_is_found_in_both_scripts(session, register):
    new = register()

    assert new.code.startswith("PT")
    for name in ("новикова", "NOVIKOVA", "anna novik"):
        assert session.scalars(select(patients.Patient).where(patients.named(name))).all() == [new]


@pytest.mark.parametrize(
    "values",
    [
        {"full_name": "Ivanova M. P.", "birth_date": IVANOVA_BORN},
        {"full_name": "Мария Иванова", "birth_date": IVANOVA_BORN},
        {"full_name": "Ivanova Mariya Petrovna", "birth_date": date(1961, 4, 2)},
        {"document": Document(DocumentKind.PERSONAL_NUMBER, "4040261A001PB6")},
        {"full_name": "Maria Schmidt", "birth_date": date(1958, 9, 19)},
    ],
)
def test_who_may_be_registered_already_is_shown_first(register, values):
    with pytest.raises(patients.PossibleDuplicates):
        register(**values)


def test_the_same_birth_date_alone_is_no_duplicate(register):
    assert register(birth_date=IVANOVA_BORN)


def test_another_person_of_that_name_is_registered_once_both_were_compared(register, patient):
    namesake = register(
        full_name=patient.full_name, birth_date=IVANOVA_BORN, is_another_person=True
    )

    assert namesake.id != patient.id


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"full_name": " – "}, "full_name"),
        ({"birth_date": date(2500, 1, 1)}, "birth_date"),
        ({"birth_date": date(1850, 1, 1)}, "birth_date"),
        ({"document": Document(DocumentKind.PERSONAL_NUMBER, "4040261А001РВ6")}, "number"),
        ({"document": Document(DocumentKind.PASSPORT, " ")}, "number"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(register, values, field):
    with pytest.raises(FieldError) as refusal:
        register(**values)

    assert refusal.value.field == field


def test_a_technician_does_not_register_patients(session, technician):
    with pytest.raises(NotPermitted):
        patients.register_patient(
            session,
            full_name="Новикова Анна",
            other_name=None,
            birth_date=date(1970, 5, 6),
            sex=Sex.FEMALE,
            by=technician,
        )


def correct(session, patient, by, **values):
    given = {
        "version": patient.version,
        "full_name": patient.full_name,
        "other_name": patient.other_name,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "reason": "misspelt at the desk",
    }
    return patients.correct_patient(session, patient, **(given | values), by=by)


def test_a_corrected_name_is_found_by_its_new_spelling(session, patient, qa_officer):
    correct(session, patient, qa_officer, full_name="Ивановская Мария Петровна")

    assert "ivanovskaia" in patient.search_name


def test_a_correction_leaves_the_old_name_and_the_reason_in_the_trail(database):
    with database.reading() as reading:
        physician = clinic.people.by_login(reading, "physician")
        code, version = clinic.patient(reading, "ivanova").code, 1
    database.run(
        patients.correct_patient,
        physician.id,
        key="correct",
        arguments=lambda s: {
            "patient": clinic.codes.load(s, code, patients.Patient),
            "version": version,
            "full_name": "Иванова Марья Петровна",
            "other_name": None,
            "birth_date": IVANOVA_BORN,
            "sex": Sex.FEMALE,
            "reason": "as in the passport",
        },
    )

    with database.reading() as reading:
        last = reading.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert "Иванова Мария Петровна" in last.changes
    assert last.reason == "as in the passport"


def test_a_correction_of_what_somebody_else_changed_is_refused(session, patient, qa_officer):
    with pytest.raises(Stale):
        correct(session, patient, qa_officer, version=patient.version + 1)


def test_the_labels_already_out_are_told(session, patient, physician):
    label = states.begin(
        Label(
            patient_id=patient.id,
            subject_code=patient.code,
            copy=1,
            layout="PatientCard",
            content_sha256="0" * 64,
            requested_by_id=physician.id,
        )
    )
    session.add(label)
    session.flush()

    assert patients.labels_out(session, patient) == [label]


def test_after_a_death_the_courses_end_and_no_new_one_begins(session, patient, course, physician):
    patients.record_death(
        session,
        patient,
        version=patient.version,
        died_on=clock.today(),
        reason="the daughter called",
        by=physician,
    )

    assert course.status == CourseStatus.WITHDRAWN
    with pytest.raises(courses.PatientDied):
        courses.order_course(session, patient, prescription=clinic.PRESCRIPTION, by=physician)


def test_a_document_is_added_once(session, patient, physician):
    passport = Document(DocumentKind.PASSPORT, "MP 1234567", "Беларусь")
    documents.add_document(session, patient, document=passport, by=physician)

    with pytest.raises(FieldError):
        documents.add_document(session, patient, document=passport, by=physician)


def test_a_misread_document_is_put_right(session, patient, physician):
    kept = patient.documents[0]
    documents.correct_document(
        session,
        kept,
        version=kept.version,
        document=Document(DocumentKind.PERSONAL_NUMBER, "3270287A012PB2"),
        reason="misread",
        by=physician,
    )

    assert kept.number == "3270287A012PB2"


@pytest.fixture
def link(session, patient, other_patient, proof_of):
    def linking(by, second=None, closed=patient, kept=other_patient):
        return patient_links.link_patients(
            session,
            closed,
            kept=kept,
            reason="the same passport",
            proof=proof_of(by),
            second=second and proof_of(second),
            by=by,
        )

    return linking


def test_two_people_link_two_registrations(session, link, patient, physician, qa_officer):
    assert link(physician, qa_officer).closed is patient
    assert patient_links.link_of(session, patient).kept_id


def test_the_first_of_two_signatures_links_nothing(session, link, physician):
    assert link(physician) is None
    assert session.scalar(select(func.count()).select_from(PatientLink)) == 0


def test_the_second_signature_may_come_later(link, physician, qa_officer):
    link(physician)

    assert link(qa_officer).second_signature_id


def test_nobody_links_alone(link, physician):
    with pytest.raises(signing.SamePerson):
        link(physician, physician)


def test_the_second_person_may_link_too(session, link, physician, technician):
    session.info["command"] = "link_patients"

    with pytest.raises(signing.SecondNotPermitted):
        link(physician, technician)


def test_a_closed_registration_takes_no_new_course(session, link, patient, physician, qa_officer):
    link(physician, qa_officer)

    with pytest.raises(patient_links.LinkedAlready):
        courses.order_course(session, patient, prescription=clinic.PRESCRIPTION, by=physician)


def test_the_material_of_a_closed_registration_serves_its_own_course(
    link, course, physician, qa_officer
):
    link(physician, qa_officer)

    assert course.status == CourseStatus.CONSENTED


def test_a_registration_is_not_linked_to_itself_nor_twice(link, patient, physician, qa_officer):
    with pytest.raises(patient_links.LinkedToItself):
        link(physician, qa_officer, kept=patient)

    link(physician, qa_officer)
    with pytest.raises(patient_links.LinkedAlready):
        link(physician, qa_officer)


def looks(session, patient):
    return session.scalar(select(func.count()).where(PatientView.patient_id == patient.id))


def test_a_look_at_a_patient_is_noted_once_a_minute(session, patient, auditor):
    before = looks(session, patient)
    with time_machine.travel(clock.now(), tick=False) as held:
        for seconds in (0, 30, 31):
            held.shift(timedelta(seconds=seconds))
            patient_views.note_view(session, patient_id=patient.id, user_id=auditor.id)
            session.flush()

    assert looks(session, patient) - before == 2
