"""Release: only when everything is in place, and never by who took part; each decision signed."""

from datetime import timedelta
from itertools import combinations

import pytest
import time_machine
from sqlalchemy import select

from lims.errors import FieldError, NotPermitted, Stale, WrongState
from lims.models.aliquot import QcTest
from lims.models.course import CourseStatus
from lims.models.deviation import HoldKind
from lims.models.fill import Decision, DoseStatus, FillStatus
from lims.models.user import UserRole
from lims.permissions import Role
from lims.workflows import (
    batch_state,
    corrections,
    deciding,
    holds,
    labelling,
    qc_deciding,
    releasing,
    reviewing,
    signing,
)
from lims.workflows.containers import Unlabelled
from lims.workflows.evidence import evidence_of
from lims.workflows.releasing import (
    NothingRunning,
    NotReleasable,
    NotReviewable,
    OwnWork,
    TookPart,
)
from lims.workflows.reviewing import (
    DeviationOpen,
    HoldOpen,
    LabelsOpen,
    ReadLater,
    ResultOpen,
    StepsOpen,
)
from tests.laboratory.desk import Desk
from tests.laboratory.quality import days_later


@pytest.fixture
def desk(session, qc_room):
    return Desk(session, qc_room)


@pytest.fixture
def fill(desk, course):
    """A fill of which everything is in place."""
    return desk.ready(course)


@pytest.fixture
def awaited(desk, course):
    """A fill of which only the cultures are still running."""
    fill = desk.judged(course)
    return fill, desk.cultured(fill)


def open_points(session, fill):
    return {type(point) for point in reviewing.missing_for_release(session, fill)}


def test_a_fill_with_everything_in_place_is_released(session, desk, fill, course):
    desk.release(fill)

    assert fill.status is FillStatus.RELEASED
    assert {dose.status for dose in fill.doses} == {DoseStatus.AVAILABLE}
    assert course.status is CourseStatus.DOSE_READY


def test_review_and_release_may_be_one_signature_that_makes_both_moves(session, desk, fill):
    desk.release(fill)

    assert [each.decision for each in fill.dispositions] == [Decision.REVIEWED, Decision.RELEASED]
    assert {each.signature.user_id for each in fill.dispositions} == {desk.qa.id}
    assert all(deciding.still_signed(session, each) for each in fill.dispositions)


def test_the_lead_reviews_and_quality_releases(session, desk, fill, lead):
    releasing.review_production(session, fill, proof=desk.proof(lead), reason="seen", by=lead)
    assert fill.status is FillStatus.PRODUCTION_REVIEWED

    desk.release(fill)

    assert [each.signature.user_id for each in fill.dispositions] == [lead.id, desk.qa.id]


@pytest.mark.parametrize("reason", [None, " "])
def test_what_is_not_as_usual_is_not_passed_over_without_a_word(session, desk, fill, lead, reason):
    proof = desk.proof(lead)
    with pytest.raises(FieldError, match="not as usual"):
        releasing.review_production(session, fill, proof=proof, reason=reason, by=lead)
    with pytest.raises(FieldError, match="not as usual"):
        releasing.release_fill(session, fill, proof=desk.proof(desk.qa), reason=reason, by=desk.qa)

    assert fill.status is FillStatus.QUARANTINED


def test_nobody_reviews_steps_they_performed(session, desk, fill, technician):
    technician.roles.append(UserRole(user_id=technician.id, role=Role.PRODUCTION_LEAD))

    with pytest.raises(OwnWork):
        releasing.review_production(
            session, fill, proof=desk.proof(technician), reason="seen", by=technician
        )


def test_what_changed_since_the_page_was_shown_is_not_signed(session, desk, fill, lead):
    evidence = evidence_of(session, fill)
    proof = desk.proof(desk.qa)
    proof.seen = signing.sha256_of(deciding.shown_now(session, fill, evidence))
    step = fill.made_by
    corrections.correct_step(
        session, step, field="comment", value="Second syringe leaked.", reason="left out",
        version=step.version, by=lead,
    )  # fmt: skip

    with pytest.raises(Stale):
        releasing.release_fill(session, fill, proof=proof, reason="seen", by=desk.qa)


def test_what_the_page_showed_is_signed_twice_by_one_signature(session, desk, fill):
    evidence = evidence_of(session, fill)
    proof = desk.proof(desk.qa)
    proof.seen = signing.sha256_of(deciding.shown_now(session, fill, evidence))

    releasing.release_fill(session, fill, proof=proof, reason="seen", by=desk.qa)

    assert fill.status is FillStatus.RELEASED


