"""A browser that an administrator registered is known by its terminal's code."""

import pytest
from sqlalchemy import select

from lims.models.audit import AuditEntry
from lims.models.terminal import Terminal
from lims.models.user import LoginAttempt

BENCH = {"name": "Bench 2", "printer_name": "Zebra"}


@pytest.fixture
def at_bench(signed_in):
    """The administrator at a browser that has just become Bench 2."""
    person = signed_in("administrator")
    answer = person.send("/terminals/new", BENCH)
    assert answer.status_code == 303, answer.text
    return person


@pytest.fixture
def bench(at_bench, database):
    with database.reading() as session:
        return session.scalars(select(Terminal)).one()


def newest(database, model):
    with database.reading() as session:
        return session.scalars(select(model).order_by(model.id.desc())).first()


def test_the_name_of_the_terminal_stands_in_the_bar(at_bench):
    assert "<b>Bench 2</b>" in at_bench.open("/").text


def test_the_browser_alone_keeps_its_secret(at_bench, bench):
    cookie = at_bench.client.get_cookie("terminal")

    assert cookie.http_only
    assert cookie.same_site == "Strict"
    assert cookie.max_age > 300 * 24 * 3600
    assert bench.token_sha256 not in cookie.value


def test_what_is_done_at_a_terminal_is_recorded_with_its_code(at_bench, bench, database):
    at_bench.send(f"/terminals/{bench.code}/edit", {"reason": "a quiet room", "sound_volume": "0"})

    assert newest(database, AuditEntry).terminal == bench.code


def test_who_signs_in_at_a_terminal_is_known_to_have_been_there(at_bench, bench, database):
    at_bench.send("/", {}, action="/sign-off")
    at_bench.sign_in("technician")

    assert newest(database, LoginAttempt).address == bench.code


def test_a_cookie_that_we_did_not_sign_is_a_stranger(at_bench):
    at_bench.client.set_cookie("terminal", "made.up")

    assert "<b>Bench 2</b>" not in at_bench.open("/").text


def test_registered_again_elsewhere_the_browser_before_is_it_no_more(at_bench, bench, signed_in):
    other = signed_in("administrator")
    other.send(f"/terminals/{bench.code}", {}, action=f"/terminals/{bench.code}/browser")

    assert "<b>Bench 2</b>" in other.open("/").text
    assert "<b>Bench 2</b>" not in at_bench.open("/").text


def test_a_retired_terminal_knows_no_browser(at_bench, bench):
    at_bench.send(f"/terminals/{bench.code}/retire", {"reason": "it broke"})

    assert "<b>Bench 2</b>" not in at_bench.open("/").text
    assert at_bench.open(f"/terminals/{bench.code}/retire").status_code == 200
    again = at_bench.send(f"/terminals/{bench.code}/retire", {"reason": "once more"})
    assert again.status_code == 409


def test_its_label_opens_its_page(at_bench, bench):
    answer = at_bench.send("/", {"code": bench.code}, action="/scan")

    assert answer.location == f"/terminals/{bench.code}"
    assert at_bench.open(f"/terminals/{bench.code}/label.pdf").data.startswith(b"%PDF")


def test_a_change_made_on_an_old_page_is_refused(at_bench, bench):
    page = f"/terminals/{bench.code}/edit"
    form = at_bench.form(page)
    at_bench.send(page, {"name": "Bench 3", "reason": "moved"})

    assert at_bench.post(form, {"name": "Bench 4", "reason": "moved"}).status_code == 409
