"""A hold passes on: what is made of held cells is held for the same reason."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lims.models.fill import Vial
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.workflows import holds

Cells = Vessel | Suspension | Vial


def pass_on(
    session: Session,
    parents: Sequence[Cells],
    children: Sequence[Cells],
    by: User,
) -> None:
    """Each open hold of `parents` also holds each of `children`; one of a kind is enough."""
    found = holds.open_holds(session, *parents)
    reasons = {(hold.kind, hold.reason, hold.deviation_id): hold for hold in found}
    for child in children:
        for hold in reasons.values():
            holds.put_on_hold(
                session,
                child,
                kind=hold.kind,
                reason=hold.reason,
                by=by,
                deviation=hold.deviation,
            )
