"""What the worker does by the clock: its rounds, its jobs, and what becomes of those it was killed
at, in processes of their own."""

import multiprocessing
import resource
import signal
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text

from lims import anchors, clock, doctor, schema, worker
from lims.database import Database
from lims.models.fill import Dose, DoseStatus
from lims.models.job import Job, JobStatus, WorkerRound
from lims.models.order import Order, OrderStatus
from lims.worker import Worker
from lims.workflows import job_claims, job_troubles, jobs, lots
from lims.workflows.codes import load
from tests import killing
from tests.devices.postbox import postbox
from tests.laboratory import clinic, person
from tests.laboratory.treatment import treating
from tests.walks import ordering, specifying
from tests.walks.walker import Walk
from tests.worlds import site_settings


def test_the_worker_expires_a_dose_at_its_hour_and_not_before(database, tmp_path):
    with treating(database) as treatment:
        (dose,) = treatment.released(clinic.course(treatment.session, "ivanova"))
    settings = site_settings("sqlite://", tmp_path)

    Worker(database, settings).work_once()
    before = status_of(database, dose.code)
    with time_machine.travel(dose.fill.expires_at):
        Worker(database, settings).work_once()

    assert before is DoseStatus.AVAILABLE
    assert status_of(database, dose.code) is DoseStatus.EXPIRED


def test_the_worker_lets_an_order_lapse_that_nobody_carried_out(database, tmp_path):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Orders")
        specifying.approve(walk, specifying.lenient(()))
        ordering.with_vials(walk, 1)
        order = ordering.checked(walk, ordering.drafted(walk))
        walk.wait(days=60)
        Worker(database, site_settings("sqlite://", tmp_path)).work_once()

    with database.reading() as session:
        assert load(session, order, Order).status is OrderStatus.LAPSED


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_worker_alone_writes_the_log_back_so_that_it_does_not_grow(database, tmp_path):
    file = Path(str(database.engine.url.database))
    log = Path(f"{file}-wal")
    database.checkpoint()
    before = file.stat().st_size

    with database.engine.begin() as connection:
        connection.execute(text("UPDATE user_account SET full_name = hex(randomblob(500000))"))
    written = log.stat().st_size, file.stat().st_size
    Worker(database, site_settings("sqlite://", tmp_path)).work_once()

    assert written[0] > 4 * 2**20, "SQLite itself would have written a thousand pages back"
    assert written[1] == before
    assert log.stat().st_size < 2**17, "what the rest of its round wrote is there alone"
    assert file.stat().st_size > before


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_log_is_written_back_by_one_worker_while_two_run(database, settings):
    first, second = Worker(database, settings), Worker(database, settings)
    second.name = "host:2"
    log = Path(f"{database.engine.url.database}-wal")
    first.round()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE user_account SET full_name = hex(randomblob(500000))"))
    second.round()
    left = log.stat().st_size
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        second.round()

    assert left > 2**20
    assert log.stat().st_size < 2**17


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_who_reads_for_long_keeps_nobody_from_writing(database):
    by_hand = text("UPDATE user_account SET version = version + 1")
    with database.reading() as session:
        session.execute(text("SELECT count(*) FROM user_account")).scalar()
        with database.engine.begin() as connection:
            connection.execute(by_hand)
        database.checkpoint()

        with database.engine.begin() as connection:
            assert connection.execute(by_hand).rowcount > 0


def status_of(database, code):
    with database.reading() as session:
        return load(session, code, Dose).status


@pytest.fixture
def settings(database, tmp_path):
    return site_settings(database.engine.url.render_as_string(hide_password=False), tmp_path)


def kept(database):
    """Besides the look at the tables, which each worker begins with, and the kits, which are due
    at some hours of the day and at others not."""
    with database.reading() as session:
        besides = Job.kind.not_in(("guards", "downtime"))
        return session.scalars(select(Job).where(besides).order_by(Job.id)).all()


