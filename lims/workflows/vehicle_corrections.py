"""The bottle that the cells of a fill were suspended in, corrected."""

from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.errors import Stale
from lims.models.base import table_of
from lims.models.fill import Fill
from lims.models.filling import Filling
from lims.models.lot import Lot
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import corrections, rejudging, vehicles
from lims.workflows.command import command
from lims.workflows.corrections import NothingChanged
from lims.workflows.since import require_said


def filled_in(step: Filling) -> Select[Fill]:
    """The fill that `step` made, once it was recorded."""
    return select(Fill).where(Fill.made_by_id == step.id)


@command(Permission.CORRECT_RECORD)
def correct_vehicle(
    session: Session,
    step: Filling,
    *,
    vehicle: Lot,
    seen: str,
    reason: str,
    by: User,
    taken: Decimal | None = None,
    comment: str | None = None,
) -> Filling:
    """Another bottle was used than is recorded: what was taken, was taken of this one.

    `seen` is the code of the bottle, or what was written, that the page showed; `taken` is how
    much of it, in the unit of its item, where that is not what was recorded of the other.
    """
    corrections.require_correctable(session, step, reason, by, comment)
    fill = session.scalars(filled_in(step)).one()
    before = fill.suspended_in
    if seen != before:
        raise Stale(code=step.code)
    if fill.vehicle_lot is vehicle:
        raise NothingChanged(code=step.code)
    broken = rejudging.breaches_around(session, step)
    require_said(vehicles.exchange(session, step, fill.vehicle_lot, vehicle, taken, by=by), comment)
    fill.vehicle_lot, fill.vehicle = vehicle, vehicle.item.name
    session.flush()
    column = table_of(Fill).c.vehicle
    told = corrections.corrected(fill.code, column, before, fill.suspended_in, reason)
    corrections.settle(session, step, broken, told, by, comment)
    return step
