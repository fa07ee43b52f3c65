"""The patient is observed after an injection: from when to when, and long enough."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.workflows import aftercare
from lims.workflows.aftercare import NothingInjected

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


def test_nobody_is_observed_after_an_injection_that_was_not_given(session, treatment, dose):
    with pytest.raises(NothingInjected):
        aftercare.record_observation(
            session, dose.session, began_at=clock.now() - MINUTE, ended_at=clock.now(),
            by=treatment.physician,
        )  # fmt: skip
