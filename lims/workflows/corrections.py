"""A recorded value corrected: a new value with a reason; the trail keeps the old one in sight.

Signatures made before it show as no longer valid, because what they signed is no longer shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Table, func, or_, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, Amount, FieldError, LimsError, Stale, Word
from lims.models.audit import Action, AuditEntry
from lims.models.base import table_of
from lims.models.batch import BatchSample
from lims.models.fill import Fill, FillStatus
from lims.models.reception import Reception
from lims.models.sample import Sample
from lims.models.step import Step, StepKind, StepStatus
from lims.models.types import called
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, journey, states
from lims.workflows.command import because, command
from lims.workflows.steps import InTheFuture

NEVER_CORRECTED = frozenset({"id", "patient_id", "dose_id", "suspension_id", "sample_id"})
COMMON = ("performed_at", "comment")
OF_THE_TISSUE = {
    (StepKind.COLLECTION, "performed_at"): "collected_at",
    (StepKind.RECEPTION, "performed_at"): "received_at",
    (StepKind.RECEPTION, "mass_g"): "mass_g",
}
"""What a step says of the tissue, and the column of the tissue that says the same."""
JUDGED_ANEW = {"mass_g": "mass"}
"""By column: the rule that judges it."""
AFTER_RELEASE = (FillStatus.CONDITIONAL, FillStatus.RELEASED)


class NotCorrectable(LimsError):
    sentence = N_("%(field)s of %(code)s is not corrected here.")


class NothingChanged(LimsError):
    sentence = N_("That is what %(code)s says already.")


class ReasonNeeded(LimsError):
    sentence = N_("Say why the value is corrected.")


class NotEmpty(LimsError):
    sentence = N_("This value cannot be empty.")


class Corrected(LimsError):
    sentence = N_(
        "%(code)s: %(what)s %(before)s, corrected to %(after)s at %(at)s. Reason: %(reason)s"
    )


def correctable_columns(step: Step) -> Mapping[str, Column[Any]]:
    """The columns of a recorded step that may be corrected."""
    return columns_of(table_of(step))


def columns_of(kind: Table) -> Mapping[str, Column[Any]]:
    """Those of one kind of step: its own measures, the time and the comment."""
    own = {
        column.name: column
        for column in kind.columns
        if column.name not in NEVER_CORRECTED and not column.foreign_keys
    }
    return own | {name: table_of(Step).c[name] for name in COMMON}


def correctable(step: Step) -> Mapping[str, Any]:
    """What a recorded step says in the columns that may be corrected."""
    return {name: getattr(step, name) for name in correctable_columns(step)}


@command(Permission.CORRECT_RECORD)
def correct_step(
    session: Session,
    step: Step,
    *,
    field: str,
    value: object,
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
    _require_fits(step, field, value)
    before = getattr(step, field)
    if before == value:
        raise NothingChanged(code=step.code)
    setattr(step, field, value)
    _pass_on(session, step, field, value, by)
    session.flush()
    if released := _released_after(session, step):
        deviations.open_by_rule(
            session,
            "correction",
            step,
            *released,
            description=_corrected(step, field, before, value, reason),
            by=by,
        )
    return step


def _corrected(step: Step, field: str, before: object, value: object, reason: str) -> Corrected:
    column = correctable_columns(step)[field]
    return Corrected(
        code=step.code,
        what=called(column).replace("_", " "),
        before=_written(column, before),
        after=_written(column, value),
        at=clock.now(),
        reason=reason,
    )


def _written(column: Column[Any], value: object) -> object:
    """A value as a parameter of a sentence."""
    match value:
        case None:
            return "–"
        case bool():
            return Word("yes" if value else "no")
        case Decimal() | int():
            return Amount(value, column.info.get("unit", ""))
    return value


def _pass_on(session: Session, step: Step, field: str, value: object, by: User) -> None:
    """Where the tissue says the same as the step, it says the right value too, judged anew."""
    column = OF_THE_TISSUE.get((step.kind, field))
    if column is None:
        return
    sample = session.get_one(Sample, step.sample_id)
    setattr(sample, column, value)
    if isinstance(step, Reception) and field in JUDGED_ANEW:
        for rule, found in journey.outside(session, sample, step):
            if rule == JUDGED_ANEW[field]:
                deviations.open_by_rule(session, rule, sample, step, description=found, by=by)


def _require_fits(step: Step, field: str, value: object) -> None:
    """Raise where `field` is none of those corrected, or `value` could never stand in it."""
    columns = correctable_columns(step)
    if field not in columns:
        raise NotCorrectable(code=step.code, field=field)
    if value is None and (field == "performed_at" or not columns[field].nullable):
        raise FieldError(field="value", problem=NotEmpty())
    if field == "performed_at" and isinstance(value, datetime) and value > clock.now():
        raise FieldError(field="value", problem=InTheFuture(at=value))


def _released_after(session: Session, step: Step) -> list[Fill]:
    """The released fills of the batch this step, or the tissue it handled, belongs to."""
    batches = select(BatchSample.batch_id).where(BatchSample.sample_id == step.sample_id)
    of_step = or_(Fill.batch_id == step.batch_id, Fill.batch_id.in_(batches))
    released = select(Fill).where(of_step, Fill.status.in_(AFTER_RELEASE))
    return list(session.scalars(released.order_by(Fill.id)))


def count_of(session: Session, steps: Sequence[Step]) -> int:
    """How many changes corrections made to recorded values of `steps`."""
    found = session.scalar(
        select(func.count()).where(
            AuditEntry.action == Action.UPDATE.value,
            AuditEntry.command == correct_step.__name__,
            AuditEntry.table_name.in_({table_of(step).name for step in steps}),
            AuditEntry.row_id.in_([step.id for step in steps]),
        )
    )
    return int(found or 0)
