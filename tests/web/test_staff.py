"""The pages about people: invited, given roles, disabled, trained; their badges."""

import re
from io import BytesIO

import pypdf
import pytest

from lims.models.user import Language
from lims.workflows import people
from tests.laboratory import PASSWORD, working

NEW = "seven quiet microscopes at dusk"
INVITED = {"full_name": "Яна Новая", "login": "nova", "language": "ru", "roles": ["technician"]}


@pytest.fixture
def administrator(signed_in):
    """The administrator, who reads English here."""
    person = signed_in("administrator")
    person.send("/account", {"language": "en"}, action="/account/language")
    return person


@pytest.fixture
def code_of(database):
    """`code_of("qa")` is the code on that person's badge."""

    def code_of(login):
        with database.reading() as session:
            return people.by_login(session, login).code

    return code_of


def one_time_code(page):
    """The code a page shows beside the words for it."""
    return page.split("One-time code</dt>")[1].split('class="code">')[1].split("<")[0]


def test_an_invited_person_chooses_a_password_and_signs_in(administrator, visitor):
    page = administrator.send("/people/new", INVITED).text

    chosen = {"login": "nova", "one_time_code": one_time_code(page)}
    visitor.send("/first-password", chosen | {"password": NEW, "again": NEW})

    assert "Яна Новая" in visitor.sign_in("nova", NEW).open("/account").text


def test_a_code_copied_in_small_letters_with_spaces_is_the_same_code(administrator, visitor):
    shown = one_time_code(administrator.send("/people/new", INVITED).text)
    copied = shown.lower().replace("-", " ")

    chosen = {"login": "nova", "one_time_code": copied, "password": NEW, "again": NEW}
    visitor.send("/first-password", chosen)

    assert re.fullmatch("([AC-HJKMNP-RT-Y34679]{4}-){5}[AC-HJKMNP-RT-Y34679]{4}", shown)
    assert "Яна Новая" in visitor.sign_in("nova", NEW).open("/account").text


def test_the_page_of_a_one_time_code_has_a_button_that_prints_it(administrator):
    assert "data-print-page>Print<" in administrator.send("/people/new", INVITED).text


def test_the_one_time_code_is_shown_once(administrator):
    form = administrator.form("/people/new").filled(INVITED)
    administrator.client.post("/people/new", data=form)

    again = administrator.client.post("/people/new", data=form)

    assert "cannot be shown again" in again.text
    assert "Good until" not in again.text


def test_roles_that_do_not_go_together_are_refused_and_what_was_typed_stays(administrator):
    answer = administrator.send("/people/new", INVITED | {"roles": ["auditor", "technician"]})

    assert answer.status_code == 422
    assert "Nobody may be auditor and technician at once." in answer.text
    assert 'value="Яна Новая"' in answer.text


def test_a_role_that_does_not_fit_is_not_offered(administrator, code_of):
    page = administrator.open(f"/people/{code_of('technician')}/roles").text

    assert 'value="qc_analyst"' in page
    assert 'value="administrator"' not in page
    assert 'value="auditor"' not in page


def test_a_role_that_is_not_offered_is_refused_too(administrator, code_of):
    answer = administrator.send(f"/people/{code_of('technician')}/roles", {"role": "administrator"})

    assert answer.status_code == 422
    assert "Nothing was recorded yet" in answer.text


def test_a_role_given_counts_at_the_next_request(administrator, signed_in, code_of):
    technician = signed_in("technician")
    before = technician.open("/training/" + code_of("keeper")).status_code

    administrator.send(f"/people/{code_of('technician')}/roles", {"role": "production_lead"})

    assert (before, technician.open("/training/" + code_of("keeper")).status_code) == (403, 200)


def test_a_role_ended_counts_at_the_next_request(administrator, signed_in, code_of):
    lead, page = signed_in("lead"), f"/people/{code_of('lead')}/roles"
    before = lead.open("/training/" + code_of("keeper")).status_code

    ended = {"role": "production_lead", "reason": "Back to the bench"}
    administrator.send(page, ended, action=page + "/end")

    assert (before, lead.open("/training/" + code_of("keeper")).status_code) == (200, 403)


