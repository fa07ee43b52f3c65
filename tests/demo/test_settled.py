"""What quality does of it: deviations over days, a dose rejected for what was found in it."""

from itertools import pairwise

import pytest
from sqlalchemy import func, select

from lims import clock
from lims.demo import week
from lims.models.aliquot import QcTest
from lims.models.deviation import Deviation, DeviationStatus
from lims.models.fill import Decision, Disposition, Fill, FillStatus
from lims.workflows import deviations, judging, oos, qc_readings

pytestmark = pytest.mark.xdist_group("demonstration")


@pytest.fixture
def rejected(database):
    """The one fill that was rejected, in a session."""
    with database.reading() as session:
        yield session.scalars(select(Fill).where(Fill.status == FillStatus.DESTROYED)).one()


def about_fibres(session, fill):
    """The deviations of its batch, but for one of another patient's that its lots were in too."""
    of_batch = deviations.of_batch(session, fill.batch)
    return [each for each in of_batch if each.rule != "contamination"]


def rejection_of(session, fill):
    decided = Disposition.fill_id == fill.id, Disposition.decision == Decision.REJECTED
    return session.scalars(select(Disposition).where(*decided)).one()


def test_who_filled_the_rejected_dose_said_that_it_did_not_look_good(rejected):
    step = rejected.made_by

    assert (step.appearance_good, bool(step.comment)) == (False, True)


def test_the_rejected_fill_has_a_failing_result_that_was_investigated(database, rejected):
    with database.reading() as session:
        fill = session.get_one(Fill, rejected.id)
        failing = [
            test
            for test in qc_of(session, fill)
            if qc_readings.verdict_of(test) is judging.Verdict.FAIL
        ]

        assert failing
        assert all(oos.investigations(session, test, decided=True) for test in failing)


def qc_of(session, fill):
    return session.scalars(select(QcTest).where(QcTest.fill_id == fill.id)).unique().all()


def test_it_was_rejected_after_its_deviations_were_opened_and_before_they_were_decided(
    database, rejected
):
    with database.reading() as session:
        at = rejection_of(session, rejected).decided_at
        about = about_fibres(session, session.get_one(Fill, rejected.id))
        opened = [each.reported_at for each in about]
        decided = [each.decisions[3].decided_at for each in about]

    assert len(opened) == 2
    assert max(opened) < at < min(decided)


def test_the_vials_beside_it_were_released_once_quality_had_decided(database, rejected):
    with database.reading() as session:
        fill = session.get_one(Fill, rejected.id)
        about = about_fibres(session, fill)
        released = select(func.min(Disposition.decided_at)).where(
            Disposition.decision == Decision.RELEASED,
            Disposition.fill_id.in_(select(Fill.id).where(Fill.batch_id == fill.batch_id)),
        )

        assert session.scalar(released) > max(each.decisions[3].decided_at for each in about)


def test_a_deviation_is_closed_weeks_after_it_was_opened(database):
    with database.reading() as session:
        closed = select(Deviation).where(Deviation.status == DeviationStatus.CLOSED)
        took = [
            each.decisions[-1].decided_at - each.reported_at
            for each in session.scalars(closed).unique()
        ]

    assert took
    assert min(took).days >= 14


def test_its_moves_are_made_on_days_of_work_by_two_people(database):
    with database.reading() as session:
        every = session.scalars(select(Deviation)).unique().all()
        moved = [row for each in every for row in each.decisions]
        idle = [row for row in moved if not week.is_worked(clock.day_of(row.decided_at))]
        alone = [
            each.code
            for each in every
            if each.status is DeviationStatus.CLOSED
            and len({row.decided_by_id for row in each.decisions}) < 2
        ]

    assert (bool(moved), idle, alone) == (True, [], [])


def test_what_follows_is_proposed_days_after_the_investigation_unless_a_dose_waits(database):
    with database.reading() as session:
        every = select(Deviation).where(Deviation.rule != "confluence")
        days = [
            clock.day_of(after.decided_at) - clock.day_of(before.decided_at)
            for each in session.scalars(every).unique()
            for before, after in pairwise(each.decisions)
            if after.became is DeviationStatus.PROPOSED
        ]

    assert days
    assert min(days).days >= 1
