"""Contamination, discard by two people, no growth, and the end of a batch."""

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import NotPermitted, WrongState
from lims.models.batch import BatchStatus
from lims.models.culture import Discard, DiscardReason
from lims.models.deviation import Deviation, DeviationSubject, DeviationSupply, HoldKind
from lims.models.suspension import SuspensionStatus
from lims.models.vessel import VesselStatus
from lims.workflows import (
    batch_state,
    discarding,
    feeding,
    holds,
    observing,
    seeding,
    steps,
    supplying,
)
from lims.workflows.signing import SamePerson
from tests.laboratory.cells import counted


@pytest.fixture
def vessels(at_the_bench, course):
    """Three P0 vessels of one seeding, on the first shelf of incubator A."""
    return at_the_bench.first_passage(course, vessels=3)


@pytest.fixture
def report(session, at_the_bench, technician):
    def reporting(vessel):
        observing.report_contamination(
            session, vessel, appearance="turbid", performed=at_the_bench.done(), by=technician
        )
        return session.scalars(select(Deviation).where(Deviation.rule == "contamination")).all()[-1]

    return reporting


@pytest.fixture
def discard(session, technician, lead, proof_of):
    def discarding_them(vessels, by=technician, second=lead):
        return discarding.discard_vessels(
            session,
            vessels,
            why=DiscardReason.CONTAMINATION,
            reason="turbid",
            proof=proof_of(by),
            second=proof_of(second) if second else None,
            by=by,
        )

    return discarding_them


def held(session, record):
    return [hold.kind for hold in holds.open_holds(session, record)]


def test_contamination_marks_the_vessel_and_quarantines_its_siblings(session, vessels, report):
    report(vessels[0])

    assert vessels[0].status is VesselStatus.CONTAMINATED
    assert [held(session, vessel) for vessel in vessels[1:]] == [[HoldKind.QUARANTINE]] * 2
    assert held(session, vessels[0]) == []


def test_cells_harvested_from_a_sibling_are_quarantined_too(session, at_the_bench, vessels, report):
    tube = at_the_bench.harvest(vessels[1:2], count=counted(2_000_000), close=True)

    report(vessels[0])

    assert held(session, tube) == [HoldKind.QUARANTINE]


def test_everything_that_shared_the_incubator_is_listed(
    session, at_the_bench, vessels, report, other_course
):
    neighbour = at_the_bench.first_passage(other_course)[0]

    deviation = report(vessels[0])

    assert neighbour.code in deviation.description
    listed = session.scalars(
        select(DeviationSubject.batch_id).where(DeviationSubject.deviation_id == deviation.id)
    ).all()
    assert neighbour.batch_id in listed


def test_what_stood_there_before_is_not_listed(
    session, at_the_bench, vessels, report, technician, place_of, other_course
):
    neighbour = at_the_bench.first_passage(other_course)[0]
    for standing in neighbour.standings:
        standing.left_at = vessels[0].standing.stood_at
    session.flush()
    session.expire(neighbour)
    feeding.move_vessels(
        session,
        [neighbour],
        shelf=place_of("third_shelf"),
        performed=at_the_bench.done(),
        by=technician,
    )

    assert neighbour.code not in report(vessels[0]).description


def test_what_came_after_it_had_left_is_not_listed(
    session, at_the_bench, vessels, report, technician, place_of, other_course
):
    feeding.move_vessels(
        session,
        vessels[:1],
        shelf=place_of("third_shelf"),
        performed=at_the_bench.done(),
        by=technician,
    )
    newcomer = at_the_bench.first_passage(other_course)[0]

    assert newcomer.code not in report(vessels[0]).description


def test_the_lots_of_its_steps_are_listed(
    session, at_the_bench, course, report, technician, lot_of
):
    svf = at_the_bench.isolate(course, vessels=1)
    supplying.use_lot(
        session, svf.made_by, lot=lot_of("complete_medium"), quantity=50, by=technician
    )
    vessel = at_the_bench.split(svf, "2")[0]

    deviation = report(vessel)

    listed = session.scalars(
        select(DeviationSupply.lot_id).where(DeviationSupply.deviation_id == deviation.id)
    ).all()
    assert listed == [lot_of("complete_medium").id]


def test_one_vessel_opens_one_deviation(session, vessels, report):
    report(vessels[0])
    report(vessels[0])

    found = session.scalars(select(Deviation).where(Deviation.rule == "contamination")).all()
    assert len(found) == 1


