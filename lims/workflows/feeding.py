"""Feeding and moving vessels: always open, also under a hold."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.culture import Feeding, Moving
from lims.models.equipment import Equipment, Place
from lims.models.lot import ItemKind, Lot
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Permission
from lims.workflows import (
    benches,
    culturing,
    deviations,
    identity,
    on_paper,
    specifications,
    standing,
    states,
    steps,
    supplying,
    unscanned,
)
from lims.workflows.command import command
from lims.workflows.signing import Proof
from lims.workflows.since import is_late, require_said
from lims.workflows.steps import Performed

IN_CULTURE = (VesselStatus.CULTURING, VesselStatus.SEEDED)
VOLUME = "mL"


class NotAVolume(LimsError):
    sentence = N_("%(code)s (%(item)s) is no liquid. Scan the bottle that the medium came from.")


@command(Permission.PERFORM_STEP)
def start_feeding(
    session: Session,
    vessels: Sequence[Vessel],
    *,
    station: benches.StoodAt,
    checker: Proof | None,
    by: User,
) -> Feeding:
    """Clear a bench to feed vessels of one batch."""
    batch = culturing.one_batch(session, vessels)
    for vessel in vessels:
        states.require(vessel, *IN_CULTURE)
    step = Feeding()
    steps.open_step(session, step, batch=batch, station=station, checker=checker, by=by)
    identity.note_scans(session, step, [vessel.code for vessel in vessels])
    return step


@command(Permission.PERFORM_STEP)
def record_feeding(
    session: Session,
    step: Feeding,
    *,
    vessels: Sequence[Vessel],
    medium_ml: Decimal,
    full_change: bool,
    performed: Performed,
    by: User,
    cabinet: Equipment | None = None,
    medium: Lot | None = None,
    comment: str | None = None,
) -> Feeding:
    """`medium_ml` of fresh medium in each of `vessels`; the lot scanned pays for all of them.

    `cabinet`: in which it was done, where it was not scanned into the step before.
    """
    _require_in_culture(session, step, vessels)
    if cabinet is not None:
        supplying.note_equipment(session, step, [cabinet], by=by)
    if medium is not None:
        if medium.item.unit != VOLUME:
            raise FieldError("medium", problem=NotAVolume(code=medium.code, item=medium.item.name))
        known = supplying.used_of(session, step, medium)
        other = list(supplying.of_another_kind(medium, ItemKind.MEDIUM))
        require_said([*supplying.counted_already(known), *other], comment)
        for told in other:
            deviations.open_by_rule(session, "supply", step, medium, description=told, by=by)
        supplying.use_lot(session, step, lot=medium, quantity=medium_ml * len(vessels), by=by)
    require_said(unscanned.at_record(step), comment)
    step.full_change, step.comment = full_change, comment
    culturing.record(session, step, performed, by, *vessels)
    culturing.took_part(session, step, vessels, medium_ml=medium_ml)
    version = specifications.of(culturing.batch_of(session, step))
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    if is_late(step, late_after):
        on_paper.tell_of_step(session, step, *vessels, by=by)
    return step


@command(Permission.PERFORM_STEP)
def move_vessels(
    session: Session,
    vessels: Sequence[Vessel],
    *,
    shelf: Place,
    performed: Performed,
    by: User,
    comment: str | None = None,
) -> Moving:
    """Vessels of one batch onto a shelf: both scanned, no bench needed."""
    batch = culturing.one_batch(session, vessels)
    standing.require_shelf(shelf)
    step = Moving(to_place_id=shelf.id, comment=comment)
    steps.open_step(session, step, batch=batch, by=by)
    _require_in_culture(session, step, vessels)
    culturing.record(session, step, performed, by, *vessels)
    culturing.took_part(session, step, vessels)
    standing.stand(session, step, vessels, shelf, at=performed.at, by=by)
    return step


def _require_in_culture(
    session: Session, step: Feeding | Moving, vessels: Sequence[Vessel]
) -> None:
    if not vessels:
        raise culturing.NothingScanned()
    culturing.require_of(session, culturing.batch_of(session, step), *vessels)
    for vessel in vessels:
        states.require(vessel, *IN_CULTURE)
