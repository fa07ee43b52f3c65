"""Ordering frozen cells: how many vials do, who signs, what speaks against it, how it ends."""

from datetime import timedelta

import pytest
import time_machine

from lims import clock
from lims.errors import FieldError, NotPermitted, Stale, WrongState
from lims.models.course import CourseStatus
from lims.models.deviation import HoldKind
from lims.models.fill import VialStatus
from lims.models.order import OrderKind, OrderStatus
from lims.models.patient import ConsentKind
from lims.workflows import (
    compromised,
    consents,
    course_progress,
    holds,
    order_decisions,
    order_gate,
    ordering,
    patients,
    redrafting,
    rejecting,
    reserving,
    sessions,
    vial_choice,
)
from lims.workflows.consents import ConsentMissing
from lims.workflows.drafting import (
    CellsOrVials,
    DestinationNeeded,
    NeededAfterSession,
    Paper,
    PaperNeeded,
)
from lims.workflows.lost_vials import VialLost
from lims.workflows.order_decisions import AnotherNumber, NothingChosen
from lims.workflows.order_gate import CourseOver, PatientDied
from lims.workflows.reserving import VialTaken
from lims.workflows.signing import SamePerson
from lims.workflows.vial_choice import FillNotReady, NotEnough, TooFewVials
from tests.laboratory.desk import Desk
from tests.laboratory.ordered import PAPER


@pytest.fixture
def vials(orders, course):
    """Three released vials in their places, five million viable cells in each."""
    return orders.released(course)


@pytest.fixture
def order(orders, course, vials):
    """A draft of seven million viable cells for the second session."""
    return orders.thaw(course)


def statuses(vials):
    return [vial.status.value for vial in vials]


def test_cells_wanted_are_told_in_vials_by_the_expected_recovery(order):
    assert (order.vials_wanted, order.status) == (2, OrderStatus.DRAFTED)


@pytest.mark.parametrize(("cells", "number"), [(4_000_000, 1), (4_000_001, 2), (11_600_000, 3)])
def test_the_recovery_is_taken_off_each_vial(orders, course, vials, cells, number):
    assert orders.thaw(course, cells).vials_wanted == number


def test_more_than_the_vials_can_give_is_not_ordered(orders, course, vials):
    with pytest.raises(NotEnough) as refusal:
        orders.thaw(course, 11_600_001)

    assert refusal.value.parameters["cells"] == 11_600_000


def test_more_vials_than_there_are_are_not_ordered(orders, course, vials):
    with pytest.raises(TooFewVials):
        orders.thaw(course, None, vials=4)


@pytest.mark.parametrize("asked", [{"cells": None}, {"cells": 1, "vials": 1}])
def test_cells_or_vials_are_asked_for_and_not_both(orders, course, vials, asked):
    with pytest.raises(CellsOrVials):
        orders.thaw(course, **asked)


def test_it_is_not_needed_yesterday(orders, course, vials):
    with pytest.raises(FieldError):
        orders.thaw(course, needed_on=clock.today() - timedelta(days=1))


def test_cells_are_needed_before_their_session_is_over(orders, course, vials):
    after = orders.sitting(course).planned_on + timedelta(days=1)

    with pytest.raises(NeededAfterSession):
        orders.thaw(course, needed_on=after)


def test_who_signs_is_told_of_the_other_order_of_the_session(session, orders, order, course):
    second = orders.thaw(course, None, vials=1)

    told = order_gate.warnings(session, second)

    assert [(type(each), each.parameters["other"]) for each in told] == [
        (order_gate.OrderedAlready, order.code)
    ]


def test_vials_that_are_not_released_are_not_thawed(session, orders, bank, course):
    bank.stored(course)

    with pytest.raises(NotEnough):
        orders.thaw(course)


