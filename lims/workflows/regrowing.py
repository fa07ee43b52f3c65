"""Cells and doublings computed anew down the batch, after a count or a volume was corrected."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.models.step import Step
from lims.models.suspension import CellCount, Suspension, SuspensionOrigin, Withdrawal
from lims.models.vessel import Vessel
from lims.workflows import pooling
from lims.workflows.suspensions import whole

POURED = (SuspensionOrigin.POOL, SuspensionOrigin.WASH, SuspensionOrigin.CONCENTRATION)


def counts_in(session: Session, step: Step) -> list[CellCount]:
    """The counts made in `step`, of each tube the last: those before it were mistyped."""
    found = select(CellCount).where(CellCount.step_id == step.id).order_by(CellCount.id)
    counts = session.scalars(found.options(joinedload(CellCount.suspension)))
    return list({each.suspension_id: each for each in counts}.values())


def cells_in(count: CellCount, volume_ml: Decimal) -> int:
    """Viable cells of a volume, by a count."""
    return whole(Decimal(count.live) / count.volume_ml * volume_ml)


def bases(session: Session, batch: Batch) -> dict[int, CellCount]:
    """By withdrawal, the count its cells were computed from: that which was of record then."""
    found: dict[int, CellCount] = {}
    for tube in _tubes(session, batch):
        for taken in tube.withdrawals:
            for count in tube.counts:
                if taken.viable_cells == cells_in(count, taken.volume_ml):
                    found[taken.id] = count
    return found


def regrow(session: Session, batch: Batch, bases: dict[int, CellCount]) -> None:
    """Cells of what left each tube, by its count and volume now; then doublings, tube by tube."""
    for tube in _tubes(session, batch):
        for taken in tube.withdrawals:
            if taken.id in bases:
                _recount(session, taken, bases[taken.id])
    session.flush()
    for tube in _tubes(session, batch):  # parents come before what was made of them
        if tube.origin is SuspensionOrigin.HARVEST:
            harvested = select(Vessel).where(Vessel.harvested_into_id == tube.id)
            vessels = session.scalars(harvested.order_by(Vessel.id)).all()
            cells = pooling.harvested_cells(tube)
            tube.cumulative_doublings = pooling.cumulative(vessels, cells)
        elif tube.origin in POURED:
            poured = select(Suspension).join(Withdrawal, Withdrawal.suspension_id == Suspension.id)
            sources = session.scalars(poured.where(Withdrawal.into_id == tube.id)).all()
            tube.cumulative_doublings = pooling.of_tubes(sources)
        session.flush()


def _recount(session: Session, taken: Withdrawal, count: CellCount) -> None:
    taken.viable_cells = cells_in(count, taken.volume_ml)
    for vessel in session.scalars(select(Vessel).where(Vessel.withdrawal_id == taken.id)):
        vessel.seeded_cells = taken.viable_cells
    for fill in session.scalars(select(Fill).where(Fill.withdrawal_id == taken.id)):
        for container in fill.containers:
            container.viable_cells = cells_in(count, container.volume_ml)


def _tubes(session: Session, batch: Batch) -> Sequence[Suspension]:
    found = select(Suspension).where(Suspension.batch_id == batch.id).order_by(Suspension.id)
    return session.scalars(found).all()
