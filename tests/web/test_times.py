"""Days and moments typed in the site's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from werkzeug.datastructures import MultiDict
from wtforms import Form

from lims.web.times import DateField, MomentField, NowField, in_utc


class Recording(Form):
    at = NowField("At")


@pytest.mark.parametrize("text", ["04.02.1961", "4.2.1961", "1961-02-04"])
def test_a_day_is_read_as_people_and_browsers_write_it(typed, text):
    assert typed(DateField("Born"), text).data == date(1961, 2, 4)


@pytest.mark.parametrize("text", ["31.02.1961", "1961-13-01", "today", "04.02.61", "4.2.0019"])
def test_a_day_that_is_none_is_refused_and_kept(typed, text):
    field = typed(DateField("Born"), text)

    assert field.errors
    assert field._value() == text


@pytest.mark.parametrize("text", ["21.11.2026 14:05", "2026-11-21T14:05", "2026-11-21 14:05"])
def test_a_moment_of_the_site_is_kept_in_utc(typed, text):
    assert typed(MomentField("At"), text).data == datetime(2026, 11, 21, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["21.11.2026", "14:05", "21.11.2026 25:00", "2026-02-30T10:00"])
def test_half_a_moment_is_refused(typed, text):
    assert typed(MomentField("At"), text).errors


def test_an_hour_the_clocks_skipped_is_refused():
    with pytest.raises(ValueError, match="skipped"):
        in_utc(datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")))


def test_a_moment_whose_day_cannot_be_read_is_asked_for_with_its_time(typed):
    [problem] = typed(MomentField("At"), "23.11.26 10:44").errors

    assert str(problem) == "Give the day and the time: 21.11.2026 14:05."


OPENED, SENT = (datetime(2026, 11, 21, 11, minute, 20, tzinfo=UTC) for minute in (5, 47))


@pytest.mark.parametrize(
    ("proposed", "data"),
    [
        ("21.11.2026 14:05", SENT),
        ("21.11.2026 13:58", datetime(2026, 11, 21, 11, 5, tzinfo=UTC)),
        ("", datetime(2026, 11, 21, 11, 5, tzinfo=UTC)),
    ],
)
def test_a_time_left_as_the_page_proposed_it_is_when_it_is_sent(english, proposed, data):
    with time_machine.travel(SENT, tick=False):
        sent = Recording(MultiDict({"at": "21.11.2026 14:05", "at-proposed": proposed}))

    assert sent.at.data == data


def test_a_time_is_proposed_beside_what_it_is_compared_with(english):
    with time_machine.travel(OPENED, tick=False):
        shown = str(Recording().at())

    assert shown.count('value="21.11.2026 14:05"') == 2
    assert 'name="at-proposed"' in shown


def test_of_a_time_that_was_recorded_nothing_is_proposed(english):
    with time_machine.travel(OPENED, tick=False):
        assert 'name="at-proposed" value=""' in str(Recording(at=OPENED).at())
