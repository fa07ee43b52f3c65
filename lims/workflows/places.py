"""Places by their codes: the site, its rooms, the stations people work at, the shelves."""

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.equipment import Equipment, EquipmentKind, EquipmentStatus, Place, PlaceKind
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows.codes import coded
from lims.workflows.command import because, command

WITHIN: dict[PlaceKind, PlaceKind | None] = {
    PlaceKind.SITE: None,
    PlaceKind.ROOM: PlaceKind.SITE,
    PlaceKind.PROCESSING_BENCH: PlaceKind.ROOM,
    PlaceKind.RUN_STATION: PlaceKind.ROOM,
    PlaceKind.SHELF: PlaceKind.ROOM,
}
"""What each kind of place lies in; only a site lies in nothing."""

HAS_SHELVES = frozenset({EquipmentKind.INCUBATOR, EquipmentKind.REFRIGERATOR})


class SiteIsOutermost(FieldError):
    sentence = N_("A site lies in no other place: leave this empty.")


class ShelfOfNothing(FieldError):
    sentence = N_("A shelf is of an incubator or a refrigerator: scan it.")


class EquipmentRetired(FieldError):
    sentence = N_("%(code)s is retired. Scan another piece of equipment.")


class LiesIn(FieldError):
    sentence = N_("A %(kind)s lies in a %(within)s: scan one.")


class OfAnotherKind(LimsError):
    sentence = N_("%(name)s is: %(kind)s. Expected here: %(wanted)s.")


@command(Permission.KEEP_PLACES)
def add_place(
    session: Session,
    *,
    name: str,
    kind: PlaceKind,
    within: Place | None,
    equipment: Equipment | None,
    by: User,
) -> Place:
    """Enter a place and give it the code of its label."""
    _require_sensible(kind, within, equipment)
    place = coded(session, Place(name=name, kind=kind, within=within, equipment=equipment))
    session.add(place)
    session.flush()
    return place


@command(Permission.KEEP_PLACES)
def edit_place(
    session: Session,
    place: Place,
    *,
    version: int,
    name: str,
    within: Place | None,
    equipment: Equipment | None,
    reason: str,
    by: User,
) -> Place:
    """Rename or move a place; its kind and its code stay, and with them its history."""
    if place.version != version:
        raise Stale(code=place.code)
    _require_sensible(place.kind, within, equipment)
    because(session, reason)
    place.name, place.within, place.equipment = name, within, equipment
    return place


def _require_sensible(kind: PlaceKind, within: Place | None, equipment: Equipment | None) -> None:
    wanted = WITHIN[kind]
    if wanted is None and within is not None:
        raise SiteIsOutermost("within")
    if wanted is not None and (within is None or within.kind != wanted):
        raise LiesIn("within", kind=kind, within=wanted)
    if kind == PlaceKind.SHELF and (equipment is None or equipment.kind not in HAS_SHELVES):
        raise ShelfOfNothing("equipment")
    if equipment is not None and equipment.status == EquipmentStatus.RETIRED:
        raise EquipmentRetired("equipment", code=equipment.code)


def path(place: Place) -> list[Place]:
    """Where `place` is, from the site down to itself."""
    above = path(place.within) if place.within is not None else []
    return [*above, place]
