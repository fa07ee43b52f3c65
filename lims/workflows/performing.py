"""By whom and when something was done: what every act asks that is told after it."""

from datetime import datetime

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.signing import Proof


class InTheFuture(LimsError):
    sentence = N_("This time lies in the future (%(at)s). Enter when it was done.")


class LateReasonNeeded(FieldError):
    sentence = N_("This is entered more than %(minutes)s minutes later: say why.")


class PerformerNotPermitted(LimsError):
    sentence = N_(
        "%(name)s cannot have performed this: their role does not include: %(permission)s."
    )
    recorded = True
    status = 403


def who(
    session: Session, proof: Proof | None, named_id: int | None, needed: Permission, by: User
) -> User:
    """Who did it: proved, or named, else `by`; raises where their role does not include it."""
    person = by
    if proof is not None:
        proof.spend(session)
        person = session.get_one(User, proof.user_id)
    elif named_id is not None:
        person = session.get_one(User, named_id)
    if person is not by and not person.may(needed):
        raise PerformerNotPermitted(name=person.full_name, permission=needed)
    return person


def require_timely(at: datetime, late_reason: str | None, late_after: int) -> None:
    """Raise for a time to come, and for one more than `late_after` minutes ago without why."""
    if at > clock.now():
        raise InTheFuture(at=at)
    if is_past(at, late_after) and not (late_reason or "").strip():
        raise LateReasonNeeded("late_reason", minutes=late_after)


def is_past(at: datetime, late_after: int) -> bool:
    """Whether `at` is longer ago than `late_after` minutes: then it is told as a fact."""
    return (clock.now() - at).total_seconds() > late_after * 60
