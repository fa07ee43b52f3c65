"""The pages of patients, as the people of the clinic use them."""

import json

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import func, select

from lims.models.audit import AuditEntry
from lims.models.label import Label, LabelStatus
from lims.models.patient import Patient, PatientDocument, PatientLink, PatientView
from tests.laboratory import PASSWORD, clinic

NEWCOMER = {
    "full_name": "Новикова Анна",
    "birth_date": "06.05.1970",
    "sex": "female",
    "document_kind": "passport",
    "number": "MP 1234567",
}


@pytest.fixture
def code(database):
    with database.reading() as session:
        return clinic.patient(session, "ivanova").code


@pytest.fixture
def other_code(database):
    with database.reading() as session:
        return clinic.patient(session, "schmidt").code


def count(database, kind, *conditions):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(kind).where(*conditions))


def test_a_registered_patient_is_shown(signed_in):
    physician = signed_in("physician")

    answer = physician.send("/patients/register", NEWCOMER)
    page = physician.open(answer.location)

    assert answer.status_code == 303
    assert "Новикова Анна" in page.text
    assert "MP1234567" in page.text


def test_no_name_stands_in_an_address(signed_in):
    answer = signed_in("physician").send("/patients/register", NEWCOMER)

    assert answer.location.startswith("/patients/PT")


def test_possible_duplicates_are_shown_and_registering_anyway_needs_a_tick(signed_in, database):
    physician = signed_in("physician")
    namesake = {**NEWCOMER, "full_name": "Ivanova Mariya", "birth_date": "04.02.1961"}
    before = count(database, Patient)

    refused = physician.send("/patients/register", namesake)

    assert refused.status_code == 409
    assert "Иванова Мария Петровна" in refused.text
    assert "4040261A001PB6" in refused.text
    assert 'value="Ivanova Mariya"' in refused.text
    assert count(database, Patient) == before

    form = dict(physician.form("/patients/register").filled(namesake))
    anyway = physician.client.post("/patients/register", data={**form, "is_another_person": "y"})
    assert anyway.status_code == 303


def test_a_cyrillic_letter_in_a_personal_number_is_told_beside_it(signed_in, database):
    wrong = {**NEWCOMER, "document_kind": "personal_number", "number": "3270287А012РВ2"}

    answer = signed_in("physician").send("/patients/register", wrong)

    assert answer.status_code == 422
    assert "Switch the keyboard to English" in answer.text
    assert 'value="3270287А012РВ2"' in answer.text
    assert count(database, PatientDocument) == 2


def test_a_personal_number_of_another_day_is_registered_with_a_warning(signed_in):
    physician = signed_in("physician")
    answer = physician.send(
        "/patients/register",
        {**NEWCOMER, "document_kind": "personal_number", "number": "3270287A012PB2"},
    )

    assert "The personal number says born 27.02.1987" in physician.open(answer.location).text


def test_a_patient_is_found_by_name_in_the_other_script(signed_in):
    found = signed_in("physician").send("/patients/", {"name": "ivanova"}, "/search/")

    assert "Иванова Мария Петровна" in found.text


@pytest.mark.parametrize("login", ["technician", "lead", "analyst", "qa", "keeper", "auditor"])
def test_who_sees_patients_sees_their_page(signed_in, code, login):
    assert signed_in(login).open(f"/patients/{code}").status_code == 200


def test_an_administrator_sees_no_patient(signed_in, code):
    assert signed_in("administrator").open(f"/patients/{code}").status_code == 403


def test_a_correction_shows_the_new_name_and_keeps_the_reason(signed_in, database, code):
    physician = signed_in("physician")
    answer = physician.send(
        f"/patients/{code}/correct",
        {"full_name": "Иванова Марья Петровна", "reason": "as in the passport"},
    )

    assert "Иванова Марья Петровна" in physician.open(answer.location).text
    with database.reading() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.command == "correct_patient")
        ).one()
    assert json.loads(entry.changes)["full_name"] == [
        "Иванова Мария Петровна",
        "Иванова Марья Петровна",
    ]


def test_a_correction_from_an_old_page_is_refused_and_nothing_typed_is_lost(signed_in, code):
    page = f"/patients/{code}/correct"
    first, second = signed_in("physician"), signed_in("second_physician")
    old = second.form(page).filled({"full_name": "Иванова Маша", "reason": "other"})
    first.send(page, {"full_name": "Иванова Марья", "reason": "passport"})

    answer = second.client.post(page, data=old)

    assert answer.status_code == 409
    assert 'value="Иванова Маша"' in answer.text


