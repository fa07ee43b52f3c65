"""What a batch was made of, when that was not tissue: the vials that were thawed for it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.fill import Fill, Vial
from lims.models.retrieval import BatchVial

ASKED = bindparam("asked_batch", type_=BigInteger)
"""The batch of a statement that is put together once and asked of many: `{ASKED.key: batch.id}`."""


def vials_of(session: Session, batch: Batch) -> Sequence[Vial]:
    """The vials that `batch` was made of, each with its fill and the batch it came from."""
    used = select(BatchVial.vial_id).where(BatchVial.batch_id == batch.id)
    return (
        session.scalars(
            select(Vial)
            .where(Vial.id.in_(used))
            .options(joinedload(Vial.fill).joinedload(Fill.batch), joinedload(Vial.aliquots))
            .order_by(Vial.id)
        )
        .unique()
        .all()
    )


def fills_behind(session: Session, batch: Batch) -> Sequence[Fill]:
    """The fills whose vials went into `batch`, or into the batches behind it: what is found in the
    thawed cells may be in the vials that are left."""
    own_or_behind = (BatchVial.batch_id == ASKED) | BatchVial.batch_id.in_(BEHIND)
    thawed = select(Vial.fill_id).join(BatchVial, BatchVial.vial_id == Vial.id)
    fills = select(Fill).where(Fill.id.in_(thawed.where(own_or_behind)))
    return session.scalars(fills.order_by(Fill.id), {ASKED.key: batch.id}).all()


def _batches_behind() -> Select[Any]:
    came = _came_from().subquery()
    behind = select(came.c.former).where(came.c.batch == ASKED).cte(recursive=True)
    further = select(came.c.former).join(behind, came.c.batch == behind.c.former)
    return select(behind.union(further).c.former)


def batches_after(session: Session, keys: Collection[int]) -> set[int]:
    """The keys of the batches made of vials of these, of those made of theirs, and so on."""
    came = _came_from().subquery()
    after = select(came.c.batch).where(came.c.former.in_(keys)).cte("after", recursive=True)
    further = select(came.c.batch).join(after, came.c.former == after.c.batch)
    return set(session.scalars(select(after.union(further).c.batch)))


def passed_on(named: Any) -> CTE:
    """Each batch with each cause, as in `named`, also those of the batches behind it."""
    came = _came_from().subquery()
    reached = select(named.c.batch, named.c.cause).cte(recursive=True)
    further = select(came.c.batch, reached.c.cause).join(reached, came.c.former == reached.c.batch)
    return reached.union(further)


def _came_from() -> Select[Any, Any]:
    """Each batch made of vials, with the batch that they were filled in."""
    return (
        select(BatchVial.batch_id.label("batch"), Fill.batch_id.label("former"))
        .join(Vial, Vial.id == BatchVial.vial_id)
        .join(Fill, Fill.id == Vial.fill_id)
    )


BEHIND = _batches_behind()
"""The keys of the batches whose vials a batch was made of, of those behind them, and so on."""
