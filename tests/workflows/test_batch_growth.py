"""The growth of a batch from its records: traps, yield, balance, and the day of the dose."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lims import clock
from lims.models.course import PlannedAdministration
from lims.models.culture import DiscardReason
from lims.models.site import Joint, Side
from lims.models.suspension import Purpose
from lims.workflows import (
    batch_forecast,
    batch_growth,
    course_forecasts,
    discarding,
    mass_balance,
    recounting,
    specifications,
)
from lims.workflows.batch_forecast import Flag
from lims.workflows.forecast import Basis, Forecast, NoForecast, NoForecastReason, Timeliness
from tests.counting import reads
from tests.laboratory.cells import counted


def ago(days):
    return clock.now() - timedelta(days=days)


@pytest.fixture
def p0(at_the_bench, course):
    """Two P0 vessels seeded 20 days ago with 1.6 million cells each."""
    svf = at_the_bench.isolate(course, count=counted(8_000_000, 1_000_000), at=ago(20))
    return at_the_bench.split(svf, "2", "2", at=ago(20))


@pytest.fixture
def p1(at_the_bench, p0):
    """Two P1 vessels seeded 10 days ago with 500 000 cells each."""
    tube = at_the_bench.harvest(p0, count=counted(5_000_000), next_vessels=2, at=ago(10))
    return at_the_bench.split(tube, "2", "2", at=ago(10))


@pytest.fixture
def grown(session):
    return lambda vessels: batch_growth.of_batch(session, vessels[0].batch)


@pytest.fixture
def outlook(session, grown):
    return lambda vessels: batch_forecast.outlook(session, grown(vessels))


def test_p0_has_counts_and_no_doublings(at_the_bench, p0, grown):
    at_the_bench.harvest(p0, count=counted(5_000_000), at=ago(10))

    row = grown(p0).passages[0]

    assert (row.passage, row.seeded, row.harvested) == (0, 3_200_000, 5_000_000)
    assert (row.doublings, row.doubling_time_hours, row.cumulative) == (None, None, 0)


def test_each_harvest_has_doublings_days_and_doubling_time(at_the_bench, p1, grown):
    at_the_bench.harvest(p1, count=counted(4_000_000), at=ago(4))

    row = grown(p1).passages[1]

    assert row.doublings == pytest.approx(2)
    assert float(row.days) == pytest.approx(6, abs=0.001)
    assert row.doubling_time_hours == pytest.approx(72, abs=0.01)
    assert row.cumulative == 2


def test_a_sibling_still_growing_is_a_row_of_its_own(at_the_bench, p1, grown):
    at_the_bench.harvest(p1[:1], count=counted(4_000_000), close=True)

    harvested, growing = grown(p1).passages[1:]

    assert (harvested.vessels, harvested.seeded, harvested.doublings) == (1, 500_000, 3)
    assert (growing.vessels, growing.seeded, growing.harvested) == (1, 500_000, None)


def test_a_sibling_discarded_is_in_no_row(session, p1, grown, technician, lead, proof_of):
    discarding.discard_vessels(
        session,
        p1[:1],
        why=DiscardReason.DAMAGE,
        reason="cracked",
        proof=proof_of(technician),
        second=proof_of(lead),
        by=technician,
    )

    assert [row.seeded for row in grown(p1).passages[1:]] == [500_000]


def test_no_growth_has_no_doubling_time_and_is_flagged(at_the_bench, p1, grown, outlook):
    at_the_bench.harvest(p1, count=counted(500_000), close=True)

    row = grown(p1).passages[1]

    assert (row.doublings, row.doubling_time_hours) == (-1, None)
    assert Flag.NO_GROWTH in outlook(p1).flags
    assert outlook(p1).told == NoForecast(NoForecastReason.NO_GROWTH)


def test_a_harvest_not_counted_has_no_doublings(at_the_bench, p1, grown):
    at_the_bench.harvest(p1, count=None, close=True)

    row = grown(p1).passages[1]
    assert (row.harvested, row.doublings, row.cumulative) == (None, None, None)


def test_a_pool_of_two_passages_is_one_row_of_the_highest(at_the_bench, p1, grown):
    tube = at_the_bench.harvest(p1[:1], count=counted(2_000_000), next_vessels=1)
    p2 = at_the_bench.split(tube, "5")
    at_the_bench.harvest([p1[1], *p2], count=counted(4_000_000))

    row = grown(p1).passages[-1]
    assert (row.passage, row.seeded, row.doublings, row.cumulative) == (2, 1_000_000, 2, 4)


def test_the_yield_is_of_the_viable_cells_counted(p0, grown):
    assert grown(p0).yield_per_gram == Decimal(8_000_000) / Decimal("7.5")


def test_a_suspension_adds_up_by_volume_and_by_cells(at_the_bench, p0, p1):
    tube = p1[0].withdrawal.suspension

    balance = mass_balance.balance_of(tube)

    volumes = {share.purpose: share.volume_ml for share in balance.shares}
    assert volumes == {Purpose.SEEDING: Decimal(4), Purpose.WASTE: Decimal(16)}
    assert (balance.remaining_ml, balance.unaccounted) == (0, 0)


def test_whole_cells_that_leave_a_suspension_and_stay_in_it_are_those_it_was_made_with(
    at_the_bench, p0
):
    tube = at_the_bench.harvest(p0, count=counted(1_000_001), volume="3", next_vessels=2)
    at_the_bench.split(tube, "1.5", "0.75")

    balance = mass_balance.balance_of(tube)

    parts = sum(share.viable_cells for share in balance.shares) + balance.remaining_cells
    assert parts == balance.viable_cells


def test_what_rounding_left_over_in_older_records_is_not_unaccounted_for():
    seeded = mass_balance.Share(Purpose.SEEDING, Decimal("2.25"), 750_002)

    balance = mass_balance.Balance(Decimal(3), 1_000_001, [seeded], Decimal("0.75"), 250_000, 3)

    assert balance.unaccounted == 0


def test_a_later_count_shows_as_cells_unaccounted_for(session, at_the_bench, p1, technician):
    tube = at_the_bench.harvest(p1, count=counted(4_000_000), close=True)
    step = recounting.start_count(session, tube, **at_the_bench.opening())
    recounting.record_count(
        session,
        step,
        suspension=tube,
        count=counted(3_600_000),
        performed=at_the_bench.done(),
        by=technician,
    )

    assert mass_balance.balance_of(tube).unaccounted == 400_000


def test_below_five_past_batches_the_forecast_rests_on_the_specification(outlook, p1):
    told = outlook(p1).told

    assert isinstance(told, Forecast)
    assert (told.basis, told.batches) == (Basis.SPECIFICATION, 0)
    assert told.earliest <= told.expected <= told.latest


def test_the_forecast_aims_at_the_next_session(outlook, p1, course):
    seen = outlook(p1)

    assert seen.appointment.planned_on == min(each.planned_on for each in course.sessions)
    assert seen.aim.prescribed_cells == 50_000_000
    assert seen.timeliness in set(Timeliness)


def test_a_session_of_two_injections_needs_the_cells_of_both(session, outlook, p1, course):
    first = min(course.sessions, key=lambda each: each.planned_on)
    session.add(
        PlannedAdministration(
            patient_id=course.patient_id,
            session_id=first.id,
            joint=Joint.HIP,
            side=Side.LEFT,
            volume_ml=Decimal(3),
            cells=30_000_000,
        )
    )
    session.flush()
    session.expire(first)

    assert outlook(p1).aim.prescribed_cells == 80_000_000


def test_cells_enough_in_a_tube_are_the_dose_reached(at_the_bench, outlook, p1):
    at_the_bench.harvest(p1, count=counted(60_000_000), close=True)

    assert outlook(p1).told.basis is Basis.REACHED


def test_cells_all_gone_have_no_forecast(session, outlook, p0, technician, lead, proof_of):
    discarding.discard_vessels(
        session,
        p0,
        why=DiscardReason.DAMAGE,
        reason="cracked",
        proof=proof_of(technician),
        second=proof_of(lead),
        by=technician,
    )

    assert outlook(p0).told is None


def test_doublings_beyond_the_limit_are_flagged(session, at_the_bench, p1, outlook):
    tube = at_the_bench.harvest(p1, count=counted(4_000_000), close=True)
    tube.cumulative_doublings = Decimal("20.1")
    session.flush()

    assert Flag.DOUBLINGS in outlook(p1).flags


def finish(at_the_bench, course, days, technician, lead, proof_of):
    """A batch that went through P1 in `days` and was discarded to its end."""
    svf = at_the_bench.isolate(course, count=counted(8_000_000), at=ago(30))
    p0 = at_the_bench.split(svf, "2", at=ago(30))
    tube = at_the_bench.harvest(p0, count=counted(5_000_000), next_vessels=1, at=ago(20))
    p1 = at_the_bench.split(tube, "2", at=ago(20))
    last = at_the_bench.harvest(p1, count=counted(8_000_000), at=ago(20 - days), close=True)
    discarding.discard_suspension(
        at_the_bench.session,
        last,
        why=DiscardReason.EXCESS,
        reason="done",
        proof=proof_of(technician),
        second=proof_of(lead),
        by=technician,
    )


def test_five_past_batches_are_the_laboratorys_own_evidence(
    at_the_bench, other_course, p1, outlook, technician, lead, proof_of
):
    for days in (6, 7, 8, 9, 10):
        finish(at_the_bench, other_course, days, technician, lead, proof_of)

    unfinished = at_the_bench.second_passage(other_course)
    at_the_bench.harvest(unfinished, count=counted(4_000_000), close=True)

    told = outlook(p1).told

    assert (told.basis, told.batches) == (Basis.PAST_BATCHES, 5)


@pytest.mark.alike
def test_the_same_few_queries_however_much_there_is(session, at_the_bench, p1, server):
    def queries():
        session.expire_all()
        batch = p1[0].batch
        _ = batch.course, specifications.of(batch).limits, batch.specification_version.ranges
        with reads(session.get_bind()) as asked:
            batch_forecast.outlook(session, batch_growth.of_batch(session, batch))
        return len(asked)

    before = queries()
    tube = at_the_bench.harvest(p1, count=counted(4_000_000), next_vessels=5)
    at_the_bench.split(tube, *["1"] * 5)

    assert queries() == before <= 10


def planned_in(course, days):
    course.sessions[0].planned_on = clock.today() + timedelta(days=days)


def test_a_course_whose_dose_may_miss_its_session_is_at_risk(session, course, p1):
    planned_in(course, 1)
    session.flush()

    assert course_forecasts.at_risk(course_forecasts.under_way(session)) == [course.id]


def test_a_course_whose_session_is_far_off_is_not(session, course, p1):
    planned_in(course, 400)
    session.flush()

    assert course_forecasts.at_risk(course_forecasts.under_way(session)) == []


def test_of_a_course_in_a_list_the_same_is_told_as_of_all(session, course, p1):
    listed, every = (
        course_forecasts.of_courses(session, [course]),
        course_forecasts.under_way(session),
    )

    assert listed[course.id].forecast == every[course.id].forecast
    assert listed[course.id].forecast is not None
