"""A bench that somebody left: recorded, and its performer went home before they confirmed.

The line is cleared all the same, and the step goes on waiting for its performer.
"""

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.step import LineClearance, Step, StepStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import assigning, clearance, states
from lims.workflows.command import because, command
from lims.workflows.signing import Proof


class ConfirmedAlready(LimsError):
    sentence = N_("%(code)s is confirmed. Close it: that clears the bench.")
    status = 409


class ClearedAlready(LimsError):
    sentence = N_("The bench of %(code)s is clear already.")
    status = 409


class WhyCleared(FieldError):
    sentence = N_("Say why the bench is cleared before the performer has confirmed.")


def is_left(step: Step, cleared: LineClearance | None) -> bool:
    """Whether `step` holds its bench and waits for nobody but its performer."""
    holds = cleared is not None and cleared.closed_at is None
    return holds and step.status is StepStatus.RECORDED and step.confirmed_at is None


@command(Permission.KEEP_STEP)
def clear_bench(
    session: Session, step: Step, *, reason: str, checker: Proof | None, by: User
) -> Step:
    """The bench is free for the next patient, checked by a second person."""
    states.require(step, StepStatus.RECORDED)
    if step.confirmed_at is not None:
        raise ConfirmedAlready(code=step.code)
    if not is_left(step, step.clearance):
        raise ClearedAlready(code=step.code)
    if not reason.strip():
        raise WhyCleared("reason")
    because(session, reason)
    assigning.require_all_assigned(session, step)
    person = clearance.checking(session, checker, by)
    step.add_comment(reason.strip())
    clearance.close_line(session, step, person, by)
    session.expire(step, ["clearance"])
    return step