@pytest.mark.parametrize("login", ["technician", "lead", "analyst", "keeper"])
def test_who_performed_checked_analysed_or_verified_does_not_release(request, desk, fill, login):
    maker = desk.officer(request.getfixturevalue(login))

    with pytest.raises(TookPart):
        desk.release(fill, by=maker)


def test_who_took_no_part_but_is_no_officer_does_not_release(desk, fill, physician):
    with pytest.raises(NotPermitted):
        desk.release(fill, by=physician)


def test_an_open_deviation_blocks_until_it_is_decided(session, desk, fill):
    deviation = desk.report(fill)
    with pytest.raises(NotReleasable):
        desk.release(fill)

    desk.decide(deviation)

    assert open_points(session, fill) == set()
    assert desk.release(fill)


def test_a_printed_label_blocks_until_its_paper_is_destroyed(session, desk, fill, lead):
    print_again(session, fill, lead)
    assert open_points(session, fill) == {LabelsOpen}
    open_yet = reviewing.missing_for_review(session, fill)
    assert [each.parameters["copy"] for each in open_yet] == [1, 2]

    code = tube_of(fill).code
    labelling.void_label(session, code=code, reason="spare", by=lead)
    assert open_points(session, fill) == {LabelsOpen}
    for copy in (1, 2):
        labelling.destroy_label(session, code=code, copy=copy, by=lead)

    assert open_points(session, fill) == set()


def test_a_dose_without_a_label_is_neither_reviewed_nor_released(session, desk, fill, lead):
    labelling.void_label(session, code=fill.doses[0].code, reason="torn", by=lead)
    labelling.destroy_label(session, code=fill.doses[0].code, by=lead)

    assert open_points(session, fill) == {Unlabelled}
    with pytest.raises(NotReviewable):
        releasing.review_production(session, fill, proof=desk.proof(lead), reason="seen", by=lead)


def test_a_hold_blocks(session, desk, fill, lead):
    hold(session, fill, lead)

    with pytest.raises(NotReleasable):
        desk.release(fill)
    assert open_points(session, fill) == {HoldOpen}


def test_an_open_step_blocks_review_and_release(session, desk, fill, lead):
    desk.room.start(fill.batch, 1)

    with pytest.raises(NotReviewable):
        releasing.review_production(session, fill, proof=desk.proof(lead), reason="seen", by=lead)
    assert open_points(session, fill) == {StepsOpen}


def test_a_missing_result_is_never_a_pass(session, desk, course):
    cells = desk.room.cells(course)
    fill = desk.room.fill(cells)
    desk.room.look_at(fill)

    missing = [point.english() for point in reviewing.missing_for_release(session, fill)]

    assert "Mycoplasma: missing." in missing
    with pytest.raises(NotReleasable):
        desk.release_conditionally(fill)


def test_a_result_that_is_not_approved_blocks(session, desk, course):
    fill = desk.judged(course)
    tests = desk.cultured(fill)
    with days_later(14):
        for test in tests:
            desk.room.enter(test, "no growth", days_read=14)
            desk.room.verify(test)

    assert open_points(session, fill) == {reviewing.NotApproved}


def test_while_sterility_runs_the_release_is_conditional_only(desk, awaited):
    fill, _ = awaited
    with pytest.raises(NotReleasable):
        desk.release(fill)

    desk.release_conditionally(fill)

    assert fill.status is FillStatus.CONDITIONAL
    assert {dose.status for dose in fill.doses} == {DoseStatus.AVAILABLE}


def test_sterility_that_nobody_began_lets_nothing_go(desk, course):
    with pytest.raises(NotReleasable):
        desk.release_conditionally(desk.judged(course))


def test_no_growth_on_day_seven_of_fourteen_stays_conditional(session, desk, awaited):
    fill, tests = awaited
    fill.expires_at += timedelta(days=30)
    with days_later(7):
        for test in tests:
            desk.room.enter(test, "no growth", days_read=7)

        desk.release_conditionally(fill)

    assert ReadLater in open_points(session, fill)


def test_a_gram_stain_closes_no_sterility(session, desk, awaited):
    fill, tests = awaited

    desk.read(tests, method="Gram stain")

    assert ResultOpen in open_points(session, fill)
    with pytest.raises(NotReleasable):
        desk.release(fill)


def test_a_conditional_release_needs_something_running(desk, fill):
    with pytest.raises(NothingRunning):
        desk.release_conditionally(fill)


