"""Containers in which nothing is any more: told where somebody means to work with their cells."""

from lims.errors import N_, LimsError
from lims.models.base import Coded
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.vessel import Vessel, VesselStatus

LIVES_NOTHING = (VesselStatus.HARVESTED, VesselStatus.DISCARDED, VesselStatus.TERMINATED)


class NothingLives(LimsError):
    sentence = N_("%(code)s is %(status)s: no cells live in it any more. Look which one it was.")
    leads_to = "code"


class NothingIsLeft(LimsError):
    sentence = N_("%(code)s is %(status)s: nothing is left in it. Look which one it was.")
    leads_to = "code"


def problem_with(record: Coded) -> LimsError | None:
    """Why nothing is done with the cells of `record`; None where there are any."""
    match record:
        case Vessel() if record.status in LIVES_NOTHING:
            return NothingLives(code=record.code, status=record.status)
        case Suspension() if record.status is not SuspensionStatus.MADE:
            return NothingIsLeft(code=record.code, status=record.status)
    return None
