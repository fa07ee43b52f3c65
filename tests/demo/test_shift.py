"""When today is told, at whatever hour of whatever day the demonstration is opened."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lims import clock
from lims.database import Database
from lims.demo import filling, shift
from lims.demo.people import COURSES
from lims.models.audit import AuditEntry
from lims.models.fill import Dose, DoseStatus
from lims.models.step import Step
from tests.soaking import SOAK
from tests.worlds import site_settings

AT_NIGHT = datetime(2026, 11, 25, 20, 30, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 11, 23, 4, 15, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 11, tzinfo=UTC)
OPENED = (MONDAY_MORNING, AT_NIGHT, SUNDAY)
"""On the wall, three hours ahead: Monday 07:15, Wednesday 23:30, Sunday 14:00."""
LATEST = 20
AT_THE_CLINIC = "Andersen"
"""Whose dose waits there."""


@pytest.fixture(scope="module", params=OPENED if SOAK else [SUNDAY], ids=str)
def opened(request, tmp_path_factory):
    """(when it was opened, the database that was filled then)"""
    folder = tmp_path_factory.mktemp("opened")
    url = f"sqlite:///{folder / 'demonstration.sqlite'}"
    database = Database(url)
    database.upgrade()
    with time_machine.travel(request.param, tick=False):
        every = tuple(each for each in COURSES if each.who.full_name.startswith(AT_THE_CLINIC))
        filling.fill(database, site_settings(url, folder), lambda made: None, every)
        yield request.param, database
    database.engine.dispose()


def on_the_wall(at):
    """Day of the month and hour."""
    local = at + timedelta(hours=3)
    return local.day, local.hour


@pytest.mark.parametrize(
    ("now", "begins", "ends", "sessions_on"),
    [
        (MONDAY_MORNING, (22, 8), (22, 18), 23),
        (AT_NIGHT, (25, 8), (25, 18), 26),
        (SUNDAY, (21, 14), (22, 14), 22),
    ],
)
def test_today_is_told_in_the_last_ten_hours_of_work(now, begins, ends, sessions_on):
    last = shift.last_shift(now)

    assert (on_the_wall(last.begins), on_the_wall(last.ends)) == (begins, ends)
    assert last.sessions_on.day == sessions_on


def test_what_the_evening_does_not_hold_goes_on_in_the_morning():
    evening = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)

    assert on_the_wall(shift.after(evening, timedelta(hours=2))) == (26, 9)


def test_nothing_is_told_of_a_time_to_come(opened):
    now, database = opened
    with database.reading() as session:
        assert session.scalar(select(func.max(AuditEntry.at))) <= now


def test_nobody_works_by_night(opened):
    _, database = opened
    with database.reading() as session:
        at = session.scalars(select(Step.performed_at)).all()
    hours = [on_the_wall(each)[1] for each in at if each]

    assert hours
    assert [hour for hour in hours if not shift.OPENS.hour <= hour < LATEST] == []


def test_a_dose_that_waits_keeps_until_its_session_which_is_to_come(opened):
    now, database = opened
    with database.reading() as session:
        dose = session.scalars(select(Dose).where(Dose.status == DoseStatus.RECEIVED)).one()

        assert now < dose.fill.expires_at
        assert clock.today() <= dose.session.planned_on <= clock.day_of(dose.fill.expires_at)
