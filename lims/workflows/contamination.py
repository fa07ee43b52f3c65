"""Contamination: the vessel is marked, its siblings are quarantined, what shared with it listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.culture import StepVessel
from lims.models.deviation import Deviation, HoldKind
from lims.models.equipment import Place
from lims.models.lot import Lot
from lims.models.step import Step, StepLot
from lims.models.suspension import Suspension, SuspensionStatus, Withdrawal
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStanding, VesselStatus
from lims.workflows import deviations, holds, states
from lims.workflows.lot_reach import USED

IN_CULTURE = (VesselStatus.SEEDED, VesselStatus.CULTURING)


class Reached(LimsError):
    sentence = N_(
        "%(code)s: %(told)s\nQuarantined: %(siblings)s\nSame incubator: %(neighbours)s"
        "\nSame lots: %(lots)s\nBatches with these lots: %(batches)s"
    )


@dataclass(frozen=True)
class Shared:
    """What stood in the same incubator at the same time, and what the same lots went into."""

    neighbours: Sequence[Vessel] = ()
    lots: Sequence[Lot] = ()
    batches: Sequence[Batch] = field(default=())
    """Other batches that used one of the lots."""


def contaminated(
    session: Session, step: Step, vessel: Vessel, *, told: str | None, by: User
) -> Deviation | None:
    """Mark `vessel`, quarantine what was seeded with it, open the deviation that names the rest."""
    if vessel.status is VesselStatus.CONTAMINATED:
        return None
    if vessel.status in IN_CULTURE:
        states.move(session, vessel, VesselStatus.CONTAMINATED)
    siblings = siblings_of(session, vessel)
    shared = shared_with(session, vessel)
    deviation = deviations.open_by_rule(
        session,
        "contamination",
        step,
        vessel,
        *siblings,
        *{each.batch for each in shared.neighbours} | set(shared.batches),
        *shared.lots,
        description=_found(vessel, told, siblings, shared),
        by=by,
    )
    for each in siblings:
        holds.put_on_hold(
            session,
            each,
            kind=HoldKind.QUARANTINE,
            reason=deviation.title,
            by=by,
            deviation=deviation,
        )
    return deviation


def siblings_of(session: Session, vessel: Vessel) -> list[Vessel | Suspension]:
    """Living vessels and tubes with cells of the same seeding: the source, and what came of it."""
    source = vessel.withdrawal.suspension
    seeded = session.scalars(
        select(Vessel)
        .join(Withdrawal, Withdrawal.id == Vessel.withdrawal_id)
        .where(Withdrawal.suspension_id == source.id, Vessel.id != vessel.id)
        .order_by(Vessel.id)
    ).all()
    tubes = {each.harvested_into for each in seeded if each.harvested_into is not None}
    found: list[Vessel | Suspension] = [each for each in seeded if each.status in IN_CULTURE]
    found += sorted(
        (each for each in {source, *tubes} if each.status is SuspensionStatus.MADE),
        key=lambda each: each.id,
    )
    return found


def shared_with(session: Session, vessel: Vessel) -> Shared:
    """Vessels that stood in its incubators while it did; lots of its steps and their batches."""
    lots = _lots(session, vessel)
    return Shared(
        neighbours=_neighbours(session, vessel),
        lots=lots,
        batches=_users(session, vessel, [lot.id for lot in lots]),
    )


def _neighbours(session: Session, vessel: Vessel) -> Sequence[Vessel]:
    mine, theirs = aliased(VesselStanding), aliased(VesselStanding)
    my_shelf, their_shelf = aliased(Place), aliased(Place)
    at_once = (
        or_(mine.left_at.is_(None), mine.left_at > theirs.stood_at)
        & or_(theirs.left_at.is_(None), theirs.left_at > mine.stood_at)
    )  # fmt: skip
    found = (
        select(theirs.vessel_id)
        .join(their_shelf, their_shelf.id == theirs.place_id)
        .join(my_shelf, my_shelf.equipment_id == their_shelf.equipment_id)
        .join(mine, mine.place_id == my_shelf.id)
        .where(mine.vessel_id == vessel.id, theirs.vessel_id != vessel.id, at_once)
    )
    return session.scalars(select(Vessel).where(Vessel.id.in_(found)).order_by(Vessel.id)).all()


def _lots(session: Session, vessel: Vessel) -> Sequence[Lot]:
    steps = select(StepVessel.step_id).where(StepVessel.vessel_id == vessel.id)
    used = select(StepLot.lot_id).where(
        or_(StepLot.step_id == vessel.withdrawal.step_id, StepLot.step_id.in_(steps)), USED
    )
    return session.scalars(select(Lot).where(Lot.id.in_(used)).order_by(Lot.id)).all()


def _users(session: Session, vessel: Vessel, lots: Sequence[int]) -> Sequence[Batch]:
    steps = (
        select(Step.batch_id)
        .join(StepLot, StepLot.step_id == Step.id)
        .where(StepLot.lot_id.in_(lots), USED, Step.batch_id != vessel.batch_id)
    )
    return session.scalars(select(Batch).where(Batch.id.in_(steps)).order_by(Batch.id)).all()


def _found(
    vessel: Vessel, told: str | None, siblings: Iterable[Vessel | Suspension], shared: Shared
) -> Reached:
    return Reached(
        code=vessel.code,
        told=told or "–",
        siblings=_codes(siblings),
        neighbours=_codes(shared.neighbours),
        lots=_codes(shared.lots),
        batches=_codes(shared.batches),
    )


def _codes(records: Iterable[Vessel | Suspension | Lot | Batch]) -> str:
    return ", ".join(record.code for record in records) or "–"