def test_the_trail_is_anchored_once_a_day_and_the_job_says_so(database, settings):
    for _ in range(2):
        assert Worker(database, settings).work_once()

    (job,), written = kept(database), anchors.anchor_files(settings.anchor_dir)
    assert (job.kind, job.status, job.attempts, len(written)) == ("anchor", JobStatus.DONE, 1, 1)
    assert job.told.english() == f"Entry {anchors.newest(settings.anchor_dir).seq} is anchored."


def test_an_anchor_that_cannot_be_written_is_told_by_the_job_and_tried_again(database, settings):
    settings.anchor_dir.write_text("a file stands in the way")
    assert not Worker(database, settings).work_once()
    (failed,) = kept(database)
    settings.anchor_dir.unlink()
    with time_machine.travel(failed.due_at):
        assert Worker(database, settings).work_once()

    assert str(settings.anchor_dir) in failed.told.english()
    assert [(job.status, job.attempts) for job in kept(database)] == [(JobStatus.DONE, 2)]


def test_an_empty_trail_has_nothing_to_anchor(tmp_path):
    settings = site_settings(f"sqlite:///{tmp_path}/empty.sqlite", tmp_path)
    database = Database(settings.database_url)
    database.upgrade()

    assert Worker(database, settings).work_once()
    assert "is empty" in kept(database)[0].told.english()
    database.engine.dispose()


def test_a_fault_nobody_foresaw_is_told_by_the_job_and_ends_no_worker(
    database, settings, monkeypatch
):
    def broken(job, database, settings):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setitem(worker.ACTS, "anchor", broken)
    assert not Worker(database, settings).work_once()

    (job,) = kept(database)
    assert (job.status, job.attempts) == (JobStatus.DUE, 1)
    assert "ZeroDivisionError: by nothing" in job.told.english()


def test_a_round_in_which_something_fails_is_not_noted(database, settings, monkeypatch):
    def broken(session, *, by=None):
        raise ZeroDivisionError

    monkeypatch.setattr(lots, "expire_due", broken)
    assert not Worker(database, settings).round()
    assert noted(database) is None
    monkeypatch.undo()

    assert Worker(database, settings).round()
    assert noted(database) is not None


def noted(database):
    with database.reading() as session:
        return session.scalars(select(WorkerRound)).one_or_none()


def test_a_round_keeps_the_lease_of_a_job_that_takes_long(database, settings, monkeypatch):
    with time_machine.travel(clock.now(), tick=False) as traveller:

        def lasting(job, database, settings):
            traveller.shift(job_claims.LEASE - timedelta(seconds=1))
            ours.round()
            traveller.shift(timedelta(minutes=2))
            assert other.claim() is None
            return job_claims.WorkerGone(by="", at="")

        monkeypatch.setitem(worker.ACTS, "anchor", lasting)
        ours, other = Worker(database, settings), Worker(database, settings)
        other.kinds = [kind for kind in other.kinds if kind.name == "anchor"]
        assert ours.round()
        assert ours.do(ours.claim())


def test_without_a_mail_server_there_is_no_job_of_reminders(database, settings):
    Worker(database, settings).work_once()

    assert "reminders" not in {job.kind for job in kept(database)}


def test_triggers_that_are_gone_are_told_at_the_start_and_until_they_are_back(database, settings):
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)

    started(database, settings)
    assert "Triggers that guard the records are missing" in troubles(database)
    database.upgrade()
    started(database, settings)
    assert "Triggers that guard" not in troubles(database)


def test_triggers_that_are_gone_are_told_once_however_often_the_program_starts(database, settings):
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)

    for _ in range(2):
        started(database, settings)

    assert troubles(database).count("Triggers that guard the records are missing") == 1


def test_the_doctor_says_what_is_so_now_and_not_what_an_earlier_look_found(database, settings):
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
    started(database, settings)
    database.upgrade()

    told = [each.english() for each in doctor.examine(settings)]

    assert not any("Triggers that guard" in each for each in told)


def started(database, settings):
    """A worker begins, and does what is due then."""
    begun = Worker(database, settings)
    begun._ask_for_a_look()
    begun.work_once()


def troubles(database):
    with database.reading() as session:
        return " ".join(each.english() for each in job_troubles.troubles(session))


