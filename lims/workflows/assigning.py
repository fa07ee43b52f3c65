"""A step that split a suspension closes only when all of the suspension is assigned."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.step import Step
from lims.models.suspension import Purpose, Suspension, SuspensionStatus, Withdrawal


class NotAllAssigned(LimsError):
    sentence = N_(
        "%(code)s still holds %(left)s mL. Say where it goes: seed it, put it aside,"
        " or record it as waste; then close the step."
    )
    status = 409


def left_over(session: Session, step: Step) -> list[Suspension]:
    """The suspensions from which `step` seeded vessels and which still hold something."""
    seeded = select(Withdrawal.suspension_id).where(
        Withdrawal.step_id == step.id, Withdrawal.purpose == Purpose.SEEDING
    )
    return list(
        session.scalars(
            select(Suspension)
            .where(Suspension.id.in_(seeded), Suspension.status == SuspensionStatus.MADE)
            .order_by(Suspension.id)
        )
    )


def require_all_assigned(session: Session, step: Step) -> None:
    """Raise while a suspension that `step` split still holds something."""
    for suspension in left_over(session, step):
        raise NotAllAssigned(code=suspension.code, left=suspension.remaining_ml)
