"""The calendar: what is due and what is expected, on its day."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from lims import clock
from lims.workflows import care, observing, planning
from lims.workflows.planning import DOSE, HARVEST
from lims.workflows.specifications import limit
from tests.counting import reads

WEEK = 7


@pytest.fixture
def planned(session):
    """What the days from today on hold, by the day."""

    def planned(days=WEEK):
        found = planning.plan(session, clock.today(), days)
        return {day.date: day for day in found.days}

    return planned


def test_a_feed_stands_on_the_day_it_is_due(at_the_bench, course, planned):
    vessel = at_the_bench.first_passage(course)[0]
    days = int(limit(vessel.batch.specification_version, care.INTERVAL))
    due = clock.day_of(vessel.seeded_at) + timedelta(days=days)

    told = [(item.task, item.code) for item in planned()[due].items]
    assert ("feed", vessel.batch.code) in told


def test_a_reading_of_a_tank_stands_in_the_calendar_of_who_keeps_it(session, bank, course):
    told = {
        of_tanks: {item.task for day in plan.days for item in day.items} >= {"reading"}
        for of_tanks in (True, False)
        for plan in [planning.plan(session, clock.today(), WEEK, of_tanks=of_tanks)]
    }

    assert told == {True: True, False: False}


def test_a_feed_that_was_not_done_is_late_and_on_no_day(session, at_the_bench, course):
    vessel = at_the_bench.first_passage(course)[0]

    with time_machine.travel(clock.now() + timedelta(days=20), tick=False):
        found = planning.plan(session, clock.today(), WEEK)
    assert ("feed", vessel.batch.code) in [(each.task, each.code) for each in found.late]
    assert not [item for day in found.days for item in day.items if item.task == "feed"]


def test_the_dose_stands_on_the_day_of_its_forecast_within_its_interval(
    session, at_the_bench, course, planned
):
    at_the_bench.first_passage(course)

    expected = [each for day in planned(90).values() for each in day.expected]
    (dose,) = [each for each in expected if each.kind == DOSE]
    assert dose.earliest <= dose.day <= dose.latest


def test_the_passage_before_it_stands_on_its_usual_day(at_the_bench, course, planned):
    at_the_bench.first_passage(course)

    days = {each.kind: each.day for day in planned(90).values() for each in day.expected}
    assert clock.today() < days[HARVEST] < days[DOSE]


def test_a_passage_stands_on_the_day_that_two_looks_lead_to_and_on_no_other(
    session, at_the_bench, course, technician, planned
):
    vessel, *_ = at_the_bench.first_passage(course)
    for number, pct in enumerate((30, 50)):
        with time_machine.travel(clock.now() + timedelta(days=2 * number), tick=False):
            observing.observe_vessels(
                session, [vessel], confluence_pct=Decimal(pct), appearance=None,
                contamination_seen=False, pictures=[], performed=at_the_bench.done(),
                by=technician,
            )  # fmt: skip

    days = planned(90)

    on = clock.today() + timedelta(days=4)
    assert "passage_expected" in [item.task for item in days[on].items]
    assert HARVEST not in [each.kind for day in days.values() for each in day.expected]


def test_the_calendar_is_read_in_few_queries(session, at_the_bench, course):
    at_the_bench.first_passage(course)
    session.flush()
    session.expire_all()

    with reads(session.get_bind().engine) as queries:
        planning.plan(session, clock.today(), 35)
    assert len(queries) <= 9
