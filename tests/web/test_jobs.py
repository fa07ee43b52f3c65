"""The page of what the program does by itself."""

from datetime import timedelta

import pytest
import time_machine

from lims import clock
from lims.errors import LimsError
from lims.models.job import Job, JobStatus
from lims.workflows import job_claims, jobs
from lims.workflows.findings import Notice


class Anchored(Notice):
    sentence = "Entry %(seq)s is anchored."


class Full(LimsError):
    sentence = "Nothing could be written to %(path)s. Make the folder writable."


@pytest.fixture
def alone(database):
    """`alone(command, …)` is what a worker writes down."""
    return lambda command, **given: database.run(command, None, key="", arguments=lambda _: given)


@pytest.fixture
def administrator(signed_in):
    """The administrator, who reads English here."""
    visitor = signed_in("administrator")
    visitor.send("/account", {"language": "en"}, action="/account/language")
    return visitor


def claimed(alone):
    return alone(job_claims.claim, kinds=["anchor"], worker="laboratory:1")


def failed(alone):
    with time_machine.travel(clock.now() - timedelta(hours=6), tick=False) as traveller:
        alone(jobs.ask, kind="anchor")
        for _ in range(job_claims.TRIES):
            job = claimed(alone)
            alone(job_claims.fail, job=job, told=Full(path="/anchors"))
            traveller.shift(timedelta(minutes=61))
    return job


def test_what_was_done_is_told_with_when_and_how_long(administrator, alone):
    with time_machine.travel(clock.now() - timedelta(minutes=10), tick=False) as traveller:
        alone(jobs.ask, kind="anchor")
        job = claimed(alone)
        traveller.shift(timedelta(seconds=95))
        alone(job_claims.finish, job=job, told=Anchored(seq=77))
        alone(job_claims.note_round, worker="laboratory:1")
    page = administrator.open("/jobs/").text

    for told in ("Anchor of the audit trail", "Entry 77 is anchored.", "95\u202fs", "laboratory:1"):
        assert told in page


def test_the_next_hour_is_told(administrator):
    with time_machine.travel("2026-11-22T12:00:00+03:00", tick=False):
        administrator.sign_in("administrator")

        assert "23 Nov 2026 00:10 (+03:00)" in administrator.open("/jobs/").text


def test_a_job_asked_for_waits_for_the_worker(administrator, database, alone):
    answer = administrator.send("/jobs/", {}, action="/jobs/run/anchor")

    assert answer.status_code == 303
    assert claimed(alone).asked_by_id is not None
    assert "asked for it" in administrator.open("/jobs/").text


def test_two_clicks_are_one_job(administrator, database):
    form = administrator.form("/jobs/", "/jobs/run/anchor").filled({})
    for _ in range(2):
        administrator.client.post("/jobs/run/anchor", data=form)

    with database.reading() as session:
        assert session.query(Job).count() == 1


def test_a_job_that_is_being_done_is_refused_with_a_sentence(administrator, alone):
    form = administrator.form("/jobs/", "/jobs/run/anchor").filled({})
    alone(jobs.ask, kind="anchor")
    claimed(alone)

    answer = administrator.client.post("/jobs/run/anchor", data=form)

    assert answer.status_code == 409
    assert "is being done just now" in answer.text


def test_a_job_that_failed_is_told_and_tried_again(administrator, database, alone):
    number = failed(alone).id
    page = administrator.open("/jobs/").text
    answer = administrator.send("/jobs/", {}, action=f"/jobs/{number}/again")

    assert "Nothing could be written to /anchors." in page
    assert answer.status_code == 303
    with database.reading() as session:
        assert session.get(Job, number).status is JobStatus.DUE


def test_a_job_that_is_not_there_is_a_sentence(administrator):
    form = administrator.form("/jobs/", "/jobs/run/anchor").filled({})

    for address in ("/jobs/999/again", "/jobs/run/tea"):
        answer = administrator.client.post(address, data=form)
        assert answer.status_code == 404
        assert "no such job" in answer.text


@pytest.mark.parametrize("login", ["administrator", "qa"])
def test_who_looks_after_it_hears_on_today_of_a_job_that_failed(signed_in, alone, login):
    alone(job_claims.note_round, worker="laboratory:1")
    failed(alone)

    page = signed_in(login).open("/").text

    assert "/anchors" in page
    assert 'href="/jobs/"' in page


def test_who_looks_after_it_hears_on_today_of_a_worker_that_is_gone(administrator, alone):
    alone(job_claims.note_round, worker="laboratory:1")
    before = administrator.open("/").text
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        after = administrator.open("/").text

    assert "No worker has made a round" not in before
    assert "No worker has made a round since" in after


def test_at_the_bench_nobody_hears_of_it(signed_in):
    assert "/jobs/" not in signed_in("technician").open("/").text


@pytest.mark.parametrize("login", ["qa", "auditor"])
def test_who_reads_is_offered_no_button(signed_in, alone, login):
    failed(alone)
    page = signed_in(login).open("/jobs/")

    assert page.status_code == 200
    assert "/again" not in page.text
    assert "/jobs/run/" not in page.text


def test_more_than_a_page_is_on_the_next(administrator, alone, monkeypatch):
    monkeypatch.setattr("lims.web.listing.listing.__kwdefaults__", {"size": 2})
    for number in range(3):
        alone(jobs.ask, kind="import", subject_code=f"{number}")

    assert "after=" in administrator.open("/jobs/").text
