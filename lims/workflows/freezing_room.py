"""Whether the cryobank has positions for vials: told before they are filled, and before the run."""

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.patient import Patient
from lims.models.suspension import Suspension
from lims.workflows import vial_places


class NoRoom(LimsError):
    sentence = N_(
        "The storage cell of %(patient)s has %(free)s free positions; %(needed)s vials are to be"
        " frozen. The keeper of the cryobank reserves positions for them."
    )
    status = 409


def before_filling(session: Session, suspension: Suspension, vials: int) -> NoRoom | None:
    """What is lacking for so many vials while the cells can still wait: in vials they may not."""
    free = vial_places.room_for(session, suspension.patient_id)
    return lacking(suspension.patient, free, vials)


def lacking(patient: Patient, free: int, needed: int) -> NoRoom | None:
    return NoRoom(patient=patient.code, free=free, needed=needed) if free < needed else None
