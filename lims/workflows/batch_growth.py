"""How a batch grew so far, read from its records: each harvest, and what is growing now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload, with_polymorphic

from lims.models.batch import Batch
from lims.models.isolation import Isolation
from lims.models.step import Step
from lims.models.suspension import Suspension, SuspensionStatus, Withdrawal
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import counting, growth, pooling
from lims.workflows.pace import PassageRun

SECONDS_A_DAY = 86_400
GROWING = (VesselStatus.SEEDED, VesselStatus.CULTURING)


@dataclass(frozen=True)
class Passage:
    """Vessels of one passage, seeded and harvested together; None where not counted or not yet."""

    passage: int | None
    vessels: int
    seeded_at: datetime
    seeded: int | None
    """Viable cells in the vessels that were harvested, or that are growing."""
    harvested_at: datetime | None = None
    harvested: int | None = None
    doublings: float | None = None
    cumulative: Decimal | None = None
    doubling_time_hours: float | None = None

    @property
    def days(self) -> Decimal | None:
        if self.harvested_at is None:
            return None
        return days_between(self.seeded_at, self.harvested_at)


@dataclass(frozen=True)
class BatchGrowth:
    """Everything of a batch that tells its growth, loaded once."""

    batch: Batch
    vessels: Sequence[Vessel]
    suspensions: Sequence[Suspension]
    passages: Sequence[Passage]
    """Harvests in their order, then what is growing."""

    @property
    def growing(self) -> list[Vessel]:
        return [vessel for vessel in self.vessels if vessel.status in GROWING]

    @property
    def tubes(self) -> list[Suspension]:
        """Suspensions that still hold cells."""
        return [each for each in self.suspensions if each.status is SuspensionStatus.MADE]

    @property
    def tissue_g(self) -> Decimal | None:
        """What was digested; None before isolation."""
        makers = (each.made_by for each in self.suspensions)
        used = [each.tissue_used_g for each in makers if isinstance(each, Isolation)]
        return sum((grams for grams in used if grams), Decimal(0)) or None

    @property
    def yield_per_gram(self) -> Decimal | None:
        """Viable cells of the vascular fraction per gram of tissue digested."""
        counts = [
            pooling.harvested_cells(each)
            for each in self.suspensions
            if each.passage == growth.SVF_PASSAGE and isinstance(each.made_by, Isolation)
        ]
        known = [count for count in counts if count is not None]
        if not known or len(known) < len(counts) or not self.tissue_g:
            return None
        return counting.yield_per_gram(sum(known), self.tissue_g)

    @property
    def cumulative(self) -> Decimal | None:
        """The most doublings behind any cells of the batch so far."""
        known = [each.cumulative_doublings for each in self.suspensions]
        return max((total for total in known if total is not None), default=None)


def of_batch(session: Session, batch: Batch) -> BatchGrowth:
    """The growth of `batch`, in one query however much of it there is."""
    return of_batches(session, [batch])[0]


def of_batches(session: Session, batches: Sequence[Batch]) -> list[BatchGrowth]:
    """The growth of each of `batches`, in as many queries as that of one."""
    found = session.scalars(_tubes(), {"batches": [batch.id for batch in batches]})
    tubes = defaultdict(list)
    for each in found.unique():
        tubes[each.batch_id].append(each)
    return [_grown(batch, tubes[batch.id]) for batch in batches]


@cache
def _tubes() -> Select[Suspension]:
    maker = with_polymorphic(Step, [Isolation], flat=True)
    return (
        select(Suspension)
        .where(Suspension.batch_id.in_(bindparam("batches")))
        .options(
            joinedload(Suspension.counts),
            joinedload(Suspension.withdrawals).joinedload(Withdrawal.vessel),
            # joined where there might be none, SQLite would read every step there is
            joinedload(Suspension.made_by.of_type(maker), innerjoin=True),
        )
        .order_by(Suspension.id)
    )


def _grown(batch: Batch, tubes: Sequence[Suspension]) -> BatchGrowth:
    """Its vessels were all seeded from its tubes."""
    seeded = [taken.vessel for tube in tubes for taken in tube.withdrawals if taken.vessel]
    vessels = sorted(seeded, key=lambda each: each.id)
    return BatchGrowth(batch, vessels, tubes, [*_harvests(vessels, tubes), *_growing(vessels)])


def _harvests(vessels: Sequence[Vessel], suspensions: Sequence[Suspension]) -> list[Passage]:
    harvests = []
    for suspension in suspensions:
        members = [each for each in vessels if each.harvested_into_id == suspension.id]
        if members:
            harvests.append(_harvest(members, suspension))
    return sorted(harvests, key=lambda each: each.harvested_at or each.seeded_at)


def _harvest(vessels: Sequence[Vessel], suspension: Suspension) -> Passage:
    harvested = pooling.harvested_cells(suspension)
    seeded_at = min(vessel.seeded_at for vessel in vessels)
    harvested_at = suspension.made_by.performed_at
    doublings = _doublings(vessels, harvested)
    return Passage(
        passage=suspension.passage,
        vessels=len(vessels),
        seeded_at=seeded_at,
        seeded=seeded_in(vessels),
        harvested_at=harvested_at,
        harvested=harvested,
        doublings=doublings,
        cumulative=suspension.cumulative_doublings,
        doubling_time_hours=_time(doublings, seeded_at, harvested_at),
    )


def _doublings(vessels: Sequence[Vessel], harvested: int | None) -> float | None:
    """None for P0, where a count is missing, and where nothing lived."""
    members = [pooling.grown_in(vessel) for vessel in vessels]
    if not harvested or any(not each.seeded for each in members):
        return None
    return growth.pooled_doublings(members, harvested)


def _time(
    doublings: float | None, seeded_at: datetime, harvested_at: datetime | None
) -> float | None:
    if doublings is None or harvested_at is None or harvested_at <= seeded_at:
        return None
    hours = float(days_between(seeded_at, harvested_at)) * 24
    return growth.doubling_time_hours(doublings, hours)


def _growing(vessels: Sequence[Vessel]) -> list[Passage]:
    """One row for each passage that is growing now."""
    growing = [vessel for vessel in vessels if vessel.status in GROWING]
    rows = []
    for passage in dict.fromkeys(vessel.passage for vessel in growing):
        members = [vessel for vessel in growing if vessel.passage == passage]
        began = min(vessel.seeded_at for vessel in members)
        rows.append(Passage(passage, len(members), began, seeded_in(members)))
    return rows


def seeded_in(vessels: Sequence[Vessel]) -> int | None:
    """Viable cells seeded in all of `vessels`; None where one was not counted."""
    seeds = [vessel.seeded_cells for vessel in vessels if vessel.seeded_cells is not None]
    return sum(seeds) if len(seeds) == len(vessels) else None


def days_between(earlier: datetime, later: datetime) -> Decimal:
    return Decimal((later - earlier).total_seconds()) / SECONDS_A_DAY


def runs(passages: Sequence[Passage]) -> tuple[PassageRun, ...]:
    """The finished passages, as a forecast takes them; what was not counted is left out."""
    return tuple(
        PassageRun(each.passage, each.days, each.seeded, each.harvested)
        for each in passages
        if each.passage is not None and each.days is not None and each.harvested is not None
    )
