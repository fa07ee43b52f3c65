"""Steps of earlier records: when they were done is told, that they were entered now is known.

They were never open here: no bench was cleared for them, and nobody's training is asked for.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, Amount, LimsError
from lims.models.batch import Batch
from lims.models.earlier import Import
from lims.models.fill import Fill, FillKind
from lims.models.filling import Filling
from lims.models.step import Step, StepStatus
from lims.models.suspension import Withdrawal
from lims.models.user import User
from lims.workflows import states
from lims.workflows.earlier_rows import Origin

StepT = TypeVar("StepT", bound=Step)
PLACE = re.compile(r"(UP\d{8}[0-9A-Z]): (.+), (\d+)")
"""Where a step was read, as its reason for being entered late says it."""


class FromEarlierRecords(LimsError):
    sentence = N_("From earlier records: import %(code)s, %(sheet)s, row %(row)s.")


class Portions(LimsError):
    """How many vials or doses a sheet tells of, and what each held."""

    sentence = N_("%(number)s × %(volume)s")


class BySheet(LimsError):
    sentence = N_("By its batch sheet: %(portions)s.")


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


def source_of(step: Step) -> LimsError | None:
    """Where `step` was read; None where it was recorded here, and so confirmed by somebody."""
    found = PLACE.fullmatch(step.late_reason or "") if step.confirmed_at is None else None
    if found is None:
        return None
    return FromEarlierRecords(code=found[1], sheet=found[2], row=found[3])


def portions_of(step: Step, taken: Withdrawal) -> Portions | None:
    """What a sheet says was filled from `taken`; None of a step that no sheet tells of."""
    if not isinstance(step, Filling) or not step.portion_ml or source_of(step) is None:
        return None
    volume = Amount(step.portion_ml, "mL")
    return Portions(number=number_of(taken.volume_ml, step.portion_ml), volume=volume)


def by_sheet(fill: Fill) -> BySheet | None:
    """What the batch sheet tells of `fill`, where one does."""
    told = portions_of(fill.made_by, fill.withdrawal)
    return BySheet(portions=told) if told else None


def number_filled(fill: Fill) -> int:
    """Its vials or doses; where a batch sheet tells of it, as many as the sheet says."""
    told = portions_of(fill.made_by, fill.withdrawal)
    known = fill.vials if fill.kind is FillKind.VIALS else fill.to_give
    return told.parameters["number"] if told else len(known)


def number_of(filled_ml: Decimal, portion_ml: Decimal) -> int:
    """How many containers of a portion each were filled."""
    return int(filled_ml / portion_ml)
