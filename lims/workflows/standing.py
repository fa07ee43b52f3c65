"""Where a vessel stands: on one shelf of an incubator at a time, by scan."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.equipment import EquipmentKind, Place, PlaceKind
from lims.models.step import Step
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStanding, VesselStatus
from lims.workflows import deviations, equipment, states


class NotAnIncubatorShelf(LimsError):
    sentence = N_("%(code)s is not a shelf of an incubator. Scan the shelf.")


def require_shelf(place: Place) -> None:
    """Raise unless `place` is a shelf of an incubator."""
    incubator = place.equipment
    if place.kind is not PlaceKind.SHELF or incubator is None:
        raise NotAnIncubatorShelf(code=place.code)
    if incubator.kind is not EquipmentKind.INCUBATOR:
        raise NotAnIncubatorShelf(code=place.code)


def stand(
    session: Session,
    step: Step,
    vessels: Sequence[Vessel],
    shelf: Place,
    *,
    at: datetime,
    by: User,
) -> None:
    """Put `vessels` on `shelf`; an incubator out of order takes them too, with a deviation."""
    require_shelf(shelf)
    leave(session, vessels, at)
    for vessel in vessels:
        session.add(
            VesselStanding(
                patient_id=vessel.patient_id,
                vessel_id=vessel.id,
                place_id=shelf.id,
                step_id=step.id,
                stood_at=at,
            )
        )
        if vessel.status is VesselStatus.SEEDED:
            states.move(session, vessel, VesselStatus.CULTURING)
    session.flush()
    for vessel in vessels:
        session.expire(vessel, ["standings"])
    assert shelf.equipment is not None
    problem = equipment.problem_with(shelf.equipment, clock.now())
    if problem is not None:
        deviations.open_by_rule(
            session, "supply", step, shelf.equipment, description=problem, by=by
        )


def leave(session: Session, vessels: Sequence[Vessel], at: datetime) -> None:
    """Take `vessels` off their shelves, those that stand on one."""
    standing = select(VesselStanding).where(
        VesselStanding.vessel_id.in_([vessel.id for vessel in vessels]),
        VesselStanding.left_at.is_(None),
    )
    for each in session.scalars(standing.order_by(VesselStanding.id)):
        each.left_at = at
    session.flush()
