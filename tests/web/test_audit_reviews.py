"""The page on which quality looks the audit trail through and signs."""

from sqlalchemy import select

from lims.models.audit_review import AuditReview
from tests.laboratory import PASSWORD

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
