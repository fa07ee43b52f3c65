"""Every view says who may call it, and it is so."""

import pytest

from lims.permissions import Permission
from lims.web import auth
from lims.web.app import create_app


@pytest.fixture
def app(new_app):
    """A site to which pages are added."""
    return new_app


@pytest.fixture
def bare(settings):
    """The site without a database behind it: for its map of addresses."""
    return create_app(settings)


def test_every_view_names_who_may_call_it(bare):
    silent = [
        endpoint for endpoint, view in bare.view_functions.items() if auth.access_of(view) is None
    ]

    assert not silent, "decorate it: @requires(Permission.X), @signed_in or @public"


def test_only_signing_in_and_its_like_are_public(bare):
    public = {
        endpoint
        for endpoint, view in bare.view_functions.items()
        if not auth.access_of(view).signed_in
    }

    assert public == {
        "home.healthz",
        "account.sign_in",
        "account.record_sign_in",
        "account.first_password",
        "account.record_first_password",
        "account.switch",
        "account.record_switch",
        "account.choose_language",
    }


def test_a_view_that_names_nobody_is_for_nobody(app, signed_in):
    app.add_url_rule("/forgotten", view_func=lambda: "here", endpoint="forgotten")

    assert signed_in("qa").open("/forgotten").status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(visitor):
    assert visitor.open("/account").location == "/sign-in?next=/account"


def test_a_form_sent_without_being_signed_in_gives_back_what_was_typed(visitor):
    token = dict(visitor.form("/sign-in").fields)["csrf_token"]

    answer = visitor.client.post("/scan", data={"csrf_token": token, "code": "VL26 typed"})

    assert answer.status_code == 401
    assert "VL26 typed" in answer.text


def test_what_a_role_does_not_include_is_named(app, signed_in):
    view = auth.requires(Permission.RELEASE_FILL)(lambda: "released")
    app.add_url_rule("/release", view_func=view, endpoint="release")

    answer = signed_in("technician").open("/release")

    assert answer.status_code == 403
    assert "Your role does not include: release a fill." in answer.text


def test_a_form_without_its_token_changes_nothing(signed_in):
    answer = signed_in("qa").client.post("/account/language", data={"language": "ru"})

    assert answer.status_code == 400
    assert "Nothing was recorded" in answer.text
