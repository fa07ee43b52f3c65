"""Rejection, recall, destruction: each with a reason and a signature, destruction by two."""

import pytest
from sqlalchemy.exc import IntegrityError

from lims.errors import FieldError, NotPermitted, WrongState
from lims.models.fill import Decision, Disposition, DoseStatus, FillStatus
from lims.models.signature import Meaning
from lims.workflows import deciding, deviations, dose_alarms, rejecting, signing
from lims.workflows.deciding import ReasonNeeded
from lims.workflows.signing import SamePerson
from tests.laboratory.desk import Desk


@pytest.fixture
def desk(session, qc_room):
    return Desk(session, qc_room)


@pytest.fixture
def fill(qc_room, course):
    """One dose, filled and quarantined, nothing tested yet."""
    return qc_room.fill(qc_room.cells(course))


@pytest.fixture
def reject(session, desk):
    def rejecting_it(fill, reason="out of specification", by=None):
        by = by or desk.qa
        return rejecting.reject_fill(session, fill, reason=reason, proof=desk.proof(by), by=by)

    return rejecting_it


@pytest.fixture
def destroy(session, desk, keeper):
    def destroying(fill, by=None, second=None):
        by = by or desk.qa
        return rejecting.destroy_fill(
            session, fill, reason="rejected", proof=desk.proof(by), by=by,
            second=desk.proof(second) if second else None,
        )  # fmt: skip

    return destroying


def recall(session, desk, fill):
    return rejecting.recall_fill(
        session,
        fill,
        reason="a lot was recalled",
        told="Dr. Belova",
        proof=desk.proof(desk.qa),
        by=desk.qa,
    )


def test_a_fill_is_rejected_whatever_is_still_open(session, fill, reject):
    disposition = reject(fill)

    assert fill.status is FillStatus.REJECTED
    assert (disposition.decision, disposition.reason) == (
        Decision.REJECTED,
        "out of specification",
    )
    assert deciding.still_signed(session, disposition)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_rejection_says_why(fill, reject, reason):
    with pytest.raises(ReasonNeeded):
        reject(fill, reason=reason)


def test_only_quality_rejects(fill, reject, lead):
    with pytest.raises(NotPermitted):
        reject(fill, by=lead)


def test_a_rejected_fill_is_never_released(desk, course, reject):
    fill = desk.ready(course)
    reject(fill)

    with pytest.raises(WrongState):
        desk.release(fill)


def test_a_released_fill_is_rejected_and_its_doses_held_back(desk, course, reject):
    fill = desk.ready(course)
    desk.release(fill)

    reject(fill)

    assert {dose.status for dose in fill.doses} == {DoseStatus.QUARANTINED}


def test_only_what_was_released_is_recalled(session, desk, fill):
    with pytest.raises(WrongState):
        recall(session, desk, fill)


def test_a_recall_takes_back_what_was_not_injected(session, desk, course):
    fill = desk.ready(course)
    desk.release(fill)

    disposition = recall(session, desk, fill)

    assert fill.status is FillStatus.RECALLED
    assert disposition.signature.meaning is Meaning.RECALLED
    assert {dose.status for dose in fill.doses} == {DoseStatus.QUARANTINED}


def test_destruction_waits_for_a_second_person(fill, reject, destroy, keeper):
    reject(fill)

    destroy(fill)
    assert fill.status is FillStatus.REJECTED
    destroy(fill, by=keeper)

    assert fill.status is FillStatus.DESTROYED
    assert {dose.status for dose in fill.doses} == {DoseStatus.DISCARDED}


def test_two_people_destroy_on_one_form(fill, reject, destroy, keeper):
    reject(fill)

    destroy(fill, second=keeper)

    assert fill.status is FillStatus.DESTROYED


def test_one_person_does_not_destroy_alone(fill, reject, destroy):
    reject(fill)
    destroy(fill)

    with pytest.raises(SamePerson):
        destroy(fill)


def test_what_was_not_rejected_is_not_destroyed(fill, destroy, keeper):
    with pytest.raises(WrongState):
        destroy(fill, second=keeper)


def test_one_dose_is_discarded_by_two(session, desk, fill, keeper):
    dose = fill.doses[0]

    rejecting.discard_dose(
        session, dose, reason="dropped", proof=desk.proof(desk.qa), by=desk.qa,
        second=desk.proof(keeper),
    )  # fmt: skip

    assert dose.status is DoseStatus.DISCARDED


def alarmed(session):
    return list(session.scalars(dose_alarms.alarmed()))


def test_the_clinic_is_told_of_a_recall_also_after_the_injection(session, desk, treatment, course):
    [dose] = treatment.released(course)
    treatment.inject(treatment.at_the_clinic(dose))
    assert alarmed(session) == []

    recall(session, desk, dose.fill)

    assert alarmed(session) == [dose]


def test_the_clinic_is_told_of_a_deviation_that_holds_a_released_dose(
    session, technician, treatment, course
):
    [dose] = treatment.released(course)

    deviations.report_deviation(
        session, title="Growth", description="seen", subjects=[dose.fill], by=technician
    )

    assert alarmed(session) == [dose]


def test_a_recall_of_what_left_the_laboratory_says_who_was_told(session, treatment, course):
    (dose,) = treatment.released(course)
    treatment.hand_over(dose)
    qa = treatment.room.qa
    told = {"reason": "sterility", "proof": treatment.proof(qa), "by": qa}

    with pytest.raises(FieldError):
        rejecting.recall_fill(session, dose.fill, told=" ", **told)
    disposition = rejecting.recall_fill(session, dose.fill, told="Dr. Belova, 10:40", **told)

    assert disposition.told == "Dr. Belova, 10:40"


@pytest.mark.parametrize("wrong", ["another_fill", "another_meaning"])
def test_no_decision_rests_on_a_signature_of_something_else(
    session, desk, qc_room, course, other_course, reject, wrong
):
    fill = qc_room.fill(qc_room.cells(course))
    if wrong == "another_fill":
        signature = reject(qc_room.fill(qc_room.cells(other_course))).signature
    else:
        shown, proof = {"fill": fill.code}, desk.proof(desk.qa)
        signature = signing.sign(
            session, fill, meaning=Meaning.REVIEWED, shown=shown, proof=proof, by=desk.qa
        )
    session.add(
        Disposition(
            patient_id=fill.patient_id, fill_id=fill.id, decision=Decision.REJECTED,
            exceptions="none", signature_id=signature.id,
        )
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="not signed for this fill"):
        session.flush()
