"""Pooling, washing, concentrating and counting anew: cells are balanced, nothing is refused."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from lims.errors import FieldError
from lims.models.deviation import Deviation, HoldKind
from lims.models.suspension import SuspensionOrigin, SuspensionStatus
from lims.workflows import holds, processing, recounting
from lims.workflows.identity import Mismatch
from lims.workflows.processing import NotAnOperation, PartOfSeveral
from lims.workflows.suspensions import MoreThanThereIs
from tests.laboratory.cells import counted, planned


@pytest.fixture
def tubes(at_the_bench, course):
    """Two tubes of P0 of one batch, 20 mL and 4 million viable cells each."""
    vessels = at_the_bench.first_passage(course)
    return [
        at_the_bench.harvest([each], count=counted(4_000_000, 100_000), close=True)
        for each in vessels
    ]


@pytest.fixture
def process(session, at_the_bench, technician):
    def processing_them(started, live, volume="5", **given):
        step = processing.start_processing(session, started, **at_the_bench.opening())
        made = processing.record_processing(
            session,
            step,
            **{"sources": started, "operation": SuspensionOrigin.POOL} | given,
            suspension_code=planned(session, step, "SU")[0],
            volume_ml=Decimal(volume),
            count=counted(live) if live else None,
            performed=at_the_bench.done(),
            by=technician,
        )
        at_the_bench.close(step)
        return made

    return processing_them


@pytest.fixture
def recount(session, at_the_bench, technician):
    def counting(tube, live, comment=None):
        step = recounting.start_count(session, tube, **at_the_bench.opening())
        recounting.record_count(
            session,
            step,
            suspension=tube,
            count=counted(live),
            performed=at_the_bench.done(),
            by=technician,
            comment=comment,
        )

    return counting


def rules(session):
    return session.scalars(select(Deviation.rule).order_by(Deviation.id)).all()


def test_tubes_are_poured_whole_into_a_new_one(tubes, process):
    pool = process(tubes, 8_000_000)

    assert {tube.status for tube in tubes} == {SuspensionStatus.EMPTIED}
    assert [each.into_id for tube in tubes for each in tube.withdrawals] == [pool.id] * 2
    assert pool.viable_per_ml == 1_600_000


def test_a_pool_carries_the_highest_passage_and_the_most_doublings(session, tubes, process):
    tubes[1].passage, tubes[1].cumulative_doublings = 2, Decimal("4.5")
    session.flush()

    pool = process(tubes, 8_000_000)

    assert (pool.passage, pool.cumulative_doublings) == (2, Decimal("4.5"))


def test_one_unknown_tube_makes_the_pool_unknown(session, tubes, process):
    tubes[1].passage = tubes[1].cumulative_doublings = None
    session.flush()

    pool = process(tubes, 8_000_000)

    assert (pool.passage, pool.cumulative_doublings) == (None, None)


def test_a_loss_at_the_tolerance_is_no_deviation(session, tubes, process):
    process(tubes, 7_200_000)

    assert rules(session) == []


def test_a_loss_beyond_the_tolerance_is_a_deviation(session, tubes, process):
    process(tubes, 7_199_999)

    assert rules(session) == ["balance"]


def test_a_gain_beyond_the_tolerance_is_one_too(session, tubes, process):
    process(tubes, 8_800_001, comment="counted twice")

    assert rules(session) == ["balance"]


def test_a_gain_beyond_the_tolerance_is_asked_about(tubes, process):
    with pytest.raises(FieldError, match="were poured.*say why in the comment") as asked:
        process(tubes, 8_800_001)

    assert asked.value.field == "comment"


def test_cells_that_were_not_counted_are_not_balanced(session, tubes, process):
    process(tubes, None)

    assert rules(session) == []


def test_a_part_of_one_tube_is_concentrated(tubes, process):
    process(
        tubes[:1],
        1_000_000,
        operation=SuspensionOrigin.CONCENTRATION,
        part_ml=Decimal(5),
    )

    assert tubes[0].remaining_ml == Decimal(15)
    assert tubes[0].withdrawals[0].viable_cells == 1_000_000


def test_no_part_is_larger_than_the_tube(tubes, process):
    with pytest.raises(MoreThanThereIs):
        process(tubes[:1], 1_000_000, part_ml=Decimal("20.001"))


def test_several_tubes_are_poured_whole(tubes, process):
    with pytest.raises(PartOfSeveral):
        process(tubes, 1_000_000, part_ml=Decimal(5))


def test_a_harvest_is_no_operation_on_tubes(tubes, process):
    with pytest.raises(NotAnOperation):
        process(tubes, 1_000_000, operation=SuspensionOrigin.HARVEST)


def test_another_patients_tube_stops_the_pool(tubes, process, at_the_bench, other_course):
    foreign = at_the_bench.isolate(other_course, close=True)

    with pytest.raises(Mismatch):
        process(tubes, 8_000_000, sources=[*tubes, foreign])


def test_a_quarantine_passes_into_the_pool(session, tubes, process, qa_officer):
    holds.put_on_hold(
        session, tubes[0], kind=HoldKind.QUARANTINE, reason="sibling turbid", by=qa_officer
    )

    pool = process(tubes, 8_000_000)

    assert [hold.reason for hold in holds.open_holds(session, pool)] == ["sibling turbid"]


def test_the_newest_count_is_the_count_of_record(session, tubes, recount):
    recount(tubes[0], 4_400_000)

    assert tubes[0].viable_per_ml == 220_000
    assert [count.superseded_at is None for count in tubes[0].counts] == [False, True]
    assert rules(session) == []


def test_counts_that_differ_too_much_are_a_deviation(session, tubes, recount):
    recount(tubes[0], 4_900_000, comment="mixed better")

    assert rules(session) == ["count"]


def test_counts_that_differ_too_much_are_asked_about(tubes, recount):
    with pytest.raises(FieldError, match="viable cells .* then .*say why") as asked:
        recount(tubes[0], 4_900_000)

    assert asked.value.field == "comment"


def test_doublings_stay_as_they_were_harvested(tubes, recount):
    before = tubes[0].cumulative_doublings

    recount(tubes[0], 4_400_000)

    assert tubes[0].cumulative_doublings == before
