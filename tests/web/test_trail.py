"""The pages of the audit trail: who, when, where, which command, old, new, why."""

import pytest
from flask import get_flashed_messages
from sqlalchemy import select

from lims import anchors
from lims.errors import WrongState
from lims.models.audit import AuditEntry
from lims.models.command_run import Refusal
from lims.models.fill import FillStatus
from lims.models.patient import Patient
from lims.models.reception import Reception
from lims.web import released, trail_values
from lims.workflows.command import because
from tests.tampering import NAME, person_id, received


@pytest.fixture
def step(database):
    return received(database)


@pytest.fixture
def qa(signed_in):
    return signed_in("qa")


def correct(session, *, step_id, by):
    because(session, "The balance was read wrong")
    step = session.get(Reception, step_id)
    step.mass_g = step.mass_g + 1
    session.flush()
    return step


def test_the_history_of_a_record_tells_who_when_what_and_why(database, step, qa):
    by = person_id(database, "lead")
    database.run(
        correct, by, key="c", arguments=lambda s: {"step_id": step.id}, terminal="10.0.0.7"
    )

    page = qa.open(f"/trail/{step.code}").text

    for told in ("Андрей Коваленко", "10.0.0.7", "correct", "The balance was read wrong"):
        assert told in page
    assert "<del>9.25\u202fg</del> → 10.25\u202fg" in page


def test_what_an_entry_points_to_is_named(database, step, qa):
    page = qa.open(f"/trail/{step.code}").text

    with database.reading() as session:
        patient = session.scalar(select(Patient.code).where(Patient.id == step.patient_id))
    assert patient in page
    assert "Ольга Сидорова" in page


def test_a_row_without_a_code_has_a_history_too(step, qa):
    assert qa.open("/trail/user_role/1").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/trail/PT260000000", "/trail/nothing/1", "/trail/login_session/1", f"/trail/step/{2**70}"],
)
def test_what_is_not_there_is_told(qa, address):
    assert qa.open(address).status_code in (404, 422)


def test_a_password_hash_is_never_shown(qa):
    page = qa.open("/trail/user_account/1").text

    assert "•••" in page
    assert "argon2" not in page


@pytest.mark.parametrize(
    ("query", "says", "says_not"),
    [
        ("table=reception", "reception", ">user role<"),
        ("person=technician", "receive in short", "invite person"),
        ("person=administrator", "add box", "receive in short"),
        ("from=01.01.2100", "Nothing was changed here", "receive in short"),
        ("to=01.01.2000", "Nothing was changed here", "receive in short"),
        ("from=01.01.2000&to=01.01.2100&person=technician", "receive in short", "invite person"),
        ("from=nonsense&to=31.02.2026&person=technician", "receive in short", "invite person"),
    ],
)
def test_the_trail_is_narrowed_by_record_person_and_day(step, qa, query, says, says_not):
    page = qa.open(f"/trail/?{query}").text.split("</form>")[-1]

    assert says in page
    assert says_not not in page


def test_all_of_one_patient_is_found_by_the_patients_code(database, step, qa):
    with database.reading() as session:
        patient = session.scalar(select(Patient.code).where(Patient.id == step.patient_id))

    page = qa.open(f"/trail/?code={patient.lower()}").text.split("</form>")[-1]

    assert NAME in page
    assert step.code in page
    assert "user role" not in page


def test_what_happened_to_one_record_is_found_by_its_code(step, qa):
    page = qa.open(f"/trail/?code={step.code.lower()}").text.split("</form>")[-1]

    assert step.code in page
    assert "receive in short" in page
    assert NAME not in page


def test_a_code_that_no_record_bears_is_told_to_be_none(step, qa):
    page = qa.open("/trail/?code=DS26000001X").text

    assert "No record bears the code DS26000001X." in page
    assert "Nothing was changed here" in page


def test_the_page_of_a_record_leads_to_its_history(database, step, signed_in):
    with database.reading() as session:
        patient = session.scalar(select(Patient.code).where(Patient.id == step.patient_id))
    auditor = signed_in("auditor")

    for code, page in ((step.code, "steps"), (patient, "patients")):
        assert f'href="/trail/{code}"' in auditor.open(f"/{page}/{code}").text
        assert f'href="/trail/{code}"' not in signed_in("lead").open(f"/{page}/{code}").text


def test_a_table_that_an_entry_names_is_told_in_words(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert trail_values._value("signature", "subject_table", "vial_order", {}) == "vial order"


def test_refusals_are_listed_and_counted(signed_in, qa):
    signed_in("technician").open("/trail/")

    page = qa.open("/trail/refusals").text

    assert "Your role does not include: see the audit trail." in page
    assert "not permitted" in page
    assert "Nothing was refused." in qa.open("/trail/refusals?error=Stale").text


@pytest.fixture
def auditor_in_russian(signed_in):
    auditor = signed_in("auditor")
    auditor.send("/account", {"language": "ru"}, action="/account/language")
    return auditor


def refuse(session, *, by):
    raise WrongState(code="FL260000010", status=FillStatus.RELEASED, wanted=FillStatus.REJECTED)


def test_a_refusal_is_told_in_the_language_of_whoever_reads_it(database, qa, auditor_in_russian):
    with pytest.raises(WrongState):
        database.run(refuse, person_id(database, "lead"), key="r", arguments=lambda _: {})

    page = auditor_in_russian.open("/trail/refusals").text

    assert "FL260000010, сейчас: выпущен; статус «забракован» не поставить." in page
    assert "released" not in page.split("<main")[-1]
    assert "FL260000010 is released now" in qa.open("/trail/refusals").text


def test_a_refusal_kept_before_its_values_were_shows_its_sentence(database, auditor_in_russian):
    def keep(session, *, by):
        kept = {"command": "harvest", "error": "Mismatch", "sentence": "STOP. 100 % another's."}
        session.add(Refusal(user_id=by.id, **kept))

    database.run(keep, person_id(database, "lead"), key="r", arguments=lambda _: {})

    assert "STOP. 100 % another" in auditor_in_russian.open("/trail/refusals").text


@pytest.mark.parametrize("login", ["technician", "physician", "administrator"])
def test_others_do_not_see_the_trail(signed_in, login):
    assert signed_in(login).open("/trail/").status_code == 403


def test_the_auditor_sees_the_trail(signed_in):
    assert signed_in("auditor").open("/trail/").status_code == 200


def test_an_entry_without_a_person_is_the_systems(database, qa):
    with database.reading() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.user_id.is_(None)))

    assert "the system" in qa.open("/trail/user_account/1").text


def test_a_decision_is_anchored_outside(app, settings):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        released.anchor("FL260000010")

    assert [anchor.reason for anchor in anchors.read(settings.anchor_dir)[0]] == ["release"]


def test_a_decision_that_cannot_be_anchored_stands_and_says_so(app, settings):
    settings.anchor_dir.write_text("a file stands in the way")

    with app.test_request_context(headers={"Accept-Language": "en"}):
        released.anchor("fl260000010")
        (said,) = get_flashed_messages()

    assert "The decision on FL260000010 stands" in said
