"""What the cells of a fill went without is told to whoever releases it, once, by the longest."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from lims import clock
from lims.workflows import (
    feeding,
    fill_lineage,
    qc_deciding,
    tank_readings,
    unusual,
    vial_places,
)
from lims.workflows.fill_lineage import Filled
from lims.workflows.untended import Unfed, Unread
from lims.workflows.unusual import Repeated
from tests.laboratory.cells import counted
from tests.laboratory.desk import Desk
from tests.laboratory.quality import days_later


def told(session, fill, kind):
    found = unusual.exceptions(session, fill)
    return [each.what.english() for each in found if isinstance(each.what, kind)]


@pytest.fixture
def harvested(session, qc_room, course):
    """The fill of the harvest of two vessels, one of them fed on the third and the sixth day."""
    bench = qc_room.bench
    vessels = bench.first_passage(course)

    def after(days):
        for day in range(3, days, 3):
            with days_later(day):
                feed(session, bench, vessels[0])
        with days_later(days):
            cells = bench.harvest(
                vessels, count=counted(85_000_000, 2_000_000), volume="5", close=True
            )
            return vessels, qc_room.fill(cells)

    return after


def feed(session, bench, vessel):
    step = feeding.start_feeding(session, [vessel], **bench.opening())
    feeding.record_feeding(
        session, step, vessels=[vessel], medium_ml=Decimal(25), full_change=True,
        performed=bench.done(), by=bench.technician, comment="no scanner",
    )  # fmt: skip
    bench.close(step)


def test_vessels_that_were_not_fed_in_time_are_told_with_the_longest(session, harvested):
    vessels, fill = harvested(9)

    assert told(session, fill, Unfed) == [
        f"{vessels[1].code}: without fresh medium for up to 9 days;"
        " the specification allows 4 days."
    ]


def test_vessels_that_were_fed_in_time_are_not_told(session, harvested):
    _, fill = harvested(3)

    assert told(session, fill, Unfed) == []


@pytest.fixture
def thawed(session, orders, thaws, course, technician):
    """Of vials that stood three days in a tank read at these hours, and the fill of them."""

    def going(*hours):
        vials = orders.released(course, 2)
        tank = vial_places.where(session, vials[0]).allocation.position.box.tank
        for hour in hours:
            with time_machine.travel(clock.now() + timedelta(hours=hour)):
                read(session, tank, technician)
        with days_later(3):
            order = orders.scheduled(orders.thaw(course, None, vials=2))
            orders.retrieve(order)
            step = thaws.begun(order)
            made = thaws.record(step, comment="warm")
            thaws.bench.close(step)
            return vials, orders.bank.room.fill(made, "1.5")

    return going


def read(session, tank, by):
    tank_readings.record_reading(
        session, tank, observed_at=clock.now(), temperature_c=Decimal("-190"),
        level_pct=Decimal(80), refilled=False, by=by,
    )  # fmt: skip


def test_a_tank_that_was_not_read_in_time_is_told_with_its_vials(session, thawed):
    vials, fill = thawed(12, 66)

    codes = "; ".join(vial.code for vial in vials)
    assert told(session, fill, Unread) == [
        f"{codes}: the tank was not read for up to 54 h; the specification allows 24 h."
    ]


def test_a_tank_that_was_read_in_time_is_not_told(session, thawed):
    _, fill = thawed(20, 40, 60)

    assert told(session, fill, Unread) == []


@pytest.mark.parametrize(
    ("undo", "why", "stands"),
    [
        (qc_deciding.invalidate_result, "cause", "invalid"),
        (qc_deciding.supersede_result, "reason", "superseded"),
    ],
)
def test_a_test_that_was_done_again_is_told_with_its_cause(
    session, qc_room, course, undo, why, stands
):
    desk = Desk(session, qc_room)
    fill = desk.judged(course)
    test = desk.cultured(fill)[0] if stands == "invalid" else approved(session, fill)
    signed = {"seen": qc_room.seen(test), "proof": qc_room.proof(qc_room.qa), "by": qc_room.qa}

    undo(session, test, **{why: "spike recovery of 20 %"}, **signed)

    (line,) = told(session, fill, Repeated)
    assert line.startswith(f"{test.line.name}: {test.code} (")
    assert line.endswith(f"is {stands} and was done again: spike recovery of 20 %")


def approved(session, fill):
    return next(each for each in fill_lineage.tests(session, Filled.as_made(fill)) if each.results)
