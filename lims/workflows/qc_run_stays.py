"""A run at QC leaves its station: set aside and taken up again, read to its end, or given up.

Whenever it leaves, the station is clear for the next one, and a second person looked.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.equipment import Place
from lims.models.qc_run import QcRun, QcRunMember, QcRunStatus, QcRunStay
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    clearance,
    qc_run_members,
    qc_run_reading,
    qc_run_told,
    qc_runs,
    states,
)
from lims.workflows.command import because, command
from lims.workflows.signing import Proof, SamePerson


class WorkedInIt(SamePerson):
    sentence = N_(
        "%(name)s worked in this run. A colleague who did not looks whether the station is clear."
    )


class StillUnread(LimsError):
    sentence = N_(
        "In %(run)s are not read yet: %(codes)s. Read them, or take them out and say why."
    )
    status = 409


class SomethingRead(LimsError):
    sentence = N_("In %(run)s tubes were read: it is read to its end and closed.")
    status = 409


class HasBegun(LimsError):
    sentence = N_(
        "In %(run)s tests have begun with what was scanned in: %(codes)s. Set the run aside until"
        " they are read. A tube that does not belong into it is taken out, with why."
    )
    status = 409


class GoesOn(LimsError):
    sentence = N_(
        "In %(run)s tests go on: %(codes)s. Set the run aside until they are read, or say why it is"
        " closed before."
    )
    status = 409


class WhyGivenUp(FieldError):
    sentence = N_("Say why the run is given up.")


@command(Permission.ENTER_RESULT)
def set_aside(session: Session, run: QcRun, *, checker: Proof | None, by: User) -> QcRun:
    """The tubes leave the station for hours or days; the run waits, and they stay in it."""
    states.require(run, *qc_run_members.AT_HAND)
    _leave(session, run, qc_run_members.of(session, run), checker, by)
    states.move(session, run, QcRunStatus.PAUSED)
    return run


@command(Permission.ENTER_RESULT)
def take_up(session: Session, run: QcRun, *, station: Place, by: User) -> QcRun:
    """The tubes are at a station again; the run goes on where it was left."""
    states.require(run, QcRunStatus.PAUSED)
    qc_runs.come(session, run, station, by)
    begun = run.reading_since is not None
    states.move(session, run, QcRunStatus.READING if begun else QcRunStatus.OPEN)
    return run


@command(Permission.ENTER_RESULT)
def close_run(
    session: Session,
    run: QcRun,
    *,
    checker: Proof | None,
    comment: str | None,
    by: User,
    reason: str | None = None,
) -> QcRun:
    """Every tube is read or was taken out, and the station is clear; while tests go on that were
    looked at, only with why: their last reading is none of this run then."""
    states.require(run, QcRunStatus.READING)
    members = qc_run_members.of(session, run)
    going_on = qc_run_members.going_on(members)
    if left := [each for each in qc_run_members.unread(members) if each not in going_on]:
        raise StillUnread(run=run.code, codes=[each.aliquot.code for each in left])
    said = (reason or "").strip()
    if going_on and not said:
        codes = [each.aliquot.code for each in going_on]
        raise FieldError("reason", problem=GoesOn(run=run.code, codes=codes))
    because(session, said or None)
    _leave(session, run, members, checker, by)
    _let_go(members)
    qc_run_reading.add_comment(run, (comment or "").strip())
    qc_run_reading.add_comment(run, said)
    run.closed_at = clock.now()
    states.move(session, run, QcRunStatus.CLOSED)
    return run


@command(Permission.ENTER_RESULT)
def give_up_run(
    session: Session, run: QcRun, *, reason: str, checker: Proof | None, by: User
) -> QcRun:
    """Nothing was begun nor read in it; its tubes are free for another one."""
    members = qc_run_members.of(session, run)
    require_may_be_given_up(run, members)
    if not reason.strip():
        raise WhyGivenUp("reason")
    because(session, reason)
    _leave(session, run, members, checker, by)
    _let_go(members)
    if not any(map(qc_run_told.begun, members)):
        for used in run.used:
            used.taken_off_at, used.taken_off_by_id = clock.now(), by.id
    qc_run_reading.add_comment(run, reason.strip())
    states.move(session, run, QcRunStatus.VOID)
    return run


def require_may_be_given_up(run: QcRun, members: Sequence[QcRunMember]) -> None:
    if (problem := problem_with_giving_up(run, members)) is not None:
        raise problem
    states.require(run, QcRunStatus.OPEN)


def problem_with_giving_up(run: QcRun, members: Sequence[QcRunMember]) -> LimsError | None:
    """What was begun or read in it, so that it is read to its end; None where nothing was."""
    if any(each.results for each in members):
        return SomethingRead(run=run.code)
    begun = filter(qc_run_told.begun, qc_run_members.staying(members))
    if run.used and (codes := [each.aliquot.code for each in begun]):
        return HasBegun(run=run.code, codes=codes)
    return None


def problem_with_checker(
    run: QcRun, members: Sequence[QcRunMember], person: User
) -> WorkedInIt | None:
    """That `person` worked in `run`: a colleague who did not looks whether its station is clear."""
    if person.id in qc_run_members.worked_in(run, members):
        return WorkedInIt(name=person.full_name)
    return None


def _let_go(members: Sequence[QcRunMember]) -> None:
    for each in members:
        each.left_at = each.left_at or clock.now()


def _leave(
    session: Session, run: QcRun, members: Sequence[QcRunMember], checker: Proof | None, by: User
) -> None:
    """The station is clear, checked by somebody who did not work in the run."""
    person = clearance.checking(session, checker, by)
    if (problem := problem_with_checker(run, members, person)) is not None:
        raise problem
    here = QcRunStay.run_id == run.id, QcRunStay.left_at.is_(None)
    stay = session.scalars(select(QcRunStay).where(*here)).one()
    stay.left_by_id, stay.left_checked_by_id = by.id, person.id
    stay.left_at = clock.now()
    session.flush()
