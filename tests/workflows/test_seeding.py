"""Seeding: two scans a transfer, limits before the act, every volume from what there is."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from lims.errors import FieldError, NotPermitted, WrongState
from lims.models.deviation import Deviation, HoldKind
from lims.models.step import StepStatus
from lims.models.suspension import Purpose, SuspensionStatus
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import densities, holds, seeding, seeding_limits, splitting, steps
from lims.workflows.assigning import NotAllAssigned
from lims.workflows.clearance import BenchTaken
from lims.workflows.containers import AlreadyUsed, NotPlanned
from lims.workflows.culturing import OtherBatch, OtherSuspension
from lims.workflows.growth import PassageUnknown
from lims.workflows.identity import Mismatch
from lims.workflows.label_balance import LeftOver
from lims.workflows.seeding_limits import DoublingsUnknown, TooManyDoublings, TooManyPassages
from lims.workflows.standing import NotAnIncubatorShelf
from lims.workflows.suspensions import MoreThanThereIs
from tests.laboratory.cells import NONE_SCANNED, counted, planned


@pytest.fixture
def svf(at_the_bench, course):
    """10 mL with 8 million viable cells; its isolation is closed."""
    return at_the_bench.isolate(course, count=counted(8_000_000, 1_000_000), close=True)


@pytest.fixture
def harvest(at_the_bench, course):
    """20 mL of P0 with 5 million viable cells; its step is closed."""
    p0 = at_the_bench.first_passage(course)
    return at_the_bench.harvest(p0, count=counted(5_000_000, 100_000), close=True)


@pytest.fixture
def start(session, at_the_bench):
    def starting(suspension, vessels=2, bench="bench"):
        return seeding.start_seeding(
            session, suspension, vessels=vessels, **at_the_bench.opening(bench)
        )

    return starting


@pytest.fixture
def record(session, at_the_bench, technician, place_of):
    def recording(step, suspension, sown, shelf="shelf"):
        return seeding.record_seeding(
            session,
            step,
            suspension=suspension,
            sown=sown,
            shelf=place_of(shelf) if shelf else None,
            performed=at_the_bench.done(),
            by=technician,
        )

    return recording


def rules(session):
    return session.scalars(select(Deviation.rule).order_by(Deviation.id)).all()


def test_a_volume_of_the_suspension_becomes_a_vessel_of_the_next_passage(
    at_the_bench, harvest, start, record
):
    step = start(harvest)

    record(step, harvest, at_the_bench.sown(step, "2", "3"))

    first, second = at_the_bench.vessels(*planned(at_the_bench.session, step, "VE"))
    assert (first.passage, first.seeded_cells) == (1, 500_000)
    assert second.seeded_cells == 750_000
    assert harvest.remaining_ml == Decimal(15)


def test_a_vessel_is_in_culture_once_it_stands_on_a_shelf(at_the_bench, svf, start, record):
    step = start(svf)

    record(step, svf, at_the_bench.sown(step, "2"))

    vessel = at_the_bench.vessels(planned(at_the_bench.session, step, "VE")[0])[0]
    assert vessel.status is VesselStatus.CULTURING
    assert vessel.standing.place.name == "Incubator A, shelf 1"


def test_a_vessel_without_a_shelf_is_only_seeded(at_the_bench, svf, start, record):
    step = start(svf)

    record(step, svf, at_the_bench.sown(step, "2"), shelf=None)

    vessel = at_the_bench.vessels(planned(at_the_bench.session, step, "VE")[0])[0]
    assert vessel.status is VesselStatus.SEEDED


def test_only_the_shelf_of_an_incubator_takes_vessels(at_the_bench, svf, start, record):
    step = start(svf)

    with pytest.raises(NotAnIncubatorShelf):
        record(step, svf, at_the_bench.sown(step, "2"), shelf="bench")


def test_cells_that_were_not_counted_are_seeded_uncounted(at_the_bench, course):
    svf = at_the_bench.isolate(course, count=None)

    vessel = at_the_bench.split(svf, "5")[0]

    assert (vessel.passage, vessel.seeded_cells) == (0, None)


def test_no_more_leaves_than_there_is(at_the_bench, svf, start, record):
    step = start(svf)

    with pytest.raises(MoreThanThereIs):
        record(step, svf, at_the_bench.sown(step, "6", "4.001"))


def test_no_more_leaves_than_there_is_even_by_hand(at_the_bench, session, svf):
    row = {"patient": svf.patient_id, "tube": svf.id, "step": svf.made_by_id}
    by_hand = text(
        "INSERT INTO withdrawal (id, patient_id, suspension_id, step_id, purpose, volume_ml)"
        " VALUES (999999, :patient, :tube, :step, 'seeding', 10001)"
    )

    with pytest.raises(DBAPIError, match="more leaves the suspension"):
        session.execute(by_hand, row)


def test_the_last_volume_empties_the_tube(at_the_bench, svf, start, record):
    step = start(svf)

    record(step, svf, at_the_bench.sown(step, "4", "6"))

    assert svf.status is SuspensionStatus.EMPTIED


def test_a_step_that_split_a_tube_closes_when_all_of_it_is_assigned(
    at_the_bench, session, technician, svf, start, record
):
    step = start(svf)
    record(step, svf, at_the_bench.sown(step, "4"))

    with pytest.raises(NotAllAssigned, match="6.000 mL"):
        at_the_bench.close(step)

    for purpose, volume in ((Purpose.RETENTION, Decimal(1)), (Purpose.WASTE, None)):
        splitting.put_aside(
            session, step, suspension=svf, purpose=purpose, volume_ml=volume, by=technician
        )
    at_the_bench.close(step)
    assert step.status is StepStatus.CLOSED


def test_a_whole_tube_is_wasted_once_somebody_says_why_and_that_is_a_deviation(
    session, technician, at_the_bench, course
):
    svf = at_the_bench.isolate(course)
    waste = {"suspension": svf, "purpose": Purpose.WASTE, "by": technician}
    waste["second"] = at_the_bench.checker()

    with pytest.raises(FieldError) as asked:
        splitting.put_aside(session, svf.made_by, **waste)
    splitting.put_aside(session, svf.made_by, **waste, comment="dropped")

    assert asked.value.field == "comment"
    (found,) = session.scalars(select(Deviation).where(Deviation.rule == "wasted"))
    assert "Reason: dropped" in found.description
    assert svf.remaining_ml == 0


def test_the_rest_of_a_tube_is_wasted_without_a_question(
    at_the_bench, session, technician, svf, start, record
):
    step = start(svf)
    record(step, svf, at_the_bench.sown(step, "6"))

    splitting.put_aside(session, step, suspension=svf, purpose=Purpose.WASTE, by=technician)

    assert not session.scalars(select(Deviation).where(Deviation.rule == "wasted")).all()


def test_a_closed_step_takes_nothing_more(session, technician, svf):
    with pytest.raises(splitting.StepNotOpen):
        splitting.put_aside(
            session, svf.made_by, suspension=svf, purpose=Purpose.WASTE, by=technician
        )


def test_the_passage_limit_stops_a_seeding_on(session, harvest, start):
    harvest.passage = 4
    session.flush()

    with pytest.raises(TooManyPassages):
        start(harvest)


def test_the_passage_limit_itself_may_be_reached(session, harvest, start):
    harvest.passage = 3
    session.flush()

    assert start(harvest).suspension_id == harvest.id


def test_the_doublings_limit_is_compared_unrounded(session, harvest, start):
    harvest.cumulative_doublings = Decimal(20)
    session.flush()
    assert seeding_limits.problems(session, harvest) == []

    harvest.cumulative_doublings = Decimal("20.000001")
    session.flush()
    with pytest.raises(TooManyDoublings):
        start(harvest)


def test_seeding_beyond_a_limit_is_recorded_once_it_happened(
    session, at_the_bench, harvest, start, record
):
    step = start(harvest)
    harvest.passage = 4
    session.flush()

    record(step, harvest, at_the_bench.sown(step, "2"))

    assert "passage" in rules(session)


def test_an_unknown_passage_asks_quality(session, harvest, start, qa_officer, proof_of):
    harvest.passage = None
    session.flush()
    with pytest.raises(PassageUnknown):
        start(harvest)

    seeding_limits.allow_seeding(
        session, harvest, reason="Bank record read", proof=proof_of(qa_officer), by=qa_officer
    )

    assert start(harvest).suspension_id == harvest.id


def test_what_quality_allowed_holds_for_the_cells_as_they_were(
    session, harvest, start, qa_officer, proof_of
):
    harvest.passage = None
    session.flush()
    seeding_limits.allow_seeding(
        session, harvest, reason="Bank record read", proof=proof_of(qa_officer), by=qa_officer
    )

    harvest.cumulative_doublings = Decimal(19)
    session.flush()

    with pytest.raises(PassageUnknown):
        start(harvest)


def test_unknown_doublings_ask_quality_too(session, harvest, start):
    harvest.cumulative_doublings = None
    session.flush()

    with pytest.raises(DoublingsUnknown):
        start(harvest)


def test_nobody_else_allows_an_unknown_passage(session, harvest, technician, proof_of):
    with pytest.raises(NotPermitted):
        seeding_limits.allow_seeding(
            session, harvest, reason="no", proof=proof_of(technician), by=technician
        )


def test_a_hold_does_not_stop_seeding_and_passes_on(
    session, at_the_bench, harvest, start, record, qa_officer
):
    holds.put_on_hold(
        session, harvest, kind=HoldKind.QUARANTINE, reason="sibling turbid", by=qa_officer
    )
    step = start(harvest)

    record(step, harvest, at_the_bench.sown(step, "2"))

    vessel = at_the_bench.vessels(planned(session, step, "VE")[0])[0]
    assert [hold.reason for hold in holds.open_holds(session, vessel)] == ["sibling turbid"]


def test_a_density_outside_the_specification_is_a_deviation(
    session, at_the_bench, harvest, start, record
):
    step = start(harvest)

    record(step, harvest, at_the_bench.sown(step, "4"))

    assert rules(session) == ["density"]


def test_the_volumes_offered_stay_within_the_density_of_the_specification(
    session, at_the_bench, harvest, start, record
):
    low, high = densities.density_limits(harvest.batch)
    for name, told in densities.volumes_for(harvest).items():
        sown = [each * harvest.viable_per_ml / densities.VESSEL_TYPES[name] for each in told]
        assert low <= sown[0] <= sown[1] <= high, name
    least, most = densities.volumes_for(harvest)["T-175"]
    step = start(harvest)

    record(step, harvest, at_the_bench.sown(step, str(round(most, 2) + 1)))

    vessel = session.scalars(select(Vessel).order_by(Vessel.id.desc())).first()
    assert least < most < vessel.withdrawal.volume_ml
    assert densities.is_outside(vessel)


def test_the_vessels_offered_take_all_that_is_left_within_the_density(harvest):
    thin, dense = densities.density_limits(harvest.batch)
    offered = densities.vessels_for(harvest)
    least, most = offered["T-175"]

    assert 5_000_000 / (175 * least) <= dense < 5_000_000 / (175 * (least - 1))
    assert 5_000_000 / (175 * (most + 1)) < thin <= 5_000_000 / (175 * most)
    assert "CF-10" not in offered, "one is too large for them"


def test_the_first_passage_has_a_density_that_no_limit_judges(at_the_bench, course):
    tube = at_the_bench.isolate(course, count=counted(4_000_000, 500_000))
    (vessel,) = at_the_bench.split(tube, "2")

    assert densities.density_per_cm2(vessel) == vessel.seeded_cells / vessel.growth_area_cm2
    assert densities.judged_density(vessel) is None


def test_no_volume_is_offered_for_the_first_passage(at_the_bench, course):
    tube = at_the_bench.isolate(course, close=True)

    assert densities.volumes_for(tube) == densities.vessels_for(tube) == {}


def test_another_patients_tube_stops_everything(at_the_bench, other_course, harvest, start, record):
    foreign = at_the_bench.isolate(other_course, close=True)
    step = start(harvest)

    with pytest.raises(Mismatch):
        record(step, foreign, at_the_bench.sown(step, "2"))


def test_a_vessel_labelled_for_another_patient_stops_everything(
    at_the_bench, other_course, harvest, start, record
):
    foreign = start(at_the_bench.isolate(other_course, close=True), bench="second_bench")
    step = start(harvest)

    with pytest.raises(Mismatch):
        record(step, harvest, at_the_bench.sown(foreign, "2"))


def test_a_tube_of_another_batch_is_refused(at_the_bench, course, harvest, start, record):
    other = at_the_bench.isolate(course, close=True)
    step = start(harvest)

    with pytest.raises(OtherBatch):
        record(step, other, at_the_bench.sown(step, "2"))


def test_another_tube_of_the_same_batch_is_refused(at_the_bench, course, start, record):
    first, second = at_the_bench.first_passage(course)
    tube = at_the_bench.harvest([first], count=counted(2_000_000), close=True)
    other = at_the_bench.harvest([second], count=counted(2_000_000), close=True)
    step = start(tube)

    with pytest.raises(OtherSuspension):
        record(step, other, at_the_bench.sown(step, "2"))


def test_a_vessel_planned_for_another_step_is_refused(at_the_bench, svf, start, record):
    earlier = start(svf, bench="second_bench")
    step = start(svf)

    with pytest.raises(NotPlanned):
        record(step, svf, at_the_bench.sown(earlier, "2"))


def test_a_vessel_is_seeded_once(at_the_bench, session, technician, svf, start, record):
    step = start(svf)
    sown = at_the_bench.sown(step, "2")
    record(step, svf, sown)

    with pytest.raises(AlreadyUsed):
        seeding.seed_vessels(session, step, suspension=svf, sown=sown, by=technician)


def test_an_emptied_tube_seeds_nothing(at_the_bench, course, start):
    svf = at_the_bench.isolate(course, count=None)
    at_the_bench.split(svf, "5")

    with pytest.raises(WrongState):
        start(svf)


def test_a_bench_holds_one_patient_at_a_time(at_the_bench, other_course, svf, start):
    foreign = at_the_bench.isolate(other_course, close=True)
    start(svf)

    with pytest.raises(BenchTaken):
        start(foreign)


def test_the_performer_confirms_what_a_colleague_typed(
    session, at_the_bench, technician, lead, keeper, proof_of, svf, start
):
    step = start(svf)
    seeding.record_seeding(
        session,
        step,
        suspension=svf,
        sown=at_the_bench.sown(step, "10"),
        performed=replace(at_the_bench.done(), performer_id=lead.id, comment="as it was"),
        by=technician,
    )
    with pytest.raises(steps.NotConfirmed):
        steps.close_step(session, step, checker=proof_of(keeper), by=technician)

    steps.confirm_step(session, step, by=lead)

    told = {"left_over": LeftOver.DESTROYED, "comment": NONE_SCANNED}
    steps.close_step(session, step, checker=proof_of(keeper), by=technician, **told)
    assert step.status is StepStatus.CLOSED