def test_whatever_is_done_daily_has_an_act():
    assert {kind.name for kind in jobs.KINDS} == worker.ACTS.keys()


def after_its_lease(database, settings):
    """What another worker makes of it."""
    (job,) = [each for each in kept(database) if each.status is JobStatus.RUNNING]
    with time_machine.travel(job.lease_until + timedelta(seconds=1)):
        assert Worker(database, settings).work_once()
    return next(each for each in kept(database) if each.id == job.id)


@pytest.mark.sqlite_first
def test_a_worker_killed_once_the_anchor_was_written_leaves_one_anchor(database, settings):
    assert killing.dies_after_a_job(settings) == killing.KILLED
    written = anchors.anchor_files(settings.anchor_dir)
    job = after_its_lease(database, settings)

    assert len(written) == 1
    assert anchors.anchor_files(settings.anchor_dir) == written
    assert (job.status, job.attempts) == (JobStatus.DONE, 2)
    assert "already" in job.told.english()


@pytest.mark.sqlite_first
def test_a_worker_killed_once_the_mails_were_sent_sends_none_twice(database, settings):
    somebody_is_written_to(database)
    with time_machine.travel(clock.now() + timedelta(days=2)), postbox() as box:
        ours = replace(settings, mail_server=box.server, mail_from="lims@clinic.example")
        Worker(database, settings).work_once()
        asked = {"kind": "reminders"}
        database.run(jobs.ask, None, key="", arguments=lambda _: asked)
        assert killing.dies_after_a_job(ours) == killing.KILLED
        sent = len(box.taken)
        job = after_its_lease(database, ours)

    assert sent == len(box.taken) == 1
    assert job.told.english() == "Reminded by mail: 0. Earlier today: 1."


def somebody_is_written_to(database):
    def address(session, *, by):
        person(session, "keeper").mail_address = "keeper@clinic.example"

    database.run(address, None, key="", arguments=lambda _: {})


@pytest.fixture
def beside_pages(database, settings):
    """A worker as `lims serve` has it, told to print the kits at once."""
    database.run(jobs.ask, None, key="", arguments=lambda _: {"kind": "downtime"})
    ours = Worker(database, settings, beside_pages=True)
    ours.kinds = [kind for kind in ours.kinds if kind.name == "downtime"]
    return ours


def printing(database):
    with database.reading() as session:
        return session.scalars(select(Job).where(Job.kind == "downtime")).one()


def test_what_takes_long_is_done_in_a_process_of_its_own(database, settings, beside_pages):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    beside_pages._do_due()

    job = printing(database)
    assert (job.status, job.told.english()[:17]) == (JobStatus.DONE, "Downtime kits of ")
    assert (settings.downtime_dir / clock.today().isoformat()).is_dir()
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before


def test_a_process_that_is_killed_ends_its_job_alone_and_it_is_tried_again(
    database, settings, beside_pages
):
    at_it = threading.Thread(target=beside_pages._do_due)
    at_it.start()
    killing.until(multiprocessing.active_children)
    for child in multiprocessing.active_children():
        child.kill()
    at_it.join(20)

    job = printing(database)
    assert (job.status, job.told.english()) == (
        JobStatus.DUE,
        "The process that did it ended before the job did (-9).",
    )


@pytest.mark.sqlite_first
def test_a_worker_alone_works_until_it_is_told_to_end(database, settings):
    with killing.worker(settings) as ours:
        killing.until(lambda: [job.status for job in kept(database)] == [JobStatus.DONE])
        ours.send_signal(signal.SIGTERM)

        assert ours.wait(20) == 0
        assert noted(database).worker.endswith(f":{ours.pid}")
        assert "is anchored" in ours.stdout.read()


def test_two_workers_at_once_do_each_job_once(database, settings):
    with killing.worker(settings, "--once") as one, killing.worker(settings, "--once") as other:
        assert (one.wait(60), other.wait(60)) == (0, 0)

    assert [(job.status, job.attempts) for job in kept(database)] == [(JobStatus.DONE, 1)]
    assert len(anchors.anchor_files(settings.anchor_dir)) == 1
