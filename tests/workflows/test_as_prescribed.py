"""What is planned beside what is prescribed: asked about when it is made, told, reviewed."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lims.errors import FieldError
from lims.workflows import as_prescribed, courses, sessions, unusual
from lims.workflows.as_prescribed import PlannedToo
from tests.laboratory import clinic
from tests.workflows.test_courses import INJECTION, plan

LESS = replace(INJECTION, cells=20_000_000, volume_ml=Decimal("2.5"))


@pytest.fixture
def change(session, course, physician):
    """Prescribe 20 million in 2.5 mL from now on."""

    def changing(planned_too=None):
        now = replace(
            clinic.PRESCRIPTION, prescribed_cells=LESS.cells, prescribed_volume_ml=LESS.volume_ml
        )
        return courses.change_course(
            session,
            course,
            version=course.version,
            prescription=now,
            reason="read again",
            planned_too=planned_too,
            by=physician,
        )

    return changing


def change_session(session, planned, physician, **values):
    given = {
        "version": sessions.version_of(planned),
        "planned_on": planned.planned_on,
        "injections": sessions.as_planned(planned),
        "reason": "the knee was seen again",
    }
    return sessions.change_session(session, planned, **(given | values), by=physician)


def test_a_session_unlike_the_prescription_asks_why(session, course, physician):
    with pytest.raises(FieldError) as refusal:
        plan(session, course, physician, injections=[LESS])

    assert refusal.value.field == "otherwise"
    assert plan(session, course, physician, injections=[LESS], otherwise="a small joint")


def test_a_change_away_from_the_prescription_asks_why(session, course, physician):
    planned = course.sessions[0]
    with pytest.raises(FieldError) as refusal:
        change_session(session, planned, physician, injections=[LESS])

    assert refusal.value.field == "otherwise"
    change_session(session, planned, physician, injections=[LESS], otherwise="a small joint")
    assert [type(told) for told in as_prescribed.of_session(planned)] == [
        as_prescribed.PlannedOtherwise
    ]


def test_what_was_answered_for_once_is_not_asked_again(session, course, physician):
    planned = plan(session, course, physician, injections=[LESS], otherwise="a small joint")

    assert change_session(session, planned, physician, planned_on=planned.planned_on)


def test_a_second_injection_into_one_joint_asks_why(session, course, physician):
    with pytest.raises(FieldError) as refusal:
        plan(session, course, physician, injections=[INJECTION, INJECTION])

    assert refusal.value.field == "otherwise"


def test_a_changed_prescription_asks_what_becomes_of_the_sessions(course, change):
    with pytest.raises(FieldError) as refusal:
        change()

    assert refusal.value.field == "planned_too"


def test_planned_injections_change_with_the_prescription(course, change):
    change(PlannedToo.FOLLOW)

    assert {(each.cells, each.volume_ml) for one in course.sessions for each in one.administrations
            } == {(LESS.cells, LESS.volume_ml)}  # fmt: skip


def test_planned_injections_that_stay_are_told(course, change):
    change(PlannedToo.STAY)

    assert all(as_prescribed.of_session(one) for one in course.sessions)


def test_a_dose_filled_otherwise_than_prescribed_is_found_in_review(
    session, treatment, course, physician
):
    planned = course.sessions[0]
    more = replace(INJECTION, cells=49_000_000)
    change_session(session, planned, physician, injections=[more], otherwise="as agreed")
    fill = treatment.filled(course)

    found = [each for each in unusual.exceptions(session, fill)
             if isinstance(each.what, as_prescribed.FilledOtherwise)]  # fmt: skip
    assert [each.where for each in found] == [fill.doses[0].code]
