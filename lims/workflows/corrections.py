"""A recorded value corrected: a new value with a reason; the trail keeps the old one in sight.

Signatures made before it show as no longer valid, because what they signed is no longer shown.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError, Stale
from lims.models.base import table_of
from lims.models.batch import Batch
from lims.models.fill import Fill, FillStatus
from lims.models.step import Step, StepStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, states
from lims.workflows.command import because, command

NEVER_CORRECTED = frozenset({"id", "patient_id", "dose_id", "suspension_id", "sample_id"})
COMMON = ("performed_at", "comment")
AFTER_RELEASE = (FillStatus.CONDITIONAL, FillStatus.RELEASED)


class NotCorrectable(LimsError):
    sentence = N_("%(field)s of %(code)s is not corrected here.")


class NothingChanged(LimsError):
    sentence = N_("That is what %(code)s says already.")


class ReasonNeeded(LimsError):
    sentence = N_("Say why the value is corrected.")


def correctable(step: Step) -> Mapping[str, Any]:
    """The values of a recorded step that may be corrected: its kind's own, time and comment."""
    own = [
        column.name
        for column in table_of(step).columns
        if column.name not in NEVER_CORRECTED and not column.foreign_keys
    ]
    return {name: getattr(step, name) for name in (*own, *COMMON)}


@command(Permission.CORRECT_RECORD)
def correct_step(
    session: Session,
    step: Step,
    *,
    field: str,
    value: Decimal | int | str | bool | None | Any,
    reason: str,
    version: int,
    by: User,
) -> Step:
    """Give one value of a recorded step its right value; after a release it is a deviation."""
    if not reason.strip():
        raise ReasonNeeded()
    because(session, reason)
    if step.version != version:
        raise Stale(code=step.code)
    states.require(step, StepStatus.RECORDED, StepStatus.CLOSED)
    if field not in correctable(step):
        raise NotCorrectable(code=step.code, field=field)
    before = getattr(step, field)
    if before == value:
        raise NothingChanged(code=step.code)
    setattr(step, field, value)
    session.flush()
    if released := _released_after(session, step):
        deviations.open_by_rule(
            session,
            "correction",
            step,
            *released,
            description=f"{step.code} {field}: {before} -> {value} ({reason}, {clock.now():%F})",
            by=by,
        )
    return step


def _released_after(session: Session, step: Step) -> list[Fill]:
    if step.batch_id is None:
        return []
    batch = session.get_one(Batch, step.batch_id)
    return list(
        session.scalars(
            select(Fill).where(Fill.batch_id == batch.id, Fill.status.in_(AFTER_RELEASE))
        )
    )
