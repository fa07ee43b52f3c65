"""The worker: does by itself what is due, in the server process or alone (`lims worker`).

Once a minute it makes a round: small acts that look for themselves whether anything is due, and a
row for each daily job whose hour has come. The jobs are done beside the rounds, one after another:
a backup of an hour keeps no dose from expiring. Any number of workers may run at once.

In the process that serves pages, what takes long is done in another (`beside_pages`): Python runs
one thread at a time, and a page would wait three times as long.
"""

import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import DBAPIError

from lims import clock, locks
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.job_acts import ACTS, LONG
from lims.models.job import Job
from lims.workflows import demonstrating, drafts, issuing, job_claims, jobs, lots, ordering

log = logging.getLogger("lims.worker")

EVERY_SECONDS = 60
LOOK_SECONDS = 5
"""How soon a job is done that somebody asked for."""
STOPPING_SECONDS = 60
"""How long the job at hand may take to end when the program is stopped; what is cut off is done
again once its lease is over."""
LONGEST_PROBLEM = 300
NICE = 5
APART = multiprocessing.get_context("spawn")
"""Begun anew: a fork would take over locks that threads hold."""
LOG_FORMAT = "%(asctime)s %(name)s: %(message)s"


class Broke(LimsError):
    sentence = N_("It broke off: %(problem)s. The log of the server has the whole story.")


class CutOff(LimsError):
    sentence = N_("The process that did it ended before the job did (%(code)s).")


class Worker:
    """Makes rounds in one thread and does jobs in another, until stopped."""

    def __init__(
        self, database: Database, settings: Settings, *, beside_pages: bool = False
    ) -> None:
        clock.keep_time_of(settings.time_zone)
        self.database = database
        self.settings = settings
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.beside_pages = beside_pages
        self.kinds = [kind for kind in jobs.offered(settings) if kind.name in ACTS]
        self._at_hand: Job | None = None
        self._stopping = threading.Event()
        self._rounds = threading.Thread(target=self._go_round, name="lims-rounds", daemon=True)
        self._jobs = threading.Thread(target=self._do_jobs, name="lims-jobs", daemon=True)

    def start(self) -> None:
        self._tried(self._ask_for_a_look)
        self._rounds.start()
        self._jobs.start()

    def stop(self) -> None:
        """Finish the job at hand, if it does not take too long, and end."""
        self._stopping.set()
        for thread in (self._jobs, self._rounds):
            if thread.is_alive():
                thread.join(STOPPING_SECONDS)

    def work_once(self) -> bool:
        """One round, then every job that is due now; whether all of it could be done."""
        whole = self.round()
        self._rounds.start()  # they keep the lease of a job that takes long
        done = [self.do(job) for job in iter(self.claim, None)]
        self.stop()
        return whole and all(done)

    def round(self) -> bool:
        """Whether all could be done; it is noted then alone, so that what fails at every round is
        told as a worker that makes none."""
        if self._rests():
            return True
        acts = (self._expire, self._write_back, self._make_due, self._renew)
        could = [self._tried(act) for act in acts]
        return all(could) and self._tried(self._note_round)

    def claim(self) -> Job | None:
        """The next job, from now on ours."""
        if self._rests():
            return None
        kinds = [kind.name for kind in self.kinds]
        with self.database.reading() as session:
            if not job_claims.any_waiting(session, kinds):
                return None
        return self._run(job_claims.claim, kinds=kinds, worker=self.name)  # type: ignore[no-any-return]

    def do(self, job: Job) -> bool:
        """Whether the job could be done; what it says, or why not, is written down."""
        self._at_hand = job
        try:
            told = ACTS[job.kind](job, self.database, self.settings)
        except Exception as error:  # whatever it is, it is told on the job's page
            log.warning("%s failed: %s", job.kind, error, exc_info=not isinstance(error, LimsError))
            self._run(job_claims.fail, job=job, told=explained(error))
            return False
        finally:
            self._at_hand = None
        log.info("%s: %s", job.kind, told.english())
        self._run(job_claims.finish, job=job, told=told)
        return True

    def _rests(self) -> bool:
        """While a demonstration is told its day is not ours: what expires today is not due yet."""
        with self.database.reading() as session:
            found = demonstrating.of(session)
        return found is not None and found.made is not None

    def _go_round(self) -> None:
        while True:
            self.round()
            if self._stopping.wait(EVERY_SECONDS):
                return

    def _do_jobs(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self._tried(self._do_due)

    def _do_due(self) -> None:
        while not self._stopping.is_set() and (job := self.claim()) is not None:
            self.do_apart(job) if self.beside_pages and job.kind in LONG else self.do(job)

    def do_apart(self, job: Job) -> None:
        """`job` in a process of its own, which is gone with ours."""
        self._at_hand = job
        doing = APART.Process(target=do_alone, args=(job, self.settings), daemon=True)
        try:
            doing.start()
            doing.join()
        finally:
            self._at_hand = None
        if doing.exitcode:
            log.warning("%s was cut off: %s", job.kind, doing.exitcode)
            self._run(job_claims.fail, job=job, told=CutOff(code=doing.exitcode))

    def _expire(self) -> None:
        """Doses past their hour and lots past their last day expire; orders left undone lapse, and
        drafts that nobody came back to go."""
        sweeps = issuing.expire_due, lots.expire_due, ordering.lapse_due, drafts.expire_due
        for expire in sweeps:
            self._run(expire)

    def _write_back(self) -> None:
        """SQLite's log into its file, so that it does not grow without end: by one worker alone,
        for two at once may spoil the file (lims doctor says of which SQLite)."""
        with self.database.reading() as session:
            leads = job_claims.leads(session, worker=self.name)
        if leads:
            self.database.checkpoint()

    def _make_due(self) -> None:
        self._run(jobs.make_due, kinds=self.kinds)

    def _ask_for_a_look(self) -> None:
        """At the start, so that it is told at once where the database guards nothing any more."""
        with suppress(jobs.RunsAlready):
            self._run(jobs.ask, kind="guards")

    def _renew(self) -> None:
        if (job := self._at_hand) is not None and not self._run(job_claims.renew, job=job):
            log.warning("%s is taken for lost: its lease was over", job.kind)

    def _note_round(self) -> None:
        self._run(job_claims.note_round, worker=self.name)

    def _run(self, command: Callable[..., Any], **given: Any) -> Any:
        return self.database.run(command, None, key="", arguments=lambda _: given)

    def _tried(self, act: Callable[[], None]) -> bool:
        """Whether `act` could be done; what breaks one act does not end the worker."""
        try:
            act()
        except Exception:
            log.exception("It is tried again at the next round")
            return False
        return True


def do_alone(job: Job, settings: Settings) -> None:
    """What the process of one job runs: behind the pages, and ended by who began it, not by the
    Ctrl-C that both get."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    with locks.shared(settings.data_dir):
        Worker(Database(settings.database_url), settings).do(job)


def explained(error: Exception) -> LimsError:
    """Why a job failed, in a sentence that can be kept."""
    if isinstance(error, LimsError):
        return error
    if isinstance(error, DBAPIError):
        return Broke(problem=str(error.orig).strip().splitlines()[0])
    return Broke(problem=f"{type(error).__name__}: {error}"[:LONGEST_PROBLEM])
