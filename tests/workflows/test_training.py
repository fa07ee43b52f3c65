"""Nobody performs a step they are not trained for; each step knows the edition it followed."""

from datetime import timedelta

import pytest

from lims import clock
from lims.errors import NotPermitted
from lims.models.step import StepKind
from lims.models.user import Procedure
from lims.workflows import procedures, training
from lims.workflows.step_kinds import TAUGHT
from lims.workflows.training import NotTrained, Standing
from tests.laboratory.staff import OF_THE_CLINIC

SEEDING = StepKind.SEEDING


@pytest.fixture
def today():
    return clock.today()


def edition(session, by, number="SOP-05", name="2", starts=0):
    return procedures.add_procedure(
        session,
        kind=SEEDING,
        number=number,
        edition=name,
        title="Seeding",
        effective_from=clock.today() + timedelta(days=starts),
        by=by,
    )


def train(session, person, by, ends=100, began=-10):
    today = clock.today()
    return training.record_training(
        session,
        person,
        kinds=[SEEDING],
        trained_on=today + timedelta(days=began),
        expires_on=today + timedelta(days=ends),
        by=by,
    )


def standing(session, person):
    return training.standings(session, [person], clock.today())[person.id][SEEDING].standing


@pytest.mark.parametrize("kind", TAUGHT)
def test_every_kind_of_step_has_a_procedure_its_performer_follows(
    session, technician, physician, kind
):
    performer = physician if kind in OF_THE_CLINIC else technician
    procedure_id = training.procedure_for(session, performer, kind)

    assert session.get(Procedure, procedure_id).step_kind == kind.value


def test_who_was_never_trained_performs_nothing(session, administrator):
    with pytest.raises(NotTrained) as refused:
        training.procedure_for(session, administrator, SEEDING)

    assert refused.value.recorded
    assert "SOP-05" in refused.value.english()


def test_who_was_trained_too_long_ago_performs_nothing(session, returning):
    with pytest.raises(NotTrained):
        training.procedure_for(session, returning, SEEDING)


def test_the_last_day_of_a_training_counts(session, returning, lead):
    train(session, returning, lead, ends=0)

    assert training.procedure_for(session, returning, SEEDING)


def test_a_kind_of_step_without_a_procedure_asks_for_no_training(session, administrator):
    procedures.current_procedure(session, SEEDING, clock.today()).retired_on = clock.today()
    session.flush()

    assert training.procedure_for(session, administrator, SEEDING) is None


def test_nobody_records_their_own_training(session, lead):
    with pytest.raises(training.OwnTraining):
        train(session, lead, lead)


def test_a_technician_records_no_training(session, returning, technician):
    with pytest.raises(NotPermitted):
        train(session, returning, technician)


@pytest.mark.parametrize(
    ("began", "ends", "refusal"),
    [(1, 10, training.TrainingInTheFuture), (-1, -2, training.ExpiresTooEarly)],
)
def test_impossible_days_are_refused(session, returning, lead, began, ends, refusal):
    with pytest.raises(refusal):
        train(session, returning, lead, began=began, ends=ends)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (31, Standing.TRAINED),
        (30, Standing.EXPIRES_SOON),
        (0, Standing.EXPIRES_SOON),
    ],
)
def test_what_expires_within_a_month_is_marked(session, returning, lead, ends, expected):
    train(session, returning, lead, ends=ends)

    assert standing(session, returning) is expected


def test_what_is_over_is_marked(session, returning):
    assert standing(session, returning) is Standing.EXPIRED


def test_who_learned_an_earlier_edition_is_marked_and_may_go_on(session, technician, qa_officer):
    newer = edition(session, qa_officer)

    assert standing(session, technician) is Standing.EARLIER_EDITION
    assert training.procedure_for(session, technician, SEEDING) == newer.id


def test_a_new_edition_is_followed_from_its_first_day(session, qa_officer, today):
    before = procedures.current_procedure(session, SEEDING, today)
    newer = edition(session, qa_officer, starts=7)

    def followed(days):
        return procedures.current_procedure(session, SEEDING, today + timedelta(days=days))

    assert (followed(6), followed(7)) == (before, newer)
    assert before.retired_on == newer.effective_from


def test_an_edition_is_recorded_once(session, qa_officer):
    with pytest.raises(procedures.EditionExists):
        edition(session, qa_officer, name="1", starts=7)


def test_an_edition_does_not_slip_in_before_a_later_one(session, qa_officer):
    edition(session, qa_officer, starts=7)

    with pytest.raises(procedures.LaterEditionInForce):
        edition(session, qa_officer, name="3", starts=7)
