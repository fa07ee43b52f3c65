from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from lims.records.canonical import canonical, digest
from tests.records import examples


def test_names_are_sorted_and_nothing_is_padded():
    assert canonical({"б": 1, "a": (None, True)}) == '{"a":[null,true],"б":1}'.encode()


def test_a_decimal_keeps_the_places_it_was_entered_with():
    assert canonical([Decimal("5.10"), Decimal("1E+3")]) == b'["5.10","1000"]'


def test_a_moment_is_spelled_in_utc_whatever_its_zone():
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    in_minsk = noon.astimezone(timezone(timedelta(hours=3)))

    assert canonical(noon) == canonical(in_minsk) == b'"2026-11-21T12:00:00.000000Z"'


def test_a_day_is_not_a_moment():
    assert canonical(date(2026, 11, 21)) == b'"2026-11-21"'


def test_a_photograph_is_spelled_by_its_hash():
    assert b"sha256" in canonical(examples.photo())


@pytest.mark.parametrize(
    "value",
    [1.5, datetime(2026, 11, 21), Decimal("NaN"), {1: 2}, object(), int],  # noqa: DTZ001
)
def test_what_has_no_one_spelling_is_refused(value):
    with pytest.raises(TypeError):
        canonical(value)


def test_the_same_values_have_the_same_hash():
    assert digest(examples.batch_record()) == digest(examples.batch_record())


def test_one_changed_value_deep_inside_changes_the_hash():
    record = examples.batch_record()
    reading = replace(record.steps[1].readings[0], value=9_000_001)
    step = replace(record.steps[1], readings=(reading,))

    assert digest(replace(record, steps=(step,))) != digest(
        replace(record, steps=record.steps[1:2])
    )
