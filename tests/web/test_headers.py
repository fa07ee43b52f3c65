"""What every answer carries."""

from dataclasses import replace

import pytest

from lims.web.app import create_app
from lims.web.headers import CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("address", ["/sign-in", "/", "/no-such-page"])
def test_every_page_forbids_what_is_not_ours_and_is_not_kept(visitor, address):
    headers = visitor.open(address).headers

    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_paper_is_shown_within_pages_of_ours_and_of_nobody_else(signed_in):
    headers = signed_in("technician").open("/scan/card.pdf").headers

    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_cookie_is_of_this_host_alone_where_the_site_is_https(settings):
    app = create_app(replace(settings, url="https://lims.example"))

    answer = app.test_client().get("/healthz", base_url="https://lims.example")

    assert app.config["SESSION_COOKIE_NAME"] == "__Host-sid"
    assert app.config["SESSION_COOKIE_SECURE"]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_another_host_s_name_is_refused(visitor):
    answer = visitor.client.get("/sign-in", base_url="http://evil.example")

    assert answer.status_code == 400


def test_our_files_are_kept_for_good_under_the_hash_of_their_content(visitor):
    page = visitor.open("/sign-in").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]

    answer = visitor.open(address)

    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_site_says_that_it_is_up(visitor):
    assert visitor.open("/healthz").json == {"status": "ok"}


def test_what_went_wrong_inside_stays_inside(new_app):
    def fail():
        raise RuntimeError("the secret of the inside")

    fail.access = new_app.view_functions["home.healthz"].access
    new_app.add_url_rule("/fails", view_func=fail, endpoint="fails")

    answer = new_app.test_client().get("/fails")

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_too_large_a_form_is_refused_with_a_sentence(app, visitor, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)

    answer = visitor.client.post("/sign-in", data={"login": "x" * 2000})

    assert answer.status_code == 413
    assert "too large" in answer.text
