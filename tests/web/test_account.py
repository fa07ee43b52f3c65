"""Signing in and off, and one's own password."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lims import clock
from lims.models.user import LoginAttempt, LoginSession
from lims.workflows.proving import FREE_TRIES, WrongPassword, prove
from tests.laboratory import PASSWORD

NEW = "seven quiet microscopes at dusk"
ELSEWHERE = ["//evil.example", "https://evil.example", "/\\evil", "/\t/evil", "javascript:x", "/\n"]


def test_a_person_signs_in_and_sees_their_name(signed_in):
    page = signed_in("technician").open("/")

    assert page.status_code == 200
    assert "Ольга Сидорова" in page.text


def test_a_wrong_password_keeps_the_name_and_says_nothing_of_the_account(visitor):
    known = visitor.send("/sign-in", {"login": "technician", "password": "wrong wrong wrong"})
    unknown = visitor.send("/sign-in", {"login": "nobody", "password": "wrong wrong wrong"})

    assert known.status_code == unknown.status_code == 422
    assert 'value="technician"' in known.text
    assert "do not belong together" in known.text
    assert "do not belong together" in unknown.text
    assert "wrong wrong wrong" not in known.text


def test_after_too_many_wrong_passwords_the_right_one_must_wait(visitor):
    for _ in range(FREE_TRIES):
        visitor.send("/sign-in", {"login": "technician", "password": "wrong wrong wrong"})

    answer = visitor.send("/sign-in", {"login": "technician", "password": PASSWORD})

    assert answer.status_code == 429
    assert "Wait until" in answer.text


@pytest.fixture
def entering(visitor):
    """The first page of who signs in after choosing a language at the foot of the page."""

    def entering(tag, login="technician"):
        form = visitor.form("/sign-in", "/language")
        visitor.client.post(form.action, data={**dict(form.fields), "language": tag})
        page = visitor.sign_in(login).open("/").text
        visitor.send("/", {}, action="/sign-off")
        return page

    return entering


def test_a_language_chosen_on_the_sign_in_page_becomes_that_of_who_never_chose_one(
    visitor, entering
):
    assert "<h1>Сегодня</h1>" in entering("ru")
    assert "<h1>Сегодня</h1>" in visitor.sign_in("technician").open("/").text


def test_who_chose_a_language_keeps_it_at_a_page_in_anothers(signed_in, entering):
    for tag in ("ru", "en"):
        signed_in("technician").send("/account", {"language": tag}, action="/account/language")

    assert "<h1>Today</h1>" in entering("ru")


def test_whoever_signs_off_is_out_at_the_server(signed_in):
    person = signed_in("technician")
    cookie = person.client.get_cookie("sid").value
    person.send("/", {}, action="/sign-off")
    person.client.set_cookie("sid", cookie)

    assert person.open("/").location.startswith("/sign-in")


def test_a_page_asked_for_is_shown_after_signing_in(visitor):
    asked = visitor.open("/account")

    answer = visitor.send(asked.location, {"login": "qa", "password": PASSWORD}, action="/sign-in")

    assert answer.location == "/account"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(visitor, target):
    form = visitor.form("/sign-in")
    filled = form.filled({"login": "qa", "password": PASSWORD})

    answer = visitor.client.post("/sign-in", query_string={"next": target}, data=filled)

    assert answer.location == "/"


def test_a_new_password_needs_the_present_one(signed_in):
    answer = signed_in("qa").send(
        "/account",
        {"present-password": "wrong wrong wrong", "password": NEW, "again": NEW},
        action="/account/password",
    )

    assert answer.status_code == 422
    assert "do not belong together" in answer.text


def test_a_new_password_ends_every_session_and_signs_in(signed_in, visitor):
    here, elsewhere = signed_in("qa"), signed_in("qa")
    here.send(
        "/account",
        {"present-password": PASSWORD, "password": NEW, "again": NEW},
        action="/account/password",
    )

    assert elsewhere.open("/").location.startswith("/sign-in")
    assert visitor.sign_in("qa", NEW).open("/").status_code == 200


def test_two_new_passwords_that_differ_are_refused(signed_in):
    answer = signed_in("qa").send(
        "/account",
        {"present-password": PASSWORD, "password": NEW, "again": NEW + "s"},
        action="/account/password",
    )

    assert answer.status_code == 422
    assert "not alike" in answer.text


def test_a_wrong_one_time_code_gives_no_password(visitor):
    answer = visitor.send(
        "/first-password",
        {"login": "technician", "one_time_code": "guess", "password": NEW, "again": NEW},
    )

    assert answer.status_code == 422
    assert "one-time code is not valid" in answer.text
    assert 'value="technician"' in answer.text


def test_everyone_chooses_a_language(signed_in):
    person = signed_in("qa")
    person.send("/account", {"language": "ru"}, action="/account/language")

    assert '<html lang="ru">' in person.open("/").text


def test_a_visitor_chooses_a_language(visitor):
    form = visitor.form("/sign-in", "/language")
    visitor.client.post(form.action, data=form.filled({}) | {"language": "en"})

    assert '<html lang="en">' in visitor.open("/sign-in").text


@pytest.fixture
def last_seen(database):
    """When the newest session was seen."""

    def last_seen():
        with database.reading() as session:
            newest = select(LoginSession).order_by(LoginSession.id.desc()).limit(1)
            return session.scalars(newest).one().seen_at

    return last_seen


def test_last_seen_is_written_by_the_minute_not_by_the_request(signed_in, last_seen, time_machine):
    time_machine.move_to(clock.now(), tick=False)
    person, began = signed_in("qa"), last_seen()

    time_machine.shift(timedelta(seconds=60))
    person.open("/")
    within = last_seen()
    time_machine.shift(timedelta(seconds=1))
    person.open("/")

    assert (within, last_seen()) == (began, clock.now())


def test_a_session_token_known_before_signing_in_is_worth_nothing(visitor, app):
    visitor.open("/sign-in")
    planted = visitor.client.get_cookie("sid").value
    visitor.sign_in("qa")

    attacker = app.test_client()
    attacker.set_cookie("sid", planted)

    assert visitor.client.get_cookie("sid").value != planted
    assert attacker.get("/").location.startswith("/sign-in")


def test_signing_in_again_gives_another_token_and_ends_nobody_else(signed_in):
    first, second = signed_in("qa"), signed_in("qa")

    assert first.client.get_cookie("sid").value != second.client.get_cookie("sid").value
    assert first.open("/").status_code == second.open("/").status_code == 200


def test_a_form_of_an_ended_session_is_answered_401_and_changes_nothing(signed_in):
    person, elsewhere = signed_in("qa"), signed_in("qa")
    form = person.form("/account", "/account/language").filled({"language": "ru"})
    elsewhere.send(
        "/account",
        {"present-password": PASSWORD, "password": NEW, "again": NEW},
        action="/account/password",
    )

    assert person.client.post("/account/language", data=form).status_code == 401


def test_a_password_at_a_form_is_kept_as_a_try_with_its_address(signed_in, database):
    signed_in("qa").send(
        "/account",
        {"present-password": "wrong wrong wrong", "password": NEW, "again": NEW},
        action="/account/password",
    )

    with database.reading() as session:
        last = session.scalars(select(LoginAttempt).order_by(LoginAttempt.id.desc())).first()
    assert (last.login, last.outcome, last.address) == ("qa", "wrong", "127.0.0.1")


def test_quality_and_the_administrator_see_at_home_who_was_locked_out(database, visitor, signed_in):
    told = "Many wrong passwords for technician from 127.0.0.1: 10"
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongPassword):
            prove(database, "technician", "a wrong password", "127.0.0.1")

    seen = {login: told in signed_in(login).open("/").text for login in ("qa", "lead")}
    seen["administrator"] = told in signed_in("administrator").open("/").text

    assert seen == {"qa": True, "lead": False, "administrator": True}


def test_nine_wrong_passwords_are_no_lock_out(database, signed_in):
    for _ in range(FREE_TRIES - 1):
        with pytest.raises(WrongPassword):
            prove(database, "technician", "a wrong password", "127.0.0.1")

    assert "wrong passwords" not in signed_in("qa").open("/").text
