"""The audit trail is reviewed again and again, without a gap, and each review is signed."""

import itertools
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.exc import DBAPIError

from lims.errors import FieldError, NotPermitted, Stale
from lims.models.audit_review import AuditReview
from lims.workflows import agenda, audit_reviews, people, signing
from lims.workflows.audit_reviews import Matter, NothingToReview
from lims.workflows.signing import Proof, sha256_of
from lims.workflows.specifications import current, limit
from tests.laboratory import person

KEYS = itertools.count()


def review(database, login="qa", **said):
    """`login` signs for all that was recorded since the last review."""
    with database.reading() as session:
        by, span = person(session, login), audit_reviews.next_span(session)
    proof = Proof(by.id, by.full_name, seen=sha256_of(span.shown()) if span else None)
    told = {"remark": "corrections", "findings": None, "opens_deviation": False, "proof": proof}
    given = {"last": span.last if span else 0} | told | said
    key = f"review {next(KEYS)}"
    command = audit_reviews.review_audit_trail
    return database.run(command, by.id, key=key, arguments=lambda _: given)


def test_a_review_is_of_all_that_was_recorded_and_is_signed(database):
    made = review(database)

    with database.reading() as session:
        signature = session.get_one(AuditReview, made.id).signature
        assert made.first_entry == 1
        assert signature.user_id == person(session, "qa").id
        assert signing.still_valid(signature, audit_reviews.shown_of(made))


def test_the_next_review_begins_where_the_last_one_ended(database):
    first = review(database)

    assert review(database).first_entry == first.last_entry + 1


def test_a_long_trail_is_reviewed_part_by_part_and_stays_due_until_all_is(database, monkeypatch):
    monkeypatch.setattr(audit_reviews, "MOST_AT_ONCE", 20)
    with database.reading() as session:
        span = audit_reviews.next_span(session)
        days = float(limit(current(session), audit_reviews.INTERVAL))
    assert (span.first, span.last) == (1, 20)
    assert span.left >= 20

    with time_machine.travel(span.until + timedelta(days=days)):
        assert len(due(database)) == 1
        made = review(database)
        assert made.last_entry == 20
        assert len(due(database)) == 1


def test_only_quality_reviews_the_trail(database):
    with pytest.raises(NotPermitted):
        review(database, "auditor")


def test_what_was_not_shown_is_not_signed(database):
    with database.reading() as session:
        span = audit_reviews.next_span(session)

    with pytest.raises(Stale):
        review(database, last=span.last - 1)


def test_a_reviewer_says_what_they_looked_at(database):
    with pytest.raises(FieldError, match="what you looked at"):
        review(database, remark=" ")


def test_a_deviation_is_opened_for_what_was_found_alone(database):
    with pytest.raises(FieldError, match="what was found"):
        review(database, opens_deviation=True)

    made = review(database, findings="a count was corrected twice", opens_deviation=True)
    with database.reading() as session:
        opened = session.get_one(AuditReview, made.id).deviation
        assert opened.description == "a count was corrected twice"


def test_nothing_is_reviewed_twice(database):
    made = review(database)

    with pytest.raises(NothingToReview):
        review(database, last=made.last_entry)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_review SET remark = 'another'",
        "DELETE FROM audit_review",
        "INSERT INTO audit_review (id, first_entry, last_entry, last_hash, remark,"
        " reviewed_by_id, reviewed_at) SELECT 99, last_entry + 2, last_entry + 3, last_hash,"
        " remark, reviewed_by_id, reviewed_at FROM audit_review",
    ],
    ids=["changed", "deleted", "with a gap"],
)
def test_the_database_lets_no_review_be(database, change):
    review(database)

    with database.engine.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql(change)


def test_changes_of_accounts_are_counted_and_listed(database):
    review(database)
    with database.reading() as session:
        administrator = person(session, "administrator")
    database.run(
        people.disable_person,
        administrator.id,
        key="disabled",
        arguments=lambda session: {"person": person(session, "technician"), "reason": "left"},
    )

    with database.reading() as session:
        span = audit_reviews.next_span(session)
        listed = session.scalars(audit_reviews.entries(span, Matter.ACCOUNTS)).all()
        assert audit_reviews.figures(session, span)[Matter.ACCOUNTS] == len(listed) >= 1
        assert {each.command for each in listed} == {"disable_person"}


def test_the_review_is_due_when_the_interval_of_the_specification_is_over(database):
    made = review(database)
    with database.reading() as session:
        days = limit(current(session), audit_reviews.INTERVAL)

    assert due(database) == []
    with time_machine.travel(made.reviewed_at + timedelta(days=float(days))):
        (waiting,) = due(database)
    assert waiting.due.date() == (made.reviewed_at + timedelta(days=float(days))).date()


def due(database):
    with database.reading() as session:
        found = agenda.of(session, person(session, "qa"), most=50).items
        return [each for each in found if each.task == "audit_review"]
