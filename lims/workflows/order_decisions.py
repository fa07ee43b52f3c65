"""What becomes of a submitted order: checked by the bank, approved by quality, carried out."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.fill import Vial
from lims.models.order import Order, OrderStatus
from lims.models.patient import Patient
from lims.models.signature import Meaning, Signature
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    drafting,
    identity,
    lost_vials,
    order_gate,
    ordering,
    recovery,
    reserving,
    signing,
    states,
    vial_choice,
)
from lims.workflows.command import because, command
from lims.workflows.holds import ReasonNeeded
from lims.workflows.signing import Proof, SamePerson

BEFORE_APPROVAL = (Meaning.SUBMITTED, Meaning.CHECKED)


class NothingChosen(LimsError):
    sentence = N_("Choose the vials that are kept for this order.")


class AnotherNumber(LimsError):
    sentence = N_("Vials ordered: %(wanted)s; chosen: %(number)s.")


class NotAhead(FieldError):
    sentence = N_("This time is over. Plan one that is still to come.")


def proposed(session: Session, order: Order) -> list[Vial]:
    """The vials the bank would take: as many as do, those first that are to be used first."""
    there = vial_choice.takeable(
        vial_choice.in_store(session, order.patient_id, order.kind, expand=order.expand)
    )
    if order.viable_cells_wanted is None:
        return there[: order.vials_wanted]
    known = recovery.expected(session)
    return vial_choice.enough_of(there, order.viable_cells_wanted, known)


def shown_with_vials(session: Session, order: Order) -> dict[str, object]:
    """The order with the vials that the bank chose, as the bank and quality sign it."""
    chosen = [each.vial.code for each in reserving.all_of(session, order)]
    return {**ordering.shown_of(order), "chosen": chosen}


@command(Permission.CHECK_ORDER)
def check_order(
    session: Session, order: Order, *, vials: Sequence[Vial], seen: str, proof: Proof, by: User
) -> Order:
    """The bank keeps these vials for the order and signs it with them; `seen` is what it read."""
    states.require(order, OrderStatus.SUBMITTED)
    if seen != signing.sha256_of(ordering.shown_of(order)):
        raise Stale(code=order.code)
    if not vials:
        raise NothingChosen()
    identity.require_same_patient(session, order.patient_id, *vials)
    order_gate.require(session, order, vials)
    reserving.reserve(session, order, vials, by=by)
    for problems in vial_choice.problems_with(session, vials, order.kind).values():
        for problem in problems:
            raise problem
    _require_number(session, order, vials)
    shown = shown_with_vials(session, order)
    signing.sign(session, order, meaning=Meaning.CHECKED, shown=shown, proof=proof, by=by)
    states.move(session, order, OrderStatus.CHECKED)
    return order


def _require_number(session: Session, order: Order, vials: Sequence[Vial]) -> None:
    if order.viable_cells_wanted is None:
        if len(vials) != order.vials_wanted:
            raise AnotherNumber(wanted=order.vials_wanted, number=len(vials))
        return
    patient = session.get_one(Patient, order.patient_id)
    known = recovery.expected(session)
    drafting.require_enough(vials, patient, order.viable_cells_wanted, known)


def signers(session: Session, order: Order, *meanings: Meaning) -> dict[Meaning, Signature]:
    """Who signed an order, by what it meant."""
    query = select(Signature).where(
        Signature.subject_table == "vial_order",
        Signature.subject_id == order.id,
        Signature.meaning.in_(meanings),
    )
    return {each.meaning: each for each in session.scalars(query.order_by(Signature.id))}


def kept_problems(session: Session, order: Order) -> list[LimsError]:
    """What speaks against an order whose vials are chosen: of the order, and of each vial."""
    kept = reserving.all_of(session, order)
    vials = [each.vial for each in kept]
    found = order_gate.problems_with(session, order, vials)
    found += lost_vials.of(session, order)
    for problems in vial_choice.problems_with(session, vials, order.kind).values():
        found += problems
    return found


def _require_fit(session: Session, order: Order) -> None:
    for problem in kept_problems(session, order):
        raise problem


@command(Permission.APPROVE_ORDER)
def approve_order(session: Session, order: Order, *, proof: Proof, by: User) -> Order:
    """Quality approves the order with its vials; neither who ordered nor who checked it may."""
    states.require(order, OrderStatus.CHECKED)
    _require_fit(session, order)
    if by.id in {each.user_id for each in signers(session, order, *BEFORE_APPROVAL).values()}:
        raise SamePerson(name=by.full_name)
    shown = shown_with_vials(session, order)
    signing.sign(session, order, meaning=Meaning.APPROVED, shown=shown, proof=proof, by=by)
    states.move(session, order, OrderStatus.APPROVED)
    return order


@command(Permission.CHECK_ORDER)
def schedule_order(session: Session, order: Order, *, at: datetime, by: User) -> Order:
    """The bank plans when the vials are taken out, or plans it anew."""
    states.require(order, OrderStatus.APPROVED, OrderStatus.SCHEDULED)
    if at < clock.now():
        raise NotAhead("at")
    _require_fit(session, order)
    order.scheduled_for = at
    if order.status is OrderStatus.APPROVED:
        states.move(session, order, OrderStatus.SCHEDULED)
    return order


@command(Permission.CHECK_ORDER)
def refuse_check(session: Session, order: Order, *, reason: str, by: User) -> Order:
    """The bank cannot do it: the vials are not there or not fit."""
    states.require(order, OrderStatus.SUBMITTED)
    return _refuse(session, order, reason)


@command(Permission.APPROVE_ORDER)
def refuse_order(session: Session, order: Order, *, reason: str, by: User) -> Order:
    """Quality does not approve it."""
    states.require(order, OrderStatus.CHECKED)
    return _refuse(session, order, reason)


def _refuse(session: Session, order: Order, reason: str) -> Order:
    if not reason.strip():
        raise ReasonNeeded()
    because(session, reason)
    reserving.end(session, order, OrderStatus.REFUSED, reason)
    return order


def fulfil(session: Session, order: Order) -> None:
    """What was ordered is done: vials not used are free, none may be out of the cold still."""
    reserving.require_none_out(session, order)
    states.move(session, order, OrderStatus.FULFILLED)
    reserving.free(session, order)


@command(Permission.CHECK_ORDER)
def close_order(session: Session, order: Order, *, by: User) -> Order:
    """The bank has put its papers in order: nothing is left to be done for it."""
    states.require(order, OrderStatus.FULFILLED)
    states.move(session, order, OrderStatus.CLOSED)
    return order