def test_who_is_disabled_is_out_at_once_and_cannot_come_back(administrator, signed_in, code_of):
    technician = signed_in("technician")
    administrator.send(f"/people/{code_of('technician')}/disable", {"reason": "Left"})

    assert technician.open("/").location.startswith("/sign-in")
    tried = technician.send("/sign-in", {"login": "technician", "password": PASSWORD})
    assert tried.status_code == 422


def test_a_new_code_makes_the_old_password_worthless(administrator, signed_in, visitor, code_of):
    technician = signed_in("technician")
    administrator.send(f"/people/{code_of('technician')}/code", {})

    assert technician.open("/").location.startswith("/sign-in")
    answer = visitor.send("/sign-in", {"login": "technician", "password": PASSWORD})
    assert answer.status_code == 422


def test_an_enabled_person_needs_a_new_password(administrator, visitor, code_of):
    page = f"/people/{code_of('technician')}"
    administrator.send(page + "/disable", {"reason": "On leave"})

    shown = administrator.send(page + "/enable", {"reason": "Back"}).text

    chosen = {"login": "technician", "one_time_code": one_time_code(shown)}
    visitor.send("/first-password", chosen | {"password": NEW, "again": NEW})
    assert visitor.sign_in("technician", NEW).open("/").status_code == 200


def test_the_last_administrator_stays(administrator, code_of):
    page = f"/people/{code_of('administrator')}"
    answer = administrator.send(page + "/disable", {"reason": "Tired"})

    assert answer.status_code == 409
    assert "is the only administrator" in answer.text
    assert "Tired" in answer.text


@pytest.mark.parametrize("login", ["technician", "qa", "administrator", "physician"])
def test_everyone_prints_their_own_badge(signed_in, code_of, login):
    pdf = signed_in(login).open("/account/badge").data

    assert code_of(login) in pypdf.PdfReader(BytesIO(pdf)).pages[0].extract_text()


def test_a_badge_names_the_roles_in_the_language_of_whose_it_is(administrator, code_of, database):
    with working(database) as session:
        people.by_login(session, "technician").language = Language.RUSSIAN
        people.by_login(session, "qa").language = Language.ENGLISH

    russian, english = (
        pypdf.PdfReader(BytesIO(administrator.open(f"/people/{code_of(login)}/badge").data))
        for login in ("technician", "qa")
    )

    assert "лаборант" in russian.pages[0].extract_text()
    assert "QA officer" in english.pages[0].extract_text()


def test_roles_are_offered_as_people_write_them(administrator):
    page = administrator.open("/people/new").text

    assert "<span>QC analyst</span>" in page
    assert "<span>QA officer</span>" in page


def test_when_others_signed_in_is_for_the_administrator(administrator, signed_in, code_of):
    page = f"/people/{code_of('qa')}"

    assert "Last tries at the password" in administrator.open(page).text
    assert "Last tries at the password" not in signed_in("technician").open(page).text


def test_a_scanned_badge_opens_its_person(administrator, code_of):
    answer = administrator.send("/", {"code": code_of("qa")}, action="/scan")

    assert answer.location == f"/people/{code_of('qa')}"


def test_training_is_recorded_for_several_kinds_of_step(signed_in, code_of):
    page = f"/training/{code_of('returning')}"
    dates = {"trained_on": "01.02.2026", "expires_on": "01.02.2036"}
    signed_in("lead").send(page, dates | {"kinds": ["seeding", "harvest"]})

    shown = signed_in("qa").open(f"/people/{code_of('returning')}").text

    assert shown.count("1 Feb 2036") == 2
    assert shown.count("tag stop") == 16


def test_a_training_that_ends_before_it_began_is_told_at_its_field(signed_in, code_of):
    dates = {"trained_on": "01.02.2026", "expires_on": "01.02.2025"}
    answer = signed_in("lead").send(
        f"/training/{code_of('returning')}", dates | {"kinds": ["seeding"]}
    )

    assert answer.status_code == 422
    assert answer.text.count("This day is before the training.") == 2
    assert 'value="01.02.2025"' in answer.text


def test_a_new_edition_retires_the_one_before(signed_in):
    edition = {"kind": "seeding", "number": "SOP-05", "edition": "2", "title": "Seeding"}
    signed_in("qa").send("/procedures/new", edition)

    page = signed_in("technician").open("/procedures").text

    assert "edition 2" in page
    assert "until " in page
