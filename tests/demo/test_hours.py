"""When people work in it, and that what they read differs as it does in a laboratory."""

import pytest
from sqlalchemy import select

from lims import clock
from lims.demo import filling, shift, tanks, week
from lims.models.audit import AuditEntry
from lims.models.reception import Reception
from lims.models.step import Step, StepKind
from lims.models.storage import StorageReading, Tank
from lims.models.user import User

pytestmark = pytest.mark.xdist_group("demonstration")

CARE = {StepKind.FEEDING, StepKind.OBSERVATION}
LATEST = 20
"""O'clock; the last of a long day."""


@pytest.fixture
def steps_of_idle_days(database):
    """Those before the last shift, which falls on whatever day there is."""
    last = clock.day_of(filling.last_evening(clock.now()))
    with database.reading() as session:
        every = session.scalars(select(Step).where(Step.performed_at.is_not(None)))
        days = ((each, clock.day_of(each.performed_at)) for each in every)
        yield [each for each, day in days if day <= last and not week.is_worked(day)]


def test_on_days_without_work_cells_are_cared_for_and_nothing_else_is_done(steps_of_idle_days):
    assert {each.kind for each in steps_of_idle_days} == CARE


def test_whoever_came_on_a_day_without_work_wrote_why(steps_of_idle_days):
    assert {each.comment for each in steps_of_idle_days} == {week.ON_DUTY}


def test_the_lead_checks_no_line_on_a_day_without_work(database, steps_of_idle_days):
    with database.reading() as session:
        lead = session.scalars(select(User.id).where(User.login == "lead")).one()
    cleared = [each.clearance for each in steps_of_idle_days if each.clearance]

    assert cleared
    assert lead not in {each.open_checked_by_id for each in cleared}


def test_nothing_is_recorded_by_night(database):
    with database.reading() as session:
        people = AuditEntry.user_id.is_not(None)
        at = session.scalars(select(AuditEntry.at).where(people).distinct()).all()
    ahead = clock.ahead()
    hours = {(each + ahead).hour for each in at}

    assert hours
    assert [hour for hour in hours if not shift.OPENS.hour <= hour < LATEST] == []


@pytest.mark.parametrize("read", ["level_pct", "temperature_c"])
def test_each_tank_has_a_curve_of_its_own(database, read):
    column = getattr(StorageReading, read)
    with database.reading() as session:
        curves = [
            session.scalars(
                select(column)
                .where(StorageReading.tank_id == tank)
                .order_by(StorageReading.id.desc())
                .limit(30)
            ).all()
            for tank in session.scalars(select(Tank.id))
        ]

    one, other = curves
    assert one != other
    assert min(len(set(one)), len(set(other))) > len(tanks.READ_ON)


def test_no_two_journeys_of_a_patients_tissue_are_quite_alike(database):
    with database.reading() as session:
        read = select(Reception.temperature_min_c, Reception.temperature_max_c)
        journeys = session.execute(read).all()

    assert len(set(journeys)) > len(journeys) / 2