@pytest.fixture
def change(session, orders):
    """`change(order, cells)` is what its author asks for instead."""

    def anew(order, cells=3_000_000, *, by=orders.physician, version=None, **asked):
        version = order.version if version is None else version
        return redrafting.change_thaw(
            session, order, ask=orders.ask(**asked), viable_cells=cells, expand=True,
            version=version, by=by,
        )  # fmt: skip

    return anew


def test_a_draft_asks_for_what_its_author_says_last(order, change):
    change(order, reason="less will do")

    assert (order.viable_cells_wanted, order.vials_wanted, order.expand) == (3_000_000, 1, True)
    assert (order.reason, order.status) == ("less will do", OrderStatus.DRAFTED)


def test_a_changed_draft_is_asked_what_a_new_one_is(order, change):
    with pytest.raises(NotEnough):
        change(order, 11_600_001)
    with pytest.raises(CellsOrVials):
        change(order, None)
    with pytest.raises(FieldError):
        change(order, needed_on=clock.today() - timedelta(days=1))


def test_nobody_changes_the_draft_of_another(order, change, qa_officer):
    with pytest.raises(redrafting.NotDrafter):
        change(order, by=qa_officer)


def test_what_is_signed_is_not_changed(orders, order, change):
    orders.submit(order)

    with pytest.raises(WrongState):
        change(order)


def test_a_draft_changed_meanwhile_is_not_overwritten(order, change):
    before = order.version
    change(order)

    with pytest.raises(Stale):
        change(order, version=before)


def test_the_paper_of_a_draft_stays_where_no_other_is_sent(
    session, orders, patient, vials, physician
):
    order = orders.other(patient, OrderKind.TRANSFER)

    redrafting.change_order(
        session, order, kind=OrderKind.TRANSFER, ask=orders.ask(vials=2), destination="Brest",
        paper=Paper("Letter 7"), version=order.version, by=physician,
    )  # fmt: skip

    kept = (order.destination, order.document, order.document_sha256, order.vials_wanted)
    assert kept == ("Brest", "Letter 7", PAPER.sha256, 2)


def test_who_ordered_signs_the_draft(orders, order):
    orders.submit(order)

    assert order.status is OrderStatus.SUBMITTED


def test_a_thaw_is_ordered_by_a_physician(orders, order, qa_officer):
    with pytest.raises(NotPermitted):
        orders.submit(order, by=qa_officer)


def test_what_changed_since_it_was_shown_is_not_signed(session, orders, order, proof_of):
    proof = proof_of(orders.physician)
    proof.seen = "0" * 64

    with pytest.raises(Stale):
        ordering.submit_order(session, order, proof=proof, by=orders.physician)


def test_the_bank_checks_what_it_has_read(session, orders, order, vials, keeper, proof_of):
    orders.submit(order)

    with pytest.raises(Stale):
        order_decisions.check_order(
            session, order, vials=vials[:2], seen="0" * 64, proof=proof_of(keeper), by=keeper
        )


@pytest.mark.parametrize("kind", [ConsentKind.STORAGE, ConsentKind.USE])
def test_without_consent_nothing_is_submitted(session, orders, order, patient, physician, kind):
    given = consents.in_force(session, patient)[kind]
    consents.withdraw_consent(
        session, given, version=given.version, withdrawn_on=clock.today(), reason="asked",
        by=physician,
    )  # fmt: skip

    with pytest.raises(ConsentMissing):
        orders.submit(order)


def test_nothing_is_thawed_for_who_died(session, orders, order, patient, physician):
    patients.record_death(
        session,
        patient,
        version=patient.version,
        died_on=clock.today(),
        reason="told",
        by=physician,
    )

    assert order.status is OrderStatus.CANCELLED
    assert PatientDied in order_problems(session, order)


def order_problems(session, order):
    return {type(each) for each in order_gate.problems_with(session, order)}


def test_nothing_is_ordered_for_a_session_that_was_cancelled(
    session, orders, course, vials, physician
):
    sitting = orders.sitting(course)
    sessions.cancel_session(
        session, sitting, version=sessions.version_of(sitting), reason="travels", by=physician
    )

    with pytest.raises(sessions.Cancelled):
        orders.thaw(course)


