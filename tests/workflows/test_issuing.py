"""A dose leaves the laboratory only released, in date, for this patient and this session."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.aliquot import QcTest
from lims.models.batch import BatchStatus
from lims.models.course import CourseStatus
from lims.models.deviation import Deviation, Grade, HoldKind
from lims.models.fill import DoseStatus
from lims.models.patient import ConsentKind
from lims.models.signature import Signature
from lims.models.step import IdentityCheck, StepStatus
from lims.workflows import (
    batch_state,
    consents,
    corrections,
    course_progress,
    deviations,
    dose_gate,
    dose_holds,
    holds,
    issuing,
    labelling,
    rejecting,
    signing,
    stopping,
    unusual,
)
from lims.workflows.containers import Unlabelled
from lims.workflows.identity import Mismatch
from lims.workflows.performing import LateReasonNeeded
from lims.workflows.signing import SamePerson, SecondNotPermitted
from lims.workflows.since import to_the_minute
from lims.workflows.steps import Performed


@pytest.fixture
def dose(treatment, course):
    (released,) = treatment.released(course)
    return released


def opened(session, rule):
    return session.scalars(select(Deviation).where(Deviation.rule == rule)).all()


def test_a_released_dose_is_handed_over_by_two(session, treatment, dose):
    step = treatment.hand_over(dose)

    assert dose.status is DoseStatus.ISSUED
    assert step.status is StepStatus.CLOSED
    assert (step.performed_by_id, step.verified_by_id) == (
        treatment.room.keeper.id,
        treatment.room.bench.technician.id,
    )


def test_both_signatures_of_a_hand_over_hold_until_the_identity_changes(session, treatment, dose):
    treatment.hand_over(dose)
    signed = session.scalars(select(Signature).where(Signature.subject_code == dose.code)).all()
    held = [signing.still_valid(each, issuing.shown_at_handover(dose)) for each in signed]

    dose.volume_ml = Decimal("2.8")

    assert held == [True, True]
    assert not signing.still_valid(signed[0], issuing.shown_at_handover(dose))


def test_without_the_consent_to_use_nothing_is_handed_over(session, treatment, dose):
    use = consents.in_force(session, dose.patient)[ConsentKind.USE]
    consents.withdraw_consent(
        session, use, version=use.version, withdrawn_on=clock.today(), reason="asked",
        by=treatment.physician,
    )  # fmt: skip

    with pytest.raises(consents.ConsentMissing):
        treatment.hand_over(dose)


@pytest.mark.parametrize(
    ("volume", "problem"), [("0.06", dose_gate.NotFull), ("2.9", dose_gate.TakenForTesting)]
)
def test_a_dose_that_was_sampled_is_no_longer_the_dose_that_was_filled(
    treatment, dose, volume, problem
):
    treatment.room.sample(dose.fill.batch, (dose, volume))

    with pytest.raises(problem):
        treatment.hand_over(dose)


def test_what_an_aliquot_took_is_not_left_to_be_injected(session, treatment, dose):
    before = dose.left_ml()
    treatment.room.sample(dose.fill.batch, (dose, "0.06"))

    assert dose.left_ml() == before - Decimal("0.06")


def test_what_is_handed_over_and_signed_is_what_samples_left(session, treatment, dose):
    treatment.room.sample(dose.fill.batch, (dose, "0.05"))
    filled = dose.viable_cells

    shown = issuing.shown_at_handover(dose)

    assert shown["volume_ml"] == dose.left_ml() < dose.volume_ml
    assert shown["viable_cells"] == round(filled * dose.left_ml() / dose.volume_ml) < filled


def test_a_sample_taken_after_the_hand_over_leaves_its_signatures_valid(session, treatment, dose):
    treatment.hand_over(dose)
    treatment.room.sample(dose.fill.batch, (dose, "0.05"))

    signed = session.scalars(select(Signature).where(Signature.subject_code == dose.code)).all()

    assert all(
        signing.still_valid(each, issuing.shown_at_handover(dose, each.signed_at))
        for each in signed
    )


def test_who_releases_is_told_that_a_dose_was_sampled(session, treatment, course):
    fill = treatment.filled(course)
    before = [one.what for one in unusual.exceptions(session, fill)]

    treatment.room.sample(fill.batch, (fill.doses[0], "0.06"))

    told = [type(one.what) for one in unusual.exceptions(session, fill)]
    assert dose_gate.NotFull in told
    assert dose_gate.NotFull not in map(type, before)


def test_one_person_does_not_hand_over_twice(treatment, dose):
    keeper = treatment.room.keeper

    with pytest.raises(SamePerson):
        treatment.hand_over(dose, witness=treatment.proof(keeper))


def test_who_performed_does_not_witness(treatment, dose):
    performer = treatment.room.bench.technician
    performed = Performed(at=clock.now(), performer=treatment.proof(performer))

    with pytest.raises(SamePerson):
        treatment.hand_over(
            dose,
            performed=performed,
            witness=treatment.proof(performer),
        )


def test_an_auditor_does_not_witness(treatment, dose, auditor):
    with pytest.raises(SecondNotPermitted):
        treatment.hand_over(dose, witness=treatment.proof(auditor))


def test_a_dose_of_an_unreleased_fill_is_not_given_out(treatment, course):
    (dose,) = treatment.filled(course).doses

    with pytest.raises(WrongState):
        treatment.hand_over(dose)


def test_a_recalled_dose_is_not_given_out(session, treatment, dose):
    qa = treatment.room.qa
    rejecting.recall_fill(session, dose.fill, reason="sterility", proof=treatment.proof(qa), by=qa)

    problems = dose_gate.problems_with(session, dose, dose.session)

    assert [type(each) for each in problems] == [dose_gate.Recalled]


def test_a_recalled_dose_on_its_way_is_received_and_marked(session, treatment, dose):
    qa = treatment.room.qa
    treatment.hand_over(dose)
    rejecting.recall_fill(
        session, dose.fill, reason="sterility", told="Dr. Belova, 10:40",
        proof=treatment.proof(qa), by=qa,
    )  # fmt: skip

    treatment.receive(dose)

    assert dose.status is DoseStatus.RECEIVED
    assert len(opened(session, "not_out")) == 1


def recalled(treatment, dose, **also):
    qa = treatment.room.qa
    return rejecting.recall_fill(
        treatment.session, dose.fill, reason="sterility", proof=treatment.proof(qa), by=qa, **also
    )


def test_a_hand_over_before_a_recall_is_recorded_after_it_and_marked(session, treatment, dose):
    at = to_the_minute(clock.now())  # as it is entered
    recalled(treatment, dose)

    treatment.hand_over(dose, performed=treatment.done(at))

    assert dose.status is DoseStatus.ISSUED
    (told,) = opened(session, "fact")
    assert "is recalled: do not inject it" in told.description


def test_a_hand_over_after_the_recall_is_refused_while_it_can_be_stopped(treatment, dose):
    recalled(treatment, dose)

    with pytest.raises(dose_gate.Recalled):
        treatment.hand_over(dose)


def test_a_dose_that_was_never_released_was_never_handed_over(session, treatment, course):
    fill, qa = treatment.filled(course), treatment.room.qa
    at = clock.now()
    rejecting.reject_fill(session, fill, reason="no", proof=treatment.proof(qa), by=qa)

    with in_hours(2), pytest.raises(WrongState):
        treatment.hand_over(fill.doses[0], performed=treatment.done(at))


def test_a_dose_that_expired_at_the_clinic_is_returned(session, treatment, dose):
    treatment.hand_over(dose)
    with time_machine.travel(dose.fill.expires_at + timedelta(minutes=1), tick=False):
        issuing.expire_due(session)
        issuing.return_dose(
            session, dose, why="too late", performed=treatment.done(), by=treatment.physician
        )

    assert dose.status is DoseStatus.RETURNED


def test_a_dose_that_never_left_the_laboratory_is_not_returned(session, treatment, dose):
    with pytest.raises(dose_gate.NeverLeft):
        issuing.return_dose(
            session, dose, why="-", performed=treatment.done(), by=treatment.physician
        )

    assert not dose_gate.awaits_return(session, dose)


def test_a_dose_that_expired_in_the_laboratory_never_comes_back(session, treatment, dose):
    with time_machine.travel(dose.fill.expires_at + timedelta(minutes=1), tick=False):
        issuing.expire_due(session)
        with pytest.raises(WrongState):
            issuing.return_dose(
                session, dose, why="-", performed=treatment.done(), by=treatment.physician
            )


def sterility_of(session, dose):
    started = session.scalars(select(QcTest).where(QcTest.batch_id == dose.fill.batch_id))
    return next(test for test in started if test.line.code == "sterility")


def grown(session, treatment, dose):
    """Growth is seen in the sterility test of the fill that was released before it."""
    return treatment.room.enter(sterility_of(session, dose), "growth", days_read=0)


def test_a_failing_result_stops_a_released_dose_as_soon_as_it_is_entered(session, treatment, dose):
    grown(session, treatment, dose)

    with pytest.raises(dose_gate.ResultFails):
        treatment.hand_over(dose)


def test_a_failing_result_behind_a_released_fill_is_critical(session, treatment, dose):
    treatment.room.verify(grown(session, treatment, dose))

    (deviation,) = opened(session, "result_out")
    assert deviation.grade is Grade.CRITICAL
    assert dose.fill_id in {subject.fill_id for subject in deviation.subjects}


def test_a_hand_over_before_the_failing_result_was_entered_is_a_fact(session, treatment, dose):
    at = clock.now() + timedelta(minutes=1)
    with in_hours(2):
        grown(session, treatment, dose)
    with in_hours(3):
        treatment.hand_over(dose, performed=treatment.done(at))

    assert opened(session, "fact") == []


@pytest.mark.parametrize("end", [course_progress.withdraw_course, course_progress.exclude_course])
def test_a_dose_of_an_ended_course_is_not_given_out_though_its_batch_is_closed(
    session, treatment, dose, end
):
    dose.fill.batch.status = BatchStatus.CLOSED
    end(session, dose.session.course, reason="no longer", by=treatment.physician)

    found = {type(each) for each in dose_gate.problems_with(session, dose, dose.session)}

    assert found == {stopping.CourseEnded, holds.OnHold}


def test_a_dose_of_a_postponed_course_is_not_given_out(session, treatment, dose):
    course_progress.postpone_course(
        session, dose.session.course, reason="fever", by=treatment.physician
    )

    with pytest.raises(stopping.CoursePostponed):
        treatment.hand_over(dose)


def test_a_dose_of_a_patient_who_died_is_not_given_out(session, treatment, dose):
    dose.patient.died_on = clock.today()

    with pytest.raises(stopping.PatientDied):
        treatment.hand_over(dose)


def test_a_dose_of_an_abandoned_batch_is_not_given_out(session, treatment, dose):
    qa = treatment.room.qa
    batch_state.abandon_batch(
        session, dose.fill.batch, reason="lost", proof=treatment.proof(qa), by=qa
    )

    with pytest.raises(dose_gate.BatchAbandoned):
        treatment.hand_over(dose)


def test_a_dose_without_a_label_is_not_given_out(session, treatment, dose, lead):
    labelling.void_label(session, code=dose.code, reason="torn", by=lead)

    with pytest.raises(Unlabelled):
        treatment.hand_over(dose)


def test_a_foreign_card_stops_a_hand_over(treatment, dose, other_patient):
    with pytest.raises(Mismatch) as stop:
        treatment.hand_over(dose, scanned_patient=other_patient.code)

    assert stop.value.recorded
    assert other_patient.full_name in str(stop.value.parameters["found"])


def test_a_foreign_session_stops_a_hand_over(treatment, dose, other_course):
    with pytest.raises(Mismatch):
        treatment.hand_over(dose, sitting=other_course.sessions[0])


def test_a_stop_is_a_deviation_that_the_witness_clears(session, treatment, dose):
    stop = issuing.report_stop(session, dose, scanned="PT-other", by=treatment.room.keeper)

    step = treatment.hand_over(dose)

    check = session.scalars(select(IdentityCheck).where(IdentityCheck.step_id == step.id)).one()
    assert stop.grade is Grade.MAJOR
    assert check.cleared_by_id == treatment.room.bench.technician.id


def test_another_session_of_the_patient_is_refused(treatment, dose, course):
    with pytest.raises(dose_gate.OtherSession):
        treatment.hand_over(dose, sitting=course.sessions[1])


def test_the_scanned_dose_is_the_one_on_the_page(session, treatment, course):
    first, second = treatment.released(course, 2)

    with pytest.raises(dose_gate.OtherDose):
        dose_gate.in_hand(session, first.code, second.code)


def test_an_expired_dose_is_refused(treatment, dose):
    with (
        time_machine.travel(dose.fill.expires_at + timedelta(minutes=1)),
        pytest.raises(dose_gate.Expired),
    ):
        treatment.hand_over(dose)


def test_a_dose_expires_by_the_clock(session, treatment, dose):
    treatment.hand_over(dose)
    before = issuing.expire_due(session)

    with time_machine.travel(dose.fill.expires_at):
        expired = issuing.expire_due(session)

    assert (before, expired, dose.status) == (0, 1, DoseStatus.EXPIRED)


def test_a_dose_that_expired_on_its_way_is_received_and_stays_expired(session, treatment, dose):
    treatment.hand_over(dose)
    with time_machine.travel(dose.fill.expires_at + timedelta(minutes=1), tick=False):
        issuing.expire_due(session)
        treatment.receive(dose)

    assert dose.status is DoseStatus.EXPIRED
    (deviation,) = opened(session, "late_receipt")
    assert "received after its expiry" in deviation.description


def test_an_expired_dose_is_received_once_and_only_if_it_was_handed_over(session, treatment, dose):
    with time_machine.travel(dose.fill.expires_at + timedelta(minutes=1), tick=False):
        issuing.expire_due(session)
        with pytest.raises(WrongState):
            treatment.receive(dose)

        assert not dose_gate.awaits_receipt(session, dose)


def test_a_dose_in_quarantine_expires_too(session, treatment, course):
    fill = treatment.filled(course)

    with time_machine.travel(fill.expires_at):
        issuing.expire_due(session)

    assert [dose.status for dose in fill.doses] == [DoseStatus.EXPIRED]
    assert course.status is CourseStatus.MANUFACTURING


def test_a_critical_deviation_holds_a_released_dose(session, treatment, dose):
    told = deviations.open_by_rule(
        session, "contamination", dose.fill.batch, description="seen", by=treatment.room.qa
    )

    with pytest.raises(dose_holds.DeviationHolds) as refused:
        treatment.hand_over(dose)

    assert refused.value.parameters["deviation"] == told.code


def test_a_minor_deviation_does_not_hold_a_released_dose(session, treatment, dose):
    deviations.open_by_rule(
        session, "late", dose.fill.batch, description="late", by=treatment.room.qa
    )

    treatment.hand_over(dose)

    assert dose.status is DoseStatus.ISSUED


def test_a_report_nobody_has_graded_holds_a_released_dose(session, treatment, dose):
    deviations.report_deviation(
        session, title="A smell", description="-", subjects=[dose], by=treatment.physician
    )

    with pytest.raises(dose_holds.DeviationHolds):
        treatment.hand_over(dose)


def test_a_held_batch_gives_out_nothing(session, treatment, dose):
    holds.hold_material(
        session, dose.fill.batch, kind="hold", reason="to look at", by=treatment.room.qa
    )

    with pytest.raises(holds.OnHold):
        treatment.hand_over(dose)


def held(session, dose):
    """The rules of the deviations that hold it."""
    reported = deviations.of_batch(session, dose.fill.batch)
    return [each.rule for each in dose_holds.holding(reported, dose)]


@pytest.mark.parametrize(("read", "broken"), [({"temperature_c": Decimal("8.1")}, ["cold_chain"]),
                                              ({"intact": False}, ["cold_chain"]),
                                              ({"temperature_c": None}, [])])  # fmt: skip
def test_a_dose_received_warm_or_damaged_is_held(session, treatment, course, read, broken):
    dose, sibling = treatment.released(course, 2)
    treatment.hand_over(dose)

    treatment.receive(dose, **read)

    assert dose.status is DoseStatus.RECEIVED
    assert len(opened(session, "cold_chain") + opened(session, "transport")) == 1
    assert (held(session, dose), held(session, sibling)) == (broken, [])


def test_a_dose_received_warm_is_free_once_quality_has_decided(session, treatment, dose):
    treatment.hand_over(dose)
    treatment.receive(dose, temperature_c=Decimal(12))
    (found,) = opened(session, "cold_chain")
    before = dose_gate.problems_with(session, dose, dose.session)

    treatment.room.investigate(found)

    assert [type(each) for each in before] == [dose_holds.DeviationHolds]
    assert dose_gate.problems_with(session, dose, dose.session) == []


@pytest.mark.parametrize(
    ("read", "rule", "told"),
    [
        (Decimal("1.9"), "cold_chain", "temperature in the box 1.9 °C"),
        (None, "transport", "no temperature"),
    ],
)
def test_a_box_that_leaves_too_cold_or_unread_is_a_deviation(
    session, treatment, dose, read, rule, told
):
    treatment.hand_over(dose, temperature_c=read, comment="read twice")

    (deviation,) = opened(session, rule)
    assert told in deviation.description


def test_a_temperature_outside_the_range_of_the_box_is_asked_about_before_it_leaves(
    session, treatment, dose
):
    with pytest.raises(FieldError) as asked:
        treatment.hand_over(dose, temperature_c=Decimal(37))

    assert asked.value.field == "comment"
    assert "temperature in the box 37 °C" in asked.value.english()
    assert dose.status is DoseStatus.AVAILABLE


def test_a_temperature_corrected_to_one_outside_is_a_deviation(session, treatment, dose):
    treatment.hand_over(dose)
    step = treatment.receive(dose)

    corrections.correct_step(
        session, step, field="temperature_c", value=Decimal(12), reason="mistyped",
        version=step.version, by=treatment.physician,
    )  # fmt: skip

    assert held(session, dose) == ["cold_chain"]


def test_a_foreign_card_stops_a_receipt(treatment, dose, other_patient):
    treatment.hand_over(dose)

    with pytest.raises(Mismatch):
        treatment.receive(dose, scanned_patient=other_patient.code)


def test_a_returned_dose_never_becomes_available_again(session, treatment, dose):
    treatment.hand_over(dose)

    issuing.return_dose(
        session, dose, why="fever", performed=treatment.done(), by=treatment.physician
    )

    assert dose.status is DoseStatus.RETURNED
    with pytest.raises(WrongState):
        treatment.hand_over(dose)


def test_a_hand_over_entered_late_says_why(treatment, dose):
    with pytest.raises(LateReasonNeeded):
        treatment.hand_over(dose, performed=Performed(at=clock.now() - timedelta(hours=2)))


def in_hours(hours):
    return time_machine.travel(clock.now() + timedelta(hours=hours), tick=False)


@pytest.mark.parametrize("worker_was_quicker", [True, False])
def test_a_hand_over_of_hour_20_is_entered_at_hour_25(session, treatment, dose, worker_was_quicker):
    at = clock.now() + timedelta(hours=20)

    with in_hours(25):
        if worker_was_quicker:
            issuing.expire_due(session)
        treatment.hand_over(dose, performed=treatment.done(at))

    assert opened(session, "fact") == []
    assert dose.status is (DoseStatus.EXPIRED if worker_was_quicker else DoseStatus.ISSUED)


def test_just_before_its_end_a_dose_is_handed_over_and_entered_after_it(treatment, dose):
    end = dose.fill.expires_at

    with time_machine.travel(end + timedelta(minutes=5), tick=False):
        treatment.hand_over(dose, performed=treatment.done(end - timedelta(minutes=1)))

    assert dose.status is DoseStatus.ISSUED


def test_after_its_end_a_dose_is_not_handed_over(treatment, dose):
    with time_machine.travel(dose.fill.expires_at, tick=False), pytest.raises(dose_gate.Expired):
        treatment.hand_over(dose)


def test_a_hand_over_after_the_end_entered_long_after_is_a_deviation(session, treatment, dose):
    at = dose.fill.expires_at + timedelta(hours=1)

    with time_machine.travel(at + timedelta(hours=2), tick=False):
        treatment.hand_over(dose, performed=treatment.done(at))

    [found] = opened(session, "fact")
    assert "expired at" in found.description


def test_a_hold_put_on_after_the_hand_over_does_not_refuse_its_record(session, treatment, dose):
    at = clock.now() + timedelta(minutes=1)

    with in_hours(2):
        hold_batch(session, dose, treatment.room.qa)
    with in_hours(3):
        treatment.hand_over(dose, performed=treatment.done(at))

    assert opened(session, "fact") == []


def test_a_hold_put_on_since_the_page_was_opened_stops_the_hand_over(session, treatment, dose):
    at = clock.now()

    with in_hours(0.1):
        hold_batch(session, dose, treatment.room.qa)
    with in_hours(0.5), pytest.raises(holds.OnHold):
        treatment.hand_over(dose, performed=treatment.done(at))


def test_a_hold_passed_over_is_recorded_and_is_a_deviation(session, treatment, dose):
    hold_batch(session, dose, treatment.room.qa)
    at = clock.now() + timedelta(minutes=1)

    with in_hours(3):
        treatment.hand_over(dose, performed=treatment.done(at))

    [found] = opened(session, "fact")
    assert "is on hold" in found.description


def hold_batch(session, dose, by):
    holds.hold_material(session, dose.fill.batch, kind=HoldKind.HOLD, reason="a question", by=by)
