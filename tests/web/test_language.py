"""Pages speak the reader's language: sentences, words of closed sets, numbers."""

import pytest
from flask import render_template_string

from lims.web import filters
from lims.web.errors import sentence_of
from lims.workflows.qc_entries import NothingEntered
from tests.labels.printed import text_of

IN_RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}


@pytest.fixture
def for_a_russian(app):
    with app.test_request_context(headers=IN_RUSSIAN):
        yield


def test_a_browser_that_asks_for_russian_gets_it(app):
    page = app.test_client().get("/sign-in", headers=IN_RUSSIAN).text

    assert "Имя для входа" in page
    assert "Sign-in name" not in page


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 клетка"), (3, "3 клетки"), (5, "5 клеток"), (21, "21 клетка")]
)
@pytest.mark.usefixtures("for_a_russian")
def test_cells_are_counted_in_russian(count, said):
    assert filters.cells(count) == said


@pytest.mark.usefixtures("for_a_russian")
def test_a_refusal_names_the_test_in_russian_too():
    assert sentence_of(NothingEntered(test="Sterility")) == "Стерильность: внесите результат."


@pytest.mark.usefixtures("for_a_russian")
def test_what_a_person_typed_is_not_translated():
    assert sentence_of(NothingEntered(test="Our own test")).startswith("Our own test:")


@pytest.mark.usefixtures("for_a_russian")
def test_a_template_shows_what_a_person_typed_as_it_was_typed():
    page = render_template_string("{{ _(title) }}", title="5 % of <b>them</b>")

    assert page == "5 % of &lt;b&gt;them&lt;/b&gt;"


@pytest.mark.usefixtures("for_a_russian")
def test_a_limit_is_said_in_words_and_signs():
    assert [filters.limit(each) for each in ("no growth", ">= 80", "90 to 125", "< 0.5")] == [
        "нет роста",
        "≥ 80",
        "90–125",
        "< 0,5",
    ]


def chosen(person, tag):
    person.send("/account", {"language": tag}, action="/account/language")
    return person


@pytest.mark.parametrize(
    ("tag", "role", "command"), [("ru", "лаборант", "Продолжить"), ("en", "technician", "Go on")]
)
def test_badge_and_card_of_commands_speak_the_language_of_who_prints_them(
    signed_in, tag, role, command
):
    person = chosen(signed_in("technician"), tag)

    assert role in text_of(person.open("/account/badge").data)
    assert command in text_of(person.open("/scan/card.pdf").data)
