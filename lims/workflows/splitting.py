"""What is not seeded on: retention and waste, so that every millilitre is accounted for."""

from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, Amount, LimsError
from lims.models.step import Step, StepStatus
from lims.models.suspension import Purpose, Suspension
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import batch_state, culturing, deviations, suspensions
from lims.workflows.command import because, command
from lims.workflows.since import require_said
from lims.workflows.steps import StepNotOpen

ASIDE = (Purpose.RETENTION, Purpose.WASTE)
NOT_USED = (Purpose.SAMPLING, Purpose.WASTE)
"""What leaves a tube though no cells of it are grown, frozen, given or kept."""


class NotAside(LimsError):
    sentence = N_("Only retention and waste are put aside; %(purpose)s has a step of its own.")


class WholeTube(LimsError):
    sentence = N_(
        "%(code)s: all that is in it, %(volume)s, would go to waste; no cells of it are used or"
        " kept."
    )


class Wasted(LimsError):
    sentence = N_(
        "%(code)s: all that was in it, %(volume)s, went to waste; no cells of it were used or"
        " kept. Reason: %(reason)s"
    )


@command(Permission.PERFORM_STEP)
def put_aside(
    session: Session,
    step: Step,
    *,
    suspension: Suspension,
    purpose: Purpose,
    by: User,
    volume_ml: Decimal | None = None,
    comment: str | None = None,
) -> Step:
    """A volume of the step's suspension kept back or wasted; without a volume, all that is left.

    Cells of which nothing else is made are wasted once somebody has said why.
    """
    if step.status is not StepStatus.RECORDED:
        raise StepNotOpen(code=step.code, status=step.status)
    if purpose not in ASIDE:
        raise NotAside(purpose=purpose)
    culturing.scan_from(session, step, suspension)
    volume = suspension.remaining_ml if volume_ml is None else volume_ml
    odd = whole_tube(suspension, volume) if purpose is Purpose.WASTE else None
    require_said([odd] if odd else [], comment)
    because(session, comment)
    suspensions.withdraw(session, step, suspension, volume, purpose)
    if odd is not None:
        told = Wasted(**odd.parameters, reason=comment)
        deviations.open_by_rule(session, "wasted", suspension, step, description=told, by=by)
    batch_state.close_if_done(session, suspension.batch)
    return step


def whole_tube(suspension: Suspension, volume: Decimal) -> WholeTube | None:
    """What is to be asked before `volume` is wasted: whether nothing at all is made of the tube."""
    used = any(taken.purpose not in NOT_USED for taken in suspension.withdrawals)
    if used or volume < suspension.remaining_ml:
        return None
    return WholeTube(code=suspension.code, volume=Amount(volume, "mL"))
