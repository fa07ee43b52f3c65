"""An outcome recorded wrongly is corrected with a reason; what was recorded stays in sight."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from lims import clock
from lims.errors import FieldError, NotFound
from lims.models.administration import OutcomeKind
from lims.workflows import agenda, course_times, outcome_corrections, outcomes
from lims.workflows.outcome_corrections import CorrectedAlready, SaidLikeThis
from lims.workflows.outcomes import PainOutOfRange
from tests.laboratory import clinic

A_DAY = timedelta(days=1)


@pytest.fixture
def injected(treatment, course):
    (dose,) = treatment.released(course)
    return treatment.inject(treatment.at_the_clinic(dose)).performed_at


@pytest.fixture
def assessed(session, treatment, course):
    """The patient was asked about the pain: so much of ten."""
    return outcomes.record_outcome(
        session, course, kind=OutcomeKind.PAIN, scale="NRS", score=Decimal(8),
        assessed_on=clock.today(), by=treatment.physician,
    )  # fmt: skip


@pytest.fixture
def correct(session, treatment, course):
    def correct(wrong, score="3", reason="slip of the finger", **values):
        told = {"kind": wrong.kind, "scale": wrong.scale, "assessed_on": wrong.assessed_on}
        return outcome_corrections.correct_outcome(
            session, course, outcome_id=wrong.id, score=Decimal(score), reason=reason,
            by=treatment.physician, **told | values,
        )  # fmt: skip

    return correct


@pytest.fixture
def take_back(session, treatment, course):
    def take_back(wrong):
        return outcome_corrections.take_back_outcome(
            session, course, outcome_id=wrong.id, reason="another patient's", by=treatment.physician
        )

    return take_back


def test_the_wrong_outcome_stays_beside_the_right_one_with_who_and_why(
    session, treatment, course, assessed, correct
):
    right = correct(assessed)

    wrong, now = outcome_corrections.told(session, course)
    assert (wrong.outcome.score, now.outcome.score) == (8, 3)
    assert wrong.corrected.right_id == right.id
    assert wrong.corrected is now.corrects
    assert wrong.corrected.reason == "slip of the finger"
    assert wrong.corrected.corrected_by is treatment.physician


def test_the_right_one_is_the_newest_of_a_course(session, course, assessed, correct):
    correct(assessed, assessed_on=assessed.assessed_on - A_DAY)

    assert outcomes.latest(session, [course])[course.id, OutcomeKind.PAIN].score == 3


def test_one_is_corrected_once_and_its_correction_again(session, course, assessed, correct):
    right = correct(assessed)
    with pytest.raises(CorrectedAlready):
        correct(assessed, "4")

    correct(right, "5")
    assert [each.corrected is None for each in outcome_corrections.told(session, course)] == [
        False, False, True,
    ]  # fmt: skip


def test_a_correction_that_says_the_same_is_refused(assessed, correct):
    with pytest.raises(SaidLikeThis):
        correct(assessed, "8")


def test_what_cannot_be_true_is_no_correction_either(assessed, correct):
    with pytest.raises(FieldError) as refused:
        correct(assessed, "80")

    assert isinstance(refused.value.parameters["problem"], PainOutOfRange)


def test_an_outcome_of_another_patient_is_not_found(session, treatment, assessed):
    another = clinic.course(session, "schmidt")

    with pytest.raises(NotFound):
        outcome_corrections.take_back_outcome(
            session, another, outcome_id=assessed.id, reason="none", by=treatment.physician
        )


def test_what_was_recorded_by_mistake_is_awaited_again(
    session, treatment, course, injected, take_back
):
    with time_machine.travel(injected + 31 * A_DAY):
        wrong = outcomes.record_outcome(
            session, course, kind=OutcomeKind.PAIN, scale="NRS", score=Decimal(3),
            assessed_on=clock.today(), by=treatment.physician,
        )  # fmt: skip
        awaited = [each.task for each in agenda.of(session, treatment.physician, most=100).items]
        assert "follow_up" not in awaited
        take_back(wrong)

        awaited = [each.task for each in agenda.of(session, treatment.physician, most=100).items]
        assert "follow_up" in awaited


def test_what_was_recorded_by_mistake_is_no_part_of_the_way(session, course, assessed, take_back):
    take_back(assessed)

    assert course_times.BEFORE not in [
        each.what for each in course_times.of_course(session, course)
    ]
