"""What the cells of a fill are suspended in: the bottle that was scanned, or what was written."""

from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.lot import Lot
from lims.models.step import Step
from lims.models.user import User
from lims.workflows import supplying


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
