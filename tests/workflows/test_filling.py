"""Filling: what may be filled, into which containers, for which session, what is quarantined."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lims import clock
from lims.errors import FieldError, WrongState
from lims.models.course import TransplantationSession
from lims.models.deviation import Deviation, HoldKind
from lims.models.fill import DoseStatus, FillKind, FillStatus, VialStatus
from lims.models.step import IdentityCheck, StepStatus
from lims.models.suspension import Purpose, Suspension, SuspensionOrigin
from lims.models.vessel import Vessel
from lims.workflows import (
    agenda_bench,
    containers,
    course_progress,
    fill_gate,
    filling,
    freezing_density,
    holds,
    labelling,
    shelf_life,
    stopping,
    suspensions,
)
from lims.workflows.command import by_scanner
from lims.workflows.containers import AlreadyUsed, NotPlanned
from lims.workflows.culturing import OtherSuspension
from lims.workflows.fill_gate import NotCounted, PassageNotKnown, PassageTooHigh, SvfNotFilled
from lims.workflows.filling import (
    AdministrationNotOfSession,
    HowManyDoses,
    NothingFilled,
    Portion,
    SessionCancelled,
    SessionOfAnotherCourse,
)
from lims.workflows.freezing_limits import FrozenTooOften, NotFrozenAgain
from lims.workflows.holds import OnHold
from lims.workflows.identity import Mismatch
from lims.workflows.label_contents import Contents, OtherExpiry, out_of_date
from lims.workflows.shelf_life import ExpiresFirst
from lims.workflows.suspensions import MoreThanThereIs
from tests.laboratory.cells import counted, given_out, planned


@pytest.fixture
def cells(qc_room, course):
    """5 mL of P0 with 85 million viable cells."""
    return qc_room.cells(course)


@pytest.fixture
def sitting(session, course):
    """The first session of the course."""
    return sessions_of(session, course)[0]


@pytest.fixture
def start(session, at_the_bench, cells, sitting):
    """`start()` opens a filling of `cells` with two doses planned."""

    def starting(suspension=None, **changed):
        values = {"kind": FillKind.DOSES, "number": 2, "sitting": sitting}
        values |= {"comment": "in good time"} | changed
        return filling.start_filling(
            session, suspension or cells, **values, **at_the_bench.opening()
        )

    return starting


@pytest.fixture
def record(session, at_the_bench, technician):
    """`record(step, "3", "1")`: those volumes into the first containers planned."""

    def recording(step, *volumes, kind=FillKind.DOSES, codes=None, **changed):
        given = codes or planned(session, step, "DS" if kind is FillKind.DOSES else "VL")
        portions = [
            Portion(code, Decimal(volume), changed.pop("injection", None))
            for code, volume in zip(given, volumes, strict=False)
        ]
        values = {"vehicle": "Saline", "appearance_good": True, "containers_intact": True}
        values |= {"suspension": session.get_one(Suspension, step.suspension_id)}
        return filling.record_filling(
            session, step, kind=kind, portions=portions, performed=at_the_bench.done(),
            by=technician, **values | changed,
        )  # fmt: skip

    return recording


def sessions_of(session, course):
    query = select(TransplantationSession).where(TransplantationSession.course_id == course.id)
    return session.scalars(query.order_by(TransplantationSession.id)).all()


def rules(session):
    return set(session.scalars(select(Deviation.rule)))


def test_doses_that_do_not_keep_until_their_session_are_asked_about_before_a_label_is_printed(
    start, sitting
):
    with pytest.raises(FieldError) as asked:
        start(comment=None)
    sitting.planned_on = clock.today()

    assert asked.value.field == "comment"
    assert isinstance(asked.value.parameters["problem"].parameters["found"], ExpiresFirst)
    assert start(comment=None).status is StepStatus.OPEN


def test_why_doses_are_filled_early_stays_beside_what_is_said_of_the_filling(start, record):
    step = start(comment="they fly tonight")

    record(step, "3", comment="a drop was lost")

    assert step.comment == "they fly tonight\na drop was lost"


def test_doses_are_quarantined_with_the_cells_their_volume_holds(start, record, cells):
    fill = record(start(), "3", "1.5")

    assert fill.status is FillStatus.QUARANTINED
    assert [dose.viable_cells for dose in fill.doses] == [51_000_000, 25_500_000]
    assert {dose.status for dose in fill.doses} == {DoseStatus.QUARANTINED}
    assert cells.remaining_ml == Decimal("0.5")
    assert cells.withdrawals[-1].purpose is Purpose.FILLING


def test_a_fresh_dose_expires_by_the_specification(start, record):
    fill = record(start(), "3")

    assert fill.expires_at == fill.filled_at + timedelta(hours=24)


@pytest.fixture
def labelled(session, technician):
    """`labelled(step, hours, ...)`: doses with labels that say they expire in so many hours."""

    def printing(step, *hours):
        codes = given_out(session, step, "DS")[: len(hours)]
        now = clock.now()
        labelling.record_printed(
            session, step=step, patient_id=step.patient_id, codes=codes, layout="dose",
            content_sha256="0" * 64, by=technician,
            contents=[Contents(None, None, now + timedelta(hours=each)) for each in hours],
        )  # fmt: skip
        return codes

    return printing


def test_doses_expire_when_their_labels_say_which_were_printed_before(
    session, start, record, labelled
):
    step = start()
    codes = labelled(step, 23, 23)

    fill = record(step, "3", "1.5", codes=codes)

    labels = containers.copies_of(session, codes)
    assert {label.expires_at for label in labels} == {fill.expires_at}
    assert out_of_date(fill.doses, labels) == []


def test_of_labels_that_differ_the_soonest_counts_and_the_other_is_printed_anew(
    session, start, record, labelled
):
    step = start()
    codes = labelled(step, 22, 23)

    fill = record(step, "3", "1.5", codes=codes)

    (told,) = out_of_date(fill.doses, containers.copies_of(session, codes))
    assert (type(told), told.parameters["code"]) == (OtherExpiry, codes[1])
    assert codes[1] in [row.code for row in session.execute(agenda_bench.labels_to_stick_on())]


def test_a_label_that_promises_more_than_the_specification_is_printed_anew(
    session, start, record, labelled
):
    step = start()
    codes = labelled(step, 30)

    fill = record(step, "3", codes=codes)

    assert fill.expires_at == fill.filled_at + timedelta(hours=24)
    (told,) = out_of_date(fill.doses, containers.copies_of(session, codes))
    assert isinstance(told, OtherExpiry)


def test_labels_printed_one_after_another_promise_what_the_first_did(
    session, start, cells, labelled
):
    step = start()
    labelled(step, 23)
    first = containers.current_label(session, given_out(session, step, "DS")[0]).expires_at

    assert shelf_life.promised(session, step, cells) == first


def test_vials_stay_labelled_until_they_are_frozen_and_do_not_expire(start, record):
    fill = record(start(kind=FillKind.VIALS, sitting=None), "1", "1", kind=FillKind.VIALS)

    assert {vial.status for vial in fill.vials} == {VialStatus.LABELLED}
    assert (fill.expires_at, fill.doses) == (None, [])


def test_a_fill_carries_the_passage_of_its_suspension(start, record, cells):
    assert record(start(), "3").passage == cells.passage


def test_what_was_not_counted_is_not_filled(qc_room, at_the_bench, course, start):
    vessels = at_the_bench.first_passage(course)
    uncounted = at_the_bench.harvest(vessels, count=None, close=True)

    with pytest.raises(NotCounted):
        start(uncounted)


@pytest.mark.parametrize(
    ("passage", "refusal"), [(5, PassageTooHigh), (None, PassageNotKnown), (-1, SvfNotFilled)]
)
def test_a_passage_beyond_the_limit_or_unknown_is_not_filled(start, cells, passage, refusal):
    cells.passage = passage

    with pytest.raises(refusal):
        start()


def test_doublings_beyond_the_limit_are_not_filled(start, cells):
    cells.cumulative_doublings = Decimal("20.000001")

    with pytest.raises(fill_gate.DoublingsTooMany):
        start()


def test_doublings_at_the_limit_are_filled(start, cells):
    cells.cumulative_doublings = Decimal(20)

    assert start().status is StepStatus.OPEN


@pytest.mark.parametrize("held", ["suspension", "batch", "vessel"])
def test_a_hold_on_the_cells_or_where_they_grew_blocks(session, start, cells, lead, held):
    grown_in = session.scalars(select(Vessel).where(Vessel.harvested_into_id == cells.id)).first()
    record = {"suspension": cells, "batch": cells.batch, "vessel": grown_in}[held]
    holds.put_on_hold(session, record, kind=HoldKind.QUARANTINE, reason="asked", by=lead)

    with pytest.raises(OnHold):
        start()


def test_doses_are_for_a_session_of_their_own_course(session, start, other_course):
    with pytest.raises(SessionOfAnotherCourse):
        start(sitting=sessions_of(session, other_course)[0])


def test_doses_need_a_session(start):
    with pytest.raises(SessionOfAnotherCourse):
        start(sitting=None)


def test_a_cancelled_session_gets_no_doses(start, sitting):
    sitting.cancelled_reason = "ill"

    with pytest.raises(SessionCancelled):
        start()


def test_an_emptied_suspension_is_not_filled(start, record, cells):
    record(start(), "3", "2")

    with pytest.raises(WrongState):
        start()


def test_no_more_is_filled_than_there_is(start, record):
    with pytest.raises(MoreThanThereIs):
        record(start(), "3", "2.001")


def test_a_container_of_another_step_is_refused(session, start, record, at_the_bench, cells):
    record(first := start(), "1")
    at_the_bench.close(first)
    spare = planned(session, first, "DS")[1]

    with pytest.raises(NotPlanned):
        record(start(), "1", codes=[spare])


def test_one_container_holds_one_portion(start, record, session):
    step = start()
    code = planned(session, step, "DS")[0]

    with pytest.raises(AlreadyUsed):
        record(step, "1", "1", codes=[code, code])


def test_a_filling_without_a_container_is_refused(start, record):
    with pytest.raises(NothingFilled):
        record(start())


def test_the_injection_a_dose_is_for_is_one_of_its_session(session, start, record, course):
    later = sessions_of(session, course)[1].administrations[0]

    with pytest.raises(AdministrationNotOfSession):
        record(start(), "3", injection=later)


def test_a_volume_outside_the_tolerance_is_recorded_and_a_deviation(
    session, start, record, sitting
):
    injection = sitting.administrations[0]

    fill = record(start(), "2.8", injection=injection, comment="a drop was lost")

    assert fill.doses[0].volume_ml == Decimal("2.8")
    assert rules(session) == {"dose"}


def test_a_volume_outside_the_tolerance_is_asked_about(start, record, sitting):
    with pytest.raises(FieldError, match="volume 2.8 mL; planned 3 mL.*say why") as asked:
        record(start(), "2.8", injection=sitting.administrations[0])

    assert asked.value.field == "comment"


def test_a_volume_within_the_tolerance_is_none(session, start, record, sitting):
    record(start(), "2.85", injection=sitting.administrations[0])

    assert rules(session) == set()


@pytest.mark.parametrize("fact", ["appearance_good", "containers_intact"])
def test_what_does_not_look_right_is_recorded_and_a_deviation(session, start, record, fact):
    fill = record(start(), "3", **{fact: False})

    assert fill.status is FillStatus.QUARANTINED
    assert rules(session) == {"not_good"}


def test_the_tube_and_each_container_are_kept_as_scanned(session, start, record, cells):
    step = start()
    record(step, "3", "1")

    scanned = session.scalars(
        select(IdentityCheck.scanned)
        .where(IdentityCheck.step_id == step.id)
        .order_by(IdentityCheck.id)
    )
    assert step.station is not None
    at_the_step = [cells.code, *planned(session, step, "DS")]
    assert list(scanned) == [step.station.code, *at_the_step]


def test_another_tube_of_the_batch_is_not_filled(session, start, record, cells):
    first = select(Suspension).where(Suspension.batch_id == cells.batch_id).order_by(Suspension.id)

    with pytest.raises(OtherSuspension):
        record(start(), "3", suspension=session.scalars(first).first())


def test_another_patients_tube_is_not_filled(start, record, at_the_bench, other_course):
    foreign = at_the_bench.isolate(other_course, close=True)

    with pytest.raises(Mismatch):
        record(start(), "3", suspension=foreign)


def test_the_page_is_told_every_problem_the_gate_would_raise(session, cells):
    cells.passage, cells.cumulative_doublings = 5, Decimal(21)

    problems = {type(problem) for problem in fill_gate.problems_with(session, cells)}

    assert problems == {PassageTooHigh, fill_gate.DoublingsTooMany}


def test_counted_again_it_is_filled_by_the_count_of_record(session, start, record, cells):

    suspensions.add_count(
        session, cells.made_by, cells, counted(90_000_000), by=cells.made_by.started_by
    )

    assert record(start(), "3").doses[0].viable_cells == 54_000_000


def test_without_a_number_as_many_vials_are_planned_as_hold_everything(session, start):
    step = start(kind=FillKind.VIALS, sitting=None, number=None, portion_ml=Decimal("1.5"))

    assert len(planned(session, step, "VL")) == 4
    assert filling.portions(Decimal(5), Decimal("1.5")) == [Decimal("1.5")] * 3 + [Decimal("0.5")]


def test_a_vial_is_planned_by_the_specification(session, start):
    step = start(kind=FillKind.VIALS, sitting=None, number=None)

    assert step.portion_ml == 1
    assert len(planned(session, step, "VL")) == 5


def test_doses_need_a_number(start):
    with pytest.raises(HowManyDoses):
        start(number=None)


def test_held_cells_are_frozen_all_the_same(session, start, cells, lead):
    holds.put_on_hold(session, cells, kind=HoldKind.QUARANTINE, reason="asked", by=lead)

    assert start(kind=FillKind.VIALS, sitting=None).status is StepStatus.OPEN


@pytest.mark.parametrize(
    ("million_per_ml", "found"),
    [(5, set()), (20, set()), (21, {"concentration"}), (0.9, {"concentration"})],
)
def test_cells_too_thin_or_too_dense_to_be_frozen_are_a_deviation(
    session, start, record, cells, million_per_ml, found
):
    count = counted(int(million_per_ml * 5_000_000))
    suspensions.add_count(session, cells.made_by, cells, count, by=cells.made_by.started_by)
    known = rules(session) - {"concentration"}

    record(start(kind=FillKind.VIALS, sitting=None), "1", kind=FillKind.VIALS)

    assert rules(session) - known == found


@pytest.mark.parametrize(
    ("million_per_ml", "told"),
    [
        (5, None),
        (Decimal("0.9"), "Concentrate it to at most 4.5 mL"),
        (Decimal("0.9999999"), "there are 999999.8 cells/mL"),
        (21, "Dilute it to at least 5.25 mL"),
    ],
)
def test_before_vials_are_filled_it_is_told_what_makes_their_cells_as_dense_as_they_are_frozen(
    session, cells, million_per_ml, told
):
    count = counted(int(million_per_ml * 5_000_000))
    suspensions.add_count(session, cells.made_by, cells, count, by=cells.made_by.started_by)

    found = freezing_density.problem(cells)

    assert told in found.english() if told else found is None


def test_thawed_cells_are_never_frozen_again_before_a_passage(start, cells):
    cells.origin = SuspensionOrigin.THAW

    with pytest.raises(NotFrozenAgain):
        start(kind=FillKind.VIALS, sitting=None)


def test_cells_frozen_as_often_as_allowed_are_not_frozen_again(start, cells):
    cells.freeze_thaws = 2

    with pytest.raises(FrozenTooOften):
        start(kind=FillKind.VIALS, sitting=None)


def test_cells_frozen_less_often_may_be(start, cells):
    cells.freeze_thaws = 1

    assert start(kind=FillKind.VIALS, sitting=None).status is StepStatus.OPEN


def test_while_a_course_is_postponed_its_cells_are_frozen_and_not_filled_as_doses(
    session, start, cells, course, physician
):
    course_progress.postpone_course(session, course, reason="fever", by=physician)

    with pytest.raises(stopping.CoursePostponed):
        start()
    assert list(fill_gate.problems_with(session, cells, FillKind.VIALS)) == []


def test_nothing_is_filled_for_a_course_that_ended(session, start, course, physician):
    course_progress.withdraw_course(session, course, reason="no longer", by=physician)

    with pytest.raises(stopping.CourseEnded):
        start(kind=FillKind.VIALS, sitting=None)


@pytest.mark.parametrize(("printed", "read", "told"), [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_a_dose_filled_without_a_label_that_was_scanned_back_is_a_deviation(
    session, start, record, printed, read, told
):
    step = start()
    codes = (planned if printed else given_out)(session, step, "DS")
    by_scanner(session, codes if read else [])

    record(step, "2", "2", codes=codes)

    opened = session.scalars(select(Deviation).where(Deviation.rule == "fact")).all()
    assert [all(code in each.description for code in codes) for each in opened] == [True] * told
