"""What may have been warm is marked; quality keeps it, or two people discard it."""

import pytest
from sqlalchemy import select

from lims.errors import NotPermitted, WrongState
from lims.models.deviation import DeviationSupply
from lims.models.fill import FillStatus, VialStatus
from lims.models.signature import Meaning, Signature
from lims.models.storage import Removal
from lims.workflows import compromised, deviations, discarding_vials, rejecting, vial_places
from lims.workflows.compromised import NothingStandsThere, PlaceFirst
from lims.workflows.discarding_vials import InStore, StillOrdered
from lims.workflows.holds import ReasonNeeded
from lims.workflows.signing import SamePerson


@pytest.fixture
def vials(bank, course):
    """Two vials in one box."""
    return bank.stored(course)


@pytest.fixture
def mark(session, keeper):
    return lambda *vials: compromised.mark_vials(session, vials, why="tank open", by=keeper)


@pytest.fixture
def discard(session, keeper, technician, proof_of):
    def discarding(*vials, second=technician, by=keeper):
        return discarding_vials.discard_vials(
            session, vials, reason="warm", proof=proof_of(by),
            second=proof_of(second) if second else None, by=by,
        )  # fmt: skip

    return discarding


@pytest.fixture
def keep(session, qa_officer, proof_of):
    def keeping(*vials, by=qa_officer):
        return compromised.keep_vials(
            session, vials, reason="below −130 °C throughout", proof=proof_of(by), by=by
        )

    return keeping


def test_marked_vials_are_compromised_and_named_in_one_deviation(vials, mark):
    deviation = mark(*vials)

    assert {vial.status for vial in vials} == {VialStatus.COMPROMISED}
    assert [row.vial_id for row in deviation.subjects] == [vial.id for vial in vials]


def test_what_else_was_filled_from_the_batch_is_not_blocked(session, vials, mark):
    batch = vials[0].fill.batch
    before = len(deviations.blocking(deviations.of_batch(session, batch)))

    mark(*vials)

    assert len(deviations.blocking(deviations.of_batch(session, batch))) == before


def test_a_reason_is_needed(session, vials, keeper):
    with pytest.raises(ReasonNeeded):
        compromised.mark_vials(session, vials, why=" ", by=keeper)


def test_everything_in_a_warm_tank_is_marked_whosever_it_is(session, bank, vials, other_course):
    foreign = bank.stored(other_course)

    deviation = compromised.mark_standing(session, bank.box().tank, why="−121 °C", by=bank.keeper)

    assert {vial.status for vial in [*vials, *foreign]} == {VialStatus.COMPROMISED}
    assert {row.patient_id for row in deviation.subjects} == {
        vials[0].patient_id, foreign[0].patient_id,
    }  # fmt: skip


def test_a_warm_tank_is_named_by_its_equipment(session, bank, vials):
    deviation = compromised.mark_standing(session, bank.box().tank, why="warm", by=bank.keeper)

    named = session.scalars(
        select(DeviationSupply.equipment_id).where(DeviationSupply.deviation_id == deviation.id)
    ).all()
    assert named == [bank.box().tank.equipment_id]


def test_a_box_is_marked_without_its_neighbours(session, bank, course):
    here, there = bank.frozen(course)
    bank.place(here)
    bank.place(there, bank.reserve(here.patient, 1, "second_box")[0])

    compromised.mark_standing(session, bank.box("second_box"), why="dropped", by=bank.keeper)

    assert (here.status, there.status) == (VialStatus.STORED, VialStatus.COMPROMISED)


def test_an_empty_tank_marks_nothing(session, bank):
    with pytest.raises(NothingStandsThere):
        compromised.mark_standing(session, bank.box().tank, why="warm", by=bank.keeper)


def test_quality_keeps_a_vial_by_signature(session, vials, mark, keep, qa_officer):
    mark(*vials)

    keep(*vials)

    signed = session.scalars(select(Signature).where(Signature.meaning == Meaning.KEPT)).all()
    assert {vial.status for vial in vials} == {VialStatus.STORED}
    assert [(one.user_id, one.subject_code) for one in signed] == [
        (qa_officer.id, vial.code) for vial in vials
    ]


def test_the_keeper_does_not_decide_what_is_kept(vials, mark, keep, keeper):
    mark(*vials)

    with pytest.raises(NotPermitted):
        keep(*vials, by=keeper)


def test_a_vial_that_stands_nowhere_is_placed_before_it_is_kept(bank, course, mark, keep):
    vial = bank.frozen(course)[0]
    mark(vial)

    with pytest.raises(PlaceFirst):
        keep(vial)


def test_what_was_not_marked_is_not_kept(vials, keep):
    with pytest.raises(WrongState):
        keep(*vials)


def test_two_people_discard_a_compromised_vial_and_its_position_is_free(
    session, vials, mark, discard
):
    mark(vials[0])

    discard(vials[0])

    assert vials[0].status is VialStatus.DISCARDED
    assert vial_places.history(session, vials[0])[0].removal is Removal.DISCARDED
    assert len(vial_places.free_positions(session, vials[0].patient_id)) == 1


def test_one_signature_discards_nothing(vials, mark, discard):
    mark(vials[0])
    discard(vials[0], second=None)

    assert vials[0].status is VialStatus.COMPROMISED


def test_nobody_is_both_people(vials, mark, discard, keeper):
    mark(vials[0])

    with pytest.raises(SamePerson):
        discard(vials[0], second=keeper)


def test_what_is_in_store_is_not_simply_discarded(vials, discard):
    with pytest.raises(InStore):
        discard(vials[0])


def test_a_rejected_fill_is_destroyed_wherever_its_vials_stand(
    session, vials, qa_officer, technician, proof_of
):
    fill = vials[0].fill
    rejecting.reject_fill(session, fill, reason="no", proof=proof_of(qa_officer), by=qa_officer)

    destroy(session, fill, qa_officer, technician, proof_of)

    assert fill.status is FillStatus.DESTROYED
    assert {vial.status for vial in vials} == {VialStatus.DISCARDED}
    assert vial_places.where(session, vials[0]) is None


def test_a_fill_of_which_a_vial_is_ordered_is_not_destroyed(
    session, vials, qa_officer, technician, proof_of
):
    fill = vials[0].fill
    rejecting.reject_fill(session, fill, reason="no", proof=proof_of(qa_officer), by=qa_officer)
    vials[0].status = VialStatus.RESERVED

    with pytest.raises(StillOrdered):
        destroy(session, fill, qa_officer, technician, proof_of)


def destroy(session, fill, first, second, proof_of):
    return rejecting.destroy_fill(
        session, fill, reason="no", proof=proof_of(first), second=proof_of(second), by=first
    )
