"""Cells and doublings computed anew, after a count or a volume was corrected: down the batch, and
on in those that its vials were thawed for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.fill import Dose, Fill, Vial
from lims.models.retrieval import ThawedVial
from lims.models.step import Step
from lims.models.suspension import CellCount, Suspension, SuspensionOrigin, Withdrawal
from lims.models.vessel import Vessel
from lims.workflows import pooling, starting
from lims.workflows.counting import cells_taken

POURED = (SuspensionOrigin.POOL, SuspensionOrigin.WASH, SuspensionOrigin.CONCENTRATION)


def counts_in(session: Session, step: Step) -> list[CellCount]:
    """The counts made in `step`, of each tube the last: those before it were mistyped."""
    found = select(CellCount).where(CellCount.step_id == step.id).order_by(CellCount.id)
    counts = session.scalars(found.options(joinedload(CellCount.suspension)))
    return list({each.suspension_id: each for each in counts}.values())


def cells_by(
    count: CellCount, left_ml: Decimal, volumes_ml: Iterable[Decimal]
) -> Iterator[int | None]:
    """Viable cells of each volume taken out of so much, by a count."""
    return cells_taken(Decimal(count.live) / count.volume_ml, left_ml, volumes_ml)


def _is_by(count: CellCount, cells: int | None, volume_ml: Decimal) -> bool:
    """Whether they were computed of it: to one cell, that rounding puts here or there."""
    by_count = Decimal(count.live) / count.volume_ml * volume_ml
    return cells is not None and abs(cells - by_count) <= 1


def _left_before(tube: Suspension) -> Iterator[tuple[Withdrawal, Decimal]]:
    """Each withdrawal with what was in the tube before it."""
    left_ml = tube.volume_ml
    for taken in tube.withdrawals:
        yield taken, left_ml
        left_ml -= taken.volume_ml


@dataclass(frozen=True)
class Basis:
    """The count that the cells of a withdrawal were computed from: that which was of record then;
    and the codes of what was filled from it with the same count, not with a figure of its own."""

    count: CellCount
    by_count: frozenset[str]


def bases(session: Session, batch: Batch) -> dict[int, Basis]:
    """By withdrawal."""
    found: dict[int, Basis] = {}
    for tube in _tubes(session, batch):
        for taken in tube.withdrawals:
            for count in tube.counts:
                if _is_by(count, taken.viable_cells, taken.volume_ml):
                    found[taken.id] = Basis(count, frozenset(_by_count(session, taken, count)))
    return found


def _by_count(session: Session, taken: Withdrawal, count: CellCount) -> Iterator[str]:
    """A list of the cryobank may say of a vial how many cells it holds: that stands."""
    for container in _filled_from(session, taken):
        mark = container.earlier if isinstance(container, Vial) else None
        listed = mark is not None and mark.cells_listed
        if not listed and _is_by(count, container.viable_cells, container.volume_ml):
            yield container.code


def _filled_from(session: Session, taken: Withdrawal) -> Iterator[Dose | Vial]:
    for fill in session.scalars(select(Fill).where(Fill.withdrawal_id == taken.id)):
        yield from fill.containers


def regrow(session: Session, batch: Batch, bases: dict[int, Basis]) -> None:
    """Cells of what left each tube, by its count and volume now; then doublings, tube by tube."""
    for tube in _tubes(session, batch):
        for taken, left_ml in _left_before(tube):
            if taken.id in bases:
                _recount(session, taken, left_ml, bases[taken.id])
    session.flush()
    for key in (batch.id, *sorted(starting.batches_after(session, [batch.id]))):
        for tube in _tubes(session, session.get_one(Batch, key)):  # parents come before children
            _count_doublings(session, tube)
            session.flush()


def _count_doublings(session: Session, tube: Suspension) -> None:
    if tube.origin is SuspensionOrigin.HARVEST:
        harvested = select(Vessel).where(Vessel.harvested_into_id == tube.id)
        vessels = session.scalars(harvested.order_by(Vessel.id)).all()
        tube.cumulative_doublings = pooling.cumulative(vessels, pooling.harvested_cells(tube))
    elif tube.origin in POURED or tube.origin is SuspensionOrigin.THAW:
        tube.cumulative_doublings = pooling.of_tubes(_sources(session, tube))


def _sources(session: Session, tube: Suspension) -> Sequence[Suspension]:
    """The tubes that were poured into `tube`, or that its thawed vials were filled from."""
    left = select(Suspension).join(Withdrawal, Withdrawal.suspension_id == Suspension.id)
    if tube.origin is not SuspensionOrigin.THAW:
        return session.scalars(left.where(Withdrawal.into_id == tube.id)).all()
    frozen = left.join(Fill, Fill.withdrawal_id == Withdrawal.id).join(
        Vial, Vial.fill_id == Fill.id
    )
    thawed = frozen.join(ThawedVial, ThawedVial.vial_id == Vial.id)
    return session.scalars(thawed.where(ThawedVial.step_id == tube.made_by_id).distinct()).all()


def _recount(session: Session, taken: Withdrawal, left_ml: Decimal, basis: Basis) -> None:
    count = basis.count
    (taken.viable_cells,) = cells_by(count, left_ml, [taken.volume_ml])
    for vessel in session.scalars(select(Vessel).where(Vessel.withdrawal_id == taken.id)):
        vessel.seeded_cells = taken.viable_cells
    filled = list(_filled_from(session, taken))
    cells = cells_by(count, left_ml, [each.volume_ml for each in filled])
    for container, within in zip(filled, cells, strict=True):
        if container.code in basis.by_count:
            container.viable_cells = within


def _tubes(session: Session, batch: Batch) -> Sequence[Suspension]:
    found = select(Suspension).where(Suspension.batch_id == batch.id).order_by(Suspension.id)
    return session.scalars(found).all()
