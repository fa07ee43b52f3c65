"""Harvest: vessels of one batch in one tube; doublings by the seed of those harvested."""

from datetime import timedelta
from decimal import Decimal
from math import log2

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.culture import DiscardReason
from lims.models.deviation import Deviation, HoldKind
from lims.models.suspension import CountMethod
from lims.models.vessel import VesselStatus
from lims.workflows import (
    discarding,
    growth,
    harvesting,
    holds,
    observing,
    pooling,
    recounting,
    seeding,
    seeding_limits,
)
from lims.workflows import specification_approval as approval
from lims.workflows.culturing import NothingScanned, OtherBatch
from lims.workflows.identity import Mismatch
from lims.workflows.performing import LateReasonNeeded
from lims.workflows.seeding_limits import TooManyPassages
from lims.workflows.steps import Performed
from lims.workflows.suspensions import NothingCounted
from tests.laboratory.cells import counted, planned
from tests.laboratory.specification import SHIPPED, approval_of


@pytest.fixture
def p1(at_the_bench, course):
    """Two P1 vessels in culture, 500 000 cells seeded in each."""
    return at_the_bench.second_passage(course)


@pytest.fixture
def grows_in_time(session, qa_officer):
    """The shipped specification in force: cells need a day to attach, and half a day to double."""
    version = approval.import_specification(session, text=SHIPPED, by=qa_officer)
    given = approval_of(version, qa_officer, session)
    approval.approve_specification(session, **given, by=qa_officer)


def rules(session):
    return session.scalars(select(Deviation.rule).order_by(Deviation.id)).all()


@pytest.mark.parametrize(
    ("confluence", "told"), [("69.9", 1), ("70", 0), ("90", 0), ("90.1", 1), (None, 0)]
)
def test_a_confluence_outside_the_specification_is_a_deviation(
    session, at_the_bench, course, confluence, told
):
    vessels = at_the_bench.first_passage(course)

    at_the_bench.harvest(vessels, count=None, confluence=confluence)

    opened = session.scalars(select(Deviation).where(Deviation.rule == "confluence")).all()
    assert len(opened) == told


def test_stromal_vascular_fraction_becomes_p0_then_p1(at_the_bench, course):
    svf = at_the_bench.isolate(course, count=counted(8_000_000))
    p0 = at_the_bench.split(svf, "2")
    tube = at_the_bench.harvest(p0, count=counted(5_000_000), next_vessels=1)
    p1 = at_the_bench.split(tube, "2")

    assert [svf.passage, p0[0].passage, tube.passage, p1[0].passage] == [-1, 0, 0, 1]


def test_p0_counts_no_doublings(at_the_bench, course):
    p0 = at_the_bench.first_passage(course)

    tube = at_the_bench.harvest(p0, count=counted(1_000_000))

    assert tube.cumulative_doublings == 0


def test_doublings_divide_by_the_seed_of_the_vessels_harvested(at_the_bench, p1):
    tube = at_the_bench.harvest(p1[:1], count=counted(4_000_000))

    assert tube.cumulative_doublings == Decimal(3)


def test_a_sibling_discarded_is_left_out_of_the_doublings(
    session, at_the_bench, p1, technician, lead, proof_of
):
    discarding.discard_vessels(
        session,
        p1[1:],
        why=DiscardReason.DAMAGE,
        reason="cracked",
        proof=proof_of(technician),
        second=proof_of(lead),
        by=technician,
    )

    tube = at_the_bench.harvest(p1[:1], count=counted(4_000_000))

    assert tube.cumulative_doublings == Decimal(3)


def test_only_viable_cells_are_doubled(at_the_bench, p1):
    tube = at_the_bench.harvest(p1, count=counted(4_000_000, 3_000_000))

    assert tube.cumulative_doublings == Decimal(2)


def test_only_what_was_seeded_on_counts_for_the_next_passage(at_the_bench, p1):
    tube = at_the_bench.harvest(p1, count=counted(8_000_000), next_vessels=1)
    p2 = at_the_bench.split(tube, "1")

    last = at_the_bench.harvest(p2, count=counted(1_600_000))

    assert last.cumulative_doublings == Decimal(5)


def test_cells_lost_make_the_doublings_negative_and_no_doubling_time(at_the_bench, p1):
    tube = at_the_bench.harvest(p1, count=counted(500_000))

    assert tube.cumulative_doublings == Decimal(-1)
    assert growth.doubling_time_hours(-1, 72) is None


