"""A session that no cells grow for yet is told against what a first dose usually takes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lims import clock
from lims.models.course import Course
from lims.workflows import before_culture, course_forecasts
from lims.workflows.forecast import Timeliness


@pytest.fixture
def sessions_in(session, course):
    """Move both sessions of the course; the sessions of everybody else are far off."""

    def moved(days):
        for other in session.scalars(select(Course)):
            for each in other.sessions:
                ahead = days if other is course else 900
                each.planned_on = clock.today() + timedelta(days=ahead)
        session.flush()

    return moved


def test_a_session_tomorrow_without_any_cells_is_at_risk(session, course, sessions_in):
    sessions_in(1)

    assert course_forecasts.at_risk(course_forecasts.under_way(session)) == [course.id]
    listed = course_forecasts.of_courses(session, [course])[course.id]
    assert listed.timeliness is Timeliness.WILL_MISS


def test_a_session_far_off_is_not(session, course, sessions_in):
    sessions_in(300)

    assert course_forecasts.at_risk(course_forecasts.under_way(session)) == []


def test_a_session_that_was_cancelled_waits_for_nothing(session, course, sessions_in):
    sessions_in(1)
    for each in course.sessions:
        each.cancelled_reason = "the patient asked"
    session.flush()

    assert before_culture.every(session).get(course.id) is None


def test_what_planning_is_told_needs_no_session(session, course, sessions_in):
    told = before_culture.if_begun_today(session, course)

    assert told is not None
    assert clock.today() + timedelta(days=10) < told.forecast.expected