def test_a_document_is_added_and_corrected(signed_in, database, code):
    physician = signed_in("physician")
    added = {"document_kind": "passport", "number": "MP1234567"}
    physician.send(f"/patients/{code}/documents", added)
    with database.reading() as session:
        number = session.scalars(
            select(PatientDocument.id).where(PatientDocument.number == "MP1234567")
        ).one()

    page = f"/patients/{code}/documents/{number}"
    physician.send(page, {"number": "MP7654321", "reason": "misread"})

    assert "MP7654321" in physician.open(f"/patients/{code}").text


def test_a_document_of_another_patient_is_not_found(signed_in, database, other_code):
    with database.reading() as session:
        number = clinic.patient(session, "ivanova").documents[0].id

    answer = signed_in("physician").open(f"/patients/{other_code}/documents/{number}")

    assert answer.status_code == 404


def test_a_death_ends_the_course(signed_in, code):
    physician = signed_in("physician")
    physician.send(
        f"/patients/{code}/death",
        {"died_on": "01.02.2026", "reason": "told by the family", "is_certain": "y"},
    )

    page = physician.open(f"/patients/{code}").text
    assert "Died on" in page
    assert "withdrawn" in page
    assert "Order a course" not in page


def link(visitor, code, other_code, **values):
    typed = {"kept": other_code, "reason": "one passport", "own-password": PASSWORD}
    return visitor.send(f"/patients/{code}/link", typed | values)


def test_two_registrations_are_linked_on_one_form(signed_in, database, code, other_code):
    second = {"second-login": "qa", "second-password": PASSWORD}
    link(signed_in("physician"), code, other_code, **second)

    assert count(database, PatientLink) == 1
    assert "closed for new courses" in signed_in("auditor").open(f"/patients/{code}").text


def test_the_second_signature_comes_from_another_session(signed_in, database, code, other_code):
    link(signed_in("physician"), code, other_code)
    assert count(database, PatientLink) == 0

    qa = signed_in("qa")
    assert "Signed once already" in qa.open(f"/patients/{code}/link").text
    link(qa, code, other_code)

    assert count(database, PatientLink) == 1


def test_the_card_is_one_label_with_the_code_of_the_patient(signed_in, code):
    physician, page = signed_in("physician"), f"/containers/{code}"
    answer = physician.open(physician.send(page, {}, action=f"{page}/print").location)

    page = pypdfium2.PdfDocument(answer.data)[0]
    assert answer.mimetype == "application/pdf"
    assert zxingcpp.read_barcode(page.render(scale=4).to_pil()).text == code
    assert "Иванова" in page.get_textpage().get_text_range()


def test_a_card_printed_again_says_why_and_is_the_second_copy(signed_in, database, code):
    physician, page = signed_in("physician"), f"/containers/{code}"
    physician.send(page, {}, action=f"{page}/print")

    without = physician.send(page, {"reason": ""}, action=f"{page}/reprint")
    physician.send(page, {"reason": "lost"}, action=f"{page}/reprint")

    with database.reading() as session:
        copies = session.scalars(select(Label).order_by(Label.copy)).all()
        assert [(each.copy, each.subject_code, each.status) for each in copies] == [
            (1, code, LabelStatus.VOID),
            (2, code, LabelStatus.SENT),
        ]
    assert without.status_code == 422


def test_looks_are_noted_once_a_minute_and_shown_to_the_auditor(signed_in, database, code):
    keeper = signed_in("keeper")
    for _ in range(3):
        keeper.open(f"/patients/{code}")

    assert count(database, PatientView) == 1
    assert "Пётр Ўладыка" in signed_in("auditor").open(f"/patients/{code}/looks").text


def test_who_looked_is_not_for_everybody(signed_in, code):
    assert signed_in("physician").open(f"/patients/{code}/looks").status_code == 403


def test_a_scanned_card_opens_the_patient(signed_in, code):
    visitor = signed_in("technician")
    form = visitor.form("/", "/scan").filled({"code": code})

    assert visitor.client.post("/scan", data=form).location == f"/patients/{code}"
