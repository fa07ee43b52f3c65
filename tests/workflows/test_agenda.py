"""What is due for each person, in the order of time, computed from the data."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from lims import clock
from lims.models.audit import AuditEntry
from lims.models.deviation import Grade, HoldKind
from lims.models.equipment import Calibration
from lims.models.order import OrderKind
from lims.models.vessel import VesselStatus
from lims.permissions import Permission, Role
from lims.workflows import (
    aftercare,
    agenda,
    care,
    deviation_decisions,
    deviations,
    feeding,
    holds,
    isolating,
    observing,
    people,
    rejecting,
    states,
    tank_readings,
)
from lims.workflows.deviation_rules import RULES
from lims.workflows.due import ASKING, Timing
from lims.workflows.specifications import current, limit
from tests import laboratory, plans
from tests.counting import reads
from tests.laboratory import cryobank, supplies
from tests.laboratory.desk import Desk

A_DAY = timedelta(days=1)
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def due(session):
    """`due("lead", "feed")`: what waits for the person of that kind, in its order."""

    def due(login, *tasks):
        person = laboratory.person(session, login)
        found = agenda.of(session, person, most=500)
        return [each for each in found.items if not tasks or each.task in tasks]

    return due


def told(items):
    return [(each.task, each.code, each.number) for each in items]


def test_vessels_are_fed_so_many_days_after_their_seeding_as_the_specification_says(
    session, at_the_bench, course, due
):
    vessels = at_the_bench.first_passage(course)
    days = limit(vessels[0].batch.specification_version, care.INTERVAL)

    (feed,) = due("technician", "feed")

    assert (feed.code, feed.patient, feed.number) == (
        vessels[0].batch.code, course.patient.code, 2,
    )  # fmt: skip
    assert abs(feed.due - vessels[0].seeded_at - timedelta(days=float(days))) < A_SECOND


def test_what_is_due_is_overdue_once_that_moment_has_passed(at_the_bench, course, due):
    at_the_bench.first_passage(course)
    (feed,) = due("technician", "feed")

    for moment, late in ((feed.due - A_SECOND, False), (feed.due + A_SECOND, True)):
        with time_machine.travel(moment, tick=False):
            assert due("technician", "feed")[0].overdue is late


def test_vessels_fed_apart_are_due_apart(session, at_the_bench, course, due, technician):
    vessels = at_the_bench.first_passage(course)
    with time_machine.travel(vessels[0].seeded_at + A_DAY):
        step = feeding.start_feeding(session, vessels[:1], **at_the_bench.opening())
        feeding.record_feeding(
            session, step, vessels=vessels[:1], medium_ml=Decimal(25), full_change=True,
            performed=at_the_bench.done(), by=technician, comment="no scanner",
        )  # fmt: skip

    first, second = due("technician", "feed")

    assert (first.number, second.number) == (1, 1)
    assert A_DAY <= second.due - first.due < A_DAY + timedelta(minutes=5)


def test_cells_left_in_their_tube_wait_for_the_bench_until_they_are_too_long_out_of_culture(
    session, qc_room, course, due
):
    tube = qc_room.cells(course)
    hours = limit(tube.batch.specification_version, "suspension_hours_max")

    (waiting,) = due("technician", "tube")

    assert (waiting.code, waiting.patient) == (tube.code, course.patient.code)
    end = tube.made_by.performed_at + timedelta(hours=float(hours))
    assert abs(waiting.due - end) < A_SECOND
    qc_room.fill(tube, "3")
    assert [each.code for each in due("technician", "tube")] == [tube.code]
    qc_room.fill(tube, str(tube.remaining_ml))
    assert due("technician", "tube") == []


def test_tissue_at_the_bench_is_told_as_its_step_and_no_more_as_tissue(
    session, at_the_bench, course, due
):
    tissue = at_the_bench.tissue(course)
    before = told(due("technician", "isolate"))
    isolating.start_isolation(session, tissue, vessels=1, aliquots=0, **at_the_bench.opening())

    assert before == [("isolate", tissue.code, 1)]
    assert due("technician", "isolate") == []


@pytest.mark.parametrize(("seen", "ready"), [("69.9", []), ("70", [1])])
def test_a_vessel_full_enough_waits_for_its_passage(
    session, at_the_bench, course, technician, due, seen, ready
):
    vessels = at_the_bench.first_passage(course)
    observing.observe_vessels(
        session, vessels[:1], confluence_pct=Decimal(seen), appearance=None,
        contamination_seen=False, pictures=[], performed=at_the_bench.done(), by=technician,
    )  # fmt: skip

    assert [each.number for each in due("technician", "passage")] == ready


@pytest.fixture
def seen(session, at_the_bench, course, technician):
    """A vessel, and when it was seen so full, two days between each look and the next."""

    def seen(*looks):
        vessel, *_ = at_the_bench.first_passage(course)
        for number, pct in enumerate(looks):
            with time_machine.travel(clock.now() + 2 * number * A_DAY, tick=False):
                observing.observe_vessels(
                    session, [vessel], confluence_pct=Decimal(pct), appearance=None,
                    contamination_seen=False, pictures=[], performed=at_the_bench.done(),
                    by=technician,
                )  # fmt: skip
        return vessel

    return seen


def test_a_passage_is_expected_when_the_last_two_looks_lead_there(seen, due):
    vessel = seen("30", "50")

    (told,) = due("technician", "passage_expected")

    assert told.code == vessel.batch.code
    assert abs(told.due - clock.now() - 4 * A_DAY) < timedelta(minutes=5)


@pytest.mark.parametrize("looks", [["50"], ["50", "50"], ["60", "50"], ["50", "70"]])
def test_no_passage_is_expected_of_what_does_not_fill_or_is_full(seen, due, looks):
    seen(*looks)

    assert due("technician", "passage_expected") == []


def test_the_earliest_is_first_and_what_has_no_date_last(session, treatment, course, due):
    treatment.filled(course)
    session.add(calibrated(session, "incubator", clock.today() + A_DAY))
    session.flush()

    found = [each.due for each in due("lead")]

    known = [moment for moment in found if moment is not None]
    assert known == sorted(known)
    assert found[: len(known)] == known
    assert len(known) > 3


def calibrated(session, name, until):
    keeper = laboratory.person(session, "keeper")
    return Calibration(
        equipment_id=supplies.equipment(session, name).id, performed_on=clock.today(),
        due_on=until, certificate="7", recorded_by_id=keeper.id,
    )  # fmt: skip


@pytest.mark.parametrize(("ahead", "told_of"), [(30, True), (31, False)])
def test_what_runs_out_is_told_by_the_notice_of_the_specification(
    session, due, equipment_of, ahead, told_of
):
    session.add(calibrated(session, "incubator", clock.today() + ahead * A_DAY))
    session.flush()

    listed = [each.code for each in due("keeper", "calibration")]

    assert (equipment_of("incubator").code in listed) is told_of


def test_a_day_lasts_until_midnight_where_the_laboratory_is(session, due, equipment_of):
    session.add(calibrated(session, "incubator", day := clock.today() + A_DAY))
    session.flush()

    (item,) = [
        each for each in due("keeper", "calibration") if each.code == equipment_of("incubator").code
    ]

    assert (item.timing, clock.day_of(item.due)) == (Timing.ON, day)
    for later, late in ((A_DAY, False), (2 * A_DAY, True)):
        with time_machine.travel(clock.now() + later, tick=False):
            assert item.overdue is late


def test_a_deviation_is_to_be_decided_within_the_days_of_the_specification(
    session, qc_room, course, lead, due
):
    cells = qc_room.cells(course)
    found = deviations.report_deviation(
        session, title="Door open", description="40 min", subjects=[cells.batch], by=lead
    )

    (item,) = due("qa", "deviation")

    assert (item.code, item.patient) == (found.code, course.patient.code)
    days = limit(current(session), "deviation_days_max")
    assert abs(item.due - found.reported_at - timedelta(days=float(days))) < A_SECOND


def test_a_critical_deviation_comes_before_all_that_is_due(
    session, qc_room, course, lead, qa_officer
):
    cells = qc_room.cells(course)
    early, late = (
        deviations.report_deviation(
            session, title=title, description="told", subjects=[cells.batch], by=lead
        )
        for title in ("Door open", "Growth")
    )
    early.reported_at -= timedelta(days=90)
    deviation_decisions.classify_deviation(
        session, late, grade=Grade.CRITICAL, owner=lead, by=lead, text="told"
    )

    first, *_ = agenda.of(session, qa_officer, most=50).items

    assert (first.task, first.code, first.named) == ("critical", late.code, "Growth")


def test_nobody_is_sent_to_verify_or_approve_what_they_read(session, qc_room, course, due, lead):
    cells = qc_room.cells(course)
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.2"))
    (test,) = qc_room.ask(aliquot, "viability_pct")
    qc_room.also(lead, Role.QC_ANALYST)
    qc_room.enter(test, "96", by=lead)

    assert due("lead", "verify") == []
    assert told(due("keeper", "verify")) == [("verify", aliquot.code, 1)]


def test_an_aliquot_of_which_nothing_is_asked_waits_to_be_asked(qc_room, course, due):
    cells = qc_room.cells(course)
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.2"))

    assert told(due("analyst", "ask")) == [("ask", aliquot.code, 1)]
    qc_room.ask(aliquot, "mycoplasma")
    assert due("analyst", "ask") == []


def test_tests_of_one_aliquot_are_one_task(qc_room, course, due):
    cells = qc_room.cells(course)
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.2"))
    qc_room.ask(aliquot, "viability_pct", "cd73_pct", "mycoplasma")

    assert told(due("analyst", "begin")) == [("begin", aliquot.code, 3)]


def test_a_running_culture_is_read_on_the_day_its_line_says(qc_room, course, due):
    cells = qc_room.cells(course)
    (spent,) = qc_room.sample(cells.batch, (cells, "0.2"))
    test = qc_room.start_test(qc_room.ask(spent, "mycoplasma")[0])

    (read,) = due("analyst", "read")

    assert (read.code, read.timing) == (spent.code, Timing.ON)
    assert read.named == test.line.name
    assert clock.day_of(read.due) == clock.today()


def test_what_is_read_of_one_aliquot_on_one_day_is_one_task(qc_room, course, due):
    cells = qc_room.cells(course)
    (aliquot,) = qc_room.sample(cells.batch, (cells, "0.2"))
    for test in qc_room.ask(aliquot, "viability_pct", "cd73_pct"):
        qc_room.start_test(test)

    (read,) = due("analyst", "read")

    assert (read.code, read.number, read.named) == (aliquot.code, 2, None)


def test_a_tank_is_read_the_interval_after_its_last_reading_or_its_entry(session, technician, due):
    entered = session.scalar(select(func.min(AuditEntry.at)).where(AuditEntry.table_name == "tank"))
    interval = timedelta(hours=float(limit(current(session), "reading_interval_hours")))
    with time_machine.travel(entered + interval - A_SECOND, tick=False):
        tank_readings.record_reading(
            session, cryobank.tank(session), temperature_c=Decimal(-165), level_pct=Decimal(60),
            observed_at=clock.now(), refilled=False, by=technician,
        )  # fmt: skip
        never, read = due("technician", "reading")
        assert [each.overdue for each in (never, read)] == [False, False]

    assert read.code == cryobank.tank(session).code
    assert timedelta() <= never.due - entered - interval < timedelta(minutes=1)
    assert abs(read.due - never.due - interval) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("temperature", "level", "alarms"),
    [(-165, 60, 0), (-140, 20, 0), (-139, 60, 1), (-165, 19, 1), (None, 19, 1), (-165, None, 0)],
)
def test_a_tank_calls_its_keeper_while_its_last_reading_is_out_of_its_limits(
    session, technician, due, temperature, level, alarms
):
    def read(temperature, level):
        told = [each if each is None else Decimal(each) for each in (temperature, level)]
        tank_readings.record_reading(
            session, cryobank.tank(session), temperature_c=told[0], level_pct=told[1],
            observed_at=clock.now(), refilled=False, by=technician, comment="looked twice",
        )  # fmt: skip

    read(temperature, level)
    assert len(due("technician", "tank_alarm")) == alarms

    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        read(-165, 60)
        assert due("technician", "tank_alarm") == []


def test_when_an_unread_tank_is_due_does_not_move_with_the_clock(session, due):
    at_first = [each.due for each in due("technician", "reading")]

    with time_machine.travel(clock.now() + A_DAY):
        assert [each.due for each in due("technician", "reading")] == at_first


def test_a_dose_emptied_for_its_tests_is_not_to_be_handed_over(treatment, course, due):
    full, emptied = treatment.released(course, 2)
    treatment.room.sample(emptied.fill.batch, (emptied, "2.9"))

    assert emptied.left_ml() == 0
    assert told(due("keeper", "hand_over")) == [("hand_over", full.code, 1)]


def test_a_lot_waits_by_its_name_since_the_moment_it_was_received(session, due):
    lot = supplies.lot(session, "quarantined")
    entered = select(func.min(AuditEntry.at)).where(
        AuditEntry.table_name == "lot", AuditEntry.row_id == lot.id
    )

    (waiting,) = [each for each in due("qa", "lot") if each.code == lot.code]

    assert (waiting.named, waiting.due) == (lot.item.name, session.scalar(entered))


def test_what_was_released_conditionally_is_decided_on_when_its_last_culture_is_read(
    session, qc_room, course, due
):
    desk = Desk(session, qc_room)
    fill = desk.judged(course)
    started = [test.started_at for test in desk.cultured(fill)]
    desk.release_conditionally(fill)

    (decision,) = due("qa", "fill")

    assert (decision.code, decision.timing) == (fill.code, Timing.ON)
    assert abs(decision.due - max(started) - 14 * A_DAY) < A_SECOND


def test_an_order_goes_from_hand_to_hand(orders, course, due):
    orders.released(course, 2)
    order = orders.thaw(course, None, vials=2)

    for step, login, task in (
        (orders.submit, "keeper", "check"),
        (orders.check, "qa", "order"),
        (orders.approve, "keeper", "schedule"),
        (orders.schedule, "keeper", "retrieve"),
    ):
        step(order)
        tasks = ("check", "order", "schedule", "retrieve")
        assert told(due(login, *tasks)) == [(task, order.code, 1)]


def test_once_its_vials_are_out_nobody_is_told_to_take_them_out(orders, course, due):
    orders.retrieved(course, 2)

    assert due("keeper", "retrieve") == []


def test_a_vial_drawn_from_for_a_test_is_to_be_used_up(orders, course, due):
    orders.released(course, 2)
    order = orders.scheduled(orders.other(course.patient, OrderKind.TEST))
    orders.retrieve(order)
    assert due("technician", "use_up") == []

    (vial,) = orders.kept(order)
    orders.bank.room.sample(vial.fill.batch, (vial, "0.4"))

    assert told(due("technician", "use_up")) == [("use_up", order.code, 1)]


def test_vials_wait_to_be_frozen_and_then_placed(bank, orders, course, due):
    fill = bank.filled(course)
    assert told(due("technician", "freeze")) == [("freeze", fill.code, 2)]
    bank.freeze(fill)
    assert told(due("keeper", "place")) == [("place", fill.code, 2)]


def test_vials_out_of_the_cold_are_due_in_seconds(session, orders, course, due):
    order = orders.retrieved(course, 2)

    (out,) = due("technician", "out")

    assert told([out]) == [("out", order.code, 2)]
    assert out.due - clock.now() < timedelta(seconds=91)


def test_a_dose_received_warm_is_an_alarm_since_then(treatment, course, due):
    dose, _sibling = treatment.released(course, 2)
    treatment.hand_over(dose)

    receipt = treatment.receive(dose, temperature_c=Decimal(12))

    (alarm,) = due("physician", "alarm")
    assert (alarm.code, alarm.named) == (dose.code, RULES["cold_chain"][0])
    assert abs(alarm.due - receipt.performed_at) < timedelta(minutes=1)


def test_an_observation_waits_from_the_injection_until_it_is_recorded(
    session, treatment, course, due
):
    (dose,) = treatment.released(course)
    injected = treatment.inject(treatment.at_the_clinic(dose)).performed_at
    (waiting,) = due("physician", "observe")

    with time_machine.travel(clock.now() + timedelta(hours=2)):
        aftercare.record_observation(
            session, dose.session, began_at=injected, ended_at=clock.now(), by=treatment.physician
        )

    assert waiting.code == dose.session.code
    assert abs(waiting.due - injected - timedelta(hours=1)) < timedelta(seconds=1)
    assert due("physician", "observe") == []


def test_a_recalled_dose_is_an_alarm_with_the_reason_of_the_recall(session, treatment, course, due):
    (dose,) = treatment.released(course)
    treatment.at_the_clinic(dose)
    qa = treatment.room.qa

    rejecting.recall_fill(
        session, dose.fill, reason="growth on day 5", told="Dr. Belova",
        proof=treatment.proof(qa), by=qa,
    )  # fmt: skip

    (alarm,) = due("physician", "alarm")
    assert (alarm.code, alarm.named) == (dose.code, "growth on day 5")


def test_what_happened_to_an_injected_dose_comes_before_everything_else(
    session, treatment, course, due
):
    (dose,) = treatment.released(course)
    treatment.inject(treatment.at_the_clinic(dose))
    description = "the injected syringe was read"
    with time_machine.travel(clock.now() + timedelta(days=20)):
        deviations.open_by_rule(
            session, "result_out", dose, description=description, by=treatment.room.qa
        )
        first, *_others = due("physician")

    assert (first.task, first.code, first.at_once) == ("alarm_injected", dose.code, True)
    assert first.named == RULES["result_out"][0]


def test_the_clinic_is_told_to_ask_the_contraindications_on_the_day(
    session, treatment, course, due
):
    (dose,) = treatment.released(course)
    before = due("physician", "contraindications")
    dose.session.planned_on = clock.today()
    session.flush()
    on_the_day = told(due("physician", "contraindications"))

    treatment.ask(dose)

    assert (before, on_the_day) == ([], [("contraindications", dose.session.code, 1)])
    assert due("physician", "contraindications") == []


def test_a_hold_waits_for_quality(session, qc_room, course, qa_officer, due):
    cells = qc_room.cells(course)
    holds.put_on_hold(session, cells, kind=HoldKind.HOLD, reason="a doubt", by=qa_officer)

    assert [(each.code, each.patient) for each in due("qa", "hold")] == [
        (cells.code, course.patient.code)
    ]


def test_a_hold_of_a_discarded_vessel_waits_for_nobody(
    session, at_the_bench, course, qa_officer, due
):
    vessel, *_ = at_the_bench.first_passage(course)
    holds.put_on_hold(session, vessel, kind=HoldKind.HOLD, reason="a doubt", by=qa_officer)
    before = due("qa", "hold")

    states.move(session, vessel, VesselStatus.DISCARDED)

    assert ([each.code for each in before], due("qa", "hold")) == ([vessel.code], [])


@pytest.mark.parametrize("login", ["auditor", "administrator"])
def test_nothing_is_due_for_who_does_no_work(at_the_bench, course, due, login):
    at_the_bench.first_passage(course)

    assert due(login) == []


@pytest.mark.alike
def test_all_that_is_due_is_one_query(session, due):
    person = laboratory.person(session, "lead")
    agenda.of(session, person, most=1)  # their roles are read once

    with reads(session.get_bind()) as asked:
        agenda.of(session, person, most=50)

    assert len(asked) == 1


@pytest.mark.parametrize("task", agenda.TASKS, ids=lambda task: task.name)
def test_what_waits_is_found_among_what_is_open_however_long_the_history(sqlite_server, task):
    with sqlite_server.shared.reading() as session, plans.asked(session.get_bind()) as asked:
        session.execute(task.of(frozenset(Permission)), {ASKING.key: 1})

        assert plans.read_whole(session.connection(), *asked[0]) == set()


def test_somebody_invited_waits_until_the_code_lapses_or_a_password_is_chosen(session, due):
    administrator = laboratory.person(session, "administrator")
    code = people.invite_person(
        session, login="petrova", full_name="Вера Петрова", language="ru",
        roles=(Role.TECHNICIAN,), by=administrator,
    )  # fmt: skip
    (waiting,) = due("administrator", "invited")
    assert (waiting.named, waiting.due) == ("Вера Петрова", code.expires_at)

    people.choose_password(
        session, login="petrova", code=code.plain, password="four wide rivers meet"
    )

    assert not due("administrator", "invited")


def test_the_dose_at_the_clinic_comes_before_what_is_overdue_since_long(
    session, treatment, course, due
):
    (dose,) = treatment.released(course)
    treatment.at_the_clinic(dose)
    course.sessions[0].planned_on = clock.today() - 90 * A_DAY
    session.flush()

    first, *others = due("physician")

    assert (first.task, first.code) == ("inject", dose.code)
    assert any(each.overdue for each in others)


def test_a_course_that_waits_tells_of_its_session_itself(course, due):
    found = due("physician", "course", "session")

    assert [each.task for each in found if each.patient == course.patient.code] == ["course"]
