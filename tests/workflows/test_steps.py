"""What every step shares: who did it and when, its confirmation, its end."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError
from lims.models.deviation import Deviation
from lims.models.label import LabelStatus
from lims.models.step import LineClearance, StepStatus
from lims.workflows import (
    clearance,
    isolating,
    label_balance,
    labelling,
    left_benches,
    sampling,
    step_kinds,
    steps,
)
from lims.workflows.clearance import CheckerNeeded
from lims.workflows.containers import Unlabelled
from lims.workflows.label_balance import LeftOver
from lims.workflows.left_benches import ConfirmedAlready
from lims.workflows.performing import InTheFuture, LateReasonNeeded, PerformerNotPermitted
from lims.workflows.sampling import Drawn
from lims.workflows.signing import SamePerson
from lims.workflows.steps import NotConfirmed, NothingRecorded, Performed
from lims.workflows.training import NotTrained
from tests.laboratory.cells import DIGESTION, NONE_SCANNED, given_out, opened_before

SO_IT_WAS = "Two of us were there: who checked the line performed it."


@pytest.fixture
def step(session, at_the_bench, course):
    return isolating.start_isolation(
        session, at_the_bench.tissue(course), vessels=1, aliquots=1, **at_the_bench.opening()
    )


@pytest.fixture
def record(session, step, technician):
    def recorded(by=None, labelled=True, **performed):
        if labelled:
            printed(session, step, "SU", by=by or technician)
        isolating.record_isolation(
            session,
            opened_before(step),
            tissue=session.get_one(isolating.Sample, step.sample_id),
            suspension_code=given_out(session, step, "SU")[0],
            digestion=DIGESTION,
            volume_ml=Decimal(10),
            count=None,
            performed=Performed(at=clock.now(), **{"comment": SO_IT_WAS, **performed}),
            by=by or technician,
        )
        return step

    return recorded


@pytest.fixture
def close(session, step, lead, technician, proof_of):
    def closed(checker=lead, by=None, **told):
        proof = proof_of(checker) if checker else None
        said = {"comment": NONE_SCANNED, **told}
        return steps.close_step(session, step, checker=proof, by=by or technician, **said)

    return closed


def printed(session, step, kind, by, reason=None):
    codes = given_out(session, step, kind)
    return labelling.record_printed(
        session,
        step=step,
        patient_id=step.patient_id,
        codes=codes,
        layout="tube",
        content_sha256="0" * 64,
        reason=reason,
        by=by,
    )


def clearance_of(session, step):
    return session.scalars(select(LineClearance).where(LineClearance.step_id == step.id)).one()


def test_whoever_types_what_they_did_has_confirmed_it(record, technician):
    step = record()

    assert step.performed_by_id == technician.id
    assert step.confirmed_at == step.recorded_at


def test_the_performer_proves_it_on_the_form_of_a_colleague(record, lead, technician, proof_of):
    step = record(performer=proof_of(lead))

    assert (step.performed_by_id, step.recorded_by_id) == (lead.id, technician.id)
    assert step.confirmed_at is not None


def test_who_checked_the_line_is_named_as_performer_only_with_the_reason(record, lead, proof_of):
    with pytest.raises(FieldError) as refused:
        record(performer=proof_of(lead), comment=None)

    assert refused.value.field == "comment"
    assert "checked the line clearance" in refused.value.english()


def test_that_who_checked_the_line_performed_it_is_told_to_quality(session, record, lead, proof_of):
    step = record(performer=proof_of(lead))

    told = session.scalars(select(Deviation).where(Deviation.rule == "fact")).one()
    assert f"checked the line clearance of {step.code}" in told.description


@pytest.mark.parametrize("login", ["administrator", "auditor", "analyst", "physician"])
@pytest.mark.parametrize("proved", [True, False])
def test_whose_role_does_not_include_it_cannot_have_performed_a_step(
    request, record, proof_of, login, proved
):
    person = request.getfixturevalue(login)

    with pytest.raises(PerformerNotPermitted) as refused:
        record(**({"performer": proof_of(person)} if proved else {"performer_id": person.id}))

    assert person.full_name in refused.value.english()
    assert "perform a production step" in refused.value.english()


def test_a_performer_is_trained_for_the_step(record, returning, proof_of):
    with pytest.raises(NotTrained) as refused:
        record(performer=proof_of(returning))

    assert returning.full_name in refused.value.english()


def test_who_records_what_they_did_themselves_is_trained_for_it(record, returning):
    with pytest.raises(NotTrained):
        record(by=returning)


def test_a_training_that_ended_since_counts_for_what_was_done_before(
    session, step, lead, proof_of, technician
):
    performed = Performed(
        clock.now(), proof_of(lead), late_reason="the network was down", comment=SO_IT_WAS
    )

    with time_machine.travel(clock.now() + timedelta(days=181)):
        performed.performer.proved_at = clock.now()
        steps.record(session, step, performed, 60, technician)

    assert step.performed_by_id == lead.id


def test_a_performer_who_was_only_named_confirms_before_the_step_closes(
    session, record, close, lead
):
    step = record(performer_id=lead.id)

    with pytest.raises(NotConfirmed):
        close()
    steps.confirm_step(session, step, by=lead)

    assert step.confirmed_at is not None


@pytest.fixture
def clear(session, step, lead, technician, proof_of):
    def cleared(reason="she went home", checker=lead):
        proof = proof_of(checker)
        return left_benches.clear_bench(session, step, reason=reason, checker=proof, by=technician)

    return cleared


def test_a_bench_is_cleared_while_its_step_waits_for_who_went_home(
    session, record, clear, close, lead, at_the_bench, course
):
    step = record(performer_id=lead.id)

    clear()

    assert clearance.problem_with(session, step.station) is None
    assert (step.status, step.confirmed_at) == (StepStatus.RECORDED, None)
    with pytest.raises(NotConfirmed):
        close()


def test_a_step_whose_bench_was_cleared_closes_once_it_is_confirmed(
    session, record, clear, close, lead, keeper
):
    step = record(performer_id=lead.id)
    clear()
    steps.confirm_step(session, step, by=lead)

    close(checker=keeper)

    assert step.status is StepStatus.CLOSED
    assert step.clearance.close_checked_by_id == lead.id


def test_the_bench_of_a_confirmed_step_is_cleared_by_closing_it(record, clear):
    record()

    with pytest.raises(ConfirmedAlready):
        clear()


def test_why_a_bench_is_cleared_before_the_performer_confirmed_is_said(record, clear, lead):
    record(performer_id=lead.id)

    with pytest.raises(FieldError):
        clear(reason=" ")


def test_nobody_confirms_for_the_performer(session, record, lead, technician):
    step = record(performer_id=lead.id)

    with pytest.raises(NotConfirmed):
        steps.confirm_step(session, step, by=technician)


def test_what_is_still_to_come_is_not_recorded(session, step, technician):
    performed = Performed(at=clock.now() + timedelta(minutes=5))

    with pytest.raises(InTheFuture):
        steps.record(session, step, performed, 60, technician)


@pytest.mark.parametrize(("minutes", "late"), [(59, False), (61, True)])
def test_a_late_entry_says_why(session, step, technician, minutes, late):
    performed = Performed(at=clock.now() - timedelta(minutes=minutes))

    if late:
        with pytest.raises(LateReasonNeeded):
            steps.record(session, step, performed, 60, technician)
    else:
        steps.record(session, step, performed, 60, technician)
        assert step.status == StepStatus.RECORDED


def test_a_step_is_closed_by_a_second_person_and_its_bench_is_free(session, record, close, lead):
    record()

    step = close()

    assert step.status == StepStatus.CLOSED
    assert step.verified_by_id == lead.id
    assert clearance_of(session, step).close_checked_by_id == lead.id


def test_nobody_checking_the_end_is_refused(record, close):
    record()

    with pytest.raises(CheckerNeeded):
        close(checker=None)


def test_whoever_closes_does_not_check(record, close, technician):
    record()

    with pytest.raises(SamePerson):
        close(checker=technician)


def test_the_performer_does_not_check_the_end_for_a_colleague(
    record, close, technician, lead, proof_of
):
    record(performer=proof_of(lead))

    with pytest.raises(SamePerson):
        close(checker=lead)


def test_whoever_printed_the_labels_does_not_check_the_end(session, record, close, step, lead):
    printed(session, step, "VE", by=lead)
    record()

    with pytest.raises(SamePerson):
        close(checker=lead)


def test_an_open_step_is_not_closed(close):
    with pytest.raises(NothingRecorded):
        close()


@pytest.fixture
def leave(session, record, step, technician):
    """A label, stuck on or not, of a vessel into which nothing was seeded; it is recorded."""

    def leaving(stuck):
        label, *_ = printed(session, step, "VE", by=technician)
        if stuck:
            labelling.apply_label(session, code=label.code, step=step, by=technician)
        record()
        return label

    return leaving


@pytest.mark.parametrize("stuck", [True, False])
@pytest.mark.parametrize(
    ("told", "status"), [("lost", LabelStatus.VOID), ("destroyed", LabelStatus.DESTROYED)]
)
def test_of_labels_of_containers_never_used_the_end_asks_what_became(
    session, leave, close, step, stuck, told, status
):
    label = leave(stuck)
    with pytest.raises(FieldError) as refusal:
        close()
    assert refusal.value.field == "left_over"

    close(left_over=LeftOver(told))

    settled = {LabelStatus.APPLIED: 1, status: 1}
    assert label_balance.reconciliation(session, [step.id]) == settled
    assert bool(label_balance.left_open([label])) is (told == "lost")


def test_no_step_closes_while_what_it_made_bears_no_label(record, close):
    record(labelled=False)

    with pytest.raises(Unlabelled):
        close()


def test_a_new_label_of_a_container_in_use_is_stuck_on_before_the_step_closes(
    session, record, close, step, technician
):
    record()
    [again] = printed(session, step, "SU", by=technician, reason="torn")

    with pytest.raises(Unlabelled):
        close()

    assert again.status is LabelStatus.SENT


def test_a_step_given_up_leaves_no_label_applied(session, step, technician, lead, proof_of):
    label = printed(session, step, "VE", by=technician)[0]
    labelling.apply_label(session, code=label.code, step=step, by=technician)

    steps.void_step(session, step, reason="no power", checker=proof_of(lead), by=technician)

    assert label.status is LabelStatus.VOID


def test_a_step_is_given_up_and_its_bench_is_free(session, step, technician, lead, proof_of):
    [label] = printed(session, step, "SU", by=technician)

    steps.void_step(session, step, reason="no power", checker=proof_of(lead), by=technician)

    assert step.status == StepStatus.VOID
    assert label.status == LabelStatus.VOID
    assert clearance_of(session, step).closed_at is not None


def test_a_step_in_which_an_aliquot_was_taken_is_not_given_up(
    session, step, technician, lead, proof_of
):
    sample = session.get(isolating.Sample, step.sample_id)
    drawn = Drawn(sample, given_out(session, step, "QC")[0], Decimal("0.5"))
    sampling.take_aliquot(session, step, drawn=drawn, by=technician)

    with pytest.raises(steps.SomethingDone):
        steps.void_step(session, step, reason="no power", checker=proof_of(lead), by=technician)


def test_a_recorded_step_is_not_given_up(session, record, technician, lead, proof_of):
    with pytest.raises(steps.StepNotOpen):
        steps.void_step(session, record(), reason="no power", checker=proof_of(lead), by=technician)


def test_makers_are_all_who_performed_typed_or_checked(session, record, close, step, technician):
    record()
    close()

    assert step_kinds.makers([step]) == {technician.id, step.verified_by_id}


def test_a_day_ago_is_yesterday_however_few_hours_passed():
    with time_machine.travel("2026-11-24T00:30:00+03:00", tick=False):
        yesterday = clock.now() - timedelta(hours=1)

        assert clock.days_since(yesterday) == 1
        assert clock.days_since(clock.now()) == 0
