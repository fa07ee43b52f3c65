"""A badge and its PIN sign in at a registered terminal, and nowhere else."""

from sqlalchemy import select

from lims.models.user import LoginAttempt, LoginSession
from tests.laboratory import PASSWORD
from tests.web.badges import PIN, switch


def test_a_badge_scanned_where_somebody_works_asks_the_pin_and_switches(at_bench, badge):
    answer = switch(at_bench, badge)

    assert answer.location == "/"
    assert "Андрей" in at_bench.open("/").text or "lead" in at_bench.open("/account").text


def test_who_left_is_signed_off_at_the_server(at_bench, badge, database):
    cookie = at_bench.client.get_cookie("sid").value
    switch(at_bench, badge)
    at_bench.client.set_cookie("sid", cookie)

    assert at_bench.open("/").location.startswith("/sign-in")


def test_who_comes_back_sees_the_page_that_was_left(at_bench, badge):
    switch(at_bench, badge, left="/lots/?after=5")

    answer = at_bench.send("/sign-in", {"login": "technician", "password": PASSWORD})

    assert answer.location == "/lots/?after=5"


def test_nobody_is_led_to_another_site(at_bench, badge):
    at_bench.send(f"/switch?badge={badge}&left=//evil.example/", {"pin": PIN}, action="/switch")

    answer = at_bench.send("/sign-in", {"login": "technician", "password": PASSWORD})

    assert answer.location == "/"


def test_a_wrong_pin_lets_nobody_in_and_keeps_who_was_here(at_bench, badge):
    answer = switch(at_bench, badge, pin="111222")

    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert "technician" in at_bench.open("/account").text


def test_the_sign_in_page_of_a_terminal_asks_for_badge_and_pin(at_bench, badge):
    at_bench.send("/", {}, action="/sign-off")

    answer = at_bench.send("/sign-in", {"badge": badge, "pin": PIN}, action="/switch")

    assert answer.status_code == 303
    assert "lead" in at_bench.open("/account").text


def test_off_a_terminal_there_is_the_password_alone(visitor, badge):
    assert 'name="badge"' not in visitor.open("/sign-in").text
    assert visitor.open(f"/switch?badge={badge}").location == "/sign-in"
    form = visitor.form("/sign-in").filled({})
    sent = {**form, "badge": badge, "pin": PIN}

    assert visitor.client.post("/switch", data=sent).status_code == 409
    assert visitor.open("/").location.startswith("/sign-in")


def test_off_a_terminal_a_badge_opens_the_page_of_its_person(signed_in, badge):
    answer = signed_in("technician").send("/", {"code": badge}, action="/scan")

    assert answer.location == f"/people/{badge}"


def test_after_five_wrong_pins_the_password_is_asked(at_bench, badge):
    for _ in range(5):
        switch(at_bench, badge, pin="111222")

    answer = switch(at_bench, badge)

    assert answer.status_code == 429
    assert "Give the name and the password" in answer.text


def test_a_session_by_badge_has_a_token_of_its_own_and_its_try_is_kept(at_bench, badge, database):
    switch(at_bench, badge)

    with database.reading() as session:
        last = session.scalars(select(LoginAttempt).order_by(LoginAttempt.id.desc())).first()
        tokens = session.scalars(select(LoginSession.token_sha256)).all()
    assert (last.login, last.by_pin, last.address[:2]) == ("lead", True, "TM")
    assert len(set(tokens)) == len(tokens)


def test_a_pin_is_chosen_with_the_password(signed_in):
    values = {"present-password": "wrong wrong wrong", "pin": PIN, "pin_again": PIN}
    answer = signed_in("lead").send("/account", values, action="/account/pin")

    assert answer.status_code == 422
    assert PIN not in answer.text


def test_two_pins_that_are_not_alike_are_refused(signed_in):
    values = {"present-password": PASSWORD, "pin": PIN, "pin_again": "274952"}
    answer = signed_in("lead").send("/account", values, action="/account/pin")

    assert "not alike" in answer.text


def test_what_can_be_no_pin_is_refused_and_is_no_wrong_try(at_bench, badge):
    for _ in range(6):
        refused = switch(at_bench, badge, pin=badge[:6])

    assert "A PIN is six digits" in refused.text
    assert switch(at_bench, badge).status_code == 303
