"""The pages of the trends: for whom, and that each value leads to its batch."""

import re

import pytest

from tests.labels.printed import text_of
from tests.laboratory import clinic
from tests.laboratory.treatment import treating


def story(database, stage):
    """A released dose; the code of its batch."""
    with treating(database) as treatment:
        (dose,) = treatment.released(clinic.course(treatment.session, "ivanova"))
        return dose.fill.batch.code


@pytest.fixture
def database(committed):
    return committed.database


@pytest.mark.parametrize("login", ["qa", "lead", "auditor"])
def test_quality_the_lead_and_the_auditor_see_each_figure(signed_in, login):
    page = signed_in(login).open("/trends/").text

    assert 'href="/trends/viability_pct"' in page


@pytest.mark.parametrize("login", ["technician", "physician"])
def test_others_do_not(signed_in, login):
    assert signed_in(login).open("/trends/").status_code == 403


def test_a_value_leads_to_its_batch_from_the_picture_and_from_the_table(signed_in, codes):
    page = signed_in("qa").open("/trends/viability_pct").text.partition("<main")[2]
    picture, _, rest = page.partition("</svg>")

    assert f'href="/batches/{codes}"' in picture
    assert f'href="/batches/{codes}"' in rest


def test_a_figure_that_nobody_measures_has_no_page(signed_in):
    assert signed_in("qa").open("/trends/luck").status_code == 404


def test_before_the_first_batches_nothing_is_drawn(signed_in):
    page = signed_in("qa").open("/trends/viability_pct?after=1").text

    assert "None of these batches has a value of it yet." in page


def review(visitor, address="/trends/review.pdf"):
    return text_of(visitor.open(address).data)


def test_the_review_of_a_period_is_printed_with_its_values(signed_in, codes):
    said = review(signed_in("qa"))

    assert "Product quality review" in said
    assert codes in said
    assert re.search(r"page 1 of \d+", said)


def test_the_review_speaks_the_language_of_who_asks(signed_in):
    qa = signed_in("qa")
    qa.send("/account", {"language": "ru"}, "/account/language")

    assert "Обзор качества продукта" in review(qa)


def test_the_review_leaves_out_what_was_begun_at_another_time(signed_in, codes):
    said = review(signed_in("qa"), "/trends/review.pdf?from=01.01.2020&to=31.12.2020")

    assert codes not in said
    assert "No batch has been measured yet." in said


def test_what_is_no_day_is_said(signed_in):
    answer = signed_in("qa").open("/trends/review.pdf?from=yesterday")

    assert answer.status_code == 422
    assert "A day is written 04.02.2026" in answer.text


def test_who_may_not_see_the_trends_gets_no_review(signed_in):
    assert signed_in("technician").open("/trends/review.pdf").status_code == 403
