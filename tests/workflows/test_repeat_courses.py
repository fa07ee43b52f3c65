"""What comes after the first dose: from frozen cells, used as they are or grown on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import LimsError
from lims.models.agreement import AfterDeath
from lims.models.contraindication import Occasion
from lims.models.course import CourseStatus
from lims.models.deviation import HoldKind
from lims.models.fill import Dose, FillKind, FillStatus
from lims.models.order import OrderKind
from lims.models.retrieval import Thaw
from lims.models.site import Joint, Side
from lims.models.suspension import SuspensionOrigin
from lims.workflows import (
    agreements,
    collecting,
    consents,
    contraindication_checks,
    course_progress,
    courses,
    deviations,
    dose_alarms,
    dose_gate,
    fill_gate,
    fill_results,
    filling,
    holds,
    patients,
    processing,
    seeding,
    sessions,
    shelf_life,
)
from lims.workflows.deviation_rules import RULES
from lims.workflows.drafting import Paper, PaperNeeded
from lims.workflows.freezing_limits import FrozenTooOften, NotFrozenAgain
from lims.workflows.order_gate import AgreementNeeded
from lims.workflows.planned_injections import Injection
from tests.laboratory import clinic
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
    bench.waste(sow, cells)
    bench.close(sow)
    return bench.harvest(bench.vessels(*planned(session, sow, "VE")), count=counted(6_400_000))


def test_a_dose_of_thawed_cells_lives_as_long_as_thawed_cells_do(session, cells, grown):
    now = cells.made_by.performed_at

    assert shelf_life.expiry(session, cells, now) == now + timedelta(hours=4)
    assert shelf_life.expiry(session, grown, now) == now + timedelta(hours=24)


def test_washed_after_the_thaw_they_live_no_longer(session, washed):
    now = washed.made_by.performed_at

    assert shelf_life.expiry(session, washed, now) == now + timedelta(hours=4)


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


@pytest.fixture
def thawed_fill(session, thaws, cells):
    """A dose of thawed cells, tested and released conditionally."""
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
    return fill


def test_thawed_cells_are_filled_tested_and_released_like_fresh_ones(thawed_fill):
    assert thawed_fill.status is FillStatus.CONDITIONAL


def test_the_clinic_is_told_of_a_dose_held_by_what_is_found_in_the_cells_behind_it(
    session, thaws, cells, thawed_fill
):
    source, patient = thaws.sources(cells)[0].fill.batch, thawed_fill.patient_id
    before = dose_alarms.told(session, Dose.patient_id == patient)

    deviations.open_by_rule(
        session, "result_out", source, description="growth", by=thaws.bench.lead
    )

    (alarm,) = dose_alarms.told(session, Dose.patient_id == patient)
    why = RULES["result_out"][0]
    assert (before, alarm.code, alarm.reason) == ([], thawed_fill.doses[0].code, why)


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


@pytest.fixture
def later(session, course, physician):
    """Another course of the same patient: the hip, prescribed as much."""
    made = courses.order_course(
        session, course.patient, prescription=clinic.PRESCRIPTION, by=physician
    )
    hip = Injection(Joint.HIP, Side.LEFT, clinic.CELLS, clinic.VOLUME_ML)
    planned_on = clock.today() + timedelta(days=20)
    sessions.plan_session(session, made, planned_on=planned_on, injections=[hip], by=physician)
    contraindication_checks.record_check(
        session, made, occasion=Occasion.ENROLMENT, found=[], by=physician
    )
    return course_progress.declare_eligible(session, made, by=physician)


def agree(session, patient, keeper):
    today = clock.today()
    agreements.record_agreement(
        session, patient, number="K-12", signed_on=today, starts_on=today, paid_until=None,
        permitted_uses="any course", after_death=AfterDeath.DESTROY, document_sha256=None,
        by=keeper,
    )  # fmt: skip


def test_another_joint_is_treated_later_from_the_same_vials(session, thaws, orders, course, later):
    vials = orders.released(course, 2)
    agree(session, course.patient, orders.keeper)

    order = orders.scheduled(orders.thaw(later, None, vials=2))
    orders.retrieve(order)
    made = thaws.record(thaws.begun(order))

    assert made.batch.course is later
    assert later.status is CourseStatus.MANUFACTURING
    assert set(thaws.sources(made)) == set(vials)


def test_vials_kept_beyond_their_own_course_need_an_agreement(orders, course, later):
    orders.released(course, 2)

    with pytest.raises(AgreementNeeded):
        orders.checked(orders.thaw(later, None, vials=2))


def test_where_nothing_grew_tissue_is_collected_for_the_same_course_again(
    session, thaws, course, physician
):
    bench = thaws.bench
    first = bench.isolate(course, count=counted(8_000_000), close=True).batch

    collecting.order_kit(session, course, by=physician)
    second = bench.isolate(course, count=counted(8_000_000), close=True).batch

    assert (second.course, course.status) == (first.course, CourseStatus.MANUFACTURING)
    assert second is not first


@pytest.fixture(params=["died", "withdrew"])
def gone(request, session, orders, course, physician):
    """The patient, of whom vials are stored and others are out of the cold."""
    orders.released(course, 2)
    patient, order = course.patient, orders.retrieved(course, 2)
    if request.param == "died":
        patients.record_death(
            session, patient, version=patient.version, died_on=clock.today(), reason="told",
            by=physician,
        )  # fmt: skip
        return order
    for consent in consents.in_force(session, patient).values():
        consents.withdraw_consent(
            session, consent, version=consent.version, withdrawn_on=clock.today(), reason="asked",
            by=physician,
        )  # fmt: skip
    return order


def test_of_who_died_or_withdrew_nothing_is_ordered_or_thawed(gone, orders, thaws, course):
    with pytest.raises(LimsError):
        orders.submit(orders.thaw(course, None, vials=1))
    with pytest.raises(LimsError):
        thaws.start(gone)


def test_what_becomes_of_their_cells_rests_on_a_paper(gone, orders, course):
    with pytest.raises(PaperNeeded):
        orders.other(course.patient, OrderKind.DESTROY, paper=Paper())

    order = orders.scheduled(orders.other(course.patient, OrderKind.DESTROY, 2))

    assert order.document_sha256
