"""Thaw: what the gate asks, each vial scanned into the bath, what was got, what it broke."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.batch import Batch, BatchStatus
from lims.models.course import CourseStatus
from lims.models.deviation import Deviation, HoldKind
from lims.models.fill import FillKind, VialStatus
from lims.models.order import OrderKind, OrderStatus
from lims.models.patient import ConsentKind
from lims.models.step import IdentityCheck, StepStatus
from lims.models.suspension import SuspensionOrigin
from lims.workflows import (
    consents,
    course_progress,
    fill_gate,
    holds,
    ordering,
    recounting,
    rejecting,
    sampling,
    seeding_limits,
    sessions,
    starting,
    steps,
    thaw_findings,
    thaw_gate,
    thaw_stops,
    thawing,
)
from lims.workflows.consents import ConsentMissing
from lims.workflows.containers import NotPlanned
from lims.workflows.culturing import NothingScanned
from lims.workflows.freezing_limits import NotFrozenAgain
from lims.workflows.holds import OnHold
from lims.workflows.identity import Mismatch
from lims.workflows.order_gate import CourseOver
from lims.workflows.performing import InTheFuture
from lims.workflows.reserving import VialsOut
from lims.workflows.retrieving import NothingKept
from lims.workflows.sampling import Drawn
from lims.workflows.signing import Proof, SamePerson
from lims.workflows.steps import SomethingDone
from lims.workflows.stopping import CoursePostponed
from lims.workflows.thaw_gate import NotForThaw, NothingUnknown, OriginUnknown
from lims.workflows.thaw_stops import StopAtTheBath
from lims.workflows.thawing import NotThawed, WhyAborted
from lims.workflows.vial_choice import FillNotReady
from tests import laboratory
from tests.laboratory import clinic
from tests.laboratory.cells import counted, planned


@pytest.fixture
def order(orders, course):
    """Two vials of five million each, out of the cold for the second session."""
    return orders.retrieved(course)


def rules(session):
    return set(session.scalars(select(Deviation.rule)))


def test_a_vial_that_stands_in_its_place_is_not_put_into_the_bath(session, orders, thaws, course):
    order = orders.awaited(course)
    step = thaws.start(order)

    with pytest.raises(thaw_gate.StillInItsPlace, match="is not taken out yet. The bank"):
        thawing.warm_vial(
            session, step, vial=thaw_gate.to_come(session, order)[0], by=thaws.bench.technician
        )


def test_of_an_order_that_is_thawed_the_page_says_so(session, thaws, order):
    thaws.record(thaws.begun(order))

    told = [type(each) for each in thaw_gate.problems_with(session, order, [])]

    assert thaw_gate.ThawedAlready in told
    assert WrongState not in told


def test_what_is_got_is_one_suspension_of_a_new_batch(session, thaws, order, course):
    vials = thaws.out(order)

    made = thaws.record(thaws.begun(order))

    assert made.origin is SuspensionOrigin.THAW
    assert made.batch_id != vials[0].fill.batch_id
    assert made.batch.course_id == course.id
    assert starting.vials_of(session, made.batch) == vials
    assert {vial.status for vial in vials} == {VialStatus.USED}
    assert order.status is OrderStatus.FULFILLED


def test_passage_and_doublings_go_on_where_the_vials_were(thaws, order):
    (tube,) = {thaw_gate.tube_of(vial) for vial in thaws.out(order)}
    tube.cumulative_doublings = Decimal("5.5")

    made = thaws.record(thaws.begun(order))

    assert (made.passage, made.cumulative_doublings) == (tube.passage, Decimal("5.5"))
    assert made.freeze_thaws == tube.freeze_thaws + 1
    assert seeding_limits.next_passage(made) == tube.passage + 1


def test_a_course_in_treatment_is_in_manufacture_again(session, thaws, order, course):
    for status in (CourseStatus.DOSE_READY, CourseStatus.TREATING):
        thawing.states.move(session, course, status)

    thaws.start(order)

    assert course.status is CourseStatus.MANUFACTURING


def test_a_thaw_as_it_should_be_opens_no_deviation(session, thaws, order):
    known = rules(session)

    thaws.record(thaws.begun(order))

    assert rules(session) == known


def later(session, thaws, order, live, dead=100_000):
    """Counted after the thaw was closed, not in it."""
    step = thaws.begun(order)
    made = thaws.record(step, count=None)
    thaws.bench.close(step)
    counting = recounting.start_count(session, made, **thaws.bench.opening())
    count = {"suspension": made, "count": counted(live, dead), "performed": thaws.bench.done()}
    return recounting.record_count(session, counting, **count, by=thaws.bench.technician)


def test_more_cells_than_were_frozen_are_asked_about_at_a_later_count(session, thaws, order):
    with pytest.raises(FieldError, match="and were frozen"):
        later(session, thaws, order, 11_400_001)


@pytest.mark.parametrize(
    ("live", "dead", "rule"),
    [(6_640_000, 0, "recovery"), (8_000_000, 3_430_000, "viability"), (8_000_000, 0, None)],
)
def test_a_later_count_is_judged_as_one_at_the_thaw(session, thaws, order, live, dead, rule):
    known = rules(session)

    later(session, thaws, order, live, dead)

    assert rules(session) - known == ({rule} if rule else set())


def test_more_cells_than_were_frozen_are_asked_about(thaws, order):
    step = thaws.begun(order)

    with pytest.raises(FieldError, match="and were frozen.*say why in the comment") as asked:
        thaws.record(step, live=11_400_001)

    assert asked.value.field == "comment"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"live": 11_400_000, "dead": 0}, None),
        ({"live": 11_400_001, "dead": 0, "comment": "counted three times"}, "balance"),
        ({"bath_temperature_c": Decimal("38.1")}, "thaw"),
        ({"bath_temperature_c": Decimal(38)}, None),
        ({"live": 6_640_000, "dead": 0}, "recovery"),
        ({"live": 6_650_000, "dead": 0}, None),
        ({"live": 8_000_000, "dead": 3_430_000}, "viability"),
        ({"live": 8_000_000, "dead": 3_428_000}, None),
    ],
)
def test_what_is_outside_the_specification_is_a_deviation(session, thaws, order, changed, rule):
    known = rules(session)

    thaws.record(thaws.begun(order), **changed)

    assert rules(session) - known == ({rule} if rule else set())


@pytest.mark.parametrize(("seconds", "found"), [(180, set()), (181, {"thaw"})])
def test_a_vial_too_long_in_the_bath_is_a_deviation(session, thaws, order, seconds, found):
    known, step = rules(session), thaws.begun(order)

    thaws.record(step, seconds={step.thawed[0].vial.code: seconds})

    assert rules(session) - known == found


@pytest.mark.parametrize(("seconds", "found"), [(80, set()), (95, {"warm"})])
def test_a_vial_too_long_out_of_the_cold_is_a_deviation(session, thaws, order, seconds, found):
    known = rules(session)

    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        thaws.record(thaws.begun(order))

    assert rules(session) - known == found


def test_not_counted_nothing_is_judged(session, thaws, order):
    known = rules(session)

    made = thaws.record(thaws.begun(order), count=None)

    assert made.count is None
    assert rules(session) == known


def test_what_was_taken_from_a_vial_to_be_tested_was_not_there_to_be_got_back(thaws, order):
    vials = thaws.out(order)

    frozen = thaw_findings.cells_frozen(thaws.session, vials)

    assert frozen == 10_000_000 - 500_000  # a tenth of one vial went to its sterility test


def test_another_patients_vial_stops_everything(session, thaws, order, orders):
    theirs = orders.retrieved(clinic.course(session, "schmidt"))
    step = thaws.start(order)

    with pytest.raises(Mismatch):
        thaws.warm(step, *thaws.out(theirs))


def test_a_vial_taken_out_for_another_order_is_not_thawed_here(thaws, order, orders, course):
    other = orders.retrieved(course)
    step = thaws.start(order)

    with pytest.raises(thaw_gate.NotTakenOut):
        thaws.warm(step, *thaws.out(other))


def test_a_vial_in_its_place_is_not_thawed(thaws, order, orders, course):
    (stored, *_rest) = orders.released(course)
    step = thaws.start(order)

    with pytest.raises(thaw_gate.NotTakenOut, match="Take the vials of this order"):
        thaws.warm(step, stored)


def test_a_vial_is_thawed_once(thaws, order):
    (vial, *_rest), step = thaws.out(order), thaws.start(order)
    thaws.warm(step, vial)

    with pytest.raises(WrongState):
        thaws.warm(step, vial)


@pytest.mark.parametrize(
    ("shift", "refusal"),
    [(timedelta(minutes=5), InTheFuture), (-timedelta(hours=1), FieldError)],
)
def test_a_vial_goes_into_the_bath_after_it_was_taken_out(thaws, order, shift, refusal):
    (vial, *_rest), step = thaws.out(order), thaws.start(order)

    with pytest.raises(refusal):
        thaws.warm(step, vial, at=clock.now() + shift)


def test_nothing_scanned_is_no_thaw(thaws, order):
    with pytest.raises(NothingScanned):
        thaws.record(thaws.start(order))


def test_a_time_in_the_bath_is_of_a_vial_that_was_scanned(thaws, order):
    (vial, other), step = thaws.out(order), thaws.start(order)
    thaws.warm(step, vial)

    with pytest.raises(NotThawed):
        thaws.record(step, seconds={other.code: 100})


def test_a_vial_that_was_not_put_into_the_bath_may_go_back(thaws, order, orders):
    (vial, spare), step = thaws.out(order), thaws.start(order)
    thaws.warm(step, vial)
    thaws.record(step, live=4_000_000)

    orders.bring_back(spare)

    assert (vial.status, spare.status) == (VialStatus.USED, VialStatus.STORED)


def test_a_thaw_without_cells_uses_the_vials_up_and_ends_the_batch(session, thaws, order):
    vials, step = thaws.out(order), thaws.begun(order)

    thaws.abort(step)
    thaws.bench.close(step)

    assert {vial.status for vial in vials} == {VialStatus.USED}
    assert order.status is OrderStatus.FULFILLED
    assert "thaw" in rules(session)
    assert session.get_one(thawing.Batch, step.batch_id).status is BatchStatus.CLOSED


def test_why_no_cells_were_got_is_said(thaws, order):
    with pytest.raises(WhyAborted):
        thaws.abort(thaws.begun(order), reason=" ")


def test_a_thaw_in_which_a_vial_was_warmed_is_not_given_up(session, thaws, order):
    step = thaws.begun(order)

    with pytest.raises(SomethingDone):
        steps.void_step(
            session, step, reason="?", checker=thaws.bench.checker(), by=step.started_by
        )


def test_an_order_does_not_end_while_its_vials_are_in_the_bath(session, thaws, order, orders):
    step = thaws.begun(order)

    with pytest.raises(VialsOut):
        ordering.cancel_order(session, order, reason="fever", by=orders.physician)
    with time_machine.travel(clock.now() + timedelta(days=90)):
        ordering.lapse_due(session)

    assert (order.status, step.status) == (OrderStatus.SCHEDULED, StepStatus.OPEN)


def test_what_is_in_the_bath_is_recorded_though_its_session_was_cancelled(thaws, order, orders):
    step, sitting = thaws.begun(order), order.session

    sessions.cancel_session(
        thaws.session,
        sitting,
        version=sessions.version_of(sitting),
        reason="fever",
        by=orders.physician,
    )
    made = thaws.record(step)

    assert (made.origin, order.status) == (SuspensionOrigin.THAW, OrderStatus.FULFILLED)


def test_a_thaw_given_up_goes_on_in_the_same_batch(session, thaws, order):
    step = thaws.start(order)
    checker, by = thaws.bench.checker(), step.started_by
    steps.void_step(session, step, reason="no label", checker=checker, by=by)

    again = thaws.start(order)

    assert (step.status, again.batch_id) == (StepStatus.VOID, step.batch_id)


def test_an_order_is_thawed_at_one_bench(thaws, order):
    thaws.start(order)

    with pytest.raises(thaw_gate.UnderWay):
        thaws.start(order, station=thaws.bench.place("second_bench"))


@pytest.fixture
def made_ready(session, thaws, planned_order, technician):
    """The batch of a thaw for which the bench stands ready, before a vial is out; its step."""
    step = thaws.start(planned_order)
    return session.get_one(Batch, step.batch_id), step


def given_up(thaws, step):
    checker = thaws.bench.checker()
    steps.void_step(thaws.session, step, reason="-", checker=checker, by=step.started_by)


def cancelled(session, order):
    """The session of an order is cancelled, and its order with it."""
    sitting = order.session
    version = sessions.version_of(sitting)
    by = laboratory.person(session, "physician")
    sessions.cancel_session(session, sitting, version=version, reason="fever", by=by)


@pytest.mark.parametrize("void", [False, True])
def test_an_empty_batch_ends_with_the_order_it_was_opened_for(
    session, thaws, orders, planned_order, made_ready, void
):
    batch, step = made_ready
    if void:
        given_up(thaws, step)

    ordering.cancel_order(session, planned_order, reason="fever", by=orders.physician)

    assert (batch.status, batch.closed_at is None) == (BatchStatus.CLOSED, False)


def test_the_bench_made_ready_is_cleared_after_the_batch_ended(
    session, thaws, orders, planned_order, made_ready
):
    batch, step = made_ready
    ordering.cancel_order(session, planned_order, reason="fever", by=orders.physician)

    given_up(thaws, step)

    assert (batch.status, step.status) == (BatchStatus.CLOSED, StepStatus.VOID)


def test_an_empty_batch_ends_with_an_order_that_lapses(session, planned_order, made_ready):
    with time_machine.travel(clock.now() + timedelta(days=90)):
        ordering.lapse_due(session)

    assert made_ready[0].status is BatchStatus.CLOSED


@pytest.mark.parametrize("void", [False, True])
def test_with_vials_out_a_batch_ends_once_no_thaw_is_open_in_it(session, thaws, order, void):
    step = thaws.start(order)
    batch = session.get_one(Batch, step.batch_id)
    if void:
        given_up(thaws, step)

    cancelled(session, order)

    assert batch.status is (BatchStatus.CLOSED if void else BatchStatus.OPEN)


def test_a_thaw_given_up_after_its_order_ended_ends_its_batch(session, thaws, order):
    step = thaws.start(order)
    cancelled(session, order)

    given_up(thaws, step)

    assert session.get_one(Batch, step.batch_id).status is BatchStatus.CLOSED


@pytest.fixture
def planned_order(orders, course):
    """Two vials of five million each, kept in their places for an order that is planned."""
    orders.released(course, 2)
    return orders.scheduled(orders.thaw(course, None, vials=2))


def test_the_bench_is_made_ready_before_the_first_vial_is_out(thaws, orders, planned_order):
    step = thaws.start(planned_order)
    orders.retrieve(planned_order)

    thaws.warm(step, *thaws.out(planned_order))

    assert thaws.record(step).passage == step.thawed[0].vial.fill.passage


def test_a_vial_kept_for_the_order_is_not_thawed_before_it_was_taken_out(thaws, planned_order):
    step = thaws.start(planned_order)

    with pytest.raises(WrongState):
        thaws.warm(step, *thaws.orders.kept(planned_order))


def test_the_bench_is_not_made_ready_before_the_bank_planned_the_retrieval(thaws, orders, course):
    orders.released(course)
    order = orders.approve(orders.checked(orders.thaw(course)))

    with pytest.raises(WrongState):
        thaws.start(order)


def test_an_order_of_which_no_vial_is_kept_any_more_is_not_thawed(thaws, order, orders):
    for vial in thaws.out(order):
        orders.bring_back(vial)

    with pytest.raises(NothingKept):
        thaws.start(order)


def test_a_vial_put_on_hold_before_the_bath_is_not_warmed(session, thaws, order, lead):
    (vial, *_rest), step = thaws.out(order), thaws.start(order)
    holds.put_on_hold(session, vial, kind=HoldKind.HOLD, reason="a tank was warm", by=lead)

    with pytest.raises(OnHold):
        thaws.warm(step, vial)


def test_a_vial_on_hold_that_was_warmed_is_told_as_it_was(session, thaws, order, lead):
    (vial, *_rest), step = thaws.out(order), thaws.start(order)
    holds.put_on_hold(session, vial, kind=HoldKind.HOLD, reason="a tank was warm", by=lead)

    thaws.warm(step, vial, at=clock.now())

    assert vial.status is VialStatus.THAWED


def test_nothing_is_thawed_for_a_transfer(thaws, orders, course):
    orders.released(course)

    with pytest.raises(NotForThaw):
        thaws.start(orders.other(course.patient, OrderKind.TRANSFER))


def test_what_is_fulfilled_is_not_thawed_again(thaws, order):
    thaws.record(thaws.begun(order))

    with pytest.raises(WrongState):
        thaws.start(order)


@pytest.mark.parametrize("kind", [ConsentKind.USE, ConsentKind.STORAGE])
def test_without_consent_nothing_is_thawed(session, thaws, order, physician, kind):
    consent = consents.in_force(session, order.patient)[kind]
    consents.withdraw_consent(
        session, consent, version=consent.version, withdrawn_on=clock.today(), reason="asked",
        by=physician,
    )  # fmt: skip

    with pytest.raises(ConsentMissing):
        thaws.start(order)


def test_nothing_is_thawed_for_a_course_that_rests(session, thaws, order, course, physician):
    course_progress.postpone_course(session, course, reason="fever", by=physician)

    with pytest.raises(CoursePostponed):
        thaws.start(order)


def test_nothing_is_thawed_for_a_course_that_ended(session, thaws, order, course, physician):
    course_progress.withdraw_course(session, course, reason="no longer", by=physician)

    assert CourseOver in {
        type(each) for each in thaw_gate.problems_with(session, order, thaws.out(order))
    }


def test_nothing_is_thawed_of_a_fill_taken_back(session, thaws, order, qa_officer):
    fill = thaws.out(order)[0].fill
    proof = Proof(user_id=qa_officer.id, name=qa_officer.full_name)
    rejecting.recall_fill(session, fill, reason="a result", proof=proof, by=qa_officer)

    with pytest.raises(FillNotReady):
        thaws.start(order)


def test_a_vial_on_hold_is_not_thawed(session, thaws, order, lead):
    (vial, *_rest) = thaws.out(order)
    holds.put_on_hold(session, vial, kind=HoldKind.HOLD, reason="a tank was warm", by=lead)

    with pytest.raises(OnHold):
        thaws.start(order)


def test_a_hold_put_on_during_the_thaw_is_of_what_is_got(session, thaws, order, lead):
    (vial, *_rest), step = thaws.out(order), thaws.begun(order)
    holds.put_on_hold(session, vial, kind=HoldKind.HOLD, reason="a tank was warm", by=lead)

    made = thaws.record(step)

    assert [hold.reason for hold in holds.open_holds(session, made)] == ["a tank was warm"]


@pytest.fixture
def unknown(thaws, order):
    """The order, of whose vials nobody knows the doublings."""
    for vial in thaws.out(order):
        thaw_gate.tube_of(vial).cumulative_doublings = None
    return order


def test_vials_of_unknown_doublings_are_thawed_when_quality_lets_them(thaws, unknown, orders):
    with pytest.raises(OriginUnknown):
        thaws.start(unknown)

    thaw_gate.allow_thaw(
        thaws.session, unknown, reason="the old records are lost", proof=orders.proof(orders.qa),
        by=orders.qa,
    )  # fmt: skip

    assert thaws.record(thaws.begun(unknown)).cumulative_doublings is None


def test_what_is_known_needs_no_allowance(thaws, order, orders):
    with pytest.raises(NothingUnknown):
        thaw_gate.allow_thaw(
            thaws.session, order, reason="?", proof=orders.proof(orders.qa), by=orders.qa
        )


def test_thawed_cells_are_filled_into_doses_and_never_frozen_again(session, thaws, order):
    made = thaws.record(thaws.begun(order))

    assert list(fill_gate.problems_with(session, made, FillKind.DOSES)) == []
    (problem,) = fill_gate.problems_with(session, made, FillKind.VIALS)
    assert isinstance(problem, NotFrozenAgain)


def test_the_tube_is_the_one_that_was_labelled_for_the_thaw(thaws, order):
    other = thaws.orders.bank.room.cells(order.session.course)
    step = thaws.begun(order)

    with pytest.raises(NotPlanned):
        thaws.record(step, suspension_code=other.code)


def test_an_aliquot_is_taken_while_the_thaw_is_open(session, thaws, order):
    step = thaws.start(order, aliquots=1)
    thaws.warm(step, *thaws.out(order))
    made = thaws.record(step)

    drawn = Drawn(made, planned(session, step, "QC")[0], Decimal("0.2"))
    taken = sampling.take_aliquot(
        session, step, drawn=drawn, at=clock.now(), by=thaws.bench.technician
    )

    assert taken.withdrawal.suspension is made


@pytest.fixture
def stopped(session, thaws, order):
    """A thaw in which another patient's vial was scanned."""
    step = thaws.start(order)
    thaw_stops.report_thaw_stop(session, step, scanned="VL-other", by=thaws.bench.technician)
    return step


