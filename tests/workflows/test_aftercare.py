"""The patient is observed after an injection: from when to when, and long enough."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.workflows import aftercare, corrections
from lims.workflows.aftercare import NothingInjected, ReplacedAlready

MINUTE = timedelta(minutes=1)


@pytest.fixture
def dose(treatment, course):
    (released,) = treatment.released(course)
    return treatment.at_the_clinic(released)


@pytest.fixture
def observe(session, treatment, dose):
    """Two hours after the injection, tells that the patient was observed until so long after it."""
    step = treatment.inject(dose)

    def observe(until, since=0, comment=None):
        at = step.performed_at
        with time_machine.travel(clock.now() + 120 * MINUTE):
            return aftercare.record_observation(
                session, dose.session, began_at=at + since * MINUTE, ended_at=at + until * MINUTE,
                comment=comment, by=treatment.physician,
            )  # fmt: skip

    return observe


def opened(session, dose):
    found = session.scalars(select(Deviation).where(Deviation.rule == "observation"))
    return [each for each in found if dose.id in {row.dose_id for row in each.subjects}]


def test_an_observation_as_long_as_it_has_to_be_opens_nothing(session, dose, observe):
    observe(60)

    assert len(aftercare.observed(session, dose.session)) == 1
    assert opened(session, dose) == []


@pytest.mark.parametrize(("since", "until"), [(0, 59), (10, 69)])
def test_a_shorter_observation_is_asked_about(observe, since, until):
    with pytest.raises(FieldError, match="observed 59 min .* at least 60 min.*say why") as asked:
        observe(until, since)

    assert asked.value.field == "comment"


def test_a_shorter_observation_is_a_deviation_of_the_dose_and_its_course(session, dose, observe):
    observe(20, comment="went home at own wish")

    (found,) = opened(session, dose)
    assert dose.session.course_id in {row.course_id for row in found.subjects}


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [(-2, 60, "began_at"), (60, 60, "ended_at"), (0, 121, "ended_at")],
)
def test_an_observation_that_cannot_have_been_is_refused(observe, since, until, field):
    with pytest.raises(FieldError) as refused:
        observe(until, since, comment="so it was")

    assert refused.value.field == field


def corrected(session, treatment, seen, until, **also):
    with time_machine.travel(clock.now() + 120 * MINUTE):
        return aftercare.correct_observation(
            session, seen, began_at=seen.began_at, ended_at=seen.began_at + until * MINUTE,
            reason="mistyped", by=treatment.physician, **also,
        )  # fmt: skip


def test_a_corrected_observation_takes_the_place_of_the_one_that_was_wrong(
    session, treatment, dose, observe
):
    wrong = observe(20, comment="went home")

    right = corrected(session, treatment, wrong, 70)

    injected = aftercare.injections(session, dose.session)
    told = aftercare.told(session, dose.session, injected)
    assert [(each.seen, each.replaced, each.short) for each in told] == [
        (wrong, True, []),
        (right, False, []),
    ]
    assert right.why_replaced == "mistyped"


def test_a_correction_to_too_short_a_time_is_asked_about_and_a_deviation(
    session, treatment, dose, observe
):
    wrong = observe(60)

    with pytest.raises(FieldError, match="observed 30 min"):
        corrected(session, treatment, wrong, 30)
    corrected(session, treatment, wrong, 30, comment="went home")

    assert len(opened(session, dose)) == 1


def test_an_observation_is_corrected_once(session, treatment, observe):
    wrong = observe(60)
    corrected(session, treatment, wrong, 70)

    with pytest.raises(ReplacedAlready):
        corrected(session, treatment, wrong, 80)


def test_an_observation_is_judged_anew_when_the_time_of_the_injection_is_corrected(
    session, treatment, dose, observe
):
    seen = observe(60)
    step = aftercare.injections(session, dose.session)[-1]

    with time_machine.travel(clock.now() + 120 * MINUTE):
        corrections.correct_step(
            session, step, field="performed_at", value=step.performed_at + 10 * MINUTE,
            reason="mistyped", version=step.version, by=treatment.physician,
        )  # fmt: skip

    (found,) = opened(session, dose)
    assert "observed 50 min" in found.description
    assert seen.ended_at > step.performed_at


def test_nobody_is_observed_after_an_injection_that_was_not_given(session, treatment, dose):
    with pytest.raises(NothingInjected):
        aftercare.record_observation(
            session, dose.session, began_at=clock.now() - MINUTE, ended_at=clock.now(),
            by=treatment.physician,
        )  # fmt: skip
