"""Lots and equipment scanned into a step; out of order only by a second person."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from lims.errors import FieldError, WrongState
from lims.models.deviation import Deviation, DeviationSupply
from lims.models.lot import LotStatus
from lims.workflows import isolating, stock, supplying
from lims.workflows.benches import NoCabinetHere, OfAnotherBench
from lims.workflows.equipment import CalibrationOverdue
from lims.workflows.signing import SamePerson
from lims.workflows.steps import StepNotOpen
from lims.workflows.stock import LotExpired, LotNotReleased, LotTooSmall
from lims.workflows.supplying import OverrideNotAllowed


@pytest.fixture
def step(session, at_the_bench, course):
    return isolating.start_isolation(
        session, at_the_bench.tissue(course), vessels=1, **at_the_bench.opening()
    )


@pytest.fixture
def use(session, step, lot_of, technician):
    def used(name, quantity="5", **values):
        return supplying.use_lot(
            session, step, lot=lot_of(name), quantity=Decimal(quantity), by=technician, **values
        )

    return used


def supplies_of(session):
    """The rules of the deviations there are, and the lots and equipment they are about."""
    about = session.scalars(select(DeviationSupply)).all()
    return list(session.scalars(select(Deviation.rule))), about


def test_a_lot_in_order_is_used_and_its_stock_falls(session, use, lot_of):
    before = stock.remaining(session, lot_of("enzyme"))

    use("enzyme", "12")

    assert stock.remaining(session, lot_of("enzyme")) == before - 12
    assert lot_of("enzyme").status == LotStatus.IN_USE
    assert supplies_of(session) == ([], [])


def test_a_lot_scanned_again_is_a_further_amount(session, use, step):
    use("buffer", "100")

    used = use("buffer", "50")

    assert used.quantity == 150
    assert [each.lot_id for each in step.lots] == [used.lot_id]


@pytest.mark.parametrize(
    ("name", "quantity", "problem"),
    [
        ("expired", "5", LotExpired),
        ("quarantined", "5", LotNotReleased),
        ("enzyme", "50001", LotTooSmall),
    ],
)
def test_a_lot_out_of_order_is_refused(use, name, quantity, problem):
    with pytest.raises(problem) as refused:
        use(name, quantity)

    assert refused.value.recorded


def test_a_second_person_lets_it_be_used_and_a_deviation_opens(
    session, use, lead, proof_of, lot_of
):
    used = use("expired", override=proof_of(lead), reason="nothing else is here")

    rules, about = supplies_of(session)
    assert (used.override_by_id, used.override_reason) == (lead.id, "nothing else is here")
    assert rules == ["supply"]
    assert [each.lot_id for each in about] == [lot_of("expired").id]


def test_an_override_needs_a_reason(use, lead, proof_of):
    with pytest.raises(FieldError) as refused:
        use("expired", override=proof_of(lead), reason=" ")

    assert refused.value.field == "reason"


def test_nobody_overrides_for_themselves(session, step, lot_of, lead, proof_of):
    with pytest.raises(SamePerson):
        supplying.use_lot(
            session,
            step,
            lot=lot_of("expired"),
            quantity=Decimal(5),
            override=proof_of(lead),
            reason="nothing else",
            by=lead,
        )


def test_not_everybody_may_override(use, keeper, proof_of):
    with pytest.raises(OverrideNotAllowed):
        use("expired", override=proof_of(keeper), reason="nothing else")


def test_equipment_in_calibration_is_used_once(session, step, equipment_of, technician):
    values = {"item": equipment_of("centrifuge"), "by": technician}
    first = supplying.use_equipment(session, step, **values)

    assert supplying.use_equipment(session, step, **values) is first
    assert len(step.equipment) == 1


def test_equipment_out_of_calibration_is_refused(session, step, equipment_of, technician):
    with pytest.raises(CalibrationOverdue):
        supplying.use_equipment(session, step, item=equipment_of("overdue"), by=technician)


def test_equipment_is_let_be_used_by_a_second_person(
    session, step, equipment_of, technician, lead, proof_of
):
    supplying.use_equipment(
        session,
        step,
        item=equipment_of("overdue"),
        override=proof_of(lead),
        reason="checked with weights",
        by=technician,
    )

    assert supplies_of(session)[0] == ["supply"]


def test_the_cabinet_of_another_bench_is_refused_and_both_benches_are_named(
    session, step, equipment_of, technician
):
    with pytest.raises(OfAnotherBench) as refused:
        supplying.use_equipment(session, step, item=equipment_of("second_cabinet"), by=technician)

    assert refused.value.recorded
    assert str(refused.value).endswith(
        "belongs to Bench 2, and this step stands at Bench 1. Scan the cabinet of Bench 1."
    )


def test_at_a_bench_without_a_cabinet_in_the_register_nobody_is_told_to_scan_one(
    session, step, equipment_of, place_of, technician
):
    place_of("bench").equipment = None
    session.flush()

    with pytest.raises(NoCabinetHere) as refusal:
        supplying.use_equipment(session, step, item=equipment_of("second_cabinet"), by=technician)

    assert "Scan the cabinet" not in str(refusal.value)
    assert refusal.value.about == place_of("bench").code


def test_the_cabinet_of_its_own_bench_is_used(session, step, equipment_of, technician):
    supplying.use_equipment(session, step, item=equipment_of("cabinet"), by=technician)

    assert supplies_of(session) == ([], [])


def test_a_cabinet_that_two_benches_share_is_used_at_both(
    session, step, equipment_of, place_of, technician
):
    place_of("bench").equipment = equipment_of("second_cabinet")

    supplying.use_equipment(session, step, item=equipment_of("second_cabinet"), by=technician)

    assert len(step.equipment) == 1


def test_a_step_away_from_the_benches_takes_the_cabinet_of_any(
    session, step, equipment_of, place_of, technician
):
    step.station = place_of("freezing_station")

    supplying.use_equipment(session, step, item=equipment_of("second_cabinet"), by=technician)

    assert len(step.equipment) == 1


def test_a_second_person_lets_the_cabinet_of_another_bench_be_used_and_a_deviation_opens(
    session, step, equipment_of, technician, lead, proof_of
):
    used = supplying.use_equipment(
        session,
        step,
        item=equipment_of("second_cabinet"),
        override=proof_of(lead),
        reason="the fan of the first stopped",
        by=technician,
    )

    rules, about = supplies_of(session)
    assert (used.override_by_id, rules) == (lead.id, ["supply"])
    assert [each.equipment_id for each in about] == [equipment_of("second_cabinet").id]


def test_a_cabinet_of_another_bench_that_was_used_already_is_kept_with_a_deviation(
    session, step, equipment_of, technician
):
    supplying.note_equipment(session, step, [equipment_of("second_cabinet")], by=technician)

    assert [each.equipment_id for each in step.equipment] == [equipment_of("second_cabinet").id]
    assert supplies_of(session)[0] == ["supply"]


def test_nothing_is_scanned_into_a_closed_step(session, at_the_bench, course, lot_of, technician):
    closed = at_the_bench.isolate(course, close=True).made_by

    with pytest.raises((StepNotOpen, WrongState)):
        supplying.use_lot(session, closed, lot=lot_of("enzyme"), quantity=Decimal(5), by=technician)
