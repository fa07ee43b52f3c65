"""What the cells behind a fill went without: fresh medium in culture, readings of their tank."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from lims.errors import N_, Amount, LimsError
from lims.models.culture import StepVessel
from lims.models.fill import Vial
from lims.models.retrieval import ThawedVial
from lims.models.specification import SpecificationVersion
from lims.models.step import Step, StepKind, StepStatus
from lims.models.storage import Allocation, Box, Placement, Position, StorageReading
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import breaches, fill_lineage, specifications
from lims.workflows.care import INTERVAL
from lims.workflows.fill_lineage import Filled
from lims.workflows.tank_readings import READ_EVERY

DAY, HOUR, NEVER = timedelta(days=1), timedelta(hours=1), timedelta(0)


class Unfed(LimsError):
    sentence = N_(
        "%(codes)s: without fresh medium for up to %(longest)s; the specification allows %(most)s."
    )


class Unread(LimsError):
    sentence = N_(
        "%(codes)s: the tank was not read for up to %(longest)s; the specification allows %(most)s."
    )


def told(session: Session, filled: Filled) -> Iterator[LimsError]:
    """One sentence for all vessels not fed in time, one for all vials whose tank was not read."""
    version = specifications.of(filled.batch)
    yield from _beyond(Unfed, _unfed(session, filled), version, INTERVAL, DAY, "days")
    yield from _beyond(Unread, _unread(session, filled), version, READ_EVERY, HOUR, "h")


def _beyond(
    sentence: type[LimsError],
    longest: dict[str, timedelta],
    version: SpecificationVersion,
    name: str,
    unit: timedelta,
    word: str,
) -> Iterator[LimsError]:
    """What went longer without than the limit `name` of `version`, and the longest of all."""
    most = specifications.limit(version, name)
    late = {code: gap for code, gap in longest.items() if gap > unit * float(most)}
    if late:
        found = Decimal(str(max(late.values()) / unit))
        shown = breaches.beside(found, word, 1, (most,))
        yield sentence(codes=sorted(late), longest=shown, most=Amount(most, word))


def _unfed(session: Session, filled: Filled) -> dict[str, timedelta]:
    """By vessel, the longest from its seeding or a feed to the next feed or its harvest."""
    fed = aliased(Step, flat=True)
    harvest = aliased(Step, flat=True)
    times: dict[str, list[datetime]] = defaultdict(list)
    rows = session.execute(
        select(Vessel.code, Vessel.seeded_at, harvest.performed_at, fed.performed_at)
        .join(Suspension, Suspension.id == Vessel.harvested_into_id)
        .join(harvest, harvest.id == Suspension.made_by_id)
        .outerjoin(StepVessel, StepVessel.vessel_id == Vessel.id)
        .outerjoin(
            fed,
            and_(
                fed.id == StepVessel.step_id,
                fed.kind == StepKind.FEEDING,
                fed.status != StepStatus.VOID,
            ),
        )
        .where(Vessel.harvested_into_id.in_(select(fill_lineage.tubes_behind(filled).c.id)))
    )
    for code, *moments in rows:
        times[code] += [at for at in moments if at is not None]
    return {code: _longest(found) for code, found in times.items()}


def _unread(session: Session, filled: Filled) -> dict[str, timedelta]:
    """By vial that was thawed, the longest in one tank that nobody read meanwhile."""
    rows = session.execute(
        select(
            Vial.code,
            Box.tank_id,
            Placement.placed_at,
            Placement.removed_at,
            StorageReading.observed_at,
        )
        .join(ThawedVial, ThawedVial.vial_id == Vial.id)
        .join(Suspension, Suspension.made_by_id == ThawedVial.step_id)
        .join(Placement, Placement.vial_id == Vial.id)
        .join(Allocation, Allocation.id == Placement.allocation_id)
        .join(Position, Position.id == Allocation.position_id)
        .join(Box, Box.id == Position.box_id)
        .outerjoin(
            StorageReading,
            and_(
                StorageReading.tank_id == Box.tank_id,
                StorageReading.observed_at >= Placement.placed_at,
                StorageReading.observed_at <= Placement.removed_at,
            ),
        )
        .where(Suspension.id.in_(select(fill_lineage.tubes_behind(filled).c.id)))
        .order_by(Vial.code, Placement.placed_at)
    )
    longest: dict[str, timedelta] = defaultdict(timedelta)
    for (code, _), stood in groupby(rows, key=lambda row: (row.code, row.tank_id)):
        moments = [at for row in stood for at in row[2:] if at is not None]
        longest[code] = max(longest[code], _longest(moments))
    return longest


def _longest(moments: Iterable[datetime]) -> timedelta:
    """From one of `moments` to the next."""
    return max((later - earlier for earlier, later in pairwise(sorted(moments))), default=NEVER)
