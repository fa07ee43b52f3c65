"""Results: as they were typed, by one person; verified by another; approved by quality."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, NotPermitted, Stale, WrongState
from lims.models.aliquot import Comparator, QcTestStatus
from lims.models.deviation import Deviation, DeviationKind, DeviationSubject
from lims.models.specification import SpecificationVersion
from lims.permissions import Role
from lims.workflows import qc_deciding, qc_readings, qc_results, signing
from lims.workflows.intervals import NotANumber, TooManyPlaces
from lims.workflows.judging import ImpossibleResult, UnknownMember, UnreadableResult, Verdict
from lims.workflows.performing import InTheFuture
from lims.workflows.qc_deciding import (
    CauseNeeded,
    InvestigationNeeded,
    NotValid,
    OwnResult,
    VerifiedIt,
)
from lims.workflows.qc_entries import (
    DayNotReached,
    DaysNeeded,
    Entry,
    NothingEntered,
    SpikeNeeded,
)
from lims.workflows.qc_readings import EnteredAlready, verdict_of
from lims.workflows.qc_results import NotStarted, ReasonNeeded
from tests.laboratory.quality import days_later


@pytest.fixture
def ask(qc_room, course):
    """`ask("viability_pct")`: this test of an aliquot of harvested cells, sampled."""
    cells = qc_room.cells(course)
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.5"))
    return lambda line: qc_room.ask(aliquot, line)[0]


@pytest.fixture
def viability(ask):
    return ask("viability_pct")


@pytest.fixture
def culture(qc_room, course):
    """The sterility of a dose, running since today."""
    fill = qc_room.fill(qc_room.cells(course))
    (aliquot,) = qc_room.sample(fill.batch, (fill.doses[0], "0.5"))
    return qc_room.start_test(qc_room.ask(aliquot, "sterility")[0])


def of_record(test):
    (row,) = qc_readings.rows_of_record(test)
    return row


def corrected(session, qc_room, test, text, reason="mistyped", by=None, **read):
    entry = Entry({"": text}, read_at=clock.now(), **read)
    return qc_results.correct_result(
        session, test, entry=entry, reason=reason, seen=qc_room.seen(test), by=by or qc_room.analyst
    )


@pytest.mark.parametrize(
    ("line", "typed", "comparator", "value"),
    [
        ("viability_pct", "96,4", Comparator.EQUAL, "96.4"),
        ("viability_pct", " 79.96 % ", Comparator.EQUAL, "79.96"),
        ("endotoxin_eu_ml", "<0,05", Comparator.BELOW, "0.05"),
        ("endotoxin_eu_ml", "≤ 0.05 EU/mL", Comparator.AT_MOST, "0.05"),
        ("endotoxin_eu_ml", ">0.7", Comparator.ABOVE, "0.7"),
        ("endotoxin_eu_ml", ">= 0.000001", Comparator.AT_LEAST, "0.000001"),
    ],
)
def test_a_number_is_kept_as_typed_and_exactly(qc_room, ask, line, typed, comparator, value):
    row = of_record(qc_room.enter(ask(line), typed))

    assert (row.entered, row.comparator, row.value) == (typed.strip(), comparator, Decimal(value))


def test_a_word_is_kept_as_a_word(qc_room, ask):
    row = of_record(qc_room.enter(ask("mycoplasma"), "отрицательно"))

    assert (row.entered, row.comparator, row.value) == ("отрицательно", None, None)


@pytest.mark.parametrize(
    ("line", "typed", "refusal"),
    [
        ("viability_pct", "104", ImpossibleResult),
        ("viability_pct", "-1", ImpossibleResult),
        ("viability_pct", "many", NotANumber),
        ("viability_pct", "9" * 400, NotANumber),
        ("viability_pct", "79.9612345678", TooManyPlaces),
        ("viability_pct", "  ", NothingEntered),
        ("mycoplasma", "no growth", UnreadableResult),
        ("mycoplasma", "perhaps", UnreadableResult),
    ],
)
def test_what_cannot_be_or_says_nothing_is_refused(qc_room, ask, line, typed, refusal):
    test = ask(line)

    with pytest.raises(refusal):
        qc_room.enter(test, typed)

    assert test.results == []


def test_a_test_with_a_spike_needs_its_recovery(session, analyst, ask):
    with pytest.raises(SpikeNeeded):
        qc_results.enter_result(
            session, ask("endotoxin_eu_ml"), entry=Entry({"": "0.1"}, clock.now()), by=analyst
        )


def test_of_a_group_each_member_is_a_row(qc_room, ask):
    test = qc_room.enter(ask("cd14_or_cd11b_pct"), {"cd14_pct": "1,1", "cd11b_pct": "0.2"})

    rows = qc_readings.rows_of_record(test)
    assert [(row.member, row.entered) for row in rows] == [
        ("cd14_pct", "1,1"),
        ("cd11b_pct", "0.2"),
    ]
    assert verdict_of(test) is Verdict.PASS


def test_of_a_group_no_stranger_is_measured(qc_room, ask):
    with pytest.raises(UnknownMember):
        qc_room.enter(ask("cd14_or_cd11b_pct"), {"cd3_pct": "1.1"})


def test_of_a_group_one_is_measured_at_least(qc_room, ask):
    with pytest.raises(NothingEntered):
        qc_room.enter(ask("cd14_or_cd11b_pct"), {"cd14_pct": " "})


def test_a_result_is_entered_once(qc_room, viability):
    qc_room.enter(viability, "96.4")

    with pytest.raises(EnteredAlready):
        qc_room.enter(viability, "97.4")


def test_no_result_is_read_in_the_future(session, analyst, viability):
    entry = Entry({"": "96.4"}, clock.now() + timedelta(minutes=5))

    with pytest.raises(InTheFuture):
        qc_results.enter_result(session, viability, entry=entry, by=analyst)


def test_only_an_analyst_enters_results(qc_room, viability, technician):
    with pytest.raises(NotPermitted):
        qc_room.enter(viability, "96.4", by=technician)


def test_an_early_reading_without_growth_leaves_the_culture_running(qc_room, culture):
    with days_later(7):
        qc_room.enter(culture, "no growth", days_read=7)

    assert culture.status is QcTestStatus.RUNNING
    assert verdict_of(culture) is Verdict.INCONCLUSIVE


def test_growth_is_entered_on_whatever_day(qc_room, culture):
    with days_later(3):
        qc_room.enter(culture, "growth", days_read=3)

    assert culture.status is QcTestStatus.ENTERED
    assert verdict_of(culture) is Verdict.FAIL


def test_the_last_reading_is_a_further_row(qc_room, culture):
    for day in (7, 14):
        with days_later(day):
            qc_room.enter(culture, "no growth", days_read=day)

    assert culture.status is QcTestStatus.ENTERED
    assert [row.days_read for row in culture.results] == [7, 14]
    assert of_record(culture).days_read == 14


def test_a_culture_asks_for_the_day(qc_room, culture):
    with pytest.raises(DaysNeeded):
        qc_room.enter(culture, "no growth")


def test_no_day_is_read_before_it_comes(qc_room, culture):
    with days_later(7), pytest.raises(DayNotReached):
        qc_room.enter(culture, "no growth", days_read=14)


def test_a_culture_is_started_before_it_is_read(qc_room, course):
    fill = qc_room.fill(qc_room.cells(course))
    (aliquot,) = qc_room.sample(fill.batch, (fill.doses[0], "0.5"))

    with pytest.raises(NotStarted):
        qc_room.enter(qc_room.ask(aliquot, "sterility")[0], "no growth", days_read=14)


def test_a_gram_stain_never_ends_a_culture(qc_room, culture):
    with days_later(14):
        qc_room.enter(culture, "no growth", days_read=14, method="Gram stain")

    assert culture.status is QcTestStatus.RUNNING
    assert verdict_of(culture) is Verdict.INCONCLUSIVE


def test_a_correction_is_a_new_row_and_the_old_one_stays(session, qc_room, viability):
    qc_room.enter(viability, "69.4")

    corrected(session, qc_room, viability, "96.4", reason="digits swapped")

    old, new = viability.results
    assert (old.entered, new.entered) == ("69.4", "96.4")
    assert old.superseded_at is not None
    assert new.correction_reason == "digits swapped"


def test_a_correction_of_one_value_stands_beside_that_one_alone(session, qc_room, ask):
    with time_machine.travel(clock.now(), tick=False):
        test = qc_room.enter(ask("cd14_or_cd11b_pct"), {"cd14_pct": "0.4", "cd11b_pct": "5"})
        qc_results.correct_result(
            session, test, entry=Entry({"cd14_pct": "0.4", "cd11b_pct": "0.5"}, clock.now()),
            reason="a digit lost", seen=qc_room.seen(test), by=qc_room.analyst,
        )  # fmt: skip

    rows = {row.member: row for row in qc_readings.rows_of_record(test)}
    assert rows["cd11b_pct"].correction_reason == "a digit lost"
    assert rows["cd14_pct"].correction_reason is None


def test_a_correction_says_why(session, qc_room, viability):
    qc_room.enter(viability, "69.4")

    with pytest.raises(ReasonNeeded):
        corrected(session, qc_room, viability, "96.4", reason=" ")


def test_a_correction_of_what_changed_meanwhile_is_stale(session, qc_room, viability):
    seen = qc_room.seen(qc_room.enter(viability, "69.4"))
    corrected(session, qc_room, viability, "96.4")
    entry = Entry({"": "69.5"}, clock.now())

    with pytest.raises(Stale):
        qc_results.correct_result(
            session, viability, entry=entry, reason="again", seen=seen, by=qc_room.analyst
        )


def test_a_verified_result_is_not_corrected(session, qc_room, viability):
    qc_room.verify(qc_room.enter(viability, "96.4"))

    with pytest.raises(WrongState):
        corrected(session, qc_room, viability, "97.4")


def test_three_people_make_an_approved_result(qc_room, viability):
    qc_room.approve(qc_room.verify(qc_room.enter(viability, "96.4")))

    assert viability.status is QcTestStatus.APPROVED
    assert viability.verification.user is qc_room.keeper
    assert viability.approval.user is qc_room.qa


def test_the_analyst_does_not_verify(qc_room, viability):
    with pytest.raises(OwnResult) as refusal:
        qc_room.verify(qc_room.enter(viability, "96.4"), by=qc_room.analyst)

    assert refusal.value.recorded


def test_who_corrected_does_not_verify(session, qc_room, viability):
    qc_room.also(qc_room.keeper, Role.QC_ANALYST)
    qc_room.enter(viability, "69.4")
    corrected(session, qc_room, viability, "96.4", by=qc_room.keeper)

    with pytest.raises(OwnResult):
        qc_room.verify(viability)


def test_the_analyst_does_not_approve(qc_room, viability):
    qc_room.also(qc_room.analyst, Role.QA_OFFICER)
    qc_room.verify(qc_room.enter(viability, "96.4"))

    with pytest.raises(OwnResult):
        qc_room.approve(viability, by=qc_room.analyst)


def test_the_verifier_does_not_approve(qc_room, viability):
    qc_room.also(qc_room.keeper, Role.QA_OFFICER)
    qc_room.verify(qc_room.enter(viability, "96.4"))

    with pytest.raises(VerifiedIt) as refusal:
        qc_room.approve(viability, by=qc_room.keeper)

    assert refusal.value.recorded


def test_the_technician_does_not_verify(qc_room, viability, technician):
    with pytest.raises(NotPermitted):
        qc_room.verify(qc_room.enter(viability, "96.4"), by=technician)


def test_nothing_is_approved_before_it_is_verified(qc_room, viability):
    with pytest.raises(WrongState):
        qc_room.approve(qc_room.enter(viability, "96.4"))


def test_what_changed_since_the_page_was_shown_is_not_verified(session, qc_room, viability):
    seen = qc_room.seen(qc_room.enter(viability, "69.4"))
    corrected(session, qc_room, viability, "96.4")
    proof = qc_room.proof(qc_room.keeper)

    with pytest.raises(Stale):
        qc_deciding.verify_result(session, viability, seen=seen, proof=proof, by=qc_room.keeper)


def test_a_failing_result_opens_an_investigation_when_it_is_verified(session, qc_room, viability):
    qc_room.verify(qc_room.enter(viability, "79.96"))

    (deviation,) = session.scalars(select(Deviation)).all()
    about = session.scalars(select(DeviationSubject.qc_test_id)).all()
    assert (deviation.kind, deviation.rule) == (DeviationKind.OUT_OF_SPECIFICATION, "result")
    assert viability.id in about
    assert "79.96 %; expected >= 80 %" in deviation.description


def test_a_passing_result_opens_nothing(session, qc_room, viability):
    qc_room.verify(qc_room.enter(viability, "80.0"))

    assert session.scalars(select(Deviation)).all() == []


def test_quality_may_send_a_result_back(session, qc_room, viability):
    qc_room.verify(qc_room.enter(viability, "96.4"))

    qc_deciding.return_result(
        session, viability, reason="which lot?", seen=qc_room.seen(viability), by=qc_room.qa
    )

    assert (viability.status, viability.verification) == (QcTestStatus.ENTERED, None)


def voided(session, qc_room, test, cause="pipette out of calibration", **also):
    return qc_deciding.invalidate_result(
        session,
        test,
        cause=cause,
        seen=qc_room.seen(test),
        proof=qc_room.proof(qc_room.qa),
        by=qc_room.qa,
        **also,
    )


def test_a_test_whose_tube_broke_is_withdrawn_by_quality(session, qc_room, viability):
    withdrawn = voided(session, qc_room, viability, cause="the tube broke", repeat=False)

    assert (withdrawn, viability.status) == (viability, QcTestStatus.INVALID)


def test_a_test_under_way_is_repeated_where_its_tube_broke(session, qc_room, viability):
    qc_room.start_test(viability)

    again = voided(session, qc_room, viability, cause="the tube broke")

    assert (again.repeats_id, again.status) == (viability.id, QcTestStatus.SAMPLED)


def test_a_test_is_repeated_from_another_aliquot_of_the_same_tube(session, qc_room, viability):
    tube = viability.aliquot.withdrawal.suspension
    (other,) = qc_room.sample(tube.batch, (tube, "0.5"))
    qc_room.enter(viability, "12")

    assert voided(session, qc_room, viability, aliquot=other).aliquot is other


def test_no_test_is_repeated_from_another_tube(session, qc_room, viability, course):
    tube, stranger = viability.aliquot.withdrawal.suspension, qc_room.cells(course)
    stranger.batch_id = tube.batch_id
    (other,) = qc_room.sample(tube.batch, (stranger, "0.5"))
    qc_room.enter(viability, "12")

    with pytest.raises(FieldError, match=f"of {stranger.code}.*tested of {tube.code}") as refused:
        voided(session, qc_room, viability, aliquot=other)

    assert refused.value.field == "aliquot"


def test_a_test_that_was_read_is_not_only_withdrawn(session, qc_room, viability):
    qc_room.enter(viability, "12")

    with pytest.raises(qc_deciding.RepeatNeeded):
        voided(session, qc_room, viability, repeat=False)


def test_a_spike_that_is_not_got_back_makes_the_test_invalid_not_a_fail(qc_room, ask):
    test = qc_room.enter(ask("endotoxin_eu_ml"), "<0.05", spike="45")

    assert verdict_of(test) is Verdict.INVALID
    with pytest.raises(NotValid):
        qc_room.verify(test)


def test_an_invalid_test_stays_and_is_repeated_under_a_new_code(session, qc_room, ask):
    test = qc_room.enter(ask("endotoxin_eu_ml"), "<0.05", spike="45")

    repeat = voided(session, qc_room, test)

    assert test.status is QcTestStatus.INVALID
    assert (repeat.repeats, repeat.aliquot) == (test, test.aliquot)
    assert (repeat.status, of_record(test).entered) == (QcTestStatus.SAMPLED, "<0.05")


def test_nothing_is_voided_without_a_cause(session, qc_room, viability):
    qc_room.enter(viability, "79")

    with pytest.raises(CauseNeeded):
        voided(session, qc_room, viability, cause=" ")


def test_an_approved_result_is_not_voided(session, qc_room, viability):
    qc_room.settle(viability, "96.4")

    with pytest.raises(WrongState):
        voided(session, qc_room, viability)


def superseded(session, qc_room, test, reason="a better method"):
    return qc_deciding.supersede_result(
        session,
        test,
        reason=reason,
        seen=qc_room.seen(test),
        proof=qc_room.proof(qc_room.qa),
        by=qc_room.qa,
    )


def test_a_failing_result_is_not_retested_into_compliance(session, qc_room, viability):
    qc_room.settle(viability, "79")

    with pytest.raises(InvestigationNeeded) as refusal:
        superseded(session, qc_room, viability)

    assert refusal.value.recorded


def test_after_an_approved_investigation_it_is_repeated(session, qc_room, viability):
    qc_room.settle(viability, "79")
    qc_room.investigate(session.scalars(select(Deviation)).one())

    repeat = superseded(session, qc_room, viability)

    assert (viability.status, repeat.repeats) == (QcTestStatus.SUPERSEDED, viability)


CHANGES = {
    "entered": "96.5",
    "value": Decimal("96.5"),
    "comparator": Comparator.BELOW,
    "computed": Decimal(97),
    "method": "trypan blue",
    "days_read": 3,
    "spike_recovery_pct": Decimal(80),
    "read_at": clock.now() - timedelta(days=1),
    "member": "cd14_pct",
    "correction_reason": "none",
    "superseded_at": clock.now(),
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_signature_ends_with_any_column_it_was_shown(session, qc_room, viability, column):
    qc_room.verify(qc_room.enter(viability, "96.4"))
    signature = viability.verification
    assert signing.still_valid(signature, qc_readings.shown_of(viability))

    setattr(of_record(viability), column, CHANGES[column])

    with session.no_autoflush:
        assert not signing.still_valid(signature, qc_readings.shown_of(viability))


@pytest.mark.parametrize("column", ["limit", "name", "unit", "code"])
def test_a_signature_ends_with_the_line_it_was_shown(session, qc_room, viability, column):
    qc_room.verify(qc_room.enter(viability, "96.4"))

    setattr(viability.line, column, ">= 70")

    with session.no_autoflush:
        shown = qc_readings.shown_of(viability)
        assert not signing.still_valid(viability.verification, shown)


def test_a_line_that_is_asked_no_more_is_not_evaluated(session, qc_room, viability):
    qc_room.enter(viability, "96.4")

    with session.no_autoflush:
        viability.batch.specification_version = SpecificationVersion(id=999, tests=[])
        assert verdict_of(viability) is Verdict.NOT_EVALUATED
