"""Hours that earlier records do not tell: a sheet without a time, or with 00:00, names a day."""

from datetime import date, datetime

from lims import clock
from lims.models.step import Step
from lims.workflows import earlier_steps


def told(at: datetime, of_earlier: bool) -> date:
    """`at`, or its day alone where earlier records tell no hour."""
    day = clock.day_of(at)
    return day if of_earlier and at == clock.midnight(day) else at


def performed(step: Step) -> date:
    """When `step` was done, or begun where that is not entered yet, as far as it is told."""
    at = step.performed_at or step.started_at
    return told(at, earlier_steps.source_of(step) is not None)
