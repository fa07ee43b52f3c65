"""What somebody has to see to where the program works by itself: one function, two readers."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from lims import clock
from lims.errors import N_, LimsError
from lims.models.job import Job, JobStatus, WorkerRound
from lims.workflows.findings import Finding, Notice
from lims.workflows.jobs import LABELS

ROUND_WITHIN = timedelta(minutes=10)
"""A round is made every minute."""
LONG = timedelta(hours=4)
"""A job that runs for longer hangs."""
TOLD_FOR = timedelta(days=7)
"""After that a failure that nobody tried again is in the list of jobs alone."""
MOST_TOLD = 5
LOOKS = ("guards",)
"""Jobs that fail by what they find, which says itself what to do."""


class NoRound(Notice):
    sentence = N_(
        "No worker has ever made a round: nothing expires, and nobody is reminded."
        " Let lims serve or lims worker run."
    )


class RoundLate(Finding):
    sentence = N_(
        "No worker has made a round since %(at)s: nothing expires, nothing is anchored, and nobody"
        " is reminded. Let lims serve or lims worker run, and look into its log."
    )


class JobFailed(Finding):
    sentence = N_("%(title)s failed at %(at)s: %(problem)s See to it, then try it again.")


class JobFound(Finding):
    sentence = N_("%(title)s, %(at)s: %(problem)s")


class JobHangs(Finding):
    sentence = N_("%(title)s has been running since %(at)s on %(by)s. Look into its log.")


def label_of(kind: str) -> str:
    """What people call a kind of job; one of another version by its own name."""
    return LABELS.get(kind, kind)


def troubles(session: Session) -> Iterator[LimsError]:
    """What is wrong with the worker and its jobs now, the worst first; two queries."""
    last = session.scalars(select(WorkerRound)).first()
    if last is None:
        yield NoRound()
    elif clock.now() - last.at > ROUND_WITHIN:
        yield RoundLate(at=last.at)
    for job in session.scalars(
        select(Job).where(or_(_hanging(), _failed())).order_by(Job.id.desc()).limit(MOST_TOLD)
    ):
        if job.status is JobStatus.FAILED:
            problem = job.told or LimsError()
            kind = JobFound if job.kind in LOOKS else JobFailed
            yield kind(title=label_of(job.kind), at=job.finished_at, problem=problem)
        else:
            yield JobHangs(title=label_of(job.kind), at=job.claimed_at, by=job.claimed_by)


def _hanging() -> ColumnElement[bool]:
    return and_(Job.status == JobStatus.RUNNING, Job.claimed_at < clock.now() - LONG)


def _failed() -> ColumnElement[bool]:
    """Lately, and the same was neither done since nor failed again."""
    later = aliased(Job)
    ended_since = exists().where(
        later.kind == Job.kind,
        later.subject_code == Job.subject_code,
        later.status.in_((JobStatus.DONE, JobStatus.FAILED)),
        later.finished_at > Job.finished_at,
    )
    lately = Job.finished_at > clock.now() - TOLD_FOR
    return and_(Job.status == JobStatus.FAILED, lately, ~ended_since)