def test_after_a_stop_no_vial_goes_into_the_bath_before_a_second_person_cleared_it(
    thaws, order, stopped
):
    with pytest.raises(StopAtTheBath):
        thaws.warm(stopped, *thaws.out(order))


def test_a_stop_at_the_bath_is_cleared_once_by_a_second_person(session, thaws, order, stopped):
    first, second = thaws.out(order)
    lead = thaws.bench.lead

    thaws.warm(stopped, first, second=Proof(lead.id, lead.full_name))
    thaws.warm(stopped, second)

    checks = session.scalars(select(IdentityCheck).where(IdentityCheck.step_id == stopped.id)).all()
    assert [each.cleared_by for each in checks if each.scanned.startswith("VL")] == [lead, None]


def test_a_stop_at_the_bath_is_not_cleared_by_who_stands_there_alone(thaws, order, stopped):
    me = thaws.bench.technician

    with pytest.raises(SamePerson):
        thaws.warm(stopped, *thaws.out(order), second=Proof(me.id, me.full_name))


def test_badge_and_pin_of_a_second_person_clear_a_stop_at_the_bath(session, thaws, order, stopped):
    first, _second = thaws.out(order)
    lead = thaws.bench.lead

    thaws.warm(stopped, first, second=Proof(lead.id, lead.full_name, by_pin=True))

    assert thaw_stops.uncleared(session, stopped) is None


def test_what_is_in_the_bath_is_recorded_whatever_stop_stands(thaws, order, stopped):
    thaws.warm(stopped, *thaws.out(order), at=clock.now())

    assert len(stopped.thawed) == 2


def test_another_vial_scanned_wrongly_before_it_is_cleared_is_the_same_deviation(
    session, thaws, stopped
):
    again = thaw_stops.report_thaw_stop(
        session, stopped, scanned="VL-third", by=thaws.bench.technician
    )

    assert session.scalars(select(Deviation).where(Deviation.rule == "thaw_stop")).all() == [again]
