"""What the worker does by itself: which jobs there are, when each is due, who may ask for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.job import Job, JobStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import states
from lims.workflows.command import command

DAY = timedelta(days=1)
OPEN = (JobStatus.DUE, JobStatus.RUNNING)


@dataclass(frozen=True)
class Kind:
    """A kind of job: done daily at the hour `at` of the site, or (None) when somebody asks."""

    name: str
    label: str
    at: time | None = None
    worth: timedelta = DAY
    """For how long after its hour it is made up for, where no worker ran then."""
    needs: str = ""
    """The setting without which there is no such job."""


KINDS = (
    Kind("anchor", N_("Anchor of the audit trail"), time(0, 10)),
    Kind("backup", N_("Nightly backup"), time(2), needs="backup_keep"),
    Kind("downtime", N_("Downtime kits"), time(5, 30), timedelta(hours=12)),
    Kind("guards", N_("Look at the tables and their triggers"), time(1, 30), timedelta(hours=12)),
    Kind("import", N_("Import of earlier records")),
    Kind("reminders", N_("Reminders by mail"), time(7), timedelta(hours=12), "mail_server"),
)
LABELS = {kind.name: kind.label for kind in KINDS}


class NoSuchJob(LimsError):
    sentence = N_("There is no such job here. Open the page anew.")
    status = 404


class RunsAlready(LimsError):
    sentence = N_("This job is being done just now. Wait until it ends.")
    status = 409


class WaitsAlready(LimsError):
    sentence = N_("Another job of this kind waits or is being done already.")
    status = 409


class NotFailed(LimsError):
    sentence = N_("Only a job that failed is tried again.")
    status = 409


def offered(settings: object) -> tuple[Kind, ...]:
    """The kinds of jobs there are where these settings hold."""
    return tuple(kind for kind in KINDS if not kind.needs or getattr(settings, kind.needs))


def last_hour(kind: Kind, now: datetime) -> tuple[date, datetime] | None:
    """The day and the moment at which a daily `kind` was due the last time."""
    if kind.at is None:
        return None
    day = clock.day_of(now)
    if (at := clock.moment_of(day, kind.at)) > now:
        day -= DAY
        at = clock.moment_of(day, kind.at)
    return day, at


def next_hour(kind: Kind, now: datetime) -> datetime | None:
    """When a daily `kind` is due the next time."""
    found = last_hour(kind, now)
    return found and clock.moment_of(found[0] + DAY, kind.at or time())


def make_due(session: Session, *, kinds: Iterable[Kind], by: User | None = None) -> None:
    """A row for each daily job whose hour has come, once a day whoever else looks now."""
    now = clock.now()
    for kind in kinds:
        found = last_hour(kind, now)
        if found is not None and now - found[1] <= kind.worth and is_free(session, kind, found[0]):
            job = Job(kind=kind.name, period=found[0], due_at=found[1])
            _added(session, job)


def is_free(session: Session, kind: Kind, day: date) -> bool:
    """Whether the job of `day` is not made yet, and no other of its kind is open."""
    of_kind = select(Job.id).where(Job.kind == kind.name)
    there = of_kind.where(or_(Job.period == day, Job.status.in_(OPEN)))
    return session.scalars(there.limit(1)).first() is None


def _added(session: Session, job: Job) -> bool:
    """Whether `job` is new; two may ask at once, and the keys let one in."""
    try:
        with session.begin_nested():
            session.add(states.begin(job))
    except IntegrityError:
        return False
    return True


def ask(session: Session, kind: str, *, subject_code: str = "", by: User | None = None) -> Job:
    """Have a job done as soon as may be; one that waits already is done now."""
    job = Job(kind=kind, subject_code=subject_code)
    _again(job, by)
    if _added(session, job):
        return job
    is_one = Job.kind == kind, Job.subject_code == subject_code, Job.status.in_(OPEN)
    waiting = session.scalars(select(Job).where(*is_one).with_for_update()).one_or_none()
    if waiting is None or waiting.status is JobStatus.RUNNING:
        raise RunsAlready()
    _again(waiting, by)
    return waiting


def _again(job: Job, by: User | None) -> None:
    """From the first try, at once."""
    job.attempts, job.due_at = 0, clock.now()
    job.asked_by_id = None if by is None else by.id


@command(Permission.RUN_JOB)
def run_job_now(session: Session, *, kind: Kind, by: User) -> Job:
    """Have a daily job done now, besides its own hour."""
    return ask(session, kind.name, by=by)


@command(Permission.RUN_JOB)
def try_job_again(session: Session, job: Job, *, by: User) -> Job:
    """Let a job that failed begin from its first try."""
    if job.status is not JobStatus.FAILED:
        raise NotFailed()
    try:
        with session.begin_nested():
            states.move(session, job, JobStatus.DUE)
    except IntegrityError as error:
        raise WaitsAlready() from error
    _again(job, by)
    return job
