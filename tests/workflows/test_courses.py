"""Courses: prescribed within the specification, eligible, postponed, ended."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lims import clock
from lims.errors import FieldError, Stale, WrongState
from lims.models.contraindication import Occasion
from lims.models.course import CourseStatus, Indication
from lims.models.patient import ConsentKind
from lims.models.site import Joint, Side
from lims.workflows import (
    consents,
    contraindication_checks,
    course_progress,
    courses,
    sessions,
    states,
)
from lims.workflows.planned_injections import Injection
from tests.laboratory import clinic

INJECTION = Injection(Joint.KNEE, Side.LEFT, clinic.CELLS, clinic.VOLUME_ML)


def order(session, patient, by, **values):
    return courses.order_course(
        session, patient, prescription=replace(clinic.PRESCRIPTION, **values), by=by
    )


def plan(session, course, by, *, ahead=40, injections=(INJECTION,), **said):
    day = clock.today() + timedelta(days=ahead)
    return sessions.plan_session(
        session, course, planned_on=day, injections=list(injections), **said, by=by
    )


def prepared(session, course, by):
    """`course` made eligible: a session planned, the contraindications asked."""
    plan(session, course, by)
    contraindication_checks.record_check(
        session, course, occasion=Occasion.ENROLMENT, found=[], by=by
    )
    return course_progress.declare_eligible(session, course, by=by)


def test_a_course_begins_as_an_enquiry_with_the_next_number(session, patient, physician):
    second = order(session, patient, physician)

    assert (second.status, second.number) == (CourseStatus.ENQUIRY, 2)
    assert second.physician_id == physician.id


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"prescribed_cells": 1_999_999}, "prescribed_cells"),
        ({"prescribed_cells": 100_000_001}, "prescribed_cells"),
        ({"prescribed_volume_ml": Decimal("5.001")}, "prescribed_volume_ml"),
        ({"indication": Indication.OTHER}, "indication_note"),
        ({"baseline_mri_on": date(2199, 1, 1)}, "baseline_mri_on"),
        ({"grade": "9"}, "grade"),
        ({"grade": "much"}, "grade"),
    ],
)
def test_what_is_not_prescribable_is_refused_beside_its_field(
    session, patient, physician, values, field
):
    with pytest.raises(FieldError) as refusal:
        order(session, patient, physician, **values)

    assert refusal.value.field == field


@pytest.mark.parametrize("grade", ["0", "III", "IV", "2", "II-III", "2–3"])
def test_a_grade_of_the_scale_is_taken(session, patient, physician, grade):
    assert order(session, patient, physician, grade=grade).grade == grade


def test_all_that_speaks_against_a_prescription_is_told_at_once(session, patient, physician):
    with pytest.raises(FieldError) as refusal:
        order(
            session,
            patient,
            physician,
            prescribed_cells=1,
            prescribed_volume_ml=Decimal(9),
            baseline_mri_on=date(2199, 1, 1),
        )

    told = [refusal.value, *refusal.value.also]
    assert [each.field for each in told] == [
        "baseline_mri_on", "prescribed_cells", "prescribed_volume_ml",
    ]  # fmt: skip


def test_the_attending_physician_is_one_who_may_order(session, patient, physician, technician):
    with pytest.raises(courses.NotAPhysician):
        courses.order_course(
            session,
            patient,
            prescription=clinic.PRESCRIPTION,
            physician=technician,
            by=physician,
        )


def change(session, course, by, version=None, **values):
    return courses.change_course(
        session,
        course,
        version=course.version if version is None else version,
        prescription=replace(clinic.PRESCRIPTION, **values),
        reason="X-ray read again",
        by=by,
    )


def test_a_prescription_changes_before_manufacture(session, course, physician):
    assert change(session, course, physician, grade="III").grade == "III"


def test_a_prescription_from_an_old_page_is_refused(session, course, physician):
    with pytest.raises(Stale):
        change(session, course, physician, version=99)


@pytest.mark.parametrize("ended", [False, True])
def test_a_prescription_stands_once_cells_are_made_or_the_course_ended(
    session, course, physician, ended
):
    for status in (CourseStatus.COLLECTING, CourseStatus.MANUFACTURING):
        states.move(session, course, status)
    if ended:
        states.move(session, course, CourseStatus.EXCLUDED)
    else:
        course_progress.postpone_course(session, course, reason="flu", by=physician)

    with pytest.raises(courses.TooLateToChange):
        change(session, course, physician, grade="III")


def test_a_course_without_session_check_or_markers_is_not_eligible(session, patient, physician):
    course = order(session, patient, physician)

    with pytest.raises(course_progress.NotEligible) as refusal:
        course_progress.declare_eligible(session, course, by=physician)

    assert "plan the first one" in refusal.value.english()
    assert "not checked" in refusal.value.english()


def test_an_eligible_course_of_a_consenting_patient_is_consented(session, patient, physician):
    course = prepared(session, order(session, patient, physician), physician)

    assert course.status == CourseStatus.CONSENTED


def test_a_postponed_course_goes_on_where_it_was_left(session, course, physician):
    course_progress.postpone_course(session, course, reason="flu", by=physician)
    assert course.status == CourseStatus.POSTPONED

    course_progress.resume_course(session, course, reason="well again", by=physician)

    assert (course.status, course.postponed_from) == (CourseStatus.CONSENTED, None)


def test_only_a_postponed_course_is_taken_up_again(session, course, physician):
    with pytest.raises(course_progress.NotPostponed):
        course_progress.resume_course(session, course, reason="?", by=physician)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (course_progress.withdraw_course, CourseStatus.WITHDRAWN),
        (course_progress.exclude_course, CourseStatus.EXCLUDED),
    ],
)
def test_a_course_ends_with_a_reason_and_stays_ended(session, course, physician, end, status):
    assert end(session, course, reason="moved abroad", by=physician).status == status

    with pytest.raises(WrongState):
        course_progress.postpone_course(session, course, reason="?", by=physician)


def test_a_course_is_completed_after_its_follow_up_only(session, course, physician):
    with pytest.raises(WrongState):
        course_progress.complete_course(session, course, reason="done", by=physician)
    for status in ("collecting", "manufacturing", "dose_ready", "treating", "follow_up"):
        states.move(session, course, CourseStatus(status))

    done = course_progress.complete_course(session, course, reason="no pain", by=physician)

    assert done.status == CourseStatus.COMPLETED


def test_consents_in_the_clinic_are_of_all_three_kinds(session, patient):
    assert set(consents.in_force(session, patient)) == set(ConsentKind)
