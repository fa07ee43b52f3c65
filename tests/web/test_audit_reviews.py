"""The page on which quality looks the audit trail through and signs."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import select

from lims import clock
from lims.models.audit_review import AuditReview
from tests import laboratory
from tests.laboratory import PASSWORD, STAFF, working

PAGE = "/trail-reviews/next"


def test_quality_signs_what_the_page_showed(signed_in, database):
    qa = signed_in("qa")

    answer = qa.send(PAGE, {"remark": "corrections and stops", "password-password": PASSWORD})

    with database.reading() as session:
        made = session.scalars(select(AuditReview)).one()
    assert answer.status_code == 303, answer.text
    page = qa.open(answer.location).text
    assert f"№ 1 – {made.last_entry}" in page
    assert "corrections and stops" in page


@pytest.fixture
def signed(signed_in, database):
    """The address of a review in which something was found."""
    found = {"remark": "corrections and stops", "findings": "a lot let through", "opens": "y"}
    answer = signed_in("qa").send(PAGE, {**found, "password-password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return answer.location


def on_paper(pdf):
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_signed_review_is_a_paper_that_says_what_was_signed(signed_in, signed, database):
    with database.reading() as session:
        made = session.scalars(select(AuditReview)).one()
        deviation, shown = made.deviation.code, made.signature.shown_sha256

    told = on_paper(signed_in("auditor").open(f"{signed}.pdf").data)

    assert f"№ 1 – {made.last_entry}" in told
    assert f"corrections and stops What was found a lot let through Deviation {deviation}" in told
    assert f"{STAFF['qa'][0]} reviewed" in told
    assert "valid" in told
    assert "The signature means: these entries were looked through" in told
    for sha256 in (made.last_hash, shown):
        assert sha256 in told.replace(" ", "")


def test_the_paper_of_a_review_says_how_much_there_was_to_look_at(signed_in, signed):
    qa = signed_in("qa")
    page = " ".join(re.sub("<[^>]+>", " ", qa.open(signed).text).split())
    (number,) = re.findall(r"Accounts and settings (\d+)", page)

    assert f"Accounts and settings {number}" in on_paper(qa.open(f"{signed}.pdf").data)


def test_the_paper_of_a_review_is_the_same_whenever_it_is_asked_for(signed_in, signed):
    first = signed_in("qa").open(f"{signed}.pdf").data
    signed_in("technician").open("/")

    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        assert signed_in("qa").open(f"{signed}.pdf").data == first


def test_a_russian_reader_has_the_paper_of_a_review_in_russian(signed_in, signed, database):
    with working(database) as session:
        laboratory.person(session, "qa").language = "ru"

    told = on_paper(signed_in("qa").open(f"{signed}.pdf").data)

    assert "Просмотр журнала изменений" in told
    assert "Подпись означает" in told


def test_no_paper_is_made_of_a_review_that_does_not_exist(signed_in):
    assert signed_in("qa").open("/trail-reviews/77.pdf").status_code == 404


def test_a_review_without_a_password_keeps_what_was_typed(signed_in, database):
    qa = signed_in("qa")

    answer = qa.send(PAGE, {"remark": "corrections and stops", "password-password": "wrong"})

    assert answer.status_code == 422
    assert "corrections and stops" in answer.text


def test_the_entries_of_one_matter_are_listed_alone(signed_in):
    qa = signed_in("qa")

    page = qa.open(f"{PAGE}?matter=accounts").text

    assert "Accounts and settings" in page
    assert qa.open(f"{PAGE}?matter=sign-ins").status_code == 200