def test_a_pool_of_two_passages_carries_the_highest(at_the_bench, p1):
    first = at_the_bench.harvest(p1[:1], count=counted(2_000_000), next_vessels=1)
    p2 = at_the_bench.split(first, "5")

    pool = at_the_bench.harvest([p1[1], p2[0]], count=counted(4_000_000))

    assert pool.passage == 2
    assert float(pool.cumulative_doublings) == pytest.approx(2 + log2(4_000_000 / 1_000_000))


def test_a_harvest_that_was_not_counted_has_unknown_doublings_until_it_is(
    session, at_the_bench, p1, technician
):
    tube = at_the_bench.harvest(p1, count=None, close=True)
    assert tube.cumulative_doublings is None

    step = recounting.start_count(session, tube, **at_the_bench.opening())
    recounting.record_count(
        session,
        step,
        suspension=tube,
        count=counted(8_000_000),
        performed=at_the_bench.done(),
        by=technician,
    )

    assert tube.cumulative_doublings == Decimal(3)


def test_what_vessels_held_is_in_one_tube_and_they_leave_their_shelf(at_the_bench, p1):
    tube = at_the_bench.harvest(p1, count=counted(8_000_000))

    assert {vessel.status for vessel in p1} == {VesselStatus.HARVESTED}
    assert {vessel.harvested_into_id for vessel in p1} == {tube.id}
    assert [vessel.standing for vessel in p1] == [None, None]


def test_a_vessel_is_harvested_once(session, at_the_bench, p1):
    at_the_bench.harvest(p1[:1], count=None, close=True)

    with pytest.raises(WrongState):
        at_the_bench.harvest(p1, count=None)


def test_a_contaminated_vessel_is_not_taken_to_a_harvest(session, at_the_bench, p1, technician):
    observing.report_contamination(
        session, p1[0], appearance="turbid", performed=at_the_bench.done(), by=technician
    )

    with pytest.raises(WrongState):
        harvesting.start_harvest(session, p1, **at_the_bench.opening())


def test_a_vessel_scanned_onto_no_shelf_is_harvested_once_it_happened(
    session, at_the_bench, course, technician
):
    svf = at_the_bench.isolate(course, count=counted(8_000_000))
    for shelf in (at_the_bench.place("shelf"), None):
        sown = at_the_bench.sown(svf.made_by, "2")
        seeding.seed_vessels(
            session, svf.made_by, suspension=svf, sown=sown, shelf=shelf, by=technician
        )
    standing, forgotten = at_the_bench.vessels(*planned(session, svf.made_by, "VE"))
    step = harvesting.start_harvest(session, [standing], **at_the_bench.opening("second_bench"))

    harvesting.record_harvest(
        session,
        step,
        vessels=[standing, forgotten],
        suspension_code=planned(session, step, "SU")[0],
        volume_ml=Decimal(20),
        count=None,
        performed=at_the_bench.done(),
        by=technician,
    )

    assert forgotten.status is VesselStatus.HARVESTED


def test_another_patients_vessel_stops_the_harvest(at_the_bench, p1, other_course):
    foreign = at_the_bench.first_passage(other_course)

    with pytest.raises(Mismatch):
        at_the_bench.harvest([*p1, *foreign], count=None)


def test_a_vessel_of_another_batch_is_refused(at_the_bench, p1, course):
    with pytest.raises(OtherBatch):
        at_the_bench.harvest([*p1, *at_the_bench.first_passage(course)], count=None)


def test_nothing_scanned_is_no_harvest(at_the_bench):
    with pytest.raises(NothingScanned):
        at_the_bench.harvest([], count=None)


def test_vessels_beyond_the_limit_are_not_planned(session, at_the_bench, p1):
    p1[0].passage = 4
    session.flush()

    with pytest.raises(TooManyPassages):
        at_the_bench.harvest(p1, count=None, next_vessels=1)


def test_cells_at_the_limit_are_harvested_all_the_same(session, at_the_bench, p1):
    p1[0].passage = 4
    session.flush()

    assert at_the_bench.harvest(p1, count=counted(9_000_000)).passage == 4


def test_viability_below_the_line_is_a_deviation_unrounded(session, at_the_bench, p1):
    at_the_bench.harvest(p1, count=counted(7_996_000, 2_004_000))

    assert rules(session) == ["viability"]


def test_viability_at_the_line_is_none(session, at_the_bench, p1):
    at_the_bench.harvest(p1, count=counted(8_000_000, 2_000_000))

    assert rules(session) == []


def test_a_viability_with_endless_decimals_is_judged(session, at_the_bench, p1):
    at_the_bench.harvest(p1, count=counted(2_000_000, 1_000_000))

    assert rules(session) == ["viability"]


