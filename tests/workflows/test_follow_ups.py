"""Follow-ups after the last injection: each on its own day, and gone once it is recorded."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from lims import clock
from lims.models.administration import OutcomeKind
from lims.models.specification import SpecificationStatus
from lims.workflows import (
    agenda,
    follow_ups,
    outcomes,
    specification_approval,
    specifications,
    states,
)
from tests import laboratory
from tests.laboratory import specification

A_DAY = timedelta(days=1)
DAYS = (30, 90, 180, 365)
"""As the file we come with says."""


@pytest.fixture
def injected(treatment, course):
    (dose,) = treatment.released(course)
    return treatment.inject(treatment.at_the_clinic(dose)).performed_at


@pytest.fixture
def waiting(session, treatment, injected):
    """So many days after the injection: after how many days the one that waits is due."""

    def waiting(days):
        with time_machine.travel(injected + days * A_DAY):
            found = agenda.of(session, treatment.physician, most=100).items
            due = [each.due for each in found if each.task == "follow_up"]
        return [at and (clock.day_of(at) - clock.day_of(injected)).days for at in due]

    return waiting


@pytest.fixture
def seen(session, treatment, course, injected):
    """The patient was asked about the pain so many days after the injection."""

    def seen(days):
        with time_machine.travel(injected + days * A_DAY):
            outcomes.record_outcome(
                session, course, kind=OutcomeKind.PAIN, scale="NRS", score=Decimal(3),
                assessed_on=clock.today(), by=treatment.physician,
            )  # fmt: skip

    return seen


def test_a_follow_up_is_told_on_its_own_day_and_not_before_the_notice(waiting, seen):
    assert waiting(29) == [30]
    seen(30)

    assert waiting(59) == []
    assert waiting(61) == [90]


@pytest.mark.parametrize(
    ("on", "due"), [(0, 30), (14, 30), (16, 90), (85, 180), (200, 365), (300, None)]
)
def test_what_is_assessed_counts_for_the_follow_up_next_to_it_and_those_before(
    waiting, seen, on, due
):
    seen(on)

    assert waiting(400) == ([due] if due else [])


def in_force(session, text):
    """As if it had been approved before the limits it lacks were asked for."""
    former, qa = specifications.current(session), laboratory.person(session, "qa")
    version = specification_approval.import_specification(session, text=text, by=qa)
    states.move(session, former, SpecificationStatus.RETIRED)
    version.approval_signature_id = former.approval_signature_id
    states.move(session, version, SpecificationStatus.APPROVED)


def test_without_a_schedule_a_follow_up_has_no_day_and_leaves_once_recorded(session, waiting, seen):
    in_force(session, re.sub(r"(?m)^follow_up.*\n", "", specification.AT_ONCE))
    assert waiting(20) == [None]
    seen(1)

    assert waiting(20) == []


def test_the_list_of_patients_says_when_the_next_is_due(session, course, injected, seen):
    assert follow_ups.next_days(session, [course]) == {
        course.id: clock.day_of(injected) + 30 * A_DAY
    }
    seen(365)

    assert follow_ups.next_days(session, [course]) == {}


def test_the_days_are_those_of_the_specification_in_force(session):
    version = specifications.current(session)

    assert tuple(int(specifications.limit(version, name)) for name in follow_ups.SCHEDULE) == DAYS
