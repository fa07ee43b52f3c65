"""Steps of earlier records: when they were done is told, that they were entered now is known.

They were never open here: no bench was cleared for them, and nobody's training is asked for.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from lims import clock
from lims.models.batch import Batch
from lims.models.earlier import Import
from lims.models.step import Step, StepStatus
from lims.models.user import User
from lims.workflows import states
from lims.workflows.earlier_rows import Origin

StepT = TypeVar("StepT", bound=Step)


def told(
    step: StepT,
    batch: Batch,
    *,
    code: str,
    at: datetime,
    performer: User,
    running: Import,
    origin: Origin,
    by: User,
) -> StepT:
    """`step` of `batch` as it was done `at` by `performer`, as `running` read it at `origin`."""
    step.patient_id, step.batch_id, step.code = batch.patient_id, batch.id, code
    step.started_by_id = step.recorded_by_id = by.id
    step.performed_by_id, step.performed_at = performer.id, at
    step.recorded_at = clock.now()
    step.late_reason = f"{running.code}: {origin.sheet}, {origin.row}"
    return states.begin(step)


def close(session: Session, steps: Sequence[Step]) -> None:
    """Nothing more is entered in them."""
    states.move_all(session, steps, StepStatus.RECORDED)
    states.move_all(session, steps, StepStatus.CLOSED)