def test_doublings_beyond_the_limit_are_recorded_and_a_deviation(session, at_the_bench, p1):
    p1[0].withdrawal.suspension.cumulative_doublings = Decimal("19.5")
    session.flush()

    tube = at_the_bench.harvest(p1, count=counted(8_000_000))

    assert tube.cumulative_doublings == Decimal("22.5")
    assert rules(session) == ["passage"]
    assert seeding_limits.problems(session, tube)


def test_a_hold_does_not_stop_a_harvest_and_passes_on(session, at_the_bench, p1, qa_officer):
    for vessel in p1:
        holds.put_on_hold(session, vessel, kind=HoldKind.QUARANTINE, reason="q", by=qa_officer)

    tube = at_the_bench.harvest(p1, count=counted(8_000_000))

    assert [hold.reason for hold in holds.open_holds(session, tube)] == ["q"]


def test_a_late_entry_needs_a_reason(session, at_the_bench, p1, technician):
    step = harvesting.start_harvest(session, p1, **at_the_bench.opening())

    with pytest.raises(LateReasonNeeded):
        harvesting.record_harvest(
            session,
            step,
            vessels=p1,
            suspension_code=planned(session, step, "SU")[0],
            volume_ml=Decimal(20),
            count=None,
            performed=Performed(at=clock.now() - timedelta(hours=2)),
            by=technician,
        )


def test_no_cell_counted_at_all_is_counted_again(at_the_bench, p1):
    with pytest.raises(NothingCounted):
        at_the_bench.harvest(p1, count=counted(0, 0))


def test_squares_of_a_haemocytometer_are_the_cells_of_the_tube():
    count = recounting.by_squares(200, 20, squares=4, dilution=Decimal(2), volume_ml=Decimal(10))

    assert (count.live, count.dead) == (10_000_000, 1_000_000)
    assert count.method is CountMethod.HEMOCYTOMETER


def test_nothing_alive_leaves_the_doublings_unknown(p1):
    assert pooling.cumulative(p1, 0) is None


@pytest.fixture
def grown(at_the_bench, course, grows_in_time):
    """The harvest of P0 vessels, seeded with 3.2 million, so long after it, of so many cells."""

    def harvest(ago, live, comment=None):
        vessels = at_the_bench.first_passage(course)
        for vessel in vessels:
            vessel.seeded_at = clock.now() - timedelta(**ago)
        return at_the_bench.harvest(vessels, count=live and counted(live), comment=comment)

    return harvest


IMPROBABLE = pytest.mark.parametrize(
    ("ago", "live", "rule"),
    [
        ({"minutes": 1}, None, "times"),
        ({"hours": 23}, 900_000, "times"),
        ({"hours": 30}, 32_000_000, "growth"),
    ],
)


@IMPROBABLE
def test_cells_that_cannot_have_grown_so_are_asked_about(grown, ago, live, rule):
    with pytest.raises(FieldError) as refused:
        grown(ago, live)

    assert refused.value.field == "comment"


@IMPROBABLE
def test_what_is_said_to_have_grown_so_is_recorded_with_a_deviation(
    session, grown, ago, live, rule
):
    grown(ago, live, comment="counted twice, it was so")

    assert rules(session) == [rule]


def test_growth_told_by_a_later_count_is_judged_then(session, at_the_bench, grown, technician):
    tube = grown({"hours": 30}, None)
    at_the_bench.close(tube.made_by)
    step = recounting.start_count(session, tube, **at_the_bench.opening())

    recounting.record_count(
        session, step, suspension=tube, count=counted(32_000_000), comment="counted twice",
        performed=at_the_bench.done(), by=technician,
    )  # fmt: skip

    assert rules(session) == ["growth"]


def test_growth_told_by_a_later_count_is_asked_about(session, at_the_bench, grown, technician):
    tube = grown({"hours": 30}, None)
    at_the_bench.close(tube.made_by)
    step = recounting.start_count(session, tube, **at_the_bench.opening())
    count = {"suspension": tube, "count": counted(32_000_000), "performed": at_the_bench.done()}

    with pytest.raises(FieldError, match="say why in the comment"):
        recounting.record_count(session, step, **count, by=technician)


@pytest.mark.parametrize(("ago", "live"), [({"hours": 24}, None), ({"hours": 72}, 32_000_000)])
def test_cells_that_may_have_grown_so_are_not_asked_about(session, grown, ago, live):
    grown(ago, live)

    assert rules(session) == []
