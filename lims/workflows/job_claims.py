"""Who does a job: claimed once, in a short transaction; its result is written in another.

What the job does happens in between, outside both, and is safe to be done again: a worker may be
killed at any moment, and once its lease is over another one claims the job.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models import said
from lims.models.job import Job, JobStatus, WorkerRound
from lims.models.user import User
from lims.workflows import states
from lims.workflows.findings import Finding

LEASE = timedelta(minutes=5)
"""A worker renews it every minute; without that it is taken for dead."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Before the second try, the third, and so on; what fails after the last has failed."""
TRIES = 1 + len(WAITS)
LEADS = timedelta(seconds=90)
"""Without a round for so long a worker leads no more; one is made every minute."""


class WorkerGone(LimsError):
    sentence = N_("The worker %(by)s, which began it at %(at)s, ended before the job did.")


def any_waiting(session: Session, kinds: Collection[str]) -> bool:
    """Whether it is worth while to claim."""
    return session.scalars(select(Job.id).where(*_waiting(kinds)).limit(1)).first() is not None


def claim(
    session: Session, *, kinds: Collection[str], worker: str, by: User | None = None
) -> Job | None:
    """The job that is due the longest, this worker's from now on; a dead worker's as well."""
    for job in _free(session, kinds):
        if job.status is JobStatus.RUNNING and job.attempts >= TRIES:
            _end(session, job, JobStatus.FAILED, WorkerGone(by=job.claimed_by, at=job.claimed_at))
            continue
        job.attempts += 1
        job.claimed_at, job.claimed_by = clock.now(), worker
        job.lease_until, job.finished_at = clock.now() + LEASE, None
        if job.status is JobStatus.DUE:
            states.move(session, job, JobStatus.RUNNING)
        return job
    return None


def _waiting(kinds: Collection[str]) -> Iterator[ColumnElement[bool]]:
    now = clock.now()
    due = and_(Job.status == JobStatus.DUE, Job.due_at <= now)
    yield Job.kind.in_(kinds)
    yield or_(due, and_(Job.status == JobStatus.RUNNING, Job.lease_until < now))


def _free(session: Session, kinds: Collection[str]) -> Iterator[Job]:
    """One after another, locked; SQLite has one writer, PostgreSQL passes by what others hold."""
    first = select(Job).where(*_waiting(kinds)).order_by(Job.due_at, Job.id).limit(1)
    while (job := session.scalars(first.with_for_update(skip_locked=True)).first()) is not None:
        yield job


def renew(session: Session, *, job: Job, by: User | None = None) -> bool:
    """Go on with `job`; False where it is somebody else's by now."""
    if (mine := _mine(session, job)) is not None:
        mine.lease_until = clock.now() + LEASE
    return mine is not None


def finish(session: Session, *, job: Job, told: LimsError, by: User | None = None) -> bool:
    """Write down what `job` did; False where it is somebody else's by now."""
    if (mine := _mine(session, job)) is not None:
        _end(session, mine, JobStatus.DONE, told)
    return mine is not None


def fail(session: Session, *, job: Job, told: LimsError, by: User | None = None) -> bool:
    """Write down why `job` failed: it is tried again after a while, or has failed for good; what
    was found amiss is not mended by another try."""
    mine = _mine(session, job)
    if mine is None:
        return False
    if mine.attempts >= TRIES or isinstance(told, Finding):
        _end(session, mine, JobStatus.FAILED, told)
        return True
    mine.due_at = clock.now() + WAITS[mine.attempts - 1]
    mine.said = said.written(said.sayable(told))
    states.move(session, mine, JobStatus.DUE)
    return True


def _mine(session: Session, job: Job) -> Job | None:
    """The row of `job` while it is of the same claim: a lease that was over is another's."""
    claim = Job.claimed_by == job.claimed_by, Job.claimed_at == job.claimed_at
    mine = select(Job).where(Job.id == job.id, Job.status == JobStatus.RUNNING, *claim)
    return session.scalars(mine.with_for_update()).one_or_none()


def _end(session: Session, job: Job, status: JobStatus, told: LimsError) -> None:
    job.finished_at = clock.now()
    job.said = said.written(said.sayable(told))
    states.move(session, job, status)


def leads(session: Session, *, worker: str) -> bool:
    """Whether what one worker alone may do is `worker`'s: no other made a round just now."""
    last = session.scalars(select(WorkerRound)).first()
    return last is None or _is_led_by(last, worker)


def _is_led_by(last: WorkerRound, worker: str) -> bool:
    return last.worker == worker or clock.now() - last.at > LEADS


def note_round(session: Session, *, worker: str, by: User | None = None) -> None:
    """That the worker who leads looked for all that is due, just now."""
    last = session.scalars(select(WorkerRound).with_for_update()).first()
    if last is None:
        _first_round(session, worker)
    elif _is_led_by(last, worker):
        last.at, last.worker = clock.now(), worker


def _first_round(session: Session, worker: str) -> None:
    try:
        with session.begin_nested():
            session.add(WorkerRound(id=1, at=clock.now(), worker=worker))
    except IntegrityError:
        return  # another worker noted its own at the same time
