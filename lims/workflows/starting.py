"""What a batch was made of, when that was not tissue: the vials that were thawed for it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.fill import Fill, Vial
from lims.models.retrieval import BatchVial

ASKED = bindparam("asked_batches", type_=BigInteger, expanding=True)
"""Of a statement that is put together once, which batches it is asked of: `asking(batches)`."""


def asking(*batches: int) -> dict[str, Any]:
    """The keys of the batches that a statement which names `REACHED` is asked of."""
    return {ASKED.key: batches}


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
    reached = select(REACHED.c.batch)
    thawed = select(Vial.fill_id).join(BatchVial, BatchVial.vial_id == Vial.id)
    fills = select(Fill).where(Fill.id.in_(thawed.where(BatchVial.batch_id.in_(reached))))
    return session.scalars(fills.order_by(Fill.id), asking(batch.id)).all()


def _reached() -> CTE:
    came = _came_from().subquery()
    itself = select(Batch.id.label("asked"), Batch.id.label("batch")).where(Batch.id.in_(ASKED))
    reached = itself.cte("reached", recursive=True)
    further = select(reached.c.asked, came.c.former)
    return reached.union(further.join(came, came.c.batch == reached.c.batch))


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


REACHED = _reached()
"""Each batch that is asked about with itself, with the batches whose vials it was made of, those
behind them, and so on."""
