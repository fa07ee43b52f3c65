"""Orders of frozen cells: submitted with a signature, cancelled, lapsed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import NotPermitted
from lims.models.fill import Vial
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import order_gate, reserving, signing, specifications, states
from lims.workflows.command import because, command
from lims.workflows.holds import ReasonNeeded
from lims.workflows.signing import Proof


def shown_of(order: Order) -> dict[str, object]:
    """What is asked for, as it is signed."""
    return {
        "order": order.code,
        "patient": order.patient_id,
        "kind": order.kind,
        "session": order.session_id,
        "viable_cells": order.viable_cells_wanted,
        "vials": order.vials_wanted,
        "expand": order.expand,
        "needed_on": order.needed_on,
        "reason": order.reason,
        "destination": order.destination,
        "document": order.document,
        "document_sha256": order.document_sha256,
    }


@command(Permission.ORDER_VIALS)
def submit_order(session: Session, order: Order, *, proof: Proof, by: User) -> Order:
    """Sign a draft: from now on the bank works on it. A thaw is a physician's to order."""
    states.require(order, OrderStatus.DRAFTED)
    if order.kind is OrderKind.THAW and not by.may(Permission.ORDER_COURSE):
        raise NotPermitted(permission=Permission.ORDER_COURSE)
    order_gate.require(session, order)
    shown = shown_of(order)
    signing.sign(session, order, meaning=Meaning.SUBMITTED, shown=shown, proof=proof, by=by)
    states.move(session, order, OrderStatus.SUBMITTED)
    return order


@command(Permission.ORDER_VIALS)
def cancel_order(session: Session, order: Order, *, reason: str, by: User) -> Order:
    """The order is not needed any more; the vials kept for it are free."""
    if not reason.strip():
        raise ReasonNeeded()
    because(session, reason)
    states.require(order, *reserving.UNDER_WAY)
    reserving.require_none_out(session, order)
    reserving.end(session, order, OrderStatus.CANCELLED, reason)
    return order


def lapse_due(session: Session, *, by: User | None = None) -> int:
    """Orders that nobody carried out in time lapse; run by the clock, answers how many."""
    version = specifications.approved(session)
    if version is None:
        return 0
    days_left = specifications.whole_limit(version, "order_lapses_days")
    due = session.scalars(
        select(Order)
        .where(
            Order.needed_on < clock.today() - timedelta(days=days_left),
            Order.status.in_(reserving.UNDER_WAY),
        )
        .order_by(Order.id)
        .with_for_update()
    ).all()
    idle = [order for order in due if not any(map(reserving.is_out, _kept(session, order)))]
    for order in idle:
        reserving.end(session, order, OrderStatus.LAPSED, None)
    return len(idle)


def _kept(session: Session, order: Order) -> list[Vial]:
    return [each.vial for each in reserving.open_of(session, order)]
