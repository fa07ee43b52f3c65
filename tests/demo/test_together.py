"""Runs at QC in the demonstration: what was tested together, and what still is."""

import pytest
from sqlalchemy import select

from lims import clock
from lims.demo import week
from lims.models.qc_run import QcRun, QcRunStatus
from lims.workflows import qc_run_members

pytestmark = pytest.mark.xdist_group("demonstration")


@pytest.fixture
def runs(database):
    """Those that stand so, each with its members, in a session."""
    with database.reading() as session:
        every = session.scalars(select(QcRun).order_by(QcRun.id)).unique().all()
        yield lambda status: [
            (run, qc_run_members.of(session, run)) for run in every if run.status is status
        ]


def patients(members):
    return {each.patient_id for each in members}


def test_runs_of_several_patients_are_closed_with_every_tube_read(runs):
    closed = runs(QcRunStatus.CLOSED)

    assert closed
    assert min(len(patients(members)) for _, members in closed) > 1
    assert [run.code for run, members in closed if qc_run_members.unread(members)] == []


def test_a_run_is_read_on_several_days_of_work(runs):
    days = [
        {clock.day_of(read.result.read_at) for each in members for read in each.results}
        for _, members in runs(QcRunStatus.CLOSED)
    ]

    assert max(map(len, days)) > 1
    assert [day for some in days for day in some if not week.is_worked(day)] == []


def test_a_closed_run_names_a_kit_and_a_device(runs):
    used = [(run.lots, run.equipment) for run, _ in runs(QcRunStatus.CLOSED)]

    assert used
    assert all(lots and devices for lots, devices in used)


def test_the_station_was_cleared_each_time_by_who_did_not_work_in_the_run(runs):
    stays = [
        (stay.left_checked_by_id, qc_run_members.worked_in(run, members))
        for run, members in runs(QcRunStatus.CLOSED)
        for stay in run.stays
    ]

    assert len(stays) > 1
    assert [checker for checker, worked in stays if checker in worked] == []


def test_today_a_run_at_the_station_asks_for_its_next_tube(runs):
    ((run, members),) = runs(QcRunStatus.READING)

    assert len(patients(members)) > 1
    assert 0 < len(qc_run_members.unread(members)) < len(members)
    assert run.stays[-1].left_at is None


def test_the_analyst_sees_the_run_of_today_and_is_led_to_its_next_tube(database, signed_in):
    with database.reading() as session:
        reading = select(QcRun.code).where(QcRun.status == QcRunStatus.READING)
        code = session.scalars(reading).one()
    analyst = signed_in("analyst")

    assert code in analyst.open("/qc/runs/").text
    assert f"/qc/runs/{code}/read/QC" in analyst.open(f"/qc/runs/{code}/read").location
