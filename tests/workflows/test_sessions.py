"""Transplantation sessions: planned ahead with their injections, moved, changed, cancelled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims import clock
from lims.errors import FieldError, Stale
from lims.models.course import CourseStatus
from lims.models.site import Side
from lims.workflows import course_progress, sessions
from tests.workflows.test_courses import INJECTION, plan

RIGHT = replace(INJECTION, side=Side.RIGHT)


@pytest.fixture
def planned(course):
    return course.sessions[0]


@pytest.fixture
def change(session, planned, physician):
    def changing(**values):
        given = {
            "version": sessions.version_of(planned),
            "planned_on": planned.planned_on,
            "injections": sessions.as_planned(planned),
            "reason": "the patient asked",
        }
        return sessions.change_session(session, planned, **(given | values), by=physician)

    return changing


def test_a_session_has_a_code_a_number_and_its_injections(session, course, physician):
    third = plan(session, course, physician, ahead=200, injections=[INJECTION, RIGHT])

    assert third.code.startswith("SN")
    assert third.number == 3
    assert sessions.as_planned(third) == [INJECTION, RIGHT]


def test_no_session_is_planned_in_the_past(session, course, physician):
    with pytest.raises(FieldError) as refusal:
        plan(session, course, physician, ahead=-3)

    assert refusal.value.field == "planned_on"


def test_a_session_without_an_injection_is_refused(session, course, physician):
    with pytest.raises(sessions.NothingPlanned):
        plan(session, course, physician, injections=[])


def test_an_injection_outside_the_specification_is_refused(session, course, physician):
    with pytest.raises(FieldError):
        plan(session, course, physician, injections=[replace(INJECTION, cells=10**9)])


def test_an_ended_course_gets_no_session(session, course, physician):
    course_progress.exclude_course(session, course, reason="cancer", by=physician)

    with pytest.raises(sessions.CourseEnded):
        plan(session, course, physician)


def test_a_second_session_of_a_joint_on_one_day_asks_why(session, course, physician):
    plan(session, course, physician, ahead=300)

    with pytest.raises(FieldError) as refusal:
        plan(session, course, physician, ahead=300)

    assert refusal.value.field == "reason"
    assert plan(session, course, physician, ahead=300, reason="the other half after a rest")
    assert plan(session, course, physician, ahead=300, injections=[RIGHT])


def test_a_session_moves_to_another_day(change):
    day = clock.today() + timedelta(days=50)

    assert change(planned_on=day).planned_on == day


def test_injections_are_changed_and_added(change):
    assert sessions.as_planned(change(injections=[RIGHT, INJECTION])) == [RIGHT, INJECTION]


def test_a_change_of_the_injections_alone_makes_other_pages_stale(change, planned):
    seen = sessions.version_of(planned)
    change(injections=[RIGHT])

    with pytest.raises(Stale):
        change(version=seen)


def test_a_cancelled_session_stays_with_its_reason(session, course, planned, physician):
    sessions.cancel_session(
        session,
        planned,
        version=sessions.version_of(planned),
        reason="the operating unit is closed",
        by=physician,
    )

    assert planned in course.sessions
    assert planned.cancelled_reason == "the operating unit is closed"


def test_a_cancelled_session_is_not_changed(session, planned, change, physician):
    sessions.cancel_session(
        session, planned, version=sessions.version_of(planned), reason="closed", by=physician
    )

    with pytest.raises(sessions.Cancelled):
        change()


def test_a_session_of_a_running_course_may_be_added(session, course, physician):
    for status in ("collecting", "manufacturing", "dose_ready", "treating"):
        sessions.courses.states.move(session, course, CourseStatus(status))

    assert plan(session, course, physician).number == 3
