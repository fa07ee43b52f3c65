"""What the cells of a fill are suspended in: the bottle that was scanned, or what was written."""

from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.base import table_of
from lims.models.fill import Fill
from lims.models.filling import Filling
from lims.models.lot import Lot
from lims.models.step import Step
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import corrections, rejudging, supplying
from lims.workflows.command import command
from lims.workflows.corrections import NothingChanged


class VehicleNeeded(LimsError):
    sentence = N_("Scan the bottle; where none can be scanned, write what it was.")


class OneOrTheOther(LimsError):
    sentence = N_("The bottle was scanned: leave this empty.")


class HowMuch(LimsError):
    sentence = N_("%(code)s is not among the lots of this step yet: say how much was taken.")


def note(
    session: Session, step: Step, vehicle: Lot | str, taken_ml: Decimal | None, *, by: User
) -> list[LimsError]:
    """Count what was taken of a bottle; what of it is to be asked about."""
    if isinstance(vehicle, str):
        if not vehicle.strip():
            raise FieldError("vehicle", problem=VehicleNeeded())
        return []
    known = supplying.used_of(session, step, vehicle)
    if known is None and taken_ml is None:
        raise FieldError("vehicle_ml", problem=HowMuch(code=vehicle.code))
    odd = list(supplying.counted_already(known)) if taken_ml else []
    if known is None or taken_ml:
        supplying.note_lot(session, step, vehicle, taken_ml or Decimal(0), by=by)
    return odd


@command(Permission.CORRECT_RECORD)
def correct_vehicle(
    session: Session, step: Filling, *, fill: Fill, vehicle: Lot, seen: str, reason: str, by: User
) -> Filling:
    """Another bottle was used than is recorded: what was taken, was taken of this one.

    `seen` is the code of the bottle, or what was written, that the page showed.
    """
    corrections.require_correctable(session, step, reason, by)
    before = fill.suspended_in
    if seen != before:
        raise Stale(code=step.code)
    if fill.vehicle_lot is vehicle:
        raise NothingChanged(code=step.code)
    broken = rejudging.breaches_around(session, step)
    supplying.exchange(session, step, fill.vehicle_lot, vehicle, by=by)
    fill.vehicle_lot, fill.vehicle = vehicle, vehicle.item.name
    session.flush()
    column = table_of(Fill).c.vehicle
    told = corrections.corrected(fill.code, column, before, fill.suspended_in, reason)
    corrections.settle(session, step, broken, told, by)
    return step
