"""Contraindications: lasting ones refuse, passing ones postpone, some a physician overrides."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine

from lims import clock
from lims.errors import NotPermitted
from lims.models.contraindication import Occasion
from lims.models.patient import Marker, MarkerValue
from lims.permissions import Role
from lims.workflows import contraindication_checks as checks
from lims.workflows import contraindications, course_progress, markers, signing
from lims.workflows.contraindication_checks import Found
from lims.workflows.contraindication_list import ALL
from lims.workflows.contraindications import (
    CheckedTooEarly,
    LastingContraindication,
    LastingOverridable,
    NotChecked,
    PassingContraindication,
)
from lims.workflows.markers import Standing

TODAY = clock.today()


@pytest.fixture
def check(session, course, physician, proof_of):
    def checking(*found, occasion=Occasion.ENROLMENT, proof="own", by=physician, **values):
        given = proof_of(by) if proof == "own" else proof
        return checks.record_check(
            session, course, occasion=occasion, found=list(found), proof=given, by=by, **values
        )

    return checking


@pytest.fixture
def missing(session, course):
    def asking(occasion=Occasion.ENROLMENT, on=None, of=None):
        day = on or clock.today()
        return [
            type(point) for point in contraindications.missing(session, course, occasion, day, of)
        ]

    return asking


def test_there_are_sixteen_and_six_of_them_pass():
    assert [each.number for each in ALL] == list(range(1, 17))
    assert [each.number for each in ALL if not each.lasting] == [1, 2, 4, 5, 9, 16]


def test_nothing_found_lets_the_course_go_on(check, missing):
    check()

    assert missing() == []


def test_without_a_check_nothing_goes_on(missing):
    assert missing(Occasion.COLLECTION) == [NotChecked]


def test_a_lasting_one_refuses_and_a_passing_one_postpones(check, missing):
    check(Found(1, "cough"), Found(6))

    assert missing() == [PassingContraindication, LastingContraindication]


def test_the_next_check_counts_once_the_illness_is_over(check, missing):
    check(Found(1))
    check()

    assert missing() == []


def test_the_gate_names_everything_at_once(session, course, check):
    check(Found(3), Found(9), occasion=Occasion.COLLECTION)

    problems = contraindications.missing(session, course, Occasion.COLLECTION, TODAY)

    assert "over 10°" in problems[0].english()
    assert "pregnancy" in problems[1].english()


def test_a_check_for_collection_is_of_that_day(check, missing):
    check(occasion=Occasion.COLLECTION)

    assert missing(Occasion.COLLECTION) == []
    assert missing(Occasion.COLLECTION, on=TODAY + timedelta(days=3)) == [CheckedTooEarly]


def test_a_check_for_an_injection_is_of_its_session(course, check, missing):
    first, second = course.sessions
    check(occasion=Occasion.INJECTION, transplantation_session=first)

    assert missing(Occasion.INJECTION, of=first) == []
    assert missing(Occasion.INJECTION, of=second) == [NotChecked]


def test_an_injection_needs_its_session(check):
    with pytest.raises(checks.SessionNeeded):
        check(occasion=Occasion.INJECTION)


def test_what_the_policy_names_is_overridden_by_a_signature(check, missing):
    signed = check(Found(3, "12°", override_reason="corrected by an insole"))

    assert missing() == []
    assert signed.findings[0].override_signature_id is not None


def test_what_the_policy_does_not_name_is_not_overridden(check):
    with pytest.raises(checks.NotOverridable):
        check(Found(8, override_reason="in remission"))


def test_an_override_without_a_password_is_refused(check):
    with pytest.raises(checks.OverrideUnsigned):
        check(Found(3, override_reason="insole"), proof=None)


def test_an_override_is_void_once_what_was_signed_changes(session, check):
    signed = check(Found(3, "12°", override_reason="insole"))
    signature = session.get(signing.Signature, signed.findings[0].override_signature_id)
    shown = checks.shown_for_override(signed, signed.findings)
    assert signing.still_valid(signature, shown)

    signed.findings[0].note = "22°"

    assert not signing.still_valid(signature, checks.shown_for_override(signed, signed.findings))


def test_only_a_physician_checks(check, technician):
    assert not technician.has(Role.PHYSICIAN)
    with pytest.raises(NotPermitted):
        check(by=technician)


def test_a_number_beyond_sixteen_is_refused(check):
    with pytest.raises(checks.NotAmongThem):
        check(Found(17))


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(1946, 1, 1), []),
        (date(1945, 1, 1), [LastingOverridable]),
        (date(2008, 1, 1), []),
        (date(2008, 6, 1), [LastingOverridable]),
    ],
)
def test_age_counts_at_the_planned_day(session, patient, course, check, missing, born, expected):
    patient.birth_date = born
    with time_machine.travel("2026-03-01T09:00:00Z", tick=False):
        for planned, day in zip(course.sessions, ("2026-04-05", "2026-05-05"), strict=True):
            planned.planned_on = date.fromisoformat(day)
        session.flush()
        check()

        assert missing() == expected


def test_own_cells_at_81_reach_the_override(session, patient, check, missing):
    patient.birth_date = TODAY.replace(year=TODAY.year - 81, day=1)
    session.flush()
    check()
    assert missing() == [LastingOverridable]

    check(Found(15, override_reason="own frozen cells, fit"))

    assert missing() == []


def reactive(session, patient, physician):
    markers.record_markers(
        session,
        patient,
        sampled_on=clock.today(),
        values={Marker.ANTI_HCV: MarkerValue.REACTIVE},
        by=physician,
    )


def test_a_reactive_marker_excludes(session, patient, check, missing, physician):
    check()
    reactive(session, patient, physician)

    assert missing() == [LastingContraindication]


def test_a_reactive_marker_excludes_nobody_where_the_policy_isolates(session, patient):
    isolating = replace(contraindications.rules(session), isolates=True)
    known = {Marker.HIV: Standing.REACTIVE}

    assert contraindications.computed(isolating, patient.birth_date, [TODAY], known) == {}


def test_antibiotics_of_the_stock_are_shown_for_comparison(session):
    found = {item.name: item.antibiotics for item in contraindications.antibiotics(session)}

    assert found == {"Penicillin–streptomycin": "penicillin, streptomycin"}


def test_an_ended_course_is_not_checked(session, course, check, physician):
    course_progress.exclude_course(session, course, reason="cancer", by=physician)

    with pytest.raises(checks.CourseEnded):
        check()


@pytest.fixture
def once_outdated():
    with time_machine.travel(clock.now() + timedelta(days=401), tick=False):
        yield


def test_where_the_markers_are_outdated_a_person_answers_for_them(once_outdated, check, missing):
    check(Found(12, "reactive elsewhere"))

    assert missing() == [LastingContraindication]


def test_what_a_person_said_of_known_markers_does_not_count(check, missing):
    check(Found(12, "reactive elsewhere"))

    assert missing() == []


def test_a_note_beside_an_absent_one_is_kept_and_bars_nothing(check, missing):
    made = check(absent={3: "legs measured"})

    assert [(each.number, each.note) for each in made.absences] == [(3, "legs measured")]
    assert missing() == []


def test_a_note_beside_none_of_them_is_refused(check):
    with pytest.raises(checks.NotAmongThem):
        check(absent={17: "nothing"})


def test_of_one_that_is_present_no_absence_is_noted(check):
    assert check(Found(3, "12 degrees"), absent={3: "legs measured"}).absences == []
