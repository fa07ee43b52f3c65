"""What every living vessel needs: when it was fed, when that is due again, how full it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims import clock
from lims.models.batch import Batch
from lims.models.culture import StepVessel
from lims.models.equipment import Place
from lims.models.specification import SpecificationLimit
from lims.models.step import Step, StepKind
from lims.models.vessel import Vessel, VesselStanding, VesselStatus

LIVING = (VesselStatus.SEEDED, VesselStatus.CULTURING)
INTERVAL = "feed_interval_days_max"
READY = "confluence_min_pct"
"""The confluence from which a vessel is passaged."""


@dataclass(frozen=True)
class Care:
    """A living vessel, its last feed or else its seeding, and what was seen in it last."""

    vessel: Vessel
    cared_at: datetime
    due_at: datetime
    place: Place | None
    confluence_pct: Decimal | None
    seen_at: datetime | None
    ready: bool
    """Full enough for a passage, by the specification."""

    @property
    def was_fed(self) -> bool:
        """Whether it has had fresh medium since it was seeded."""
        return self.cared_at != self.vessel.seeded_at

    @property
    def overdue(self) -> bool:
        return clock.now() > self.due_at

    @property
    def due_today(self) -> bool:
        return clock.day_of(self.due_at) <= clock.today()


def of_vessel(session: Session, vessel: Vessel) -> Care | None:
    """None where it does not live."""
    return next(iter(_living(session, 1, Vessel.id == vessel.id)), None)


def living(session: Session, *, most: int, batch: Batch | None = None) -> list[Care]:
    """The `most` living vessels longest without care, of all batches or of one; in five queries
    however many they are."""
    return _living(session, most, *([Vessel.batch_id == batch.id] if batch else []))


def _living(session: Session, most: int, *which: ColumnElement[bool]) -> list[Care]:
    cared = func.coalesce(last_fed(), Vessel.seeded_at)
    rows = session.execute(
        select(Vessel, cared)
        .where(Vessel.status.in_(LIVING), *which)
        .options(
            joinedload(Vessel.patient),
            joinedload(Vessel.batch).joinedload(Batch.specification_version),
            selectinload(Vessel.standings)
            .joinedload(VesselStanding.place)
            .joinedload(Place.equipment),
        )
        .order_by(cared, Vessel.id)
        .limit(most)
    ).all()
    vessels = [vessel for vessel, _ in rows]
    limits = _limits(session, {vessel.batch.specification_version_id for vessel in vessels})
    seen = _seen(session, [vessel.id for vessel in vessels])
    return [_care(vessel, at, limits, seen.get(vessel.id)) for vessel, at in rows]


def count_living(session: Session) -> int:
    """How many vessels live."""
    return session.scalar(select(func.count(Vessel.id)).where(Vessel.status.in_(LIVING))) or 0


def last_fed() -> ScalarSelect[Any]:
    """When a vessel was fed last, within a query of vessels."""
    return (
        select(func.max(Step.performed_at))
        .join(StepVessel, StepVessel.step_id == Step.id)
        .where(StepVessel.vessel_id == Vessel.id, Step.kind == StepKind.FEEDING)
        .correlate(Vessel)
        .scalar_subquery()
    )


def _limits(session: Session, versions: set[int]) -> dict[tuple[int, str], Decimal]:
    found = session.scalars(
        select(SpecificationLimit).where(
            SpecificationLimit.specification_version_id.in_(versions),
            SpecificationLimit.name.in_([INTERVAL, READY]),
        )
    )
    return {(each.specification_version_id, each.name): each.value for each in found}


def _seen(session: Session, vessels: Sequence[int]) -> dict[int, StepVessel]:
    """The last confluence of each vessel, with its step."""
    last = (
        select(func.max(StepVessel.id))
        .where(StepVessel.vessel_id.in_(vessels), StepVessel.confluence_pct.is_not(None))
        .group_by(StepVessel.vessel_id)
    )
    found = session.scalars(
        select(StepVessel).where(StepVessel.id.in_(last)).options(joinedload(StepVessel.step))
    )
    return {each.vessel_id: each for each in found}


def _care(
    vessel: Vessel,
    cared_at: datetime,
    limits: dict[tuple[int, str], Decimal],
    seen: StepVessel | None,
) -> Care:
    version = vessel.batch.specification_version_id
    standing = vessel.standing
    confluence = seen.confluence_pct if seen else None
    return Care(
        vessel=vessel,
        cared_at=cared_at,
        due_at=cared_at + timedelta(days=float(limits[version, INTERVAL])),
        place=standing.place if standing else None,
        confluence_pct=confluence,
        seen_at=seen.step.performed_at if seen else None,
        ready=confluence is not None and confluence >= limits[version, READY],
    )
