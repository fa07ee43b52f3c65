"""What no longer takes place stays in sight; what was prepared for it is told."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from lims.errors import NotFound, Stale
from lims.models.deviation import Deviation
from lims.models.fill import DoseStatus
from lims.models.site import Side
from lims.workflows import agenda, called_off, calling_off, dose_gate, sessions
from lims.workflows.called_off import InjectionOff, SessionOff
from lims.workflows.since import to_the_minute
from tests import laboratory
from tests.workflows.test_courses import INJECTION

RIGHT = replace(INJECTION, side=Side.RIGHT)


@pytest.fixture
def sitting(session, course, physician):
    """The first session of the course, with both knees planned."""
    planned = course.sessions[0]
    sessions.change_session(
        session, planned, version=sessions.version_of(planned), planned_on=planned.planned_on,
        injections=[*sessions.as_planned(planned), RIGHT], reason="both", by=physician,
    )  # fmt: skip
    return planned


@pytest.fixture
def call_off(session, sitting, physician):
    def call_off(injection, **instead):
        given = {"version": sessions.version_of(sitting), "reason": "the right knee is well"}
        return calling_off.call_off_injection(
            session, sitting, injection_id=injection.id, by=physician, **given | instead
        )

    return call_off


@pytest.fixture
def cancel(session, physician):
    def cancel(planned):
        version = sessions.version_of(planned)
        sessions.cancel_session(session, planned, version=version, reason="fever", by=physician)

    return cancel


@pytest.fixture
def due(session):
    def due(login, task):
        person = laboratory.person(session, login)
        found = agenda.of(session, person, most=100).items
        return [each.code for each in found if each.task == task]

    return due


def refusals(session, dose):
    return [type(each) for each in dose_gate.problems_with(session, dose, dose.session)]


def test_an_injection_called_off_stays_in_sight_with_who_and_why(sitting, physician, call_off):
    left, right = sitting.injections

    removal = call_off(right)

    assert sitting.administrations == [left]
    assert sitting.injections == [left, right]
    assert (right.removal, removal.removed_by) == (removal, physician)
    assert removal.reason == "the right knee is well"


def test_it_is_called_off_once(sitting, call_off):
    call_off(sitting.injections[1])

    with pytest.raises(calling_off.OffAlready):
        call_off(sitting.injections[1])


def test_the_last_injection_is_called_off_with_its_session(sitting, call_off):
    call_off(sitting.injections[1])

    with pytest.raises(calling_off.LastOfThem):
        call_off(sitting.injections[0])


def test_an_injection_of_another_session_is_not_found(course, sitting, call_off):
    with pytest.raises(NotFound):
        call_off(course.sessions[1].injections[0])


def test_a_page_opened_before_is_stale_afterwards(session, sitting, physician, call_off):
    seen = sessions.version_of(sitting)
    call_off(sitting.injections[1])

    with pytest.raises(Stale):
        sessions.cancel_session(session, sitting, version=seen, reason="fever", by=physician)


def test_what_is_left_of_a_session_is_changed_as_before(session, sitting, physician, call_off):
    call_off(sitting.injections[0])

    sessions.change_session(
        session, sitting, version=sessions.version_of(sitting), planned_on=sitting.planned_on,
        injections=[replace(RIGHT, side=Side.LEFT)], reason="the other one", by=physician,
    )  # fmt: skip

    assert sessions.as_planned(sitting) == [replace(RIGHT, side=Side.LEFT)]
    assert len(sitting.injections) == 2


def test_no_injection_is_taken_out_where_a_session_is_changed(session, sitting, physician):
    with pytest.raises(sessions.InjectionDropped):
        sessions.change_session(
            session, sitting, version=sessions.version_of(sitting), planned_on=sitting.planned_on,
            injections=[RIGHT], reason="one", by=physician,
        )  # fmt: skip


@pytest.fixture
def dose(treatment, course):
    (released,) = treatment.released(course)
    return released


def test_a_dose_of_a_cancelled_session_is_not_given_out_and_quality_is_told(
    session, dose, cancel, due
):
    assert (due("keeper", "hand_over"), due("qa", "off")) == ([dose.code], [])

    cancel(dose.session)

    assert SessionOff in refusals(session, dose)
    assert (due("keeper", "hand_over"), due("qa", "off")) == ([], [dose.code])


def test_a_dose_that_is_away_when_its_session_is_cancelled_is_to_be_returned(
    treatment, dose, cancel, due
):
    treatment.at_the_clinic(dose)

    cancel(dose.session)

    assert (due("physician", "inject"), due("physician", "off_back")) == ([], [dose.code])


@pytest.mark.parametrize("login", ["technician", "lead", "keeper"])
def test_the_bench_is_told_of_a_dose_whose_injection_was_called_off(dose, cancel, due, login):
    assert due(login, "off_told") == []

    cancel(dose.session)

    assert (due(login, "hand_over"), due(login, "off_told")) == ([], [dose.code])


def test_the_bench_that_handed_it_over_is_told_too(treatment, dose, cancel, due):
    treatment.at_the_clinic(dose)

    cancel(dose.session)

    assert due("technician", "off_told") == [dose.code]


@pytest.mark.parametrize(
    ("handed_over", "told"), [(False, called_off.Here), (True, called_off.NotHere)]
)
def test_what_may_become_of_such_a_dose_is_told_by_where_it_is(
    session, treatment, dose, cancel, handed_over, told
):
    assert called_off.what_becomes_of(session, dose) == []
    if handed_over:
        treatment.hand_over(dose)

    cancel(dose.session)

    found = [type(each) for each in called_off.what_becomes_of(session, dose)]
    assert found == [told, called_off.ForNoOther]


def test_a_dose_of_an_injection_called_off_is_not_given_out(session, sitting, dose, call_off):
    assert dose.session is sitting
    dose_of_it = sitting.injections[0]
    dose.planned_administration_id = dose_of_it.id
    session.flush()

    call_off(dose_of_it)

    assert InjectionOff in refusals(session, dose)


@pytest.fixture
def called_off_dose(session, sitting, dose, call_off):
    """A released dose whose injection was called off just now."""
    dose.planned_administration_id = sitting.injections[0].id
    session.flush()
    call_off(sitting.injections[0])
    return dose


def test_a_hand_over_before_its_injection_was_called_off_is_recorded_and_told(
    session, treatment, called_off_dose
):
    before = to_the_minute(called_off_dose.planned.removal.removed_at)

    treatment.hand_over(called_off_dose, performed=treatment.done(before))

    assert called_off_dose.status is DoseStatus.ISSUED
    facts = session.scalars(select(Deviation).where(Deviation.rule == "fact")).all()
    assert ["no longer takes place" in str(each.description) for each in facts] == [True]


def test_a_hand_over_after_its_injection_was_called_off_is_refused(treatment, called_off_dose):
    with pytest.raises(InjectionOff):
        treatment.hand_over(called_off_dose)


def test_what_was_injected_all_the_same_is_recorded_with_a_deviation(
    session, treatment, dose, cancel
):
    treatment.at_the_clinic(dose)
    cancel(dose.session)

    treatment.inject(dose)

    assert dose.status is DoseStatus.ADMINISTERED
    told = [str(each.description) for each in session.scalars(select(Deviation))]
    assert any("was cancelled" in each for each in told)


def test_an_injected_one_is_not_called_off(session, treatment, sitting, dose, call_off):
    treatment.at_the_clinic(dose)
    dose.planned_administration_id = sitting.injections[0].id
    session.flush()
    treatment.inject(dose)

    with pytest.raises(sessions.Administered):
        call_off(sitting.injections[0])


def test_an_order_for_a_session_of_which_one_injection_is_called_off_is_looked_at(
    session, course, orders, physician, due
):
    orders.released(course)
    planned = orders.sitting(course)
    sessions.change_session(
        session, planned, version=sessions.version_of(planned), planned_on=planned.planned_on,
        injections=[*sessions.as_planned(planned), RIGHT], reason="both", by=physician,
    )  # fmt: skip
    order = orders.thaw(course)
    assert due("physician", "off_order") == []

    calling_off.call_off_injection(
        session, planned, injection_id=planned.injections[1].id, reason="one knee",
        version=sessions.version_of(planned), by=physician,
    )  # fmt: skip

    assert due("physician", "off_order") == [order.code]
    assert called_off.orders_for(session, planned) == [order]
