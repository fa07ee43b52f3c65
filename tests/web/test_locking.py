"""A screen left alone is locked at the server: it answers its person's PIN or password alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lims import clock
from lims.models.user import LoginSession
from tests.laboratory import PASSWORD
from tests.web.badges import PIN, switch


@pytest.fixture
def left_alone(signed_in, time_machine):
    """The lead, who went away sixteen minutes ago."""
    time_machine.move_to(now := clock.now(), tick=False)
    person = signed_in("lead")
    time_machine.move_to(now + timedelta(minutes=16), tick=False)
    return person


def test_a_page_is_shown_after_unlocking(left_alone):
    lock = left_alone.open("/account").location
    answer = left_alone.send(lock, {"password": PASSWORD}, action="/unlock")

    assert lock == "/locked?next=/account"
    assert answer.location == "/account"
    assert left_alone.open("/account").status_code == 200


def test_a_form_sent_from_a_locked_screen_is_answered_423_and_changes_nothing(
    signed_in, time_machine
):
    person = signed_in("lead")
    form = person.form("/account", "/account/language").filled({"language": "ru"})
    time_machine.move_to(clock.now() + timedelta(minutes=16), tick=False)

    answer = person.client.post("/account/language", data=form)

    assert answer.status_code == 423
    assert "Андрей" not in answer.text


@pytest.mark.parametrize("address", ["/", "/lots/", "/no/such/page", "/account/badge"])
def test_a_locked_screen_answers_nothing_but_the_lock(left_alone, address):
    assert left_alone.open(address).location.startswith("/locked")


def test_asking_again_and_again_unlocks_nothing(left_alone, time_machine):
    left_alone.open("/")
    left_alone.open("/locked")

    assert left_alone.open("/").location.startswith("/locked")


def test_a_wrong_password_unlocks_nothing(left_alone):
    answer = left_alone.send("/locked", {"password": "wrong wrong wrong"}, action="/unlock")

    assert answer.status_code == 422
    assert left_alone.open("/").location.startswith("/locked")


def test_locking_by_hand_locks_at_once(signed_in):
    person = signed_in("lead")
    person.send("/", {}, action="/lock")

    assert person.open("/lots/").location == "/locked?next=/lots/"


def test_unlocking_gives_another_token_and_ends_the_one_before(signed_in, database):
    person = signed_in("lead")
    person.send("/", {}, action="/lock")
    cookie = person.client.get_cookie("sid").value
    person.send("/locked", {"password": PASSWORD}, action="/unlock")
    person.client.set_cookie("sid", cookie)

    assert person.open("/").location.startswith("/sign-in")


def test_unlocking_does_not_begin_the_twelve_hours_anew(signed_in, time_machine, database):
    person = signed_in("lead")
    with database.reading() as session:
        began = session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
    time_machine.move_to(began.started_at + timedelta(hours=11, minutes=59), tick=False)
    person.send("/locked", {"password": PASSWORD}, action="/unlock")
    assert person.open("/").status_code == 200

    time_machine.move_to(began.started_at + timedelta(hours=12, seconds=1), tick=False)

    assert person.open("/").location.startswith("/sign-in")


def test_at_a_terminal_the_pin_unlocks(at_bench, badge):
    switch(at_bench, badge)
    at_bench.send("/", {}, action="/lock")

    answer = at_bench.send("/locked", {"pin": PIN}, action="/unlock")

    assert answer.status_code == 303
    assert at_bench.open("/").status_code == 200


def test_off_a_terminal_the_password_is_asked(signed_in, badge):
    person = signed_in("lead")
    person.send("/", {}, action="/lock")

    assert 'name="pin"' not in person.open("/locked").text


def test_a_script_is_told_and_not_led_away(left_alone):
    answer = left_alone.client.get("/lots/", headers={"Accept": "application/json"})

    assert answer.status_code == 423


def test_somebody_else_signs_in_at_a_locked_screen_and_it_is_theirs(left_alone, database):
    left_alone.send("/sign-in", {"login": "qa", "password": PASSWORD})

    assert "qa" in left_alone.open("/account").text
