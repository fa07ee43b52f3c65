"""The first page: what is due, where it leads, page by page, in few queries."""

import re
from datetime import time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock
from lims.models.batch import Batch
from lims.models.course import TransplantationSession
from lims.models.fill import Dose
from lims.models.label import LabelStatus
from lims.workflows import agenda, containers, states
from tests.laboratory import clinic, cryobank, supplies, working
from tests.laboratory.treatment import treating


def story(database, stage):
    """Work under way."""
    with treating(database) as treatment:
        treatment.room.bench.first_passage(clinic.course(treatment.session, "ivanova"))
        treatment.filled(clinic.course(treatment.session, "schmidt"))


@pytest.fixture
def database(committed):
    return committed.database


def test_the_technician_is_led_to_the_vessels_to_feed(signed_in, database):
    with database.reading() as session:
        batch = session.scalars(select(Batch.code)).first()

    page = signed_in("technician").open("/").text

    assert f'<a href="/culture/feed?code={batch}"><b>Feed the vessels</b></a>' in page
    assert "× 2" in page
    assert "Иванова Мария Петровна" in page


def test_what_is_overdue_says_so(signed_in):
    with time_machine.travel(clock.now() + timedelta(days=5)):
        page = signed_in("technician").open("/").text

    assert page.index("overdue") < page.index("Feed the vessels")


@pytest.mark.parametrize("login", ["physician", "lead", "technician"])
def test_who_can_do_something_about_it_reads_that_a_dose_may_be_late(signed_in, database, login):
    with database.reading() as session:
        planned = session.scalars(select(TransplantationSession.planned_on)).first()

    with time_machine.travel(clock.moment_of(planned, time(9))):
        visitor = signed_in(login)
        page, listed = visitor.open("/").text, visitor.open("/courses/at-risk").text

    assert "may be late." in page
    assert "Иванова Мария Петровна" in listed


def test_a_batch_whose_dose_may_be_late_is_marked_in_the_list(signed_in, database):
    with database.reading() as session:
        planned = session.scalars(select(TransplantationSession.planned_on)).first()

    before = signed_in("technician").open("/batches/").text
    with time_machine.travel(clock.moment_of(planned, time(9))):
        on_the_day = signed_in("technician").open("/batches/").text

    assert ("will miss" in before, "will miss" in on_the_day) == (False, True)


def test_a_lot_to_release_is_named(signed_in, database):
    with database.reading() as session:
        lot = supplies.lot(session, "quarantined")

    page = signed_in("qa").open("/").text

    assert re.search(rf"{lot.code}</a><br><span[^>]*>{lot.item.name}</span>", page)


def test_a_tank_to_read_leads_to_its_reading(signed_in, database):
    with database.reading() as session:
        tank = cryobank.tank(session).code

    assert f'href="/tanks/{tank}/readings/new"' in signed_in("keeper").open("/").text


@pytest.mark.parametrize("login", ["technician", "lead", "keeper"])
def test_a_dose_that_bears_no_true_label_leads_to_its_label(signed_in, database, login):
    with working(database) as session:
        dose = session.scalars(select(Dose)).first()
        label = containers.current_label(session, dose.code)
        states.move(session, label, LabelStatus.VOID)
        code = dose.code

    page = signed_in(login).open("/").text

    assert f'<a href="/containers/{code}"><b>Stick on a new label</b></a>' in page


@pytest.mark.parametrize(
    ("login", "listed"),
    [("qa", "Fills to decide"), ("analyst", "Tests to read today"), ("physician", "Courses that")],
)
def test_the_whole_lists_are_one_click_away(signed_in, login, listed):
    assert listed in signed_in(login).open("/").text


def test_more_than_a_page_is_on_the_next(signed_in, monkeypatch):
    monkeypatch.setattr("lims.web.home.A_PAGE", 2)
    keeper = signed_in("keeper")

    first, second = keeper.open("/").text, keeper.open("/?after=2").text

    assert "2 of " in first
    assert 'href="/?after=2"' in first
    assert first.count("<b>") == 2
    assert second != first


def test_nothing_due_is_said_to_be_nothing(signed_in):
    assert "Nothing waits for you" in signed_in("auditor").open("/").text


def test_each_task_has_a_name_of_its_own():
    names = [task.name for task in agenda.TASKS]

    assert len(names) == len(set(names)) == len(agenda.LABELS)
