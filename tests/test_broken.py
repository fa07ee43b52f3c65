"""Every rule of the database that has a phrase is a rule of the database."""

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint

from lims.models import Base
from lims.models.broken import CHECKS, UNIQUE, rule_of


def test_each_check_with_a_phrase_exists():
    named = {
        str(each.name)
        for table in Base.metadata.tables.values()
        for each in table.constraints
        if isinstance(each, CheckConstraint)
    }

    assert not [name for name in CHECKS if not any(each.endswith(f"_{name}") for each in named)]


def test_each_unique_key_with_a_phrase_exists():
    keys = {
        (table.name, *(column.name for column in each.columns))
        for table in Base.metadata.tables.values()
        for each in (*table.constraints, *table.indexes)
        if isinstance(each, UniqueConstraint) or getattr(each, "unique", False)
    }

    assert set(UNIQUE) <= keys


@pytest.mark.parametrize(
    "message",
    [
        "UNIQUE constraint failed: line_clearance.station_id",
        'duplicate key value violates unique constraint "ux_line_clearance_open"',
    ],
)
def test_both_databases_are_understood(message):
    assert rule_of(message) == "a bench holds one patient at a time"


def test_the_longest_name_of_a_check_is_meant():
    message = 'violates check constraint "ck_line_clearance_opening_two_people"'

    assert rule_of(message) == "two different people clear a bench"


def test_a_rule_without_a_phrase_is_told_as_the_database_tells_it():
    assert rule_of("UNIQUE constraint failed: audit_entry.hash").endswith("audit_entry.hash")
