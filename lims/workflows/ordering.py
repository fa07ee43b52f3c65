"""Ordering frozen cells: drafted, submitted with a signature, cancelled, lapsed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError, NotPermitted
from lims.models.course import TransplantationSession
from lims.models.fill import Vial
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.patient import Patient
from lims.models.signature import Meaning
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    days,
    order_gate,
    recovery,
    reserving,
    signing,
    specifications,
    states,
    vial_choice,
)
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.holds import ReasonNeeded
from lims.workflows.signing import Proof
from lims.workflows.vial_choice import NotEnough, TooFewVials

OF_PAPER = (OrderKind.TRANSFER, OrderKind.DESTROY)
"""These rest on the patient's decision or a legal paper, which is kept."""


class CellsOrVials(FieldError):
    sentence = N_("Say how many viable cells are wanted, or how many vials: one of both.")


class PaperNeeded(FieldError):
    sentence = N_("Name the paper this rests on, and add it.")


class DestinationNeeded(FieldError):
    sentence = N_("Say where the vials go.")


class NotWithoutSession(LimsError):
    sentence = N_("Cells are thawed for a session. Order from the page of the session.")


@dataclass(frozen=True)
class Ask:
    """What is asked for, whatever it is for."""

    needed_on: date
    reason: str
    vials: int | None = None


@dataclass(frozen=True)
class Paper:
    """The paper a transfer or a destruction rests on: how it is called, and what it hashes to."""

    name: str | None = None
    sha256: str | None = None


@command(Permission.ORDER_VIALS)
def draft_thaw(
    session: Session,
    sitting: TransplantationSession,
    *,
    ask: Ask,
    viable_cells: int | None,
    expand: bool,
    by: User,
) -> Order:
    """Draft an order of cells to be thawed for a session, by their number or by vials."""
    for problem in order_gate.about_session(sitting):
        raise problem
    if (viable_cells is None) is (ask.vials is None):
        raise CellsOrVials("viable_cells")
    choices = vial_choice.in_store(session, sitting.patient_id, OrderKind.THAW, expand=expand)
    there = vial_choice.takeable(choices)
    order = Order(
        patient_id=sitting.patient_id,
        kind=OrderKind.THAW,
        course_id=sitting.course_id,
        session_id=sitting.id,
        viable_cells_wanted=viable_cells,
        vials_wanted=number_of(session, there, sitting.patient, ask.vials, viable_cells),
        expand=expand,
    )
    return _draft(session, order, ask, by)


def number_of(
    session: Session, there: Sequence[Vial], patient: Patient, vials: int | None, cells: int | None
) -> int:
    """How many vials do, by the expected recovery where cells are asked for; raises if too few."""
    if cells is None:
        wanted = vials or 1
        if wanted > len(there):
            raise TooFewVials(number=len(there), patient=patient.code, wanted=wanted)
        return wanted
    known = recovery.expected(session)
    enough = vial_choice.enough_of(there, cells, known)
    require_enough(enough, patient, cells, known)
    return len(enough)


def require_enough(
    vials: Sequence[Vial], patient: Patient, cells: int, known: recovery.Recovery
) -> None:
    """Raise NotEnough unless so many viable cells are expected from `vials`."""
    expected = vial_choice.counted_on(vials, known)
    if expected < cells:
        raise NotEnough(number=len(vials), patient=patient.code, cells=int(expected))


@command(Permission.ORDER_VIALS)
def draft_order(
    session: Session,
    patient: Patient,
    *,
    kind: OrderKind,
    ask: Ask,
    destination: str | None = None,
    paper: Paper = Paper(),
    by: User,
) -> Order:
    """Draft a transfer, a destruction or a test of a number of vials."""
    if kind is OrderKind.THAW:
        raise NotWithoutSession()
    if kind is OrderKind.TRANSFER and not (destination or "").strip():
        raise DestinationNeeded("destination")
    if kind in OF_PAPER and not (paper.name and paper.sha256):
        raise PaperNeeded("document")
    there = vial_choice.takeable(vial_choice.in_store(session, patient.id, kind, expand=False))
    order = Order(
        patient_id=patient.id,
        kind=kind,
        vials_wanted=number_of(session, there, patient, ask.vials, None),
        expand=False,
        destination=destination if kind is OrderKind.TRANSFER else None,
        document=paper.name,
        document_sha256=paper.sha256,
    )
    return _draft(session, order, ask, by)


def _draft(session: Session, order: Order, ask: Ask, by: User) -> Order:
    if not ask.reason.strip():
        raise ReasonNeeded()
    days.require_ahead(ask.needed_on, field="needed_on")
    order.needed_on, order.reason, order.drafted_by_id = ask.needed_on, ask.reason, by.id
    session.add(coded(session, states.begin(order)))
    session.flush()
    return order


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
