"""What the cells of a fill are suspended in: a bottle of the right kind, counted once."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from lims.errors import FieldError, Stale
from lims.models.deviation import Deviation
from lims.models.fill import FillKind
from lims.models.filling import Filling
from lims.workflows import (
    filling,
    lot_reach,
    made_values,
    stock,
    supplying,
    unusual,
    vehicle_corrections,
)
from lims.workflows.corrections import NothingChanged
from lims.workflows.filling import Portion
from lims.workflows.supplying import CountedAlready
from tests.laboratory import supplies
from tests.laboratory.cells import planned


@pytest.fixture
def bottle(session):
    return supplies.lot(session, "vehicle")


@pytest.fixture
def fill_from(session, qc_room, course, at_the_bench, technician):
    """`fill_from(lot, "4")`: a dose suspended in 4 mL of it, what was scanned before beside."""
    cells = qc_room.cells(course)

    def filled(vehicle, taken=None, scanned=None, **changed):
        sitting = course.sessions[0]
        step = filling.start_filling(
            session, cells, kind=FillKind.DOSES, number=1, sitting=sitting,
            comment="in good time", **at_the_bench.opening(),
        )  # fmt: skip
        if scanned:
            supplying.use_lot(session, step, lot=vehicle, quantity=Decimal(scanned), by=technician)
        values = {"suspension": cells, "appearance_good": True, "containers_intact": True}
        return filling.record_filling(
            session, step, kind=FillKind.DOSES, vehicle=vehicle,
            vehicle_ml=Decimal(taken) if taken else None,
            portions=[Portion(planned(session, step, "DS")[0], Decimal(3))],
            performed=at_the_bench.done(), by=technician, **values | changed,
        )  # fmt: skip

    return filled


def rules(session):
    return set(session.scalars(select(Deviation.rule)))


def test_a_scanned_bottle_is_named_and_its_stock_pays(session, bottle, fill_from):
    left = stock.remaining(session, bottle)

    fill = fill_from(bottle, "4")

    assert fill.suspended_in == f"Sodium chloride 0.9 %, {bottle.code}"
    assert stock.remaining(session, bottle) == left - 4
    assert "supply" not in rules(session)


def test_a_bottle_among_the_lots_of_the_step_is_counted_once(session, bottle, fill_from):
    left = stock.remaining(session, bottle)

    fill_from(bottle, scanned="4")

    assert stock.remaining(session, bottle) == left - 4


def test_an_amount_that_is_counted_already_is_asked_about(session, bottle, fill_from):
    with pytest.raises(FieldError) as asked:
        fill_from(bottle, "4", scanned="4")

    assert asked.value.field == "comment"
    assert isinstance(asked.value.parameters["problem"].parameters["found"], CountedAlready)


def test_how_much_was_taken_is_said_where_nobody_scanned_it_before(bottle, fill_from):
    with pytest.raises(FieldError, match="say how much was taken") as asked:
        fill_from(bottle)

    assert asked.value.field == "vehicle_ml"


def test_without_a_bottle_it_is_written_what_it_was(fill_from):
    with pytest.raises(FieldError, match="Scan the bottle") as asked:
        fill_from(" ")

    assert asked.value.field == "vehicle"


def test_a_bottle_of_another_kind_is_asked_about(session, fill_from):
    with pytest.raises(FieldError, match="CryoStor CS10, of the kind") as asked:
        fill_from(supplies.lot(session, "cryoprotectant"), "4")

    assert asked.value.field == "comment"


def test_a_bottle_of_another_kind_that_was_used_is_a_deviation(session, fill_from):
    fill_from(supplies.lot(session, "cryoprotectant"), "4", comment="no other was there")

    assert "supply" in rules(session)


def test_a_bottle_out_of_order_that_was_used_is_a_deviation(session, fill_from):
    fill_from(supplies.lot(session, "expired"), "4", comment="seen too late")

    found = session.scalars(select(Deviation.description).where(Deviation.rule == "supply"))
    assert any("expired on" in each for each in found)


@pytest.mark.parametrize(("scanned", "told"), [(False, 1), (True, 0)])
def test_whoever_releases_reads_that_no_bottle_was_scanned(
    session, fill_from, bottle, scanned, told
):
    fill = fill_from(bottle, "1") if scanned else fill_from("Saline")

    found = [each.what for each in unusual.exceptions(session, fill)]
    assert sum(isinstance(each, unusual.BottleNotScanned) for each in found) == told


@pytest.fixture
def mend(session, lead):
    def mending(fill, vehicle, seen=None, **also):
        step = session.get_one(Filling, fill.made_by_id)
        return vehicle_corrections.correct_vehicle(
            session, step, vehicle=vehicle, seen=seen or fill.suspended_in,
            reason="the bottle beside it was scanned", by=lead, **also,
        )  # fmt: skip

    return mending


def test_the_right_bottle_takes_the_place_of_one_scanned_by_mistake(
    session, bottle, fill_from, mend
):
    wrong = supplies.lot(session, "cryoprotectant")
    before = {each: stock.remaining(session, each) for each in (wrong, bottle)}
    fill = fill_from(wrong, "4", comment="so it seemed")

    mend(fill, bottle)

    assert fill.suspended_in == f"Sodium chloride 0.9 %, {bottle.code}"
    assert stock.remaining(session, wrong) == before[wrong]
    assert stock.remaining(session, bottle) == before[bottle] - 4


@pytest.mark.parametrize("name", ["cryoprotectant", "expired"])
def test_a_bottle_is_not_corrected_into_an_odd_one_without_a_question(
    session, bottle, fill_from, mend, name
):
    fill = fill_from(bottle, "4")

    with pytest.raises(FieldError, match="Look at it again") as asked:
        mend(fill, supplies.lot(session, name))

    assert asked.value.field == "comment"


def test_a_bottle_corrected_into_one_of_another_kind_is_a_deviation(
    session, bottle, fill_from, mend
):
    fill = fill_from(bottle, "4")

    mend(fill, supplies.lot(session, "cryoprotectant"), comment="no other was there")

    assert "supply" in rules(session)


def test_how_much_is_said_anew_where_the_right_one_is_counted_in_another_unit(
    session, bottle, fill_from, mend
):
    fill, other = fill_from(bottle, "4"), supplies.lot(session, "enzyme")
    assert other.item.unit != bottle.item.unit

    with pytest.raises(FieldError, match="say how much was taken") as asked:
        mend(fill, other, comment="so it was")

    assert asked.value.field == "taken"


def test_the_same_bottle_is_no_correction(bottle, fill_from, mend):
    with pytest.raises(NothingChanged):
        mend(fill_from(bottle, "4"), bottle)


def test_who_saw_another_bottle_looks_again(session, bottle, fill_from, mend):
    with pytest.raises(Stale):
        mend(fill_from(bottle, "4"), supplies.lot(session, "cryoprotectant"), seen="Saline")


@pytest.fixture
def put_right(session, bottle, fill_from, lead):
    """`put_right("0")`: another amount of the bottle that was scanned into the filling."""

    def putting(quantity):
        step = session.get_one(Filling, fill_from(bottle, scanned="4").made_by_id)
        used = supplying.used_of(session, step, bottle)
        made = made_values.find(session, step, "step_lot", used.id, "quantity")
        return made_values.correct_made(
            session, step, made=made, value=Decimal(quantity), seen=str(made.value),
            reason="a nought too many", by=lead,
        )  # fmt: skip

    return putting


def test_a_mistyped_amount_of_a_lot_is_put_right_and_so_is_its_stock(session, bottle, put_right):
    left = stock.remaining(session, bottle)

    put_right("2.5")

    assert stock.remaining(session, bottle) == left - Decimal("2.5")


def test_a_lot_scanned_by_mistake_is_put_right_to_none_and_went_nowhere(session, bottle, put_right):
    step = put_right("0")

    assert lot_reach.uses(session, [bottle]) == []
    assert [used.lot for used in step.lots] == [bottle]
