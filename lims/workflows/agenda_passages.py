"""Which vessels are full enough for a passage, and when the others are expected to be."""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import aliased

from lims.models.batch import Batch
from lims.models.culture import StepVessel
from lims.models.step import Step
from lims.models.vessel import Vessel
from lims.workflows import care
from lims.workflows.due import MICRO, Timing, elapsed, later, limit_of, millionths, waits, whole

BEFORE, STEP_BEFORE = aliased(StepVessel), aliased(Step)
"""What was seen in a vessel the time before the last, and when."""


def passages() -> Select[Any]:
    """Vessels seen as full as a passage asks, by batch."""
    return _last_seen(func.min(Step.performed_at), Timing.SINCE).where(
        millionths(StepVessel.confluence_pct) >= _ready()
    )


def expected() -> Select[Any]:
    """The others, by batch: the first of them on the day it is full enough if it goes on filling
    as it did between the last two looks. Cells that double fill faster than that at first and
    slower at last; each look sets the day anew. Of one that was seen once nothing is told."""
    last, before = millionths(StepVessel.confluence_pct), millionths(BEFORE.confluence_pct)
    took = elapsed(STEP_BEFORE.performed_at, Step.performed_at)
    lacking = took * (_ready() - last) // (last - before)
    return (
        _last_seen(func.min(later(Step.performed_at, lacking * MICRO)), Timing.ON)
        .join(BEFORE, BEFORE.id == _newest_seen(before=StepVessel.id))
        .join(STEP_BEFORE, STEP_BEFORE.id == BEFORE.step_id)
        .where(
            last < _ready(),
            last > before,
            Step.performed_at > STEP_BEFORE.performed_at,
        )
    )


def _last_seen(due: Any, timing: Timing) -> Select[Any]:
    """The living vessels, each as it was seen last, by batch."""
    return (
        waits(Batch.code, due, timing, patient=Batch.patient_id, number=func.count())
        .join(Vessel, Vessel.batch_id == Batch.id)
        .join(StepVessel, StepVessel.vessel_id == Vessel.id)
        .join(Step, Step.id == StepVessel.step_id)
        .where(Vessel.status.in_(care.LIVING), StepVessel.id == _newest_seen())
        .group_by(Batch.code, Batch.patient_id)
    )


def _newest_seen(before: Any = None) -> ScalarSelect[Any]:
    seen = aliased(StepVessel)
    newest = select(func.max(seen.id)).where(
        seen.vessel_id == Vessel.id, seen.confluence_pct.is_not(None)
    )
    if before is not None:
        newest = newest.where(seen.id < before)
    return newest.correlate(Vessel, StepVessel).scalar_subquery()


def _ready() -> ColumnElement[int]:
    return whole(limit_of(Batch.specification_version_id, care.READY))
