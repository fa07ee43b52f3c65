"""A recorded value corrected: a new value with a reason; the trail keeps the old one in sight.

Signatures made before it show as no longer valid, because what they signed is no longer shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Table, or_, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, Amount, FieldError, LimsError, NotPermitted, Stale, Word
from lims.models.administration import Administration, Handover, Receipt, Return
from lims.models.base import table_of
from lims.models.batch import BatchSample
from lims.models.culture import StepVessel
from lims.models.fill import Fill, FillStatus
from lims.models.filling import Filling
from lims.models.isolation import Isolation
from lims.models.reception import Reception
from lims.models.sample import Sample
from lims.models.site import Joint
from lims.models.step import Step, StepStatus
from lims.models.suspension import Suspension, Withdrawal
from lims.models.types import called
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.permissions import GRANTED, Permission, Role
from lims.workflows import deviations, moments, rejudging, sites, states
from lims.workflows.command import because, command
from lims.workflows.performing import InTheFuture
from lims.workflows.rejudging import Breach
from lims.workflows.since import Material, require_said, require_there
from lims.workflows.step_kinds import KINDS

NEVER_CORRECTED = frozenset({"id", "patient_id", "dose_id", "suspension_id", "sample_id"})
COMMON = ("performed_at", "comment")
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
    """The columns of a recorded step that may be corrected: those that say something of it."""
    of_others = set()
    if isinstance(step, Filling) and step.portion_ml is None:
        of_others.add("portion_ml")  # of doses none was planned
    if isinstance(step, Administration) and step.joint is not Joint.OTHER:
        of_others.add("joint_named")
    found = columns_of(table_of(step))
    return {name: column for name, column in found.items() if name not in of_others}


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
    comment: str | None = None,
    joint_named: str | None = None,
) -> Step:
    """Give one value of a recorded step its right value; after a release it is a deviation.

    `comment` answers what is asked where the new value is improbable.
    """
    require_correctable(session, step, reason, by, comment)
    if step.version != version:
        raise Stale(code=step.code)
    _require_fits(session, step, field, value)
    before = getattr(step, field)
    if before == value:
        raise NothingChanged(code=step.code)
    right = {field: value}
    if field == "joint":
        right["joint_named"] = sites.named(Joint(str(value)), joint_named)
    if field == "joint_named":
        right[field] = sites.named(Joint.OTHER, str(value or ""), field="value")
    broken = rejudging.breaches_around(session, step)
    for name, one in right.items():
        setattr(step, name, one)
    _pass_on(session, step, field, before, value)
    session.flush()
    told = corrected(step.code, correctable_columns(step)[field], before, value, reason)
    settle(session, step, broken, told, by, comment)
    return step


def may_correct(step: Step, person: User) -> bool:
    """Whoever corrects a record could have made it: the clinic its own, the laboratory its own."""
    return person.may(Permission.CORRECT_RECORD) and person.may(KINDS[step.kind].performed_with)


def correcting_roles(step: Step) -> list[Role]:
    """Whose work it is to correct `step`."""
    needed = {Permission.CORRECT_RECORD, KINDS[step.kind].performed_with}
    return [role for role, granted in GRANTED.items() if needed <= granted]


def require_correctable(
    session: Session, step: Step, reason: str, by: User, comment: str | None
) -> None:
    """Raise unless there is a reason and `step` was recorded; the trail keeps what was said."""
    if not may_correct(step, by):
        raise NotPermitted(permission=KINDS[step.kind].performed_with)
    if not reason.strip():
        raise ReasonNeeded()
    because(session, "; ".join(filter(None, (reason, comment))))
    states.require(step, StepStatus.RECORDED, StepStatus.CLOSED)


def settle(
    session: Session,
    step: Step,
    broken: Sequence[Breach],
    told: LimsError,
    by: User,
    comment: str | None,
) -> None:
    """What follows from a correction: the rules judge anew, a review is void, a release is told.

    What they find improbable is asked about; `comment` says that it was so.
    """
    new = rejudging.new_breaches(session, step, broken)
    require_said((each.found for each in new if each.is_improbable), comment)
    rejudging.open_deviations(session, new, by)
    for fill in _fills_after(session, step, FillStatus.PRODUCTION_REVIEWED):
        states.move(session, fill, FillStatus.QUARANTINED)
    if released := _fills_after(session, step, *AFTER_RELEASE):
        deviations.open_by_rule(session, "correction", step, *released, description=told, by=by)


def corrected(
    code: str, column: Column[Any], before: object, value: object, reason: str
) -> Corrected:
    """What a correction says of itself where it comes after a release."""
    return Corrected(
        code=code,
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


def _pass_on(session: Session, step: Step, field: str, before: Any, value: Any) -> None:
    """Where something else says the same as the step, it says the right value too."""
    if field == "performed_at":
        moments.follow(session, step, before, value)
    if isinstance(step, Reception) and field == "mass_g":
        session.get_one(Sample, step.sample_id).mass_g = value


def _require_fits(session: Session, step: Step, field: str, value: object) -> None:
    """Raise where `field` is none of those corrected, or `value` could never stand in it."""
    columns = correctable_columns(step)
    if field not in columns:
        raise NotCorrectable(code=step.code, field=field)
    if value is None and (field == "performed_at" or not columns[field].nullable):
        raise FieldError(field="value", problem=NotEmpty())
    if field == "performed_at" and isinstance(value, datetime) and value > clock.now():
        raise FieldError(field="value", problem=InTheFuture(at=value))
    if field == "performed_at" and isinstance(value, datetime):
        require_there(value, *_worked_on(session, step), field="value")


def _worked_on(session: Session, step: Step) -> list[Material]:
    """What had to be there before `step` was performed."""
    seen = select(Vessel).join(StepVessel, StepVessel.vessel_id == Vessel.id)
    found: list[Material] = list(session.scalars(seen.where(StepVessel.step_id == step.id)))
    drawn = select(Suspension).join(Withdrawal, Withdrawal.suspension_id == Suspension.id)
    of_others = Withdrawal.step_id == step.id, Suspension.made_by_id != step.id
    found += session.scalars(drawn.where(*of_others).distinct())
    if isinstance(step, Isolation):
        found.append(session.get_one(Sample, step.sample_id))
    if isinstance(step, Handover | Receipt | Return | Administration):
        found.append(step.dose)
    return found


def _fills_after(session: Session, step: Step, *statuses: FillStatus) -> list[Fill]:
    """The fills in these states of the batch this step, or the tissue it handled, belongs to."""
    batches = select(BatchSample.batch_id).where(BatchSample.sample_id == step.sample_id)
    of_step = or_(Fill.batch_id == step.batch_id, Fill.batch_id.in_(batches))
    found = select(Fill).where(of_step, Fill.status.in_(statuses))
    return list(session.scalars(found.order_by(Fill.id)))
