"""A specification approved before a limit was asked for: told, and nothing passes by it unseen."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from lims import clock
from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.models.fill import FillKind
from lims.workflows import (
    fill_gate,
    off_plan,
    readings_before,
    recounting,
    specifications,
    tank_readings,
)
from lims.workflows.specifications import NotJudged
from tests.laboratory import cryobank
from tests.laboratory.cells import counted

CULTURED, DOUBLING = "culture_hours_min", "doubling_hours_min"
IN_SUSPENSION, OFF_PLAN = "suspension_hours_max", "retrieval_off_plan_hours_max"
HARVESTED = pytest.mark.parametrize("name", [CULTURED, DOUBLING])


@pytest.fixture
def lacking(session):
    """`lacking(name)`: the specification in force as one that knows nothing of this limit."""
    held = []

    def without(name):
        version = specifications.current(session)
        known = [each for each in version.limits if each.name != name]
        assert len(known) < len(version.limits)
        set_committed_value(version, "limits", known)
        held.append(version)  # or it would be read anew
        return version

    return without


def rules(session):
    return session.scalars(select(Deviation.rule).order_by(Deviation.id)).all()


@pytest.fixture
def harvest(at_the_bench, course):
    vessels = at_the_bench.first_passage(course)
    return lambda comment=None: at_the_bench.harvest(
        vessels, count=counted(32_000_000), comment=comment
    )


@HARVESTED
def test_a_harvest_that_cannot_be_judged_is_asked_about(harvest, lacking, name):
    version = lacking(name)

    with pytest.raises(FieldError, match="cannot be judged") as asked:
        harvest()

    assert asked.value.field == "comment"
    assert f"{version.code} has no limit “{name}”" in asked.value.english()


@HARVESTED
def test_it_is_recorded_with_a_deviation(session, harvest, lacking, name):
    lacking(name)

    harvest("quality was told")

    assert rules(session) == ["not_judged"]


def test_growth_told_by_a_later_count_is_not_judged_either(
    session, at_the_bench, course, lacking, technician
):
    tube = at_the_bench.harvest(at_the_bench.first_passage(course), count=None, close=True)
    step = recounting.start_count(session, tube, **at_the_bench.opening())
    lacking(DOUBLING)

    recounting.record_count(
        session, step, suspension=tube, count=counted(32_000_000), comment="quality was told",
        performed=at_the_bench.done(), by=technician,
    )  # fmt: skip

    assert rules(session) == ["not_judged"]


def test_a_tube_whose_age_cannot_be_judged_is_not_filled_into_doses(
    session, qc_room, course, lacking
):
    tube = qc_room.cells(course)
    lacking(IN_SUSPENSION)

    found = fill_gate.problems_with(session, tube, FillKind.DOSES)

    assert [type(each) for each in found] == [NotJudged]


def test_frozen_all_the_same_it_is_a_deviation(session, qc_room, course, lacking):
    tube = qc_room.cells(course)
    lacking(IN_SUSPENSION)

    qc_room.fill(tube, kind=FillKind.VIALS)

    assert "not_judged" in rules(session)


def test_a_warm_reading_that_is_held_against_none_before_it_is_asked_about(
    session, lacking, technician
):
    tank = cryobank.tank(session)
    lacking(readings_before.JUMP)
    shown = {"level_pct": None, "refilled": False, "by": technician}

    with pytest.raises(FieldError, match="warmer than"):
        tank_readings.record_reading(
            session, tank, observed_at=clock.now(), temperature_c=Decimal("-17.2"), **shown
        )


def test_vials_whose_time_cannot_be_judged_are_asked_about(session, orders, course, lacking):
    orders.released(course)
    order = orders.scheduled(orders.thaw(course))
    lacking(OFF_PLAN)

    assert NotJudged in [type(each) for each in off_plan.found(session, order)]
    with pytest.raises(FieldError, match="cannot be judged"):
        orders.start(order, comment=None)
    assert orders.start(order, comment="as planned").comment == "as planned"
