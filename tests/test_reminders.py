"""Reminders: whose, in which language, what they never say, and that they come once a day."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lims import clock, reminders
from lims.config import Settings
from lims.database import Database
from lims.devices import mail
from lims.devices.mail import MailServer
from lims.models.job import Job, Reminder
from lims.models.patient import Patient
from lims.models.user import User
from lims.workflows import reminding
from tests.conftest import put_down
from tests.devices.postbox import postbox
from tests.laboratory import clinic, person
from tests.laboratory.treatment import treating

OF = {login: f"{login}@clinic.example" for login in ("technician", "lead", "analyst", "auditor")}


def story(database):
    """Cells of two patients at the bench, tests to read, and four people who are written to."""
    with treating(database) as treatment:
        treatment.room.bench.first_passage(clinic.course(treatment.session, "ivanova"))
        treatment.filled(clinic.course(treatment.session, "schmidt"))
        for login, address in OF.items():
            person(treatment.session, login).mail_address = address


@pytest.fixture(scope="module")
def told_before():
    """By kind of database: where the story lies that was told there once."""
    return {}


@pytest.fixture
def laboratory(server, told_before):
    """That story, five days later."""
    if server.dialect not in told_before:
        database = Database(url := server.fresh())
        story(database)
        put_down(database)
        told_before[server.dialect] = url
    server.renew(of=told_before[server.dialect])
    with time_machine.travel(clock.now() + timedelta(days=5), tick=False):
        yield server.own


@pytest.fixture
def site(tmp_path):
    """`site(box)` are the settings of a site with this mail server."""

    def site(server: MailServer) -> Settings:
        return Settings(
            database_url="",
            data_dir=tmp_path,
            anchor_dir=tmp_path,
            secret_key="k" * 64,
            url="https://lims.example",
            mail_server=server,
            mail_from="lims@clinic.example",
        )

    return site


def remind(database, settings):
    return reminders.remind(Job(), database, settings)


def test_who_has_something_due_is_told_once(laboratory, site):
    with postbox() as box:
        told = remind(laboratory, site(box.server))
        again = remind(laboratory, site(box.server))

    assert {whom for whom, _ in box.taken} == set(OF.values()) - {OF["auditor"]}
    assert len(box.taken) == 3
    assert told.english() == "Reminded by mail: 3. Earlier today: 0."
    assert again.english() == "Reminded by mail: 0. Earlier today: 3."


def test_the_next_day_has_a_mail_of_its_own_and_no_row_more(laboratory, site):
    with postbox() as box:
        remind(laboratory, site(box.server))
        with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
            remind(laboratory, site(box.server))

    assert len(box.taken) == 6
    with laboratory.reading() as session:
        assert len(session.scalars(select(Reminder)).all()) == 3


def letter_to(laboratory, site, login):
    with postbox() as box:
        remind(laboratory, site(box.server))
    (message,) = box.to(OF[login])
    return message


def test_a_mail_names_what_is_due_by_its_code_and_the_site(laboratory, site):
    message = letter_to(laboratory, site, "technician")
    text = message.get_content()

    assert re.search(r"BA26\d{6}\w × 2 – ", text)
    assert "https://lims.example" in text
    assert re.search(r"LIMS: .+ \d+$", message["Subject"])


def test_a_mail_names_no_patient_and_no_birth_date(laboratory, site):
    with postbox() as box:
        remind(laboratory, site(box.server))
    with laboratory.reading() as session:
        patients = session.scalars(select(Patient)).all()

    written = "\n".join(f"{each['Subject']}\n{each.get_content()}" for _, each in box.taken)
    names = {part for each in patients for part in each.full_name.split()}
    born = {f(each.birth_date) for each in patients for f in (str, "{:%d.%m.%Y}".format)}
    assert names
    assert not [each for each in names | born if each in written]


@pytest.mark.parametrize(("language", "said"), [("ru", "просрочено"), ("en", "overdue")])
def test_a_mail_is_in_the_language_of_who_reads_it(laboratory, site, language, said):
    def choose(session, *, by):
        person(session, "technician").language = language

    laboratory.run(choose, None, key="", arguments=lambda _: {})

    assert said in letter_to(laboratory, site, "technician").get_content()


def test_what_is_due_later_is_not_told(laboratory, site):
    with laboratory.reading() as session:
        analyst = person(session, "analyst")
        due = reminding.due(session, analyst)
        soonest = min(item.due for item in due if item.due)

    assert due
    with time_machine.travel(soonest - timedelta(days=3)), laboratory.reading() as session:
        assert not reminding.due(session, session.get(User, analyst.id))


def test_one_that_nobody_takes_is_told_and_the_others_still_get_theirs(laboratory, site):
    refusing = postbox(refused=frozenset({OF["technician"]}))
    with refusing as box, pytest.raises(reminders.NotReminded) as told:
        remind(laboratory, site(box.server))

    assert {whom for whom, _ in box.taken} == {OF["lead"], OF["analyst"]}
    assert "technician@clinic.example was not taken: 550" in told.value.english()


def test_what_was_refused_goes_out_at_the_next_try_and_nothing_else(laboratory, site):
    refusing = postbox(refused=frozenset({OF["technician"]}))
    with refusing as box, pytest.raises(reminders.NotReminded):
        remind(laboratory, site(box.server))
    with postbox() as box:
        remind(laboratory, site(box.server))

    assert [whom for whom, _ in box.taken] == [OF["technician"]]


def test_where_nobody_knows_whether_it_went_it_does_not_go_twice(laboratory, site):
    with postbox(hangs_up_on=frozenset({OF["lead"]})) as box:
        told = remind(laboratory, site(box.server))
        again = remind(laboratory, site(box.server))

    assert len(box.taken) == 2
    assert "lead@clinic.example" in told.english()
    assert again.english().startswith("Reminded by mail: 0. Not known: The mail to lead@clinic.")


def test_one_that_hangs_keeps_nobody_else_waiting_for_long(laboratory, site, monkeypatch):
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.5)
    silent = postbox(silent_to=frozenset({OF["technician"]}))
    with silent as box, pytest.raises(reminders.NotReminded, match="no answer within"):
        remind(laboratory, site(box.server))

    assert len(box.taken) == 2


def test_a_server_that_is_gone_is_asked_once_not_for_each(laboratory, site):
    with postbox(greeting="421 too busy") as box:
        with pytest.raises(reminders.NotReminded, match="too busy"):
            remind(laboratory, site(box.server))
        with laboratory.reading() as session:
            assert len(session.scalars(select(Reminder)).all()) == 1
    with postbox() as box:
        remind(laboratory, site(box.server))

    assert len(box.taken) == 3


def test_who_left_is_written_to_no_more(laboratory, site):
    def leave(session, *, by):
        person(session, "lead").status = "disabled"

    laboratory.run(leave, None, key="", arguments=lambda _: {})
    with postbox() as box:
        remind(laboratory, site(box.server))

    assert OF["lead"] not in {whom for whom, _ in box.taken}
