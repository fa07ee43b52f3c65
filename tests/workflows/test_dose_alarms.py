"""Of what holds a released dose the clinic is told, wherever it began: a hold, a lot, a device."""

import pytest

from lims import clock
from lims.models.deviation import HoldKind
from lims.models.fill import Dose
from lims.models.step import StepLot
from lims.workflows import deviations, dose_alarms, dose_gate, holds, injection_findings


@pytest.fixture
def dose(treatment, course):
    (released,) = treatment.released(course)
    return released


@pytest.fixture
def told(session, dose):
    """What the clinic is told of: the code and the reason of each."""

    def told():
        found = dose_alarms.told(session, Dose.patient_id == dose.patient_id)
        return [(each.code, each.reason) for each in found]

    return told


def on_hold(session, treatment, held):
    return holds.put_on_hold(
        session, held, kind=HoldKind.HOLD, reason="a doubt", by=treatment.room.qa
    )


def lift(session, treatment, hold):
    qa = treatment.room.qa
    holds.lift_hold(session, hold, reason="cleared", proof=treatment.proof(qa), by=qa)


@pytest.mark.parametrize("of", ["tube", "batch"])
def test_a_hold_put_on_by_hand_is_told_until_it_is_lifted(session, treatment, dose, told, of):
    held = dose.fill.batch if of == "batch" else dose.fill.withdrawal.suspension
    hold = on_hold(session, treatment, held)
    before = told()

    lift(session, treatment, hold)

    assert before == [(dose.code, "a doubt")]
    assert told() == []


def test_an_injection_while_a_hold_was_in_force_is_marked(session, treatment, dose):
    treatment.at_the_clinic(dose)
    on_hold(session, treatment, dose.fill.batch)

    found = dict(injection_findings.not_in_order(session, dose, clock.now()))

    assert "a doubt" in found["fact"].english()


@pytest.mark.parametrize("name", ["medium", "incubator", "cabinet"])
def test_what_is_reported_of_a_lot_or_a_device_is_told_where_the_gate_stands(
    session, treatment, dose, told, lot_of, equipment_of, lead, name
):
    used = lot_of("complete_medium")  # made of the lot "medium"
    session.add(
        StepLot(
            patient_id=dose.patient_id, step_id=dose.fill.made_by_id, lot_id=used.id, quantity=1
        )
    )
    session.flush()

    deviation = deviations.report_deviation(
        session, title="A smell", description="-", by=lead,
        subjects=[(lot_of if name == "medium" else equipment_of)(name)],
    )  # fmt: skip

    problems = dose_gate.problems_with(session, dose, dose.session)
    assert deviation.code in {each.parameters.get("deviation") for each in problems}
    assert told() == [(dose.code, "A smell")]


def test_what_is_reported_of_another_lot_is_not_told(session, dose, told, lot_of, lead):
    deviations.report_deviation(
        session, title="A smell", description="-", subjects=[lot_of("kit")], by=lead
    )

    assert told() == []


def test_what_went_into_the_cells_behind_holds_what_is_made_of_them(
    session, thaws, course, equipment_of, lead
):
    cells = thaws.thawed(course, 2, live=8_000_000)
    source = thaws.sources(cells)[0].fill.batch

    report = deviations.report_deviation(
        session, title="A smell", description="-", subjects=[equipment_of("incubator")], by=lead
    )

    assert report in deviations.of_batch(session, source)
    assert report in deviations.of_batch(session, cells.batch)
