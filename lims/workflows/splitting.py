"""What is not seeded on: retention and waste, so that every millilitre is accounted for."""

from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.step import Step, StepStatus
from lims.models.suspension import Purpose, Suspension
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import batch_state, culturing, suspensions
from lims.workflows.command import command
from lims.workflows.steps import StepNotOpen

ASIDE = (Purpose.RETENTION, Purpose.WASTE)


class NotAside(LimsError):
    sentence = N_("Only retention and waste are put aside; %(purpose)s has a step of its own.")


@command(Permission.PERFORM_STEP)
def put_aside(
    session: Session,
    step: Step,
    *,
    suspension: Suspension,
    purpose: Purpose,
    by: User,
    volume_ml: Decimal | None = None,
) -> Step:
    """A volume of the step's suspension kept back or wasted; without a volume, all that is left."""
    if step.status is not StepStatus.RECORDED:
        raise StepNotOpen(code=step.code, status=step.status)
    if purpose not in ASIDE:
        raise NotAside(purpose=purpose)
    culturing.scan_from(session, step, suspension)
    volume = suspension.remaining_ml if volume_ml is None else volume_ml
    suspensions.withdraw(session, step, suspension, volume, purpose)
    batch_state.close_if_done(session, suspension.batch)
    return step
