"""What was written on paper before it was entered: who did it, when, who typed it, its paper."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.models.culture import Discard, DiscardReason
from lims.models.deviation import Deviation
from lims.models.on_paper import VialOnPaper
from lims.models.step_file import StepPaper
from lims.workflows import discarding, discarding_vials, retrieving, vial_places
from lims.workflows.discarding import BothAtOnce
from lims.workflows.on_paper import OnPaper, PaperNeeded
from lims.workflows.performing import LateReasonNeeded, PerformerNotPermitted
from lims.workflows.signing import SamePerson
from lims.workflows.steps import Performed

PAPER = "a" * 64
WHY = "the program was down"


@pytest.fixture
def frozen(bank, course):
    """Two vials that wait to be placed."""
    return bank.frozen(course)


@pytest.fixture
def later():
    """`with later():` two hours later."""
    return lambda: time_machine.travel(clock.now() + timedelta(hours=2), tick=False)


def rule(session, name):
    return session.scalars(select(Deviation).where(Deviation.rule == name)).all()


def test_who_placed_a_vial_and_who_typed_it_are_both_kept(session, bank, frozen, lead, proof_of):
    bank.place(frozen[0], told=OnPaper(proof_of(lead), sha256=PAPER))

    entry = session.scalars(select(VialOnPaper)).one()
    assert vial_places.where(session, frozen[0]).placed_by_id == lead.id
    assert (entry.performed_by_id, entry.recorded_by_id) == (lead.id, bank.keeper.id)
    assert entry.sha256 == PAPER


def test_a_vial_placed_by_who_types_it_just_now_needs_no_entry(session, bank, frozen):
    bank.place(frozen[0])

    assert session.scalars(select(VialOnPaper)).all() == []


def test_who_is_not_there_is_named_by_the_paper_alone(bank, frozen, lead):
    with pytest.raises(PaperNeeded):
        bank.place(frozen[0], told=OnPaper(performer_id=lead.id))

    bank.place(frozen[0], told=OnPaper(performer_id=lead.id, sha256=PAPER))


def test_nobody_is_named_who_may_not_do_it(bank, frozen, technician):
    with pytest.raises(PerformerNotPermitted):
        bank.place(frozen[0], told=OnPaper(performer_id=technician.id, sha256=PAPER))


def test_vials_of_a_fill_entered_late_from_paper_are_one_deviation(session, bank, frozen, later):
    done = {"at": clock.now(), "late_reason": WHY, "told": OnPaper(sha256=PAPER)}

    with later():
        for vial in frozen:
            bank.place(vial, **done)

    (told,) = rule(session, "late")
    named = {each.vial_id for each in told.subjects}
    assert named >= {vial.id for vial in frozen}


@pytest.fixture
def discard_vial(session, keeper, technician, proof_of):
    def discarding_it(vial, second=technician, **also):
        return discarding_vials.discard_vials(
            session, [vial], reason="broken", proof=proof_of(keeper),
            second=proof_of(second) if second else None, by=keeper, **also,
        )  # fmt: skip

    return discarding_it


def test_a_vial_discarded_before_keeps_when_and_its_paper(session, frozen, discard_vial, later):
    at = clock.now()

    with later():
        discard_vial(frozen[0], at=at, late_reason=WHY, told=OnPaper(sha256=PAPER))

    entry = session.scalars(select(VialOnPaper)).one()
    assert (entry.performed_at, entry.placement_id, entry.sha256) == (at, None, PAPER)


def test_a_vial_discarded_before_needs_why_it_is_late(frozen, discard_vial, later):
    at = clock.now()

    with later(), pytest.raises(LateReasonNeeded):
        discard_vial(frozen[0], at=at)


def test_what_was_discarded_before_does_not_wait_for_a_second_signature(frozen, discard_vial):
    with pytest.raises(BothAtOnce):
        discard_vial(frozen[0], None, told=OnPaper(sha256=PAPER))


@pytest.fixture
def discard(session, technician, lead, proof_of):
    def discarding_them(*vessels, **also):
        return discarding.discard_vessels(
            session, vessels, why=DiscardReason.DAMAGE, reason="dropped", by=technician,
            proof=proof_of(technician), second=proof_of(lead), **also,
        )  # fmt: skip

    return discarding_them


def test_a_vessel_discarded_before_by_the_second_signer_is_verified_by_the_first(
    session, at_the_bench, course, discard, technician, lead, later
):
    culturing = at_the_bench.first_passage(course, vessels=1)
    at = clock.now()

    with later():
        discard(
            culturing[0],
            performed=Performed(at, performer_id=lead.id, late_reason=WHY, paper_sha256=PAPER),
        )

    step = session.scalars(select(Discard)).one()
    assert (step.performed_at, step.performed_by_id) == (at, lead.id)
    assert (step.verified_by_id, step.status) == (technician.id, "closed")
    assert session.scalars(select(StepPaper.sha256)).all() == [PAPER]


def test_vials_taken_out_before_both_signed_here_are_told_to_quality(session, orders, course):
    orders.released(course)
    order = orders.scheduled(orders.thaw(course, None, vials=2))
    with time_machine.travel(clock.now() + timedelta(minutes=30), tick=False):
        step, out_at = orders.start(order), clock.now() - timedelta(minutes=20)
        orders.take(step, orders.kept(order)[0], at=out_at)
        orders.record(step)

    assert [each.grade for each in rule(session, "late")] == ["minor"]


def test_who_witnessed_a_retrieval_is_not_who_performed_it(session, orders, course, keeper):
    orders.released(course)
    order = orders.scheduled(orders.thaw(course, None, vials=2))
    step = orders.start(order, witness=orders.proof(orders.witness))
    orders.take(step, orders.kept(order)[0])
    step.verified_by_id = keeper.id

    with pytest.raises(SamePerson):
        retrieving.record_retrieval(session, step, performed=Performed(clock.now()), by=keeper)


def test_nobody_is_told_to_have_taken_a_vial_out_who_may_not(orders, course):
    orders.released(course)
    order = orders.scheduled(orders.thaw(course, None, vials=2))
    step = orders.start(order)

    with pytest.raises(PerformerNotPermitted):
        orders.take(step, orders.kept(order)[0], performer_id=orders.witness.id)
