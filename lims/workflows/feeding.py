"""Feeding and moving vessels: always open, also under a hold."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, Amount, FieldError, LimsError
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
    stock,
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


class EnoughInOne(LimsError):
    sentence = N_(
        "%(code)s: %(left)s are left of it, enough for all. Scan the bottle that was"
        " emptied first; where each gave a part, leave this empty and enter both with their"
        " amounts on the page of the step %(step)s."
    )
    leads_to = "step"


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
    media: Sequence[Lot] = (),
    comment: str | None = None,
) -> Feeding:
    """`medium_ml` of fresh medium in each of `vessels`; the lots scanned pay for all of them.

    `cabinet`: in which it was done, where it was not scanned into the step before.
    """
    _require_in_culture(session, step, vessels)
    if cabinet is not None:
        supplying.note_equipment(session, step, [cabinet], by=by)
    if media:
        _take_media(session, step, media, medium_ml * len(vessels), comment, by=by)
    require_said(unscanned.at_record(step), comment)
    step.full_change, step.comment = full_change, comment
    culturing.record(session, step, performed, by, *vessels)
    culturing.took_part(session, step, vessels, medium_ml=medium_ml)
    version = specifications.of(culturing.batch_of(session, step))
    late_after = specifications.whole_limit(version, "late_entry_minutes")
    if is_late(step, late_after):
        on_paper.tell_of_step(session, step, *vessels, by=by)
    return step


def _take_media(
    session: Session,
    step: Feeding,
    media: Sequence[Lot],
    needed_ml: Decimal,
    comment: str | None,
    *,
    by: User,
) -> None:
    asked: list[LimsError] = []
    for lot in media:
        if lot.item.unit != VOLUME:
            raise FieldError("medium", problem=NotAVolume(code=lot.code, item=lot.item.name))
        other = list(supplying.of_another_kind(lot, ItemKind.MEDIUM))
        asked += [*supplying.counted_already(supplying.used_of(session, step, lot)), *other]
    require_said(asked, comment)
    for lot, taken in _shares(session, step, media, needed_ml):
        for told in supplying.of_another_kind(lot, ItemKind.MEDIUM):
            deviations.open_by_rule(session, "supply", step, lot, description=told, by=by)
        supplying.use_lot(session, step, lot=lot, quantity=taken, by=by)


def _shares(
    session: Session, step: Feeding, media: Sequence[Lot], needed_ml: Decimal
) -> Iterator[tuple[Lot, Decimal]]:
    """How much was taken of each bottle, in the order they were scanned: of each but the last what
    was left of it."""
    *emptied, last = media
    for lot in emptied:
        left = stock.remaining(session, lot)
        if left >= needed_ml:
            told = {"code": lot.code, "left": Amount(left, VOLUME), "step": step.code}
            raise FieldError("medium", problem=EnoughInOne(**told))
        taken = max(left, Decimal(0))
        needed_ml -= taken
        yield lot, taken
    yield last, needed_ml


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
