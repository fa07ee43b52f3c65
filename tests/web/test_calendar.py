"""The page of the calendar: which days it shows, and the ways between them."""

import pytest
import time_machine


@pytest.fixture
def sunday():
    with time_machine.travel("2026-11-22T09:00:00Z", tick=False):
        yield


def test_it_opens_on_this_week_from_monday_on(signed_in, sunday):
    page = signed_in("technician").open("/calendar/").text

    assert page.count("<li class=") >= 7
    assert 'datetime="2026-11-16"' in page
    assert 'aria-current="date"' in page


def test_the_week_before_and_after_are_a_click_away(signed_in, sunday):
    page = signed_in("lead").open("/calendar/?day=2026-12-02").text

    assert "/calendar/?day=2026-11-23&amp;span=week" in page
    assert "/calendar/?day=2026-12-07&amp;span=week" in page


@pytest.mark.parametrize("asked", ["day=tomorrow", "day=9999-01-01", "span=year"])
def test_what_names_no_day_has_no_page(signed_in, asked):
    assert signed_in("lead").open(f"/calendar/?{asked}").status_code == 404
