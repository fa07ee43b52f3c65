"""What a batch was made of, when that was not tissue: the vials that were thawed for it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.fill import Fill, Vial
from lims.models.retrieval import BatchVial


def vials_of(session: Session, batch: Batch) -> Sequence[Vial]:
    """The vials that `batch` was made of, each with its fill and the batch it came from."""
    used = select(BatchVial.vial_id).where(BatchVial.batch_id == batch.id)
    return session.scalars(
        select(Vial)
        .where(Vial.id.in_(used))
        .options(joinedload(Vial.fill).joinedload(Fill.batch))
        .order_by(Vial.id)
    ).all()
