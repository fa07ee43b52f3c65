"""Jobs of the worker: made once a day, claimed once, tried again, told when they failed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Lock

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from lims import clock
from lims.errors import Amount, LimsError
from lims.models import said
from lims.models.job import Job, JobStatus, WorkerRound
from lims.workflows import job_claims, job_troubles, jobs
from lims.workflows.findings import Notice
from tests.laboratory import person

NIGHT = jobs.Kind("night", "At night", jobs.time(2))
MORNING = jobs.Kind("morning", "In the morning", jobs.time(7), timedelta(hours=12))
KINDS = ["night", "morning", "import"]
WORKER = "host:1"


class Kept(Notice):
    sentence = "Kept: %(what)s."


class Full(LimsError):
    sentence = "No room: %(path)s."


@pytest.fixture
def told(database):
    """`told(command, …)` is done in a transaction of its own, as the worker does it."""

    def told(command, **given):
        return database.run(command, None, key="", arguments=lambda _: given)

    return told


@pytest.fixture
def at():
    """A clock that the test moves: half past two at night in Minsk."""
    with time_machine.travel("2026-11-22T02:30:00+03:00", tick=False) as traveller:
        yield traveller


def claim(told, worker=WORKER, kinds=KINDS):
    return told(job_claims.claim, kinds=kinds, worker=worker)


def asked(database, kind="night", subject=""):
    return database.run(
        jobs.ask, None, key="", arguments=lambda _: {"kind": kind, "subject_code": subject}
    )


def kept(database):
    with database.reading() as session:
        return session.scalars(select(Job).order_by(Job.id)).all()


def test_a_daily_job_is_made_once_its_hour_has_come(database, told, at):
    told(jobs.make_due, kinds=(NIGHT, MORNING))
    told(jobs.make_due, kinds=(NIGHT, MORNING))

    (job,) = kept(database)
    assert (job.kind, str(job.period), job.status) == ("night", "2026-11-22", JobStatus.DUE)
    assert job.due_at.isoformat() == "2026-11-21T23:00:00+00:00"


def test_what_was_missed_is_made_up_for_while_it_is_worth_it(database, told, at):
    at.move_to("2026-11-22T01:00:00+03:00")
    told(jobs.make_due, kinds=(NIGHT, MORNING))

    assert [(job.kind, str(job.period)) for job in kept(database)] == [("night", "2026-11-21")]


def test_the_next_day_has_a_job_of_its_own(database, told, at):
    for _ in range(3):
        told(jobs.make_due, kinds=(NIGHT,))
        told(job_claims.finish, job=claim(told), told=Kept(what="all"))
        at.shift(jobs.DAY)

    assert [job.period.day for job in kept(database)] == [22, 23, 24]


def test_no_second_job_is_made_while_one_of_its_kind_is_open(database, told, at):
    told(jobs.make_due, kinds=(NIGHT,))
    at.shift(jobs.DAY)
    told(jobs.make_due, kinds=(NIGHT,))

    assert len(kept(database)) == 1


def test_the_next_hour_is_tomorrows_when_todays_has_passed(at):
    assert jobs.next_hour(NIGHT, clock.now()).isoformat() == "2026-11-22T23:00:00+00:00"
    assert jobs.next_hour(MORNING, clock.now()).isoformat() == "2026-11-22T04:00:00+00:00"


def test_eight_who_look_at_once_make_one_job(database, told, at):
    barrier = Barrier(8)

    def look(_):
        barrier.wait()
        told(jobs.make_due, kinds=(NIGHT,))

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(look, range(8)))

    assert len(kept(database)) == 1


def test_eight_workers_do_each_of_two_hundred_jobs_once(database, told):
    for number in range(200):
        asked(database, "import", f"{number}")
    done, lock = Counter(), Lock()

    def work(number):
        while (job := claim(told, f"host:{number}")) is not None:
            with lock:
                done[job.subject_code] += 1
            assert told(job_claims.finish, job=job, told=Kept(what=job.subject_code))

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(8)))

    assert len(done) == 200
    assert set(done.values()) == {1}
    assert {(job.status, job.attempts) for job in kept(database)} == {(JobStatus.DONE, 1)}


def test_a_claimed_job_is_nobody_elses(database, told, at):
    asked(database)

    assert claim(told) is not None
    assert claim(told, "host:2") is None


def test_a_kind_that_a_worker_does_not_know_is_left_to_others(database, told, at):
    asked(database)

    assert claim(told, kinds=["morning"]) is None
    assert claim(told) is not None


def test_a_job_of_a_dead_worker_is_claimed_again_once_its_lease_is_over(database, told, at):
    asked(database)
    first = claim(told)
    at.shift(job_claims.LEASE + timedelta(seconds=1))
    second = claim(told, "host:2")

    assert (second.id, second.attempts, second.claimed_by) == (first.id, 2, "host:2")


def test_who_renews_the_lease_keeps_the_job(database, told, at):
    asked(database)
    job = claim(told)
    at.shift(job_claims.LEASE - timedelta(seconds=1))
    assert told(job_claims.renew, job=job)
    at.shift(timedelta(minutes=2))

    assert claim(told, "host:2") is None


def test_who_was_taken_for_dead_can_neither_renew_nor_end_the_job(database, told, at):
    asked(database)
    first = claim(told)
    at.shift(job_claims.LEASE + timedelta(seconds=1))
    second = claim(told, "host:2")

    assert not told(job_claims.renew, job=first)
    assert not told(job_claims.finish, job=first, told=Kept(what="late"))
    assert not told(job_claims.fail, job=first, told=Full(path="late"))
    assert told(job_claims.finish, job=second, told=Kept(what="in time"))
    assert kept(database)[0].told.english() == "Kept: in time."


def test_what_fails_is_tried_five_times_with_growing_waits(database, told, at):
    asked(database)
    waits = []
    for _ in range(job_claims.TRIES):
        told(job_claims.fail, job=claim(told), told=Full(path="/backup"))
        (job,) = kept(database)
        waits.append((job.due_at - clock.now()) // timedelta(minutes=1))
        at.move_to(max(job.due_at, clock.now()))

    assert waits[:-1] == [1, 5, 15, 60]
    assert (job.status, job.attempts) == (JobStatus.FAILED, 5)
    assert job.told.english() == "No room: /backup."
    assert claim(told) is None


def test_a_job_that_kills_its_worker_each_time_has_failed_in_the_end(database, told, at):
    asked(database)
    for _ in range(job_claims.TRIES):
        assert claim(told) is not None
        at.shift(job_claims.LEASE + timedelta(seconds=1))

    assert claim(told) is None
    (job,) = kept(database)
    assert job.status is JobStatus.FAILED
    assert "host:1" in job.told.english()


def test_one_that_waits_for_its_next_try_is_done_now_when_somebody_asks(database, told, at):
    asked(database)
    told(job_claims.fail, job=claim(told), told=Full(path="/backup"))
    assert claim(told) is None
    asked(database)

    (job,) = kept(database)
    assert (job.attempts, claim(told).id) == (0, job.id)


def test_one_that_is_being_done_is_not_asked_for_again(database, told, at):
    asked(database)
    claim(told)

    with pytest.raises(jobs.RunsAlready):
        asked(database)


def test_jobs_of_one_kind_about_different_things_wait_beside_each_other(database, at):
    for subject in ("one", "other"):
        asked(database, "import", subject)

    assert [job.subject_code for job in kept(database)] == ["one", "other"]


def failed(database, told, at):
    asked(database)
    for _ in range(job_claims.TRIES):
        told(job_claims.fail, job=claim(told), told=Full(path="/backup"))
        at.shift(max(job_claims.WAITS))


def again(database, number):
    def found(session):
        return {"job": session.get(Job, number)}

    with database.reading() as session:
        by = person(session, "administrator").id
    return database.run(jobs.try_job_again, by, key=f"{clock.now()}", arguments=found)


def test_a_failed_job_is_tried_again_from_its_first_try(database, told, at):
    failed(database, told, at)
    again(database, kept(database)[0].id)

    assert claim(told).attempts == 1


def test_only_a_failed_job_is_tried_again(database, told, at):
    job = asked(database)

    with pytest.raises(jobs.NotFailed):
        again(database, job.id)


def test_a_failed_job_waits_behind_another_of_its_kind(database, told, at):
    failed(database, told, at)
    asked(database)

    with pytest.raises(jobs.WaitsAlready):
        again(database, kept(database)[0].id)


def names(database):
    with database.reading() as session:
        return [type(each).__name__ for each in job_troubles.troubles(session)]


def test_a_failure_is_told_until_the_same_was_done(database, told, at):
    told(job_claims.note_round, worker=WORKER)
    failed(database, told, at)
    told(job_claims.note_round, worker=WORKER)
    before = names(database)
    asked(database)
    told(job_claims.finish, job=claim(told), told=Kept(what="all"))

    assert before == ["JobFailed"]
    assert names(database) == []


def test_a_failure_is_told_for_a_week(database, told, at):
    failed(database, told, at)
    at.shift(timedelta(days=8))
    told(job_claims.note_round, worker=WORKER)

    assert names(database) == []


def test_a_worker_that_makes_no_rounds_is_told(database, told, at):
    assert names(database) == ["NoRound"]
    told(job_claims.note_round, worker=WORKER)
    assert names(database) == []
    at.shift(timedelta(minutes=11))
    assert names(database) == ["RoundLate"]


def test_a_job_that_runs_for_hours_is_told(database, told, at):
    asked(database)
    job = claim(told)
    for _ in range(61):
        at.shift(timedelta(minutes=4))
        told(job_claims.renew, job=job)
    told(job_claims.note_round, worker=WORKER)

    assert names(database) == ["JobHangs"]


def test_one_worker_leads_until_it_has_been_silent(database, told, at):
    def leading():
        with database.reading() as session:
            return [n for n in ("host:1", "host:2") if job_claims.leads(session, worker=n)]

    before = leading()
    told(job_claims.note_round, worker="host:1")
    at.shift(timedelta(minutes=1))
    told(job_claims.note_round, worker="host:2")
    first = leading()
    at.shift(timedelta(minutes=1))

    assert (before, first) == (["host:1", "host:2"], ["host:1"])
    assert leading() == ["host:1", "host:2"]
    told(job_claims.note_round, worker="host:2")
    assert leading() == ["host:2"]


def test_rounds_of_many_workers_are_one_row(database, told):
    with ThreadPoolExecutor(8) as workers:
        noted = [workers.submit(told, job_claims.note_round, worker=f"{n}") for n in range(40)]
    assert [each.result() for each in noted] == [None] * 40

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(WorkerRound)) == 1


@pytest.mark.parametrize(
    ("value", "text_of_it"),
    [(Amount(3, "h"), "3 h"), (ValueError("odd"), "odd"), (range(2), "range(0, 2)")],
)
def test_whatever_a_job_says_can_be_kept(value, text_of_it):
    assert said.sayable(Kept(what=value)).english() == f"Kept: {text_of_it}."


def test_a_moment_in_what_a_job_says_is_kept_as_one():
    gone = job_claims.WorkerGone(by=WORKER, at=clock.now())

    assert said.sayable(gone).parameters == gone.parameters


def test_no_claim_without_its_worker_can_be_stored(database, at):
    asked(database)

    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text("UPDATE job SET status = 'running'"))
