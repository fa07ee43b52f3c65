"""What the worker does by itself: jobs done, failed, tried again; and whom it reminds."""

from lims import clock
from lims.models.job import Job
from lims.models.user import User
from lims.workflows import job_claims, jobs, reminding
from lims.workflows.findings import Notice
from tests.walks.walker import Walk, row

ANCHOR, REMINDERS = jobs.KINDS[0], jobs.KINDS[-1]
WORKER = "laboratory:4711"


class Done(Notice):
    sentence = "Entry 7 is anchored."


def a_job_is_done_and_another_fails(walk: Walk) -> Job:
    """The failed one."""
    walk.alone(job_claims.note_round, worker=WORKER)
    walk.alone(jobs.make_due, kinds=[ANCHOR])
    anchoring = claimed(walk, ANCHOR)
    walk.alone(job_claims.renew, job=anchoring)
    walk.alone(job_claims.finish, job=anchoring, told=Done())
    walk.act("administrator", jobs.run_job_now, kind=REMINDERS)
    for wait in (*job_claims.WAITS, job_claims.WAITS[0]):
        job = claimed(walk, REMINDERS)
        walk.alone(job_claims.fail, job=job, told=job_claims.WorkerGone(by=WORKER, at=job.made_at))
        walk.wait(minutes=wait.total_seconds() / 60)
    return job


def claimed(walk: Walk, kind: jobs.Kind) -> Job:
    job: Job = walk.alone(job_claims.claim, kinds=[kind.name], worker=WORKER)
    return job


def it_is_tried_again(walk: Walk, failed: Job) -> None:
    walk.act("administrator", jobs.try_job_again, job=row(Job, failed.id))
    walk.alone(jobs.ask, kind=ANCHOR.name)


def somebody_is_written_to(walk: Walk) -> None:
    technician = row(User, walk.who("technician")[0])
    own = "own@clinic.example"
    walk.act("administrator", reminding.enter_mail_address, person=technician, address=own)
    who = walk.who("technician")[0]
    walk.alone(reminding.begin_reminder, user_id=who, day=clock.today())
    walk.alone(reminding.end_reminder, user_id=who, sent=True)
    walk.act("technician", reminding.choose_mail_address, address=None)
