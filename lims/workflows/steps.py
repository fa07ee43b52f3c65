"""What every step shares: opened on a clear line, supplied by scan, recorded, confirmed, closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot
from lims.models.batch import Batch
from lims.models.freezing import FrozenVial
from lims.models.retrieval import RetrievedVial, ThawedVial
from lims.models.sample import Sample
from lims.models.step import Step, StepKind, StepStatus
from lims.models.step_file import StepPaper
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    assigning,
    batch_state,
    benches,
    clearance,
    containers,
    deviations,
    performing,
    specifications,
    states,
    training,
    unscanned,
)
from lims.workflows.codes import coded
from lims.workflows.command import because, command, terminal
from lims.workflows.label_balance import LeftOver, settle, void_unused
from lims.workflows.signing import Proof
from lims.workflows.since import Material, require_after, require_said, require_there
from lims.workflows.step_kinds import KINDS

StepT = TypeVar("StepT", bound=Step)


class NotConfirmed(LimsError):
    sentence = N_("%(name)s performed this and confirms it before the step closes.")


class NothingRecorded(LimsError):
    sentence = N_("Record first what was done in %(code)s; then it is closed.")
    status = 409


class StepNotOpen(LimsError):
    sentence = N_("%(code)s is %(status)s; nothing more is entered in it.")
    status = 409


class SomethingDone(LimsError):
    sentence = N_("In %(code)s something was taken already: record it, it cannot be given up.")
    status = 409


@dataclass(frozen=True)
class Performed:
    """By whom and when something was done; `paper_sha256` is a scan of what it was written on.

    `performer` is None where the typist did it; another person proves it on the same form, or is
    named by `performer_id` and confirms later. `comment`: why, where it was not by the rules.
    """

    at: datetime
    performer: Proof | None = None
    performer_id: int | None = None
    late_reason: str | None = None
    paper_sha256: str | None = None
    comment: str | None = None


def open_step(
    session: Session,
    step: StepT,
    *,
    batch: Batch | None = None,
    sample: Sample | None = None,
    station: benches.StoodAt | None = None,
    checker: Proof | None = None,
    by: User,
) -> StepT:
    """Open `step`: the person trained, the bench cleared for this patient, a second checking.

    The cabinet scanned for its bench is used in the step from the beginning.
    """
    place, cabinet = benches.stood_at(session, station)
    subject = batch or sample
    if subject is not None:
        step.patient_id = subject.patient_id
    step.batch_id = batch.id if batch else step.batch_id
    step.sample_id = sample.id if sample else step.sample_id
    kind = StepKind(str(step.__mapper__.polymorphic_identity))
    step.procedure_id = training.procedure_for(session, by, kind)
    step.station_id = place.id if place else None
    step.started_by_id = by.id
    step.terminal = terminal(session)
    session.add(coded(session, states.begin(step)))
    session.flush()
    if KINDS[kind].at_bench:
        clearance.clear_line(session, step, place, checker, by)
        benches.note_scan(session, step, place, cabinet)
    return step


def require_open(step: Step) -> None:
    """Raise unless things are still entered in `step`."""
    if step.status is not StepStatus.OPEN:
        raise StepNotOpen(code=step.code, status=step.status)


def record(
    session: Session,
    step: Step,
    performed: Performed,
    late_after: int,
    by: User,
    *worked_on: Material,
) -> None:
    """Note who did it and when, to `worked_on`; `late_after` is the specification's, in minutes.

    A step away from the bench closes at once when its performer typed it or proved it here.
    """
    require_open(step)
    performing.require_timely(performed.at, performed.late_reason, late_after)
    require_there(performed.at, *worked_on)
    step.performed_at = performed.at
    step.recorded_at, step.recorded_by_id = clock.now(), by.id
    person = _performer(session, step.kind, performed, by)
    step.performed_by_id = person.id
    require_said(alone := list(clearance.checked_by(step, person)), performed.comment)
    if performed.performer is not None or step.performed_by_id == by.id:
        step.confirmed_at = step.recorded_at
    step.late_reason = performed.late_reason or None
    _keep_paper(session, step, performed.paper_sha256)
    states.move(session, step, StepStatus.RECORDED)
    deviations.open_for_each(session, (("fact", each) for each in alone), step, by=by)
    if step.confirmed_at is not None and not KINDS[step.kind].at_bench:
        void_unused(session, step)
        states.move(session, step, StepStatus.CLOSED)


def _performer(session: Session, kind: StepKind, performed: Performed, by: User) -> User:
    """Who did it: permitted to, and trained for it on that day."""
    needed = KINDS[kind].performed_with
    person = performing.who(session, performed.performer, performed.performer_id, needed, by)
    training.procedure_for(session, person, kind, clock.day_of(performed.at))
    return person


@command(Permission.CONFIRM_STEP)
def confirm_step(session: Session, step: Step, *, by: User) -> Step:
    """The performer confirms what a colleague typed."""
    states.require(step, StepStatus.RECORDED)
    if step.performed_by_id != by.id:
        assert step.performed_by is not None
        raise NotConfirmed(name=step.performed_by.full_name)
    step.confirmed_at = clock.now()
    session.flush()
    if not KINDS[step.kind].at_bench:
        void_unused(session, step)
        states.move(session, step, StepStatus.CLOSED)
    return step


@command(Permission.KEEP_STEP)
def close_step(
    session: Session,
    step: Step,
    *,
    checker: Proof | None,
    by: User,
    left_over: LeftOver | None = None,
    comment: str | None = None,
    cleared: Performed | None = None,
) -> Step:
    """Its labels settled, the line cleared and checked by a second; `comment`: why unscanned.

    `cleared` where that was done before: when, why it is told late, its paper.
    """
    if step.status is StepStatus.OPEN:
        raise NothingRecorded(code=step.code)
    states.require(step, StepStatus.RECORDED)
    if step.confirmed_at is None:
        assert step.performed_by is not None
        raise NotConfirmed(name=step.performed_by.full_name)
    person = clearance.checking(session, checker, by)
    if (problem := clearance.problem_with_closer(session, step, person)) is not None:
        raise problem
    assigning.require_all_assigned(session, step)
    containers.require_named(session, step)
    require_said(unscanned.at_close(step), comment)
    step.add_comment(comment)
    settle(session, step, left_over)
    clearance.close_line(session, step, person, by)
    step.verified_by_id = person.id
    step.verified_at = clock.now()
    if cleared is not None:
        _cleared_before(session, step, cleared)
    states.move(session, step, StepStatus.CLOSED)
    return step


def _cleared_before(session: Session, step: Step, cleared: Performed) -> None:
    """The line was cleared before this is entered: the time, and the paper that it stands on."""
    version = specifications.current(session)
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    performing.require_timely(cleared.at, cleared.late_reason, late_after)
    assert step.performed_at is not None
    require_after(cleared.at, step.code, step.performed_at, field="cleared_at")
    step.verified_at = cleared.at
    step.add_comment(cleared.late_reason)
    _keep_paper(session, step, cleared.paper_sha256)


def _keep_paper(session: Session, step: Step, scan: str | None) -> None:
    if scan:
        session.add(StepPaper(patient_id=step.patient_id, step_id=step.id, sha256=scan))


@command(Permission.KEEP_STEP)
def void_step(
    session: Session, step: Step, *, reason: str, checker: Proof | None, by: User
) -> Step:
    """Give up a step in which nothing was done: its labels are void, its bench is cleared."""
    because(session, reason)
    require_open(step)
    for taken in (Aliquot, FrozenVial, RetrievedVial, ThawedVial):
        if session.scalar(select(taken.id).where(taken.step_id == step.id).limit(1)):
            raise SomethingDone(code=step.code)
    void_unused(session, step)
    if KINDS[step.kind].at_bench:
        clearance.close_line(session, step, clearance.checking(session, checker, by), by)
    step.comment = reason
    states.move(session, step, StepStatus.VOID)
    if step.batch_id is not None:
        batch_state.close_if_done(session, session.get_one(Batch, step.batch_id))
    return step
