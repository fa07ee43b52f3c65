from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.records.examples import ENGLISH, at

RUSSIAN = replace(ENGLISH, language="ru")


@pytest.mark.parametrize(
    ("value", "places", "english", "russian"),
    [
        (Decimal("79.96"), 1, "80.0", "80,0"),
        (Decimal("79.96"), None, "79.96", "79,96"),
        (Decimal("-0.9250"), 2, "−0.93", "−0,93"),
        (1234, None, "1234", "1234"),
        (9_000_000, None, "9\u202f000\u202f000", "9\u202f000\u202f000"),
        (Decimal("0.125"), 2, "0.13", "0,13"),
    ],
)
def test_numbers_are_written_as_the_language_does(value, places, english, russian):
    assert ENGLISH.number(value, places) == english
    assert RUSSIAN.number(value, places) == russian


def test_a_moment_is_the_sites_time_with_its_offset():
    assert ENGLISH.moment(at(0)) == "22 Oct 2026 10:20 (+03:00)"
    assert RUSSIAN.moment(at(0)) == "22.10.2026 10:20 (+03:00)"


def test_a_day_alone_in_the_place_of_a_moment_says_that_it_has_no_hour():
    assert ENGLISH.moment(date(2019, 5, 31)) == "31 May 2019, hour not recorded"
    assert ENGLISH.value(date(2019, 5, 31)) == "31 May 2019"


def test_the_day_of_a_moment_is_the_day_at_the_site():
    late = datetime(2026, 11, 21, 22, 49, tzinfo=UTC)

    assert ENGLISH.day(late) == "22 Nov 2026"
    assert RUSSIAN.day(late) == "22.11.2026"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "yes"),
        (False, "no"),
        ("<0.05", "<0.05"),
        (date(2027, 3, 1), "1 Mar 2027"),
    ],
)
def test_every_kind_of_value_can_be_written(value, shown):
    assert ENGLISH.value(value) == shown