def test_quality_lifts_the_quarantine(session, vessels, report, qa_officer, proof_of):
    report(vessels[0])
    hold = holds.open_holds(session, vessels[1])[0]

    holds.lift_hold(
        session, hold, reason="clear for seven days", proof=proof_of(qa_officer), by=qa_officer
    )

    assert held(session, vessels[1]) == []


def test_two_people_discard_a_vessel(session, vessels, report, discard, technician, lead):
    report(vessels[0])

    discard(vessels[:1])

    step = session.scalars(select(Discard)).one()
    assert vessels[0].status is VesselStatus.DISCARDED
    assert (step.performed_by_id, step.verified_by_id) == (technician.id, lead.id)
    assert vessels[0].standing is None


def test_until_a_second_person_signs_nothing_is_discarded(vessels, discard, lead):
    discard(vessels[:1], second=None)
    assert vessels[0].status is VesselStatus.CULTURING

    discard(vessels[:1], by=lead, second=None)
    assert vessels[0].status is VesselStatus.DISCARDED


def test_the_same_person_does_not_sign_twice(vessels, discard, technician):
    with pytest.raises(SamePerson):
        discard(vessels[:1], second=technician)


def test_who_may_not_discard_does_not_begin_to(vessels, discard, auditor):
    with pytest.raises(NotPermitted):
        discard(vessels[:1], by=auditor)


def test_a_hold_does_not_stop_a_discard(session, vessels, discard, qa_officer):
    holds.put_on_hold(session, vessels[0], kind=HoldKind.HOLD, reason="asked", by=qa_officer)

    discard(vessels)

    assert {vessel.status for vessel in vessels} == {VesselStatus.DISCARDED}


def test_a_harvested_vessel_is_not_discarded(at_the_bench, vessels, discard):
    at_the_bench.harvest(vessels[:1], count=None, close=True)

    with pytest.raises(WrongState):
        discard(vessels)


def test_two_people_discard_what_is_left_in_a_tube(
    session, at_the_bench, course, technician, lead, proof_of
):
    svf = at_the_bench.isolate(course, close=True)

    discarding.discard_suspension(
        session,
        svf,
        why=DiscardReason.EXCESS,
        reason="not needed",
        proof=proof_of(technician),
        second=proof_of(lead),
        by=technician,
    )

    assert svf.status is SuspensionStatus.DISCARDED


def terminate(session, vessel, at_the_bench, by):
    discarding.terminate_vessel(
        session, vessel, told="no attached cells", performed=at_the_bench.done(), by=by
    )


def test_a_vessel_without_growth_ends_with_a_deviation(session, at_the_bench, vessels, technician):
    terminate(session, vessels[0], at_the_bench, technician)

    assert vessels[0].status is VesselStatus.TERMINATED
    assert session.scalars(select(Deviation.rule)).all() == ["no_growth"]


def test_a_batch_closes_with_its_last_vessel(vessels, discard):
    discard(vessels[:2])
    assert vessels[0].batch.status is BatchStatus.OPEN

    discard(vessels[2:])

    assert vessels[0].batch.status is BatchStatus.CLOSED
    assert vessels[0].batch.closed_at <= clock.now()


def test_a_batch_closes_once_the_step_left_open_with_its_last_vessel_is_given_up(
    session, at_the_bench, vessels, discard
):
    step = feeding.start_feeding(session, vessels, **at_the_bench.opening())
    discard(vessels)
    assert vessels[0].batch.status is BatchStatus.OPEN

    steps.void_step(
        session, step, reason="all gone", checker=at_the_bench.checker(), by=step.started_by
    )

    assert vessels[0].batch.status is BatchStatus.CLOSED


def test_a_tube_with_cells_keeps_its_batch_open(at_the_bench, vessels, discard):
    at_the_bench.harvest(vessels[:1], count=None, close=True)

    discard(vessels[1:])

    assert vessels[0].batch.status is BatchStatus.OPEN


def test_quality_abandons_a_batch_by_signature(session, vessels, qa_officer, proof_of, discard):
    batch = vessels[0].batch

    batch_state.abandon_batch(
        session, batch, reason="contaminated", proof=proof_of(qa_officer), by=qa_officer
    )

    assert batch.status is BatchStatus.ABANDONED
    discard(vessels)
    assert batch.status is BatchStatus.ABANDONED


def test_nothing_is_seeded_in_a_batch_that_was_given_up(
    session, at_the_bench, course, qa_officer, proof_of
):
    svf = at_the_bench.isolate(course, close=True)
    batch_state.abandon_batch(
        session, svf.batch, reason="withdrawn", proof=proof_of(qa_officer), by=qa_officer
    )

    with pytest.raises(WrongState):
        seeding.start_seeding(session, svf, vessels=1, **at_the_bench.opening())