def test_the_bank_keeps_the_vials_proposed(session, orders, order, vials):
    orders.checked(order)

    assert order.status is OrderStatus.CHECKED
    assert statuses(vials) == ["reserved", "reserved", "stored"]


def test_a_vial_is_kept_for_one_order(orders, order, course, vials):
    second = orders.submit(orders.thaw(course, None, vials=1))
    orders.checked(order)

    with pytest.raises(VialTaken):
        orders.check(second, vials[:1])


def test_what_is_kept_for_another_is_not_there_to_order(orders, order, course, vials):
    orders.checked(order)

    with pytest.raises(NotEnough):
        orders.thaw(course)


def test_the_bank_chooses_something(orders, order):
    with pytest.raises(NothingChosen):
        orders.check(orders.submit(order), [])


def test_too_few_cells_are_not_chosen(orders, order, vials):
    with pytest.raises(NotEnough):
        orders.check(orders.submit(order), vials[:1])


def test_another_number_of_vials_is_not_chosen(orders, course, vials):
    order = orders.submit(orders.thaw(course, None, vials=1))

    with pytest.raises(AnotherNumber):
        orders.check(order, vials)


def test_vials_of_a_fill_that_waits_say_when_they_may_be_had(session, qc_room, bank, course):
    filled = bank.filled(course)
    (drawn,) = qc_room.sample(filled.batch, (filled.vials[0], "0.1"))
    qc_room.start_test(qc_room.ask(drawn, "sterility")[0])
    bank.freeze(filled)
    vial = bank.place(filled.vials[1])

    (problem,) = vial_choice.problems_with(session, [vial], OrderKind.THAW)[vial.id]

    last_day = clock.today() + timedelta(days=14)
    assert f"{filled.code}, which is quarantined" in problem.english()
    assert f"not before {last_day}, when Sterility is read" in problem.english()


def test_a_vial_of_another_fill_that_is_not_released_is_not_chosen(orders, order, bank, course):
    others = bank.stored(course)

    with pytest.raises(FillNotReady):
        orders.check(orders.submit(order), others)


def test_a_held_vial_is_not_proposed(session, orders, order, vials, lead):
    holds.put_on_hold(session, vials[0], kind=HoldKind.HOLD, reason="seen cracked", by=lead)

    assert vials[0] not in order_decisions.proposed(session, order)


def test_a_vial_of_held_cells_is_not_chosen(session, orders, order, vials, lead):
    orders.submit(order)
    batch = vials[0].fill.batch
    holds.put_on_hold(session, batch, kind=HoldKind.HOLD, reason="a doubt", by=lead)

    with pytest.raises(holds.OnHold):
        orders.check(order, vials[:2])


def test_a_critical_deviation_about_a_vial_holds_it(session, orders, order, vials, desk_report):
    orders.submit(order)
    desk_report(vials[0])

    with pytest.raises(vial_choice.DeviationHolds):
        orders.check(order, vials[:2])


@pytest.fixture
def desk_report(session, qc_room):
    return Desk(session, qc_room).report


def test_quality_approves_what_the_bank_chose(orders, order):
    orders.approve(orders.checked(order))

    assert order.status is OrderStatus.APPROVED


def test_who_ordered_does_not_approve(session, orders, order, qc_room):
    orders.checked(order)
    Desk(session, qc_room).officer(orders.physician)

    with pytest.raises(SamePerson):
        orders.approve(order, by=orders.physician)


def test_a_vial_that_became_warm_stops_the_approval(session, orders, order, vials, keeper):
    orders.checked(order)
    compromised.mark_vials(session, vials[:1], why="left out", by=keeper)

    with pytest.raises(VialLost):
        orders.approve(order)


def test_a_recalled_fill_stops_the_approval(session, orders, order, vials, qa_officer, proof_of):
    orders.checked(order)
    rejecting.recall_fill(
        session, vials[0].fill, reason="growth", proof=proof_of(qa_officer), by=qa_officer
    )

    with pytest.raises(FillNotReady):
        orders.approve(order)


