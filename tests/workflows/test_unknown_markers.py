"""Infection markers that are not known any more are told wherever a dose or cells go on."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm.attributes import set_committed_value

from lims import clock
from lims.models.contraindication import Occasion
from lims.models.patient import Marker, MarkerValue
from lims.workflows import (
    administering,
    contraindications,
    dose_gate,
    dose_warnings,
    markers,
    order_gate,
    past_checks,
    specifications,
    unknown_markers,
    unusual,
)
from lims.workflows.unknown_markers import Awaited, NeverTested, Outdated
from tests.laboratory.desk import Desk
from tests.laboratory.quality import days_later

LONG_AFTER = 4000
"""Days: no result is valid for so long."""


@pytest.fixture
def refusing(session):
    """The specification in force lets nothing go on with markers that are not known."""
    [row] = [
        each for each in specifications.current(session).policies if each.name == "unknown_markers"
    ]
    set_committed_value(row, "word", "refuse")
    return row  # or it would be read anew


@pytest.fixture
def awaited(session, patient, physician):
    """New blood was taken today, and its results are not here yet."""
    markers.record_markers(
        session,
        patient,
        sampled_on=clock.today(),
        values=dict.fromkeys(Marker, MarkerValue.PENDING),
        by=physician,
    )


@pytest.fixture
def dose(treatment, course):
    (released,) = treatment.released(course)
    return released


@pytest.fixture
def order(orders, course):
    orders.released(course)
    return orders.thaw(course)


def rests_on(session, dose):
    """What is told of the last answers for the session of `dose`."""
    sitting = dose.session
    check = contraindications.latest_check(session, sitting.course, Occasion.INJECTION, sitting)
    return past_checks.of_answers(session, dose.patient, check)


def types_of(found):
    return {type(each) for each in found}


def test_known_markers_are_not_told(session, patient):
    assert unknown_markers.told(session, patient, clock.today()) == []


def test_outdated_markers_are_told_with_their_days(session, patient):
    [latest, *_others] = markers.results(session, patient)
    after = latest.valid_until + unknown_markers.A_DAY

    [told] = unknown_markers.told(session, patient, after)

    assert isinstance(told, Outdated)
    assert f"Last known {latest.sampled_on}, outdated since {after}" in told.english()


def test_markers_never_tested_are_told(session, patient):
    before = markers.results(session, patient)[-1].sampled_on - unknown_markers.A_DAY

    assert types_of(unknown_markers.told(session, patient, before)) == {NeverTested}


def test_two_people_are_warned_at_the_hand_over(session, dose, awaited):
    assert Awaited in types_of(dose_warnings.at_hand_over(session, dose))
    assert dose_gate.problems_with(session, dose, dose.session) == []


def test_the_dose_is_held_back_where_the_specification_says_so(session, dose, awaited, refusing):
    assert Awaited in types_of(dose_gate.problems_with(session, dose, dose.session))
    assert Awaited in types_of(administering.problems_before(session, dose, clock.today()))


def test_an_order_of_vials_is_warned_and_not_barred(session, order, awaited):
    assert types_of(order_gate.warnings(session, order)) == {Awaited}
    assert order_gate.problems_with(session, order) == []


def test_an_order_of_vials_is_refused_where_the_specification_says_so(
    orders, order, awaited, refusing
):
    with pytest.raises(Awaited):
        orders.submit(order)


def test_a_dose_travels_with_a_warning_until_the_contraindications_are_asked(
    session, treatment, dose
):
    dose.session.planned_on = clock.today()
    before = dose_warnings.at_hand_over(session, dose)

    treatment.ask(dose)

    assert types_of(before) == {dose_warnings.InjectionBarred}
    assert dose_warnings.at_hand_over(session, dose) == []


@pytest.fixture
def ready(session, qc_room, course):
    return Desk(session, qc_room).ready(course)


def told_at_release(session, fill):
    found = unusual.exceptions(session, fill)
    return [each for each in found if isinstance(each.what, NeverTested)]


def test_who_releases_is_told_and_signs_it(session, qc_room, ready, patient, awaited):
    (told,) = told_at_release(session, ready)

    released = Desk(session, qc_room).release(ready)

    assert (type(told.what), told.where) == (Awaited, patient.code)
    assert told.what.english() in released.exceptions


def test_of_a_fill_decided_on_it_is_told_as_it_was_then(session, qc_room, ready):
    with days_later(LONG_AFTER):
        before = told_at_release(session, ready)
    Desk(session, qc_room).release(ready)

    with days_later(LONG_AFTER):
        assert told_at_release(session, ready) == []

    assert {type(each.what) for each in before} == {Outdated}


def test_what_was_not_known_at_the_answer_is_told_before_the_injection(
    session, treatment, dose, awaited
):
    treatment.ask(dose)

    [told] = rests_on(session, dose)

    assert isinstance(told, past_checks.OnWordAlone)
    assert isinstance(told.parameters["gap"], Awaited)


def test_the_record_of_an_injection_tells_what_it_rested_on(session, treatment, dose, awaited):
    step = treatment.inject(treatment.at_the_clinic(dose))
    treatment.ask(dose)

    [told] = past_checks.of_steps(session, dose.patient, [step])[step.id]

    assert isinstance(told, past_checks.OnWordAlone)


def test_known_markers_answer_for_themselves(session, treatment, dose):
    treatment.ask(dose)

    assert rests_on(session, dose) == []


def test_results_that_came_later_do_not_make_the_answer_better(
    session, treatment, dose, patient, physician, awaited
):
    treatment.ask(dose)
    before = rests_on(session, dose)

    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        known = dict.fromkeys(Marker, MarkerValue.NONREACTIVE)
        markers.record_markers(
            session, patient, sampled_on=clock.today(), values=known, by=physician
        )

    assert types_of(rests_on(session, dose)) == types_of(before) != set()
