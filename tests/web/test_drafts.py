"""Drafts are each person's own: nobody else is told of them, and no secret is kept in one."""

import json
import re
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import select

from lims.models.draft import Draft
from tests.web.visitor import forms_of

HEADERS = {"Accept": "application/json"}
OWN = {"address": "/account/language", "form": "LanguageForm"}


def keep(person, fields, at="/", **also):
    token = dict(forms_of(person.open("/").text)[0].fields)["csrf_token"]
    sent = {**OWN, "key": str(uuid4()), "page": "/account", "typed": json.dumps(fields), **also}
    return person.client.post("/drafts" + at, data={**sent, "csrf_token": token})


def told(person):
    return person.client.get("/drafts/?at=/account/language", headers=HEADERS).json


def test_a_draft_is_told_to_its_owner_at_any_browser_and_to_nobody_else(signed_in):
    keep(signed_in("lead"), [["language", "ru", "on"]])

    [draft] = told(signed_in("lead"))
    assert draft["typed"] == [["language", "ru", "on"]]
    assert "restored" in draft["told"]
    assert told(signed_in("technician")) == []
    assert told(signed_in("administrator")) == []


def test_no_password_no_pin_and_no_token_is_kept(signed_in, database):
    names = ("password", "performer-password", "pin", "performer-pin", "csrf_token", "again", "key")
    keep(signed_in("lead"), [[name, "secret secret"] for name in names] + [["reason", "x"]])

    with database.reading() as session:
        assert session.scalars(select(Draft.typed)).one() == '[["reason", "x"]]'


def test_a_draft_is_gone_once_its_form_is_sent(signed_in):
    person = signed_in("lead")
    keep(person, [["language", "ru", "on"]])
    person.send("/account", {"language": "en"}, action="/account/language")

    assert told(person) == []
    assert " data-waiting" not in person.open("/account").text


def test_a_refused_form_keeps_its_draft(signed_in):
    person = signed_in("lead")
    keep(person, [["language", "ru", "on"]])
    answer = person.send("/account", {"language": "xx"}, action="/account/language")

    assert answer.status_code == 422
    assert len(told(person)) == 1


def test_what_is_begun_stands_on_the_first_page_of_its_owner(signed_in):
    keep(signed_in("lead"), [["reason", "x"]], titles='{"en": "Account", "ru": "Вход"}')

    assert '<a href="/account"><b>Account</b></a>' in signed_in("lead").open("/").text
    assert "Begun and not sent" not in signed_in("technician").open("/").text


def test_what_is_begun_is_called_in_the_language_of_its_reader(signed_in):
    person = signed_in("lead")
    person.send("/account", {"language": "ru"}, "/account/language")
    keep(person, [["reason", "x"]], titles='{"en": "Account", "ru": "Вход"}')

    assert '<a href="/account"><b>Вход</b></a>' in person.open("/").text


def test_a_page_says_what_it_is_called_in_each_language(signed_in):
    page = signed_in("lead").open("/account").text

    titles = json.loads(unescape(re.search('data-titles="([^"]*)"', page)[1]))
    assert titles == {"en": "Account", "ru": "Учётная запись"}


@pytest.mark.parametrize(
    ("also", "status"),
    [
        ({"address": "//evil.example/"}, 400),
        ({"form": "not a name"}, 400),
        ({"key": "no key"}, 400),
        ({"typed": "no list"}, 400),
        ({"typed": "5"}, 400),
        ({"typed": '["ab", 5]'}, 400),
        ({"typed": json.dumps([["reason", "x" * 60_000]])}, 413),
    ],
)
def test_what_is_no_draft_is_refused(signed_in, also, status):
    assert keep(signed_in("lead"), [["a", "b"]], **also).status_code == status


def test_emptied_again_it_waits_no_more(signed_in):
    person = signed_in("lead")
    keep(person, [["reason", "x"]])
    keep(person, [])

    assert told(person) == []


def test_who_does_not_want_it_discards_it(signed_in):
    person = signed_in("lead")
    keep(person, [["reason", "x"]])
    keep(person, [], at="/discard")

    assert told(person) == []


def test_a_draft_is_discarded_on_the_first_page_whatever_became_of_its_own(signed_in):
    keep(signed_in("technician"), [["reason", "x"]])
    person = signed_in("lead")
    keep(person, [["reason", "x"]], page="/no/such/page")

    answer = person.send("/", {}, action="/drafts/discard-listed")

    assert answer.status_code == 303
    assert "The draft is discarded." in person.open("/").text
    assert told(person) == []
    assert len(told(signed_in("technician"))) == 1  # of the same form, and not theirs


def test_a_search_is_no_draft(signed_in):
    page = signed_in("physician").open("/search/").text

    assert 'name="name"' in page
    assert "data-draft=" not in page.split("<main")[1]
