"""Vials that may have been warm: marked, then kept by quality or discarded by two people."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.deviation import Deviation
from lims.models.fill import Vial, VialStatus
from lims.models.signature import Meaning
from lims.models.storage import Box, Placement, Tank
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, reserving, signing, states, vial_places
from lims.workflows.breaches import Seen
from lims.workflows.command import because, command
from lims.workflows.holds import ReasonNeeded
from lims.workflows.signing import Proof

MARKABLE = (VialStatus.FREEZING, VialStatus.STORED, VialStatus.RESERVED, VialStatus.RETRIEVED)


class NothingStandsThere(LimsError):
    sentence = N_("No vial that could be marked stands in %(code)s.")
    status = 409


class PlaceFirst(LimsError):
    sentence = N_("%(code)s stands nowhere. Place it; then it can be kept.")
    status = 409


@command(Permission.STORE_VIAL)
def mark_vials(session: Session, vials: Sequence[Vial], *, why: str, by: User) -> Deviation:
    """Mark vials that may have been warm: nobody takes them until quality has decided."""
    if not why.strip():
        raise ReasonNeeded()
    for vial in vials:
        states.require(vial, *MARKABLE)
    return compromise(session, vials, why=why, by=by)


@command(Permission.STORE_VIAL)
def mark_standing(session: Session, place: Tank | Box, *, why: str, by: User) -> Deviation:
    """Mark every vial that stands in a tank or in a box: it may have been warm there."""
    if not why.strip():
        raise ReasonNeeded()
    vials = standing_in(session, place)
    if not vials:
        raise NothingStandsThere(code=place.code)
    deviation = compromise(session, vials, why=Seen(code=place.code, told=why), by=by)
    tank = place if isinstance(place, Tank) else place.tank
    deviations.touch(session, deviation, tank.equipment)
    return deviation


def standing_in(session: Session, place: Tank | Box) -> Sequence[Vial]:
    """The vials that stand in `place` and can be marked, locked in a command."""
    within = Box.tank_id == place.id if isinstance(place, Tank) else Box.id == place.id
    there = vial_places.standing(Placement.vial_id).where(within)
    query = select(Vial).where(Vial.id.in_(there), Vial.status.in_(MARKABLE)).order_by(Vial.id)
    if not session.info.get("reading"):
        query = query.with_for_update(of=Vial.__table__)
    return session.scalars(query).all()


def compromise(
    session: Session, vials: Sequence[Vial], *, why: LimsError | str, by: User
) -> Deviation:
    """The vials compromised, with one deviation about all of them.

    It names the vials alone: what else was filled from their batch is none the worse.
    """
    deviation = deviations.open_by_rule(session, "warm", description=why, by=by)
    by_patient: dict[int, list[tuple[str, int]]] = {}
    for vial in vials:
        by_patient.setdefault(vial.patient_id, []).append(("vial_id", vial.id))
        states.move(session, vial, VialStatus.COMPROMISED)
    reserving.drop(session, vials)
    for patient_id, named in by_patient.items():
        deviations.name_all(session, deviation, patient_id, named)
    return deviation


@command(Permission.KEEP_COMPROMISED)
def keep_vials(
    session: Session, vials: Sequence[Vial], *, reason: str, proof: Proof, by: User
) -> Vial:
    """Quality lets compromised vials be kept: stored again as they stand; the first one scanned."""
    if not reason.strip():
        raise ReasonNeeded()
    because(session, reason)
    for vial in vials:
        states.require(vial, VialStatus.COMPROMISED)
        if vial_places.where(session, vial) is None:
            raise PlaceFirst(code=vial.on_the_tube)
        signing.sign(
            session,
            vial,
            meaning=Meaning.KEPT,
            shown=shown_of(vial),
            proof=proof,
            by=by,
            reason=reason,
        )
        states.move(session, vial, VialStatus.STORED)
    return vials[0]


def shown_of(vial: Vial) -> dict[str, object]:
    """What is shown to who decides on a vial: what it is and what is in it."""
    return {
        "code": vial.code,
        "patient": vial.patient_id,
        "fill": vial.fill_id,
        "passage": vial.fill.passage,
        "volume_ml": vial.volume_ml,
        "viable_cells": vial.viable_cells,
    }
