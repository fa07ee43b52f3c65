"""An outcome recorded wrongly stays in sight beside what was assessed in truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_, LimsError, NotFound
from lims.models.administration import Outcome, OutcomeCorrection, OutcomeKind
from lims.models.course import Course, TransplantationSession
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import outcomes
from lims.workflows.command import because, command

SAID = ("kind", "scale", "score", "finding", "assessed_on", "session_id")


class CorrectedAlready(LimsError):
    sentence = N_("This outcome of %(code)s was corrected already. Correct the newer one.")
    status = 409


class SaidLikeThis(LimsError):
    sentence = N_("That is what is recorded of %(code)s already. Change what is wrong.")


@dataclass(frozen=True)
class Told:
    """An outcome as a page tells it: corrected since, or itself the correction of another."""

    outcome: Outcome
    corrected: OutcomeCorrection | None
    corrects: OutcomeCorrection | None


@command(Permission.RECORD_OUTCOME)
def correct_outcome(
    session: Session,
    course: Course,
    *,
    outcome_id: int,
    kind: OutcomeKind,
    scale: str,
    assessed_on: date,
    reason: str,
    by: User,
    score: Decimal | None = None,
    finding: str | None = None,
    sitting: TransplantationSession | None = None,
) -> Outcome:
    """What was assessed in truth takes the place of what was recorded wrongly."""
    because(session, reason)
    wrong = to_correct(session, course, outcome_id)
    right = outcomes.assessed(
        session,
        course,
        Outcome(kind=kind, scale=scale, score=score, finding=finding, assessed_on=assessed_on),
        sitting,
    )
    if all(getattr(right, name) == getattr(wrong, name) for name in SAID):
        raise SaidLikeThis(code=course.code)
    right.recorded_by_id = by.id
    session.add(right)
    session.flush()
    _note(session, wrong, right, reason, by)
    return right


@command(Permission.RECORD_OUTCOME)
def take_back_outcome(
    session: Session, course: Course, *, outcome_id: int, reason: str, by: User
) -> Outcome:
    """Nothing was assessed: it was recorded by mistake, and counts no more."""
    because(session, reason)
    wrong = to_correct(session, course, outcome_id)
    _note(session, wrong, None, reason, by)
    return wrong


def to_correct(session: Session, course: Course, number: int) -> Outcome:
    """The outcome of `course` with this number; raises CorrectedAlready where it was."""
    of_course = Outcome.id == number, Outcome.course_id == course.id
    found = session.scalars(select(Outcome).where(*of_course)).one_or_none()
    if found is None:
        raise NotFound(code=str(number))
    over = select(OutcomeCorrection.id).where(OutcomeCorrection.wrong_id == found.id)
    if session.scalar(over) is not None:
        raise CorrectedAlready(code=course.code)
    return found


def _note(session: Session, wrong: Outcome, right: Outcome | None, reason: str, by: User) -> None:
    session.add(
        OutcomeCorrection(
            patient_id=wrong.patient_id,
            wrong_id=wrong.id,
            right_id=right.id if right else None,
            reason=reason,
            corrected_by_id=by.id,
        )
    )
    session.flush()


def told(session: Session, course: Course) -> Sequence[Told]:
    """The outcomes of a course by day, each with what was corrected; two queries."""
    of_course = Outcome.course_id == course.id
    found = session.scalars(
        select(Outcome).where(of_course).order_by(Outcome.assessed_on, Outcome.id)
    ).all()
    made = session.scalars(
        select(OutcomeCorrection)
        .join(Outcome, Outcome.id == OutcomeCorrection.wrong_id)
        .where(of_course)
        .options(joinedload(OutcomeCorrection.corrected_by))
    ).all()
    of_wrong = {each.wrong_id: each for each in made}
    of_right = {each.right_id: each for each in made}
    return [Told(each, of_wrong.get(each.id), of_right.get(each.id)) for each in found]