def test_the_last_result_turns_the_conditional_release_into_a_final_one(session, desk, awaited):
    fill, tests = awaited
    conditional = desk.release_conditionally(fill)
    desk.read(tests)

    with days_later(15):
        desk.release(fill)

    assert fill.status is FillStatus.RELEASED
    assert deciding.still_signed(session, conditional)  # what came later was not signed then


def test_a_change_asked_voids_the_review(session, desk, fill, lead):
    releasing.review_production(session, fill, proof=desk.proof(lead), reason="seen", by=lead)

    releasing.ask_change(session, fill, reason="Step 4", proof=desk.proof(desk.qa), by=desk.qa)

    assert fill.status is FillStatus.QUARANTINED
    assert fill.dispositions[-1].decision is Decision.CHANGE_ASKED


def test_a_released_fill_is_not_released_again(desk, fill):
    desk.release(fill)

    with pytest.raises(WrongState):
        desk.release(fill)


def test_a_corrected_step_voids_the_signatures_before_it(session, desk, fill, lead):
    disposition = desk.release(fill)
    step = fill.made_by

    corrections.correct_step(
        session, step, field="comment", value="Second syringe leaked.", reason="left out",
        version=step.version, by=lead,
    )  # fmt: skip

    assert not deciding.still_signed(session, disposition)


@pytest.mark.parametrize("column", ["vehicle", "passage", "expires_at"])
def test_a_changed_column_of_the_fill_voids_the_signature(session, desk, fill, column):
    disposition = desk.release(fill)
    later = {"vehicle": "Albumin 5 %", "passage": 3, "expires_at": None}

    setattr(fill, column, later[column])

    assert not deciding.still_signed(session, disposition)


def print_again(session, fill, lead):
    tube = tube_of(fill)
    labelling.record_printed(
        session, step=tube.made_by, patient_id=fill.patient_id, codes=[tube.code], layout="tube",
        content_sha256="0" * 64, by=lead, reason="first was torn",
    )  # fmt: skip


def tube_of(fill):
    return fill.withdrawal.suspension


def hold(session, fill, lead):
    holds.put_on_hold(session, fill.batch, kind=HoldKind.HOLD, reason="asked", by=lead)


def supersede(desk, fill):
    test = desk.session.scalars(select(QcTest).where(QcTest.fill_id == fill.id)).first()
    qc_deciding.supersede_result(
        desk.session, test, seen=desk.room.seen(test), reason="light was poor",
        proof=desk.proof(desk.qa), by=desk.qa,
    )  # fmt: skip


BROKEN = {
    "a step is open": lambda desk, fill: desk.room.start(fill.batch, 1),
    "a label is out": lambda desk, fill: print_again(desk.session, fill, desk.room.bench.lead),
    "a deviation is open": lambda desk, fill: desk.report(fill),
    "a hold is in force": lambda desk, fill: hold(desk.session, fill, desk.room.bench.lead),
    "a test is unanswered": lambda desk, fill: supersede(desk, fill),
    "the signer took part": lambda desk, fill: None,
    "the signer is no officer": lambda desk, fill: None,
}


def tried(desk, fill, broken):
    """Whether the fill is released with these conditions broken; nothing of it is kept."""
    savepoint = desk.session.begin_nested()
    for name in broken:
        BROKEN[name](desk, fill)
    by = desk.qa
    if "the signer took part" in broken:
        by = desk.officer(desk.room.bench.lead)
    if "the signer is no officer" in broken:
        by = desk.room.analyst
    try:
        desk.release(fill, by=by)
        return fill.status is FillStatus.RELEASED
    except (NotReleasable, TookPart, NotPermitted):
        return False
    finally:
        savepoint.rollback()
        desk.session.expire_all()


def test_a_fill_is_released_only_when_every_condition_holds(desk, fill):
    ways = [broken for size in (1, 2) for broken in combinations(BROKEN, size)]

    assert [broken for broken in ways if tried(desk, fill, broken)] == []
    assert tried(desk, fill, ())


def test_each_condition_is_named_where_it_stands_in_the_way(session, desk, fill):
    for name in list(BROKEN)[:5]:
        BROKEN[name](desk, fill)

    assert open_points(session, fill) == {
        StepsOpen,
        LabelsOpen,
        DeviationOpen,
        HoldOpen,
        ResultOpen,
    }


def test_an_expired_fill_is_not_released(session, treatment, course):
    fill = treatment.filled(course)

    with time_machine.travel(fill.expires_at), pytest.raises(releasing.NotReleasable) as refused:
        treatment.release(fill)

    (point,) = refused.value.parameters["open_points"]
    assert isinstance(point, batch_state.ExpiredAlready)
