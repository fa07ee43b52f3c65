"""What is not seeded on: retention and waste, so that every millilitre is accounted for."""

from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, Amount, FieldError, LimsError
from lims.models.signature import Meaning
from lims.models.step import Step, StepStatus
from lims.models.suspension import Purpose, Suspension
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    breaches,
    culturing,
    deviations,
    signing,
    specifications,
    suspensions,
)
from lims.workflows.command import because, command
from lims.workflows.signing import Proof
from lims.workflows.since import require_said
from lims.workflows.steps import StepNotOpen

ASIDE = (Purpose.RETENTION, Purpose.WASTE)
WASTED_ALONE = "waste_alone_max_pct"
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


class MuchWasted(LimsError):
    sentence = N_(
        "%(code)s: %(share)s of all that was in it would have gone to waste, more than the"
        " %(most)s that one person wastes alone."
    )


class SecondToWaste(FieldError):
    sentence = N_("%(found)s A second person gives name and password here.")


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
    second: Proof | None = None,
) -> Step:
    """A volume of the step's suspension kept back or wasted; without a volume, all that is left.

    Cells of which nothing else is made are wasted once somebody has said why, much of a tube
    once a `second` person has signed for it too.
    """
    if step.status is not StepStatus.RECORDED:
        raise StepNotOpen(code=step.code, status=step.status)
    if purpose not in ASIDE:
        raise NotAside(purpose=purpose)
    culturing.scan_from(session, step, suspension)
    volume = suspension.remaining_ml if volume_ml is None else volume_ml
    odd = whole_tube(suspension, volume) if purpose is Purpose.WASTE else None
    much = much_wasted(suspension, volume) if purpose is Purpose.WASTE else None
    require_said([told for told in (odd or much,) if told], comment)
    because(session, comment)
    if much is not None:
        _sign_by_second(session, suspension, volume, much, second, comment, by)
    suspensions.withdraw(session, step, suspension, volume, purpose)
    if odd is not None:
        told = Wasted(**odd.parameters, reason=comment)
        deviations.open_by_rule(session, "wasted", suspension, step, description=told, by=by)
    batch_state.close_if_done(session, suspension.batch)
    return step


def most_alone(suspension: Suspension) -> Decimal:
    """Per cent of a tube that one person may send to waste without another."""
    return specifications.limit_or_shipped(specifications.of(suspension.batch), WASTED_ALONE)


def much_wasted(suspension: Suspension, volume: Decimal) -> MuchWasted | None:
    """That with `volume` more of it than one person decides on would have gone to waste: in one
    pour or in several."""
    before = (taken.volume_ml for taken in suspension.withdrawals if taken.purpose is Purpose.WASTE)
    share = 100 * sum(before, volume) / suspension.volume_ml
    most = most_alone(suspension)
    if share <= most:
        return None
    told = breaches.beside(share, "%", 0, (most,))
    return MuchWasted(code=suspension.code, share=told, most=Amount(most, "%"))


def _sign_by_second(
    session: Session,
    suspension: Suspension,
    volume: Decimal,
    much: MuchWasted,
    second: Proof | None,
    reason: str | None,
    by: User,
) -> None:
    """The signature of another than who records it, for just this volume."""
    if second is None:
        raise SecondToWaste("second", found=much)
    person = signing.second_person(
        session, second, not_these=[by], permission=Permission.PERFORM_STEP
    )
    shown = {"code": suspension.code, "volume_ml": volume, "held_ml": suspension.remaining_ml}
    signing.sign(
        session,
        suspension,
        meaning=Meaning.DISCARDED,
        shown=shown,
        proof=second,
        by=person,
        reason=reason,
    )


def whole_tube(suspension: Suspension, volume: Decimal) -> WholeTube | None:
    """What is to be asked before `volume` is wasted: whether nothing at all is made of the tube."""
    used = any(taken.purpose not in NOT_USED for taken in suspension.withdrawals)
    if used or volume < suspension.remaining_ml:
        return None
    return WholeTube(code=suspension.code, volume=Amount(volume, "mL"))