def test_an_approved_order_is_planned_for_a_time_to_come(session, orders, order, keeper):
    orders.scheduled(order)
    past = clock.now() - timedelta(minutes=5)

    assert order.status is OrderStatus.SCHEDULED
    with pytest.raises(order_decisions.NotAhead):
        order_decisions.schedule_order(session, order, at=past, by=keeper)


def test_a_cancelled_order_frees_its_vials(session, orders, order, vials, physician):
    orders.scheduled(order)

    ordering.cancel_order(session, order, reason="fever", by=physician)

    assert (order.status, order.ended_reason) == (OrderStatus.CANCELLED, "fever")
    assert statuses(vials) == ["stored"] * 3


def test_the_bank_may_refuse_and_quality_may(session, orders, course, vials, keeper, qa_officer):
    first, second = orders.submit(orders.thaw(course)), orders.submit(orders.thaw(course))

    order_decisions.refuse_check(session, first, reason="not found", by=keeper)
    orders.check(second)
    order_decisions.refuse_order(session, second, reason="not wanted", by=qa_officer)

    assert {first.status, second.status} == {OrderStatus.REFUSED}
    assert statuses(vials) == ["stored"] * 3


def test_an_ended_order_is_not_cancelled_again(session, orders, order, physician):
    ordering.cancel_order(session, order, reason="fever", by=physician)

    with pytest.raises(WrongState):
        ordering.cancel_order(session, order, reason="fever", by=physician)


@pytest.mark.parametrize(("days", "lapsed"), [(37, 0), (38, 1)])
def test_an_order_nobody_carried_out_lapses_by_itself(session, orders, order, vials, days, lapsed):
    orders.scheduled(order)

    with time_machine.travel(clock.now() + timedelta(days=days)):
        assert ordering.lapse_due(session) == lapsed

    assert statuses(vials)[:2] == (["stored"] * 2 if lapsed else ["reserved"] * 2)


def test_the_orders_of_a_course_end_with_it(session, orders, order, course, vials, physician):
    orders.scheduled(order)

    course_progress.withdraw_course(session, course, reason="asked", by=physician)

    assert order.status is OrderStatus.CANCELLED
    assert course.status is CourseStatus.WITHDRAWN
    assert statuses(vials) == ["stored"] * 3
    assert CourseOver in order_problems(session, order)


def test_the_orders_of_a_cancelled_session_end_with_it(session, orders, order, course, physician):
    orders.scheduled(order)
    sitting = orders.sitting(course)

    sessions.cancel_session(
        session, sitting, version=sessions.version_of(sitting), reason="travels", by=physician
    )

    assert (order.status, order.ended_reason) == (OrderStatus.CANCELLED, "travels")
    assert orders.kept(order) == []


def test_a_warm_vial_is_kept_for_no_order(session, orders, order, vials, keeper):
    orders.checked(order)

    compromised.mark_vials(session, vials[:1], why="left out", by=keeper)

    assert reserving.order_of(session, vials[0]) is None
    assert vials[0].status is VialStatus.COMPROMISED


@pytest.mark.parametrize("kind", [OrderKind.TRANSFER, OrderKind.DESTROY])
def test_what_leaves_for_good_rests_on_a_paper(orders, vials, patient, kind):
    with pytest.raises(PaperNeeded):
        orders.other(patient, kind, paper=Paper("told by telephone"))


def test_a_transfer_goes_somewhere(orders, vials, patient):
    with pytest.raises(DestinationNeeded):
        orders.other(patient, OrderKind.TRANSFER, destination=" ")


def test_vials_that_are_not_released_may_be_destroyed(orders, bank, course, patient):
    bank.stored(course)

    order = orders.other(patient, OrderKind.DESTROY, 2)

    assert orders.checked(order).status is OrderStatus.CHECKED
