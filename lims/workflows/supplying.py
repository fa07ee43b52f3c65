"""Lots and equipment scanned into a step; out of order only by a second person's override."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, Amount, FieldError, LimsError
from lims.models.deviation import Deviation
from lims.models.equipment import Equipment
from lims.models.lot import ItemKind, Lot
from lims.models.step import Step, StepEquipment, StepLot, StepStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import benches, deviations, identity, lots, stock
from lims.workflows.command import command
from lims.workflows.signing import Proof, second_person
from lims.workflows.steps import StepNotOpen


class OverrideNotAllowed(LimsError):
    sentence = N_("%(name)s may not let this be used.")
    recorded = True


class OverrideReasonNeeded(LimsError):
    sentence = N_("Say why %(code)s is used although it is not in order.")


class Overridden(LimsError):
    sentence = N_("%(problem)s It was used all the same. Reason: %(reason)s")


class CountedAlready(LimsError):
    sentence = N_(
        "%(quantity)s of %(code)s are among the lots of this step already: these would be more."
    )


class OtherBottle(LimsError):
    sentence = N_("%(code)s is %(item)s, of the kind %(kind)s; %(expected)s is expected.")


def _require_entering(step: Step) -> None:
    if step.status not in (StepStatus.OPEN, StepStatus.RECORDED):
        raise StepNotOpen(code=step.code, status=step.status)


def _override(
    session: Session,
    step: Step,
    supply: Lot | Equipment,
    problem: LimsError,
    override: Proof | None,
    reason: str | None,
    by: User,
) -> dict[str, Any]:
    let = let_be_used(session, supply, problem, override, reason, by, step)
    return {"override_reason": reason, "override_by_id": let.by.id}


@dataclass(frozen=True)
class Let:
    """Who let something be used that is not in order, and the deviation that was opened."""

    by: User
    deviation: Deviation


def let_be_used(
    session: Session,
    supply: Lot | Equipment,
    problem: LimsError,
    override: Proof | None,
    reason: str | None,
    by: User,
    *used_for: Any,
) -> Let:
    """Who lets something be used and why, with a deviation about what it is `used_for`; raises
    `problem` itself where nobody does."""
    if override is None:
        raise problem
    if not (reason or "").strip():
        raise FieldError("reason", problem=OverrideReasonNeeded(code=supply.code))
    person = second_person(session, override, not_these=[by])
    if not person.may(Permission.OVERRIDE_SUPPLY):
        raise OverrideNotAllowed(name=person.full_name)
    told = Overridden(problem=problem, reason=reason)
    found = deviations.open_by_rule(session, "supply", *used_for, supply, description=told, by=by)
    return Let(person, found)


@command(Permission.KEEP_STEP)
def use_lot(
    session: Session,
    step: Step,
    *,
    lot: Lot,
    quantity: Decimal,
    by: User,
    override: Proof | None = None,
    reason: str | None = None,
) -> StepLot:
    """A lot scanned into a step, with how much of it is used (in the unit of its item).

    Scanned again, it is a further amount of the same lot.
    """
    _require_entering(step)
    problem = stock.problem_with(session, lot, quantity, clock.now())
    overriding: dict[str, Any] = {}
    if problem is not None:
        overriding = _override(session, step, lot, problem, override, reason, by)
    return _take(session, step, lot, quantity, **overriding)


def note_lot(
    session: Session, step: Step, lot: Lot, quantity: Decimal, *, by: User
) -> LimsError | None:
    """A lot that was used already when the step is entered: what was out of order with it, if
    anything, is a deviation."""
    problem = stock.problem_with(session, lot, quantity, clock.now())
    _take(session, step, lot, quantity)
    if problem is not None:
        deviations.open_by_rule(session, "supply", step, lot, description=problem, by=by)
    return problem


def used_of(session: Session, step: Step, lot: Lot) -> StepLot | None:
    """How much of `lot` is recorded as used in `step`; None where it was not scanned there."""
    return session.scalars(
        select(StepLot).where(StepLot.step_id == step.id, StepLot.lot_id == lot.id)
    ).one_or_none()


def of_another_kind(lot: Lot, expected: ItemKind) -> Iterator[LimsError]:
    """That `lot` is not of the kind that such a step takes."""
    item = lot.item
    if item.kind != expected:
        yield OtherBottle(code=lot.code, item=item.name, kind=item.kind, expected=expected)


def counted_already(used: StepLot | None) -> Iterator[LimsError]:
    """That a lot entered with what was done was scanned into the step before: twice the stock."""
    if used is not None and used.quantity:
        quantity = Amount(used.quantity, used.lot.item.unit)
        yield CountedAlready(code=used.lot.code, quantity=quantity)


def _take(session: Session, step: Step, lot: Lot, quantity: Decimal, **overriding: Any) -> StepLot:
    used = used_of(session, step, lot)
    if used is None:
        used = StepLot(
            patient_id=step.patient_id, step_id=step.id, lot_id=lot.id, quantity=Decimal(0)
        )
        session.add(used)
    used.quantity += quantity
    identity.note_scans(session, step, [lot.code])
    for name, value in overriding.items():
        setattr(used, name, value)
    session.flush()
    session.expire(step, ["lots"])
    lots.take_into_use(session, lot)
    return used


@command(Permission.KEEP_STEP)
def use_equipment(
    session: Session,
    step: Step,
    *,
    item: Equipment,
    by: User,
    override: Proof | None = None,
    reason: str | None = None,
) -> StepEquipment:
    """A piece of equipment scanned into a step; scanned again, it is in it once."""
    _require_entering(step)
    if (known := _used_before(session, step, item)) is not None:
        return known
    problem = benches.problem_at(session, item, step.station, clock.now())
    overriding: dict[str, Any] = {}
    if problem is not None:
        overriding = _override(session, step, item, problem, override, reason, by)
    return benches.note_use(session, step, item, **overriding)


def note_equipment(session: Session, step: Step, items: Iterable[Equipment], *, by: User) -> None:
    """Equipment that was used already when the step is entered: out of order, it is a deviation."""
    for item in items:
        benches.note_use(session, step, item)
        problem = benches.problem_at(session, item, step.station, clock.now())
        if problem is not None:
            deviations.open_by_rule(session, "supply", step, item, description=problem, by=by)


def _used_before(session: Session, step: Step, item: Equipment) -> StepEquipment | None:
    return session.scalars(
        select(StepEquipment).where(
            StepEquipment.step_id == step.id, StepEquipment.equipment_id == item.id
        )
    ).one_or_none()
