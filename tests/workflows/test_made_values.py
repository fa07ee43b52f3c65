"""What a step made, corrected: a count, a volume; what was computed from it follows."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lims.errors import FieldError, NotPermitted, Stale
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.deviation import Deviation
from lims.models.fill import FillKind, FillStatus
from lims.models.suspension import Withdrawal
from lims.workflows import deciding, dose_holds, dose_share, made_values, pooling, releasing
from tests.laboratory.cells import counted
from tests.laboratory.desk import Desk


@pytest.fixture
def mend(session, lead):
    """`mend(record, "live", 9_000_000)` by the lead, in the step that made it."""

    def mend(record, field, value, step=None, **instead):
        step = step or record.step
        table = record.__tablename__
        made = made_values.find(session, step, table, record.id, field)
        known = {"seen": str(made.value), "reason": "a nought too many", "by": lead}
        return made_values.correct_made(session, step, made=made, value=value, **known | instead)

    return mend


@pytest.fixture
def p1(at_the_bench, course):
    """A harvest of P1 typed as ten times what it was."""
    vessels = at_the_bench.second_passage(course)
    return at_the_bench.harvest(vessels, count=counted(90_000_000, 1_000_000), close=True)


def step_of(suspension):
    return suspension.made_by


def test_a_corrected_count_is_a_new_row_and_the_old_one_stays(p1, mend):
    mistyped = p1.count

    mend(mistyped, "live", 9_000_000, step=step_of(p1))

    assert [each.live for each in p1.counts] == [90_000_000, 9_000_000]
    assert (mistyped.superseded_at is None, p1.count.live) == (False, 9_000_000)
    assert p1.count.correction_reason == "a nought too many"


def test_a_corrected_volume_leaves_the_count_that_was_mistyped_as_it_was(p1, mend):
    mistyped, volume_ml = p1.count, p1.volume_ml
    mend(mistyped, "live", 9_000_000, step=step_of(p1))

    mend(p1, "volume_ml", volume_ml + 1, step=step_of(p1))

    assert [each.volume_ml for each in p1.counts] == [volume_ml, volume_ml + 1]


def test_doublings_follow_a_corrected_count(p1, mend):
    mend(p1.count, "live", 9_000_000, step=step_of(p1))

    assert p1.cumulative_doublings == Decimal("3.169925")  # log2(9 M / 1 M)
    assert pooling.harvested_cells(p1) == 9_000_000


@pytest.fixture
def thawed(thaws, orders, qc_room, p1, course):
    """The cells thawed, in a batch of their own, from two vials of P1."""
    orders.in_store(qc_room.fill(p1, "1", "1", kind=FillKind.VIALS))
    order = orders.scheduled(orders.thaw(course, None, vials=2))
    orders.retrieve(order)
    return thaws.record(thaws.begun(order))


def test_doublings_follow_into_the_batch_thawed_from_its_vials(p1, thawed, mend):
    assert thawed.batch is not p1.batch

    mend(p1.count, "live", 9_000_000, step=step_of(p1), comment="so it was")

    assert thawed.cumulative_doublings == p1.cumulative_doublings == Decimal("3.169925")


def test_a_thaw_is_judged_anew_by_the_cells_that_were_frozen(session, p1, thawed, mend):
    assert "recovery" not in set(session.scalars(select(Deviation.rule)))

    mend(p1.count, "live", 180_000_000, step=step_of(p1))

    assert "recovery" in set(session.scalars(select(Deviation.rule)))


def test_what_was_seeded_follows_a_corrected_count(session, at_the_bench, course, mend):
    p0 = at_the_bench.first_passage(course)
    made = at_the_bench.harvest(p0, count=counted(5_000_000), next_vessels=1)
    (vessel,) = at_the_bench.split(made, "2")
    later = at_the_bench.harvest([vessel], count=counted(8_000_000), close=True)
    assert vessel.seeded_cells == 500_000

    mend(made.count, "live", 10_000_000, step=step_of(made))

    assert (vessel.seeded_cells, vessel.withdrawal.viable_cells) == (1_000_000, 1_000_000)
    assert later.cumulative_doublings == Decimal(3)


def test_after_a_corrected_count_a_tube_still_adds_up(at_the_bench, course, mend):
    p0 = at_the_bench.first_passage(course)
    tube = at_the_bench.harvest(p0, count=counted(5_000_000), volume="3", next_vessels=2)
    at_the_bench.split(tube, "1.5", "0.75")

    mend(tube.count, "live", 1_000_001, step=step_of(tube))

    left = [taken.viable_cells for taken in tube.withdrawals]
    assert (sum(left), len(left)) == (1_000_001, 3)


def test_the_cells_of_a_dose_follow_a_corrected_volume_of_its_tube(
    session, treatment, course, mend
):
    dose = treatment.filled(course).doses[0]
    tube = dose.fill.withdrawal.suspension

    mend(tube, "volume_ml", Decimal(20), step=step_of(tube))

    assert dose.viable_cells == 25_500_000  # 170 M in 20 mL, not in 10: 3 mL hold half


def test_a_corrected_dose_takes_the_right_volume_out_of_the_tube(treatment, course, mend):
    fill = treatment.filled(course, 2)

    mend(fill.doses[0], "volume_ml", Decimal("3.5"), step=fill.made_by, comment="so it was")

    assert fill.withdrawal.volume_ml == Decimal("6.5")
    assert fill.doses[0].viable_cells == 59_500_000


def test_no_correction_takes_more_out_of_a_tube_than_there_was(treatment, course, mend):
    fill = treatment.filled(course)

    with pytest.raises(IntegrityError):
        mend(fill.doses[0], "volume_ml", Decimal(30), step=fill.made_by)


def test_what_left_a_tube_never_goes_elsewhere(session, p1):
    taken = session.scalars(select(Withdrawal)).first()
    taken.suspension_id = p1.id

    with pytest.raises(IntegrityError, match="never changes"):
        session.flush()


def test_a_corrected_count_is_judged_anew(session, p1, mend):
    mend(p1.count, "dead", 80_000_000, step=step_of(p1))

    assert "viability" in set(session.scalars(select(Deviation.rule)))


def test_only_who_may_correct_does(p1, mend, technician):
    with pytest.raises(NotPermitted):
        mend(p1.count, "live", 1, step=step_of(p1), by=technician)


def test_who_saw_another_value_looks_again(p1, mend):
    with pytest.raises(Stale):
        mend(p1.count, "live", 1, step=step_of(p1), seen="80000000")


def test_a_count_corrected_to_nothing_is_refused(p1, mend):
    mend(p1.count, "dead", 0, step=step_of(p1))

    with pytest.raises(FieldError):
        mend(p1.count, "live", 0, step=step_of(p1))


def test_after_a_release_a_corrected_count_is_a_deviation(session, treatment, course, mend):
    (dose,) = treatment.released(course)
    tube = dose.fill.withdrawal.suspension

    mend(tube.count, "live", 17_000_000, step=step_of(tube))

    told = session.scalars(select(Deviation).where(Deviation.rule == "correction")).one()
    assert "live 170000000 cells, corrected to 17000000 cells" in told.description


def share_of(session):
    """The tests of the share of the dose, the oldest first."""
    of_line = QcTest.line.has(code=dose_share.LINE)
    return session.scalars(select(QcTest).where(of_line).order_by(QcTest.id)).all()


def test_a_share_computed_from_a_corrected_count_is_decided_again(session, treatment, course, mend):
    (dose,) = treatment.released(course)
    tube = dose.fill.withdrawal.suspension

    mend(tube.count, "live", 17_000_000, step=step_of(tube))

    before, anew = share_of(session)
    assert (before.status, anew.status) == (QcTestStatus.SUPERSEDED, QcTestStatus.REQUESTED)
    assert anew.repeats is before


def test_a_share_not_approved_yet_is_asked_anew_too(session, qc_room, course, mend):
    fill = qc_room.fill(qc_room.cells(course))
    (test,) = qc_room.ask(fill, dose_share.LINE)
    qc_room.verify(qc_room.enter(test, "102"))

    mend(
        fill.withdrawal.suspension.count,
        "live",
        80_000_000,
        step=step_of(fill.withdrawal.suspension),
    )

    assert [each.status for each in share_of(session)] == [
        QcTestStatus.INVALID,
        QcTestStatus.REQUESTED,
    ]


def test_a_correction_that_leaves_the_share_as_it_is_leaves_its_result(
    session, treatment, course, mend
):
    (dose,) = treatment.released(course)
    tube = dose.fill.withdrawal.suspension

    mend(tube.count, "dead", 4_100_000, step=step_of(tube))

    assert [each.status for each in share_of(session)] == [QcTestStatus.APPROVED]


def test_a_released_dose_is_held_until_the_changed_share_is_decided_on(treatment, course, mend):
    (dose,) = treatment.released(course)
    tube = dose.fill.withdrawal.suspension

    mend(tube.count, "live", 17_000_000, step=step_of(tube))

    with pytest.raises(dose_holds.DeviationHolds, match="superseded"):
        treatment.hand_over(dose)


def test_a_correction_voids_the_review_it_comes_after(session, qc_room, course, lead, mend):
    desk = Desk(session, qc_room)
    fill = desk.ready(course)
    releasing.review_production(session, fill, proof=desk.proof(lead), reason="seen", by=lead)
    dose = made_values.made_in(session, fill.made_by)[-1].record

    mend(dose, "volume_ml", Decimal("2.9"), step=fill.made_by)

    assert fill.status is FillStatus.QUARANTINED
    assert not deciding.still_signed(session, fill.dispositions[-1])


def test_a_corrected_count_voids_the_signatures_before_it(session, qc_room, course, mend):
    desk = Desk(session, qc_room)
    fill = desk.ready(course)
    released = desk.release(fill)
    tube = fill.withdrawal.suspension

    mend(tube.count, "dead", 2_100_000, step=step_of(tube))

    assert not deciding.still_signed(session, released)


def test_a_count_corrected_to_more_than_fits_into_its_volume_is_asked_about(p1, mend):
    with pytest.raises(FieldError, match="Look at it again") as asked:
        mend(p1.count, "live", 9_000_000_000_000, step=step_of(p1))

    assert asked.value.field == "comment"
