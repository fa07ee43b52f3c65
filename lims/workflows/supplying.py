"""Lots and equipment scanned into a step; out of order only by a second person's override."""

from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.equipment import Equipment
from lims.models.lot import Lot
from lims.models.step import Step, StepEquipment, StepLot, StepStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import deviations, equipment, lots, stock
from lims.workflows.command import command
from lims.workflows.signing import Proof, second_person
from lims.workflows.steps import StepNotOpen


class OverrideNotAllowed(LimsError):
    sentence = N_("%(name)s may not let this be used.")
    recorded = True


class OverrideReasonNeeded(LimsError):
    sentence = N_("Say why %(code)s is used although it is not in order.")


def _require_entering(step: Step) -> None:
    if step.status not in (StepStatus.OPEN, StepStatus.RECORDED):
        raise StepNotOpen(code=step.code, status=step.status)


def _overriding(
    session: Session, code: str, override: Proof | None, reason: str | None, problem: LimsError
) -> User:
    """The second person who lets something be used; `problem` itself where there is none."""
    if override is None:
        raise problem
    if not (reason or "").strip():
        raise OverrideReasonNeeded(code=code)
    person = second_person(session, override, not_these=[])
    if not person.may(Permission.OVERRIDE_SUPPLY):
        raise OverrideNotAllowed(name=person.full_name)
    return person


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
    """A lot scanned into a step, with how much of it is used (in the unit of its item)."""
    _require_entering(step)
    used = StepLot(patient_id=step.patient_id, step_id=step.id, lot_id=lot.id, quantity=quantity)
    problem = stock.problem_with(session, lot, quantity, clock.now())
    if problem is not None:
        person = _overriding(session, lot.code, override, reason, problem)
        if person.id == by.id:
            raise OverrideNotAllowed(name=person.full_name)
        used.override_reason, used.override_by_id = reason, person.id
        deviations.open_by_rule(
            session, "supply", step, lot, description=f"{problem.english()} {reason}", by=by
        )
    session.add(used)
    session.flush()
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
    """A piece of equipment scanned into a step."""
    _require_entering(step)
    used = StepEquipment(patient_id=step.patient_id, step_id=step.id, equipment_id=item.id)
    problem = equipment.problem_with(item, clock.now())
    if problem is not None:
        person = _overriding(session, item.code, override, reason, problem)
        if person.id == by.id:
            raise OverrideNotAllowed(name=person.full_name)
        used.override_reason, used.override_by_id = reason, person.id
        deviations.open_by_rule(
            session, "supply", step, item, description=f"{problem.english()} {reason}", by=by
        )
    session.add(used)
    session.flush()
    return used
