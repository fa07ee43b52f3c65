"""Feeding, moving, observing: quick, by scan, and open under every hold."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.culture import StepVessel
from lims.models.deviation import Deviation, HoldKind
from lims.models.equipment import EquipmentStatus
from lims.models.step import StepLot, StepStatus
from lims.models.step_file import StepPhoto
from lims.models.vessel import VesselStatus
from lims.workflows import feeding, holds, lots, observing, performing, states, steps
from lims.workflows.culturing import NothingScanned
from lims.workflows.identity import Mismatch
from lims.workflows.observing import NothingSeen, Picture
from lims.workflows.standing import NotAnIncubatorShelf


@pytest.fixture
def vessels(at_the_bench, course):
    """Two P0 vessels in culture on the first shelf."""
    return at_the_bench.first_passage(course)


@pytest.fixture
def feed(session, at_the_bench, technician):
    def feeding_them(planned, **given):
        step = feeding.start_feeding(session, planned, **at_the_bench.opening())
        return feeding.record_feeding(
            session,
            step,
            **{
                "vessels": planned,
                "medium_ml": Decimal(25),
                "full_change": True,
                "performed": at_the_bench.done(),
                "comment": "the scanner was broken",
            }
            | given,
            by=technician,
        )

    return feeding_them


@pytest.fixture
def move(session, at_the_bench, technician, place_of):
    def moving(vessels, shelf="second_shelf"):
        return feeding.move_vessels(
            session,
            vessels,
            shelf=place_of(shelf),
            performed=at_the_bench.done(),
            by=technician,
        )

    return moving


@pytest.fixture
def look(session, at_the_bench, technician):
    def looking(vessels, **seen):
        return observing.observe_vessels(
            session, vessels, performed=at_the_bench.done(), by=technician, **seen
        )

    return looking


def hold(session, records, by):
    for record in records:
        holds.put_on_hold(session, record, kind=HoldKind.HOLD, reason="asked", by=by)


def test_a_feeding_entered_late_is_told_to_quality_with_or_without_its_paper(
    session, at_the_bench, vessels, feed
):
    at = at_the_bench.done(clock.now(), late="the program was down")

    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        feed(vessels, performed=at)

    [told] = session.scalars(select(Deviation).where(Deviation.rule == "late"))
    assert {each.vessel_id for each in told.subjects} >= {vessel.id for vessel in vessels}


def test_a_feeding_entered_in_time_is_no_deviation(session, vessels, feed):
    feed(vessels)

    assert session.scalars(select(Deviation)).all() == []


def test_each_vessel_gets_its_medium(session, vessels, feed):
    step = feed(vessels)

    fed = session.scalars(select(StepVessel.medium_ml).where(StepVessel.step_id == step.id)).all()
    assert fed == [Decimal(25), Decimal(25)]
    assert step.full_change


def test_the_lot_of_medium_pays_for_all_vessels(session, vessels, feed, lot_of):
    step = feed(vessels, media=[lot_of("complete_medium")])

    used = session.scalars(select(StepLot).where(StepLot.step_id == step.id)).one()
    assert used.quantity == Decimal(50)


@pytest.fixture
def two_bottles(session, lot_of, technician):
    """Of the first 30 mL are left, of the second plenty."""
    first, second = lot_of("medium"), lot_of("second_medium")
    counted = {"counted": Decimal(30), "reason": "counted", "by": technician}
    return lots.correct_stock(session, first, **counted), second


def test_of_two_lots_the_first_is_emptied_and_the_second_gives_the_rest(
    session, vessels, feed, two_bottles
):
    step = feed(vessels, media=two_bottles)

    used = session.scalars(select(StepLot).where(StepLot.step_id == step.id)).all()
    assert {each.lot: each.quantity for each in used} == dict(
        zip(two_bottles, (30, 20), strict=True)
    )


def test_a_second_lot_of_which_none_was_needed_is_asked_about(vessels, feed, two_bottles):
    with pytest.raises(FieldError, match="enough for all") as asked:
        feed(vessels, media=two_bottles[::-1])

    assert asked.value.field == "medium"


def test_a_feeding_asks_for_its_cabinet_and_its_medium(vessels, feed):
    with pytest.raises(FieldError, match="No lot was scanned") as refused:
        feed(vessels, comment=None)

    assert "No equipment was scanned" in str(refused.value)
    assert refused.value.field == "comment"


def test_what_a_feeding_lacked_and_why_is_not_asked_again_at_its_end(vessels, feed, at_the_bench):
    step = feed(vessels)

    at_the_bench.close(step)

    assert step.status == StepStatus.CLOSED


def test_the_cabinet_scanned_with_the_feeding_is_used_in_it(vessels, feed, lot_of, equipment_of):
    cabinet = equipment_of("cabinet")

    step = feed(vessels, media=[lot_of("complete_medium")], cabinet=cabinet, comment=None)

    assert [used.equipment_id for used in step.equipment] == [cabinet.id]


def test_the_feeding_of_another_patients_vessel_stops(vessels, feed, at_the_bench, other_course):
    foreign = at_the_bench.first_passage(other_course)

    with pytest.raises(Mismatch):
        feed(vessels, vessels=foreign)


def test_a_vessel_that_is_no_more_is_not_fed(vessels, feed, at_the_bench):
    at_the_bench.harvest(vessels, count=None, close=True)

    with pytest.raises(WrongState):
        feed(vessels)


def test_a_hold_stops_neither_feeding_nor_moving_nor_looking(
    session, vessels, feed, move, look, qa_officer
):
    hold(session, [*vessels, vessels[0].batch], qa_officer)

    feed(vessels)
    move(vessels)
    look(vessels, confluence_pct=Decimal(40))

    assert {vessel.status for vessel in vessels} == {VesselStatus.CULTURING}


def test_a_vessel_stands_on_one_shelf_at_a_time(vessels, move):
    move(vessels)

    first, second = vessels[0].standings
    assert first.left_at == second.stood_at
    assert vessels[0].standing.place.name == "Incubator A, shelf 2"


def test_a_move_is_done_when_it_is_recorded(vessels, move):
    assert move(vessels).status is StepStatus.CLOSED


def test_vessels_are_moved_to_shelves_of_incubators(vessels, move):
    with pytest.raises(NotAnIncubatorShelf):
        move(vessels, shelf="bench")


def test_nothing_scanned_moves_nothing(move):
    with pytest.raises(NothingScanned):
        move([])


def test_vessels_of_two_patients_are_not_moved_together(vessels, move, at_the_bench, other_course):
    with pytest.raises(Mismatch):
        move([*vessels, *at_the_bench.first_passage(other_course)])


def test_an_incubator_out_of_order_takes_the_vessels_and_says_so(
    session, vessels, move, equipment_of
):
    states.move(session, equipment_of("second_incubator"), EquipmentStatus.OUT_OF_SERVICE)

    move(vessels, shelf="third_shelf")

    assert vessels[0].standing.place.name == "Incubator B, shelf 1"
    assert session.scalars(select(Deviation.rule)).all() == ["supply"]


def test_confluence_is_kept_for_each_vessel(session, vessels, look):
    step = look(vessels, confluence_pct=Decimal("72.5"), appearance="spindle-shaped")

    seen = session.scalars(select(StepVessel).where(StepVessel.step_id == step.id)).all()
    assert [row.confluence_pct for row in seen] == [Decimal("72.5")] * 2


def test_a_photograph_is_kept_with_its_vessel(session, vessels, look):
    look(vessels[:1], pictures=[Picture("a" * 64, "image/png")])

    kept = session.scalars(select(StepPhoto)).one()
    assert (kept.vessel_id, kept.sha256) == (vessels[0].id, "a" * 64)


def test_a_look_at_nothing_is_not_recorded(vessels, look):
    with pytest.raises(NothingSeen):
        look(vessels)


def test_a_late_look_needs_a_reason(session, vessels, technician, at_the_bench):
    performed = steps.Performed(at=at_the_bench.done().at - timedelta(hours=3))

    with pytest.raises(performing.LateReasonNeeded):
        observing.observe_vessels(
            session, vessels, confluence_pct=Decimal(10), performed=performed, by=technician
        )


def test_a_bottle_that_is_no_medium_is_asked_about(feed, vessels, lot_of):
    with pytest.raises(FieldError, match="CryoStor CS10, of the kind") as asked:
        feed(vessels, media=[lot_of("cryoprotectant")], comment=None)

    assert asked.value.field == "comment"


def test_a_bottle_that_was_no_medium_is_a_deviation(session, feed, vessels, lot_of):
    feed(vessels, media=[lot_of("cryoprotectant")], comment="noticed too late")

    assert session.scalars(select(Deviation.rule)).all() == ["supply"]
