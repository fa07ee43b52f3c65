"""What the program does by itself: what was done last, what is due next, what failed."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.job import Job, WorkerRound
from lims.models.user import User
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session, site
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.listing import listing
from lims.workflows import job_troubles, jobs

bp = Blueprint("jobs", __name__, url_prefix="/jobs")


class RunForm(Form):
    """A button."""


@bp.get("/")
@requires(Permission.SEE_JOBS)
def index() -> ResponseReturnValue:
    session = reading_session()
    found = listing(select(Job), Job.id)
    return render_template(
        "jobs/index.html",
        troubles=list(job_troubles.troubles(session)),
        round=session.scalars(select(WorkerRound)).first(),
        kinds=[(kind, jobs.next_hour(kind, clock.now())) for kind in daily()],
        last=last_of_each(session),
        found=found,
        names=names_of(session, {job.asked_by_id for job in found.rows}),
        label_of=job_troubles.label_of,
        running=shown(RunForm),
    )


def daily() -> list[jobs.Kind]:
    """The kinds of jobs this site does by the clock."""
    return [kind for kind in jobs.offered(site().settings) if kind.at is not None]


def last_of_each(session: Session) -> Mapping[str, Job]:
    """By kind, its newest job."""
    newest = select(func.max(Job.id)).group_by(Job.kind)
    return {job.kind: job for job in session.scalars(select(Job).where(Job.id.in_(newest)))}


def names_of(session: Session, numbers: set[int | None]) -> dict[int, str]:
    people = select(User.id, User.full_name).where(User.id.in_(numbers - {None}))
    return {each.id: each.full_name for each in session.execute(people)}


@bp.post("/run/<kind>")
@requires(Permission.RUN_JOB)
@on_refusal(lambda kind: index())
def run_now(kind: str) -> ResponseReturnValue:
    submit(RunForm(), jobs.run_job_now, lambda session: {"kind": kind_of(kind)})
    flash(_("The worker does it within a minute."))
    return redirect(url_for("jobs.index"), 303)


def kind_of(name: str) -> jobs.Kind:
    for kind in daily():
        if kind.name == name:
            return kind
    raise jobs.NoSuchJob()


@bp.post("/<int:number>/again")
@requires(Permission.RUN_JOB)
@on_refusal(lambda number: index())
def try_again(number: int) -> ResponseReturnValue:
    submit(RunForm(), jobs.try_job_again, lambda session: {"job": job_of(session, number)})
    flash(_("The worker does it within a minute."))
    return redirect(url_for("jobs.index"), 303)


def job_of(session: Session, number: int) -> Any:
    job = session.get(Job, number, with_for_update=True)
    if job is None:
        raise jobs.NoSuchJob()
    return job
