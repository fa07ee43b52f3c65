"""What comes after the first dose: from frozen cells, used as they are or grown on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims.models.course import CourseStatus
from lims.models.deviation import HoldKind
from lims.models.fill import FillKind, FillStatus
from lims.models.retrieval import Thaw
from lims.models.suspension import Purpose, SuspensionOrigin
from lims.workflows import (
    deviations,
    dose_gate,
    fill_gate,
    fill_results,
    filling,
    holds,
    processing,
    seeding,
    splitting,
)
from lims.workflows.freezing_limits import FrozenTooOften, NotFrozenAgain
from tests.laboratory.cells import counted, planned
from tests.laboratory.desk import Desk


@pytest.fixture
def cells(thaws, course):
    """Cells just thawed: 16 of the 20 million of four vials."""
    return thaws.thawed(course, 4, live=16_000_000)


@pytest.fixture
def washed(session, thaws, cells):
    """The same, washed; the step is closed."""
    bench = thaws.bench
    step = processing.start_processing(session, [cells], **bench.opening())
    made = processing.record_processing(
        session, step, sources=[cells], operation=SuspensionOrigin.WASH,
        suspension_code=planned(session, step, "SU")[0], volume_ml=Decimal(2),
        count=counted(15_500_000, 500_000), performed=bench.done(), by=bench.technician,
    )  # fmt: skip
    bench.close(step)
    return made


@pytest.fixture
def grown(session, thaws, cells):
    """Harvested from vessels that the thawed cells were seeded into."""
    bench = thaws.bench
    sow = seeding.start_seeding(session, cells, vessels=1, **bench.opening())
    seeding.record_seeding(
        session, sow, suspension=cells, sown=bench.sown(sow, "0.05"), shelf=bench.place("shelf"),
        performed=bench.done(), by=bench.technician,
    )  # fmt: skip
    splitting.put_aside(session, sow, suspension=cells, purpose=Purpose.WASTE, by=bench.technician)
    bench.close(sow)
    return bench.harvest(bench.vessels(*planned(session, sow, "VE")), count=counted(6_400_000))


def test_a_dose_of_thawed_cells_lives_as_long_as_thawed_cells_do(session, cells, grown):
    now = cells.made_by.performed_at

    assert filling.expiry(session, cells, now) == now + timedelta(hours=4)
    assert filling.expiry(session, grown, now) == now + timedelta(hours=24)


def test_washed_after_the_thaw_they_live_no_longer(session, washed):
    now = washed.made_by.performed_at

    assert filling.expiry(session, washed, now) == now + timedelta(hours=4)


def test_seeded_on_the_passage_and_the_doublings_go_on(cells, grown):
    sown = grown.made_by.performed_at and cells.withdrawals[0].viable_cells

    assert grown.passage == cells.passage + 1
    gained = grown.cumulative_doublings - cells.cumulative_doublings
    assert round(2 ** float(gained), 3) == round(6_400_000 / sown, 3)


@pytest.mark.parametrize("name", ["cells", "washed"])
def test_cells_not_passaged_since_their_thaw_are_never_frozen(session, request, name):
    tube = request.getfixturevalue(name)

    found = fill_gate.problems_with(session, tube, FillKind.VIALS)

    assert NotFrozenAgain in {type(each) for each in found}


def test_after_a_passage_they_are_frozen_once_more_and_then_no_more(session, grown):
    assert grown.freeze_thaws == 1
    assert list(fill_gate.problems_with(session, grown, FillKind.VIALS)) == []

    grown.freeze_thaws = 2
    (problem,) = fill_gate.problems_with(session, grown, FillKind.VIALS)
    assert isinstance(problem, FrozenTooOften)


def test_what_was_poured_was_frozen_as_often_as_what_it_came_of(washed):
    assert washed.freeze_thaws == 1


def test_in_process_tests_of_the_first_culture_answer_for_what_was_thawed(session, thaws, cells):
    room = thaws.orders.bank.room
    room.fill(cells, "1")
    fill = session.scalars(select(filling.Fill).order_by(filling.Fill.id.desc())).first()

    judged = {each.line.code: each for each in fill_results.judged(session, fill)}

    assert judged["in_process_sterility"].test is not None
    assert judged["viability_pct"].test is None  # what is filled now answers for itself
    assert "post_thaw_viability_pct" in judged


def test_thawed_cells_are_filled_tested_and_released_like_fresh_ones(session, thaws, cells):
    room, desk = thaws.orders.bank.room, Desk(session, thaws.orders.bank.room)
    (planned_for,) = cells.batch.course.sessions[0].administrations
    planned_for.volume_ml, planned_for.cells = Decimal("1.5"), 12_000_000
    fill = room.fill(cells, "1.5")
    (aliquot,) = room.sample(fill.batch, (cells, "0.2"))
    room.settle_all(aliquot)
    room.look_at(fill)
    (dose,) = room.sample(fill.batch, (fill.doses[0], "0.05"))
    (test,) = room.ask(dose, "sterility")
    room.start_test(test)

    desk.release_conditionally(fill)

    assert fill.status is FillStatus.CONDITIONAL


def test_what_is_undecided_of_the_cells_that_were_frozen_holds_the_dose(session, thaws, cells):
    room = thaws.orders.bank.room
    fill = room.fill(cells, "1")
    source = thaws.sources(cells)[0].fill.batch
    deviation = deviations.report_deviation(
        session, title="A growth", description="seen late", subjects=[source],
        by=thaws.bench.lead,
    )  # fmt: skip

    found = dose_gate.problems_with(session, fill.doses[0], fill.doses[0].session)

    assert deviation.code in {each.parameters.get("deviation") for each in found}
    assert fill in deviations.blocked_by(session, deviation)


def test_a_hold_on_the_cells_that_were_frozen_holds_the_dose(session, thaws, cells):
    fill = thaws.orders.bank.room.fill(cells, "1")
    source = thaws.sources(cells)[0].fill.batch
    holds.put_on_hold(
        session, source, kind=HoldKind.HOLD, reason="the donor fell ill", by=thaws.bench.lead
    )

    found = dose_gate.problems_with(session, fill.doses[0], fill.doses[0].session)

    assert "the donor fell ill" in {each.parameters.get("reason") for each in found}


def test_the_course_is_in_manufacture_while_its_next_dose_is_made(thaws, cells, course):
    assert course.status is CourseStatus.MANUFACTURING
    assert isinstance(cells.made_by, Thaw)
