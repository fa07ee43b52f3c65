"""The demonstration as it was told: whole, in order, with something for everybody to do."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lims import clock, rehashing
from lims.demo import accounts, filling, quality, week
from lims.models.aliquot import Aliquot
from lims.models.audit import AuditEntry
from lims.models.batch import Batch, BatchStatus
from lims.models.command_run import Refusal
from lims.models.course import Course, CourseStatus
from lims.models.demonstration import Demonstration, Filling
from lims.models.deviation import Deviation
from lims.models.fill import Dose, DoseStatus, Fill, FillStatus, Vial, VialStatus
from lims.models.label import Label
from lims.models.order import Order, OrderStatus
from lims.models.sample import Sample, SampleStatus
from lims.models.step import Step, StepKind
from lims.models.storage import StorageReading
from lims.models.suspension import Suspension
from lims.models.terminal import Terminal
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import (
    agenda,
    course_forecasts,
    demonstrating,
    deviations,
    lockouts,
    mass_balance,
    people,
    scan_figures,
    scan_rows,
)
from lims.workflows.forecast import Timeliness
from tests.demo.conftest import EVERY
from tests.held_back import inside
from tests.soaking import SOAK
from tests.tour import STOPS

pytestmark = pytest.mark.xdist_group("demonstration")

AT_WORK = (
    "technician", "lead", "analyst", "qa", "keeper", "physician", "administrator",
)  # fmt: skip
STAGES = {
    Sample.status: {SampleStatus.IN_TRANSIT, SampleStatus.RECEIVED, SampleStatus.CONSUMED},
    Vessel.status: {VesselStatus.CULTURING, VesselStatus.HARVESTED},
    Fill.status: {
        FillStatus.QUARANTINED, FillStatus.CONDITIONAL, FillStatus.RELEASED, FillStatus.DESTROYED,
    },
    Dose.status: {DoseStatus.QUARANTINED, DoseStatus.AVAILABLE, DoseStatus.RECEIVED,
                  DoseStatus.ADMINISTERED},
    Vial.status: {VialStatus.FREEZING, VialStatus.STORED},
    Order.status: {OrderStatus.SUBMITTED, OrderStatus.SCHEDULED},
    Course.status: {CourseStatus.ENQUIRY, CourseStatus.COLLECTING, CourseStatus.MANUFACTURING,
                    CourseStatus.DOSE_READY, CourseStatus.FOLLOW_UP},
}  # fmt: skip
"""Of each kind of thing, where some of it is."""


def test_nothing_in_it_is_found_edited_removed_or_put_in(database, settings):
    with database.reading() as session:
        report = rehashing.verify_all(session, settings.store, [])

    assert report.is_whole, [each.english() for each in report.sentences()]


def test_its_trail_was_written_in_the_order_of_time(database):
    with database.reading() as session:
        at = list(session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)))

    assert at == sorted(at)


@pytest.mark.parametrize("column", STAGES, ids=lambda column: column.class_.__tablename__)
def test_there_is_something_at_every_stage(database, column):
    with database.reading() as session:
        assert STAGES[column] <= set(session.scalars(select(column).distinct()))


def test_there_are_as_many_batches_as_it_said_there_would_be(database):
    with database.reading() as session:
        made = session.scalar(select(func.count(Batch.id)))
        said = session.scalars(
            select(Demonstration.batches).where(Demonstration.filling == Filling.BEGUN)
        ).one()

    assert made == said == filling.number_of_batches(EVERY)
    assert made >= 40 or not SOAK


def test_a_deviation_is_open(database):
    with database.reading() as session:
        assert session.scalars(
            select(Deviation).where(Deviation.status.not_in(deviations.DECIDED)).limit(1)
        ).first()


def test_cells_that_grow_slowly_will_miss_their_session(database):
    with database.reading() as session:
        told = course_forecasts.under_way(session).values()
        assert [each.timeliness for each in told if each.may_be_late] == [Timeliness.WILL_MISS]


def test_cells_are_asked_for_before_the_session_they_are_for(database):
    with database.reading() as session:
        orders = session.scalars(select(Order).where(Order.session_id.is_not(None))).unique().all()
        late = [each.code for each in orders if each.needed_on > each.session.planned_on]

    assert (bool(orders), late) == (True, [])


def test_the_session_of_cells_still_asked_for_is_to_come(database):
    with database.reading() as session:
        going_on = select(Order).where(
            Order.session_id.is_not(None), Order.status != OrderStatus.CLOSED
        )
        planned = [each.session.planned_on for each in session.scalars(going_on).unique()]

    assert planned
    assert min(planned) > clock.today()


@pytest.mark.parametrize("kind", [StepKind.COLLECTION, StepKind.ADMINISTRATION])
def test_patients_came_on_days_of_work(database, kind):
    yesterday = clock.day_of(filling.last_evening(clock.now()))
    with database.reading() as session:
        at = session.scalars(select(Step.performed_at).where(Step.kind == kind)).all()
    days = {clock.day_of(each) for each in at}

    assert [day for day in days if day < yesterday and not week.is_worked(day)] == []


def test_a_course_in_manufacture_has_cells_that_grow_or_that_are_asked_for(database):
    with database.reading() as session:
        growing = select(Batch.course_id).where(Batch.status == BatchStatus.OPEN)
        asked = select(Order.course_id).where(Order.status != OrderStatus.CLOSED)
        left = session.scalars(
            select(Course.code).where(
                Course.status == CourseStatus.MANUFACTURING,
                Course.id.not_in(growing),
                Course.id.not_in(asked.where(Order.course_id.is_not(None))),
            )
        ).all()

    assert left == []


def test_no_session_of_days_long_past_waits(database):
    with database.reading() as session:
        physician = people.by_login(session, "physician")
        found = agenda.of(session, physician, most=200).items

    assert [each.code for each in found if each.task == "session" and each.overdue] == []


def test_technicians_take_turns_and_tanks_are_read_by_several(database):
    with database.reading() as session:
        feeding = select(Step.performed_by_id).where(Step.kind == StepKind.FEEDING)
        fed = set(session.scalars(feeding.where(Step.performed_by_id.is_not(None))))
        read = set(session.scalars(select(StorageReading.recorded_by_id)))

    assert len(fed) == 2
    assert len(read - fed) == 1


def test_tests_are_read_one_after_the_other_and_approved_later_by_another(database):
    with database.reading() as session:
        aliquots = session.scalars(select(Aliquot)).unique().all()
        quick = [each for each in aliquots if len(each.tests) > len(quality.READ_AFTER)]
        read = [[t.results[0].read_at for t in each.tests if t.results] for each in quick]

    spread = [max(times) - min(times) for times in read if times]
    assert spread
    assert min(spread) > timedelta(minutes=40)


def test_it_was_worked_at_terminals_that_are_registered(database):
    with database.reading() as session:
        registered = set(session.scalars(select(Terminal.code)))
        worked_at = set(session.scalars(select(Step.terminal).distinct()))

    assert worked_at <= registered


@pytest.mark.parametrize("login", AT_WORK)
def test_something_waits_for_everybody_who_works(database, login):
    with database.reading() as session:
        assert agenda.of(session, people.by_login(session, login), most=1).total > 0


def test_the_cells_of_every_tube_add_up_to_those_it_was_made_with(database):
    with database.reading() as session:
        balances = [mass_balance.balance_of(each) for each in session.scalars(select(Suspension))]
        odd = [each for each in balances if each.viable_cells != whereabouts(each)]

    assert (bool(balances), odd) == (True, [])


def whereabouts(balance):
    return sum(each.viable_cells for each in balance.shares) + balance.remaining_cells


def test_the_cells_filled_are_those_that_left_the_tube(database):
    with database.reading() as session:
        fills = session.scalars(select(Fill)).all()
        held = [sum(each.viable_cells for each in fill.containers) for fill in fills]
        left = [fill.withdrawal.viable_cells for fill in fills]

    assert (bool(fills), held) == (True, left)


def test_a_vial_holds_the_cells_that_its_label_says(database):
    with database.reading() as session:
        printed = session.execute(
            select(Label.viable_cells, Vial.viable_cells)
            .join(Vial, Vial.code == Label.subject_code)
            .where(Label.viable_cells.is_not(None))
        ).all()

    assert printed
    assert all(said == held for said, held in printed)


def test_two_patients_mixed_up_at_a_bench_were_stopped(database):
    with database.reading() as session:
        assert session.scalars(select(Refusal.error)).all() == ["Mismatch"]


def test_vials_are_placed_by_scans_and_a_few_are_typed(database):
    with database.reading() as session:
        told = scan_figures.by_kind(session, clock.now() - timedelta(days=1000))
    placed = told[scan_rows.IN_OTHER_ACTS]

    assert 0 < placed.typed < placed.scans / 10


def test_somebody_was_locked_out_lately(database):
    with database.reading() as session:
        assert [each.code for each in lockouts.lately(session)] == [None]


@pytest.mark.parametrize("login", [*accounts.PEOPLE, "administrator"])
def test_everybody_comes_in_by_the_password_told_and_reads_that_it_is_none_of_the_real(
    signed_in, login
):
    assert "NOT FOR USE" in signed_in(login).open("/").text


def test_a_demonstration_is_not_told_twice(database, settings):
    with pytest.raises(demonstrating.NotEmpty):
        filling.fill(database, settings, lambda made: None, EVERY)


def test_who_did_not_sign_in_reads_who_may_be_tried(site):
    page = site.test_client().get("/sign-in").text

    assert accounts.PASSWORD in page
    assert all(login in page for login in accounts.PEOPLE)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
def test_every_page_of_the_tour_opens(database, signed_in, stop):
    with database.reading() as session:
        address = stop.address(session)

    assert signed_in(stop.login).open(address).status_code == 200


def test_the_interval_of_the_forecast_holds_about_four_of_five_batches_held_back(database):
    with database.reading() as session:
        found = inside(session)

    assert 0.6 <= sum(found) / max(len(found), 1) <= 0.95 or not SOAK, "a share has too few"
