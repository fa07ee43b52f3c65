"""Bringing vials back that were taken out and not used: in time they are stored again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.fill import Vial, VialStatus
from lims.models.storage import Box, Placement, Position
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import drawn, placing, reserving, retrieving, states, vial_places
from lims.workflows.command import command
from lims.workflows.on_paper import NOTHING, OnPaper


class BeforeItWasOut(LimsError):
    sentence = N_("%(code)s was taken out later than this. Look at the time again.")


@command(Permission.RETRIEVE_VIAL)
def return_vial(
    session: Session,
    vial: Vial,
    *,
    box: Box,
    by: User,
    at: datetime | None = None,
    late_reason: str | None = None,
    told: OnPaper = NOTHING,
) -> Vial:
    """A vial back into a position of its patient's in `box`; out too long, it is compromised.

    One that was opened never goes back. It is kept for no order any more: who wants it orders
    it again.
    """
    states.require(vial, VialStatus.RETRIEVED)
    drawn.require_unopened(session, vial)
    drawn.require_some_left(vial)
    out = retrieving.out_now(session, vial)
    back_at = at or clock.now()
    if back_at < out.out_at:
        raise BeforeItWasOut(code=vial.on_the_tube)
    seconds = retrieving.seconds_out(out, back_at)
    too_long = placing.stand(
        session,
        vial,
        _place_in(session, vial, box),
        at=back_at,
        by=by,
        seconds_out=seconds,
        late_reason=late_reason,
        told=told,
        needed=Permission.RETRIEVE_VIAL,
    )
    if not too_long:
        reserving.drop(session, [vial])
        states.move(session, vial, VialStatus.STORED)
    return vial


def _place_in(session: Session, vial: Vial, box: Box) -> Position:
    """Where the vial stood last if that is in `box`, else the next position of its patient."""
    last = session.scalars(
        select(Placement).where(Placement.vial_id == vial.id).order_by(Placement.id.desc()).limit(1)
    ).one()
    free = vial_places.free_positions(session, vial.patient_id)
    for allocation in free:
        if allocation.id == last.allocation_id and allocation.position.box_id == box.id:
            return allocation.position
    return placing.next_in(session, vial, box)
