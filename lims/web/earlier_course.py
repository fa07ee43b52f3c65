"""A course made before this program kept the record: its batches, and what was filled of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, with_polymorphic

from lims.errors import LimsError
from lims.models.batch import Batch
from lims.models.course import Course
from lims.models.earlier import EarlierBatch
from lims.models.fill import Fill, Vial
from lims.models.filling import Filling
from lims.models.step import Step
from lims.web.current import reading_session
from lims.workflows import earlier_steps
from lims.workflows.placing import PLACED


@dataclass(frozen=True)
class Filled:
    """A fill of an earlier batch, and what is there of it."""

    fill: Fill
    portions: LimsError | None
    """What the batch's sheet says was filled; None where only a list of the bank tells of it."""
    in_store: int


@dataclass(frozen=True)
class Told:
    """A batch as earlier records tell it."""

    mark: EarlierBatch
    fills: Sequence[Filled]

    @property
    def batch(self) -> Batch:
        return self.mark.batch


def batches_of(course: Course) -> list[Told]:
    """In the order of their days; two queries and those of their fills."""
    query = (
        select(EarlierBatch)
        .join(EarlierBatch.batch)
        .where(Batch.course_id == course.id)
        .options(
            joinedload(EarlierBatch.origin),
            joinedload(EarlierBatch.batch),
        )
        .order_by(Batch.opened_at, Batch.id)
    )
    marks = reading_session().scalars(query).unique().all()
    fills = _fills([mark.batch_id for mark in marks])
    return [
        Told(mark, [each for each in fills if each.fill.batch_id == mark.batch_id])
        for mark in marks
    ]


def _fills(batches: Sequence[int]) -> list[Filled]:
    query = (
        select(Fill)
        .where(Fill.batch_id.in_(batches))
        .options(
            joinedload(Fill.made_by.of_type(with_polymorphic(Step, [Filling], flat=True))),
            joinedload(Fill.withdrawal),
            joinedload(Fill.vials),
        )
        .order_by(Fill.filled_at, Fill.id)
    )
    return [
        Filled(fill, earlier_steps.portions_of(fill.made_by, fill.withdrawal), in_store(fill.vials))
        for fill in reading_session().scalars(query).unique()
    ]


def in_store(vials: Sequence[Vial]) -> int:
    return sum(vial.status in PLACED for vial in vials)
