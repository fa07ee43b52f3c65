"""The page of the calendar: which days it shows, and the ways between them."""

import pytest
import time_machine


@pytest.fixture
def sunday():
    with time_machine.travel("2026-11-22T09:00:00Z", tick=False):
        yield


def test_it_opens_on_today_and_the_six_days_after(signed_in, sunday):
    page = signed_in("technician").open("/calendar/").text

    assert page.count("<li class=") >= 7
    assert 'datetime="2026-11-28"' in page
    assert 'datetime="2026-11-21"' not in page
    assert 'aria-current="date"' in page


def test_a_month_is_five_whole_weeks(signed_in, sunday):
    assert 'datetime="2026-11-16"' in signed_in("lead").open("/calendar/?span=month").text


def test_the_week_before_and_after_are_a_click_away(signed_in, sunday):
    page = signed_in("lead").open("/calendar/?day=2026-12-02").text

    assert "/calendar/?day=2026-11-25&amp;span=week" in page
    assert "/calendar/?day=2026-12-09&amp;span=week" in page


@pytest.mark.parametrize("asked", ["day=tomorrow", "day=9999-01-01", "span=year"])
def test_what_names_no_day_has_no_page(signed_in, asked):
    assert signed_in("lead").open(f"/calendar/?{asked}").status_code == 404
