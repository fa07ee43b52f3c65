"""Batches taken over from earlier records, by the numbers they have there."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.batch import Batch
from lims.models.earlier import EarlierBatch
from lims.workflows import importing


def batches_named(session: Session, numbers: Collection[str]) -> dict[str, EarlierBatch]:
    """The earlier batches with these numbers, by number."""
    found: dict[str, EarlierBatch] = {}
    for some in importing.portions(numbers):
        query = select(EarlierBatch).where(EarlierBatch.number.in_(some))
        around = joinedload(EarlierBatch.batch).joinedload(Batch.patient)
        found |= {mark.number: mark for mark in session.scalars(query.options(around))}
    return found
