"""Zones: material that is reactive or not tested stands apart, in boxes of its own."""

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.patient import Patient
from lims.models.storage import Box, Zone
from lims.workflows import markers
from lims.workflows.markers import Standing

UNTESTED = frozenset({Standing.MISSING, Standing.PENDING})
"""A test that is merely out of date was made: its material needs no zone of its own."""


class WrongZone(LimsError):
    sentence = N_(
        "The box %(code)s is for material that is: %(zone)s. This patient's is: %(wanted)s."
    )
    recorded = True


def zone_of(session: Session, patient: Patient) -> Zone:
    """Where new material of `patient` belongs, by the infection markers known today."""
    known = set(markers.standing(session, patient, clock.today()).values())
    if Standing.REACTIVE in known:
        return Zone.REACTIVE
    return Zone.UNTESTED if known & UNTESTED else Zone.STANDARD


def require_zone(box: Box, wanted: Zone) -> None:
    """Raise WrongZone unless material of the zone `wanted` may stand in `box`."""
    if box.zone is not wanted:
        raise WrongZone(code=box.code, zone=box.zone, wanted=wanted)
