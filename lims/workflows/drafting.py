"""Drafts of orders of frozen cells: what is asked for, and whether it can be given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError
from lims.models.course import TransplantationSession
from lims.models.fill import Vial
from lims.models.order import Order, OrderKind
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import days, order_gate, recovery, states, vial_choice
from lims.workflows.codes import coded
from lims.workflows.command import command
from lims.workflows.holds import ReasonNeeded
from lims.workflows.vial_choice import NotEnough, TooFewVials

OF_PAPER = (OrderKind.TRANSFER, OrderKind.DESTROY)
"""These rest on the patient's decision or a legal paper, which is kept."""


class CellsOrVials(FieldError):
    sentence = N_(
        "Say how many viable cells are wanted, or how many vials, and leave the other empty."
    )


class PaperNeeded(FieldError):
    sentence = N_("Name the paper this rests on, and add it.")


class DestinationNeeded(FieldError):
    sentence = N_("Say where the vials go.")


class NeededAfterSession(FieldError):
    sentence = N_("%(code)s is planned for %(planned_on)s: cells are needed on that day or before.")


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


NOTHING = Paper()


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
    order = Order(
        patient_id=sitting.patient_id,
        kind=OrderKind.THAW,
        course_id=sitting.course_id,
        session_id=sitting.id,
        **of_thaw(session, sitting, ask, viable_cells, expand),
    )
    return _draft(session, order, ask, by)


def of_thaw(
    session: Session,
    sitting: TransplantationSession,
    ask: Ask,
    viable_cells: int | None,
    expand: bool,
) -> dict[str, Any]:
    """What an order of cells for `sitting` asks for, by its columns; raises where it cannot be."""
    for problem in order_gate.about_session(session, sitting):
        raise problem
    if ask.needed_on > sitting.planned_on:
        raise NeededAfterSession("needed_on", code=sitting.code, planned_on=sitting.planned_on)
    if (viable_cells is None) is (ask.vials is None):
        raise CellsOrVials("viable_cells")
    choices = vial_choice.in_store(session, sitting.patient_id, OrderKind.THAW, expand=expand)
    there = vial_choice.takeable(choices)
    return {
        "viable_cells_wanted": viable_cells,
        "vials_wanted": number_of(session, there, sitting.patient, ask.vials, viable_cells),
        "expand": expand,
    }


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
        raise NotEnough(number=len(vials), patient=patient.code, cells=Decimal(int(expected)))


@command(Permission.ORDER_VIALS)
def draft_order(
    session: Session,
    patient: Patient,
    *,
    kind: OrderKind,
    ask: Ask,
    destination: str | None = None,
    paper: Paper = NOTHING,
    by: User,
) -> Order:
    """Draft a transfer, a destruction or a test of a number of vials."""
    columns = of_vials(session, patient, kind, ask, destination, paper)
    return _draft(session, Order(patient_id=patient.id, expand=False, **columns), ask, by)


def of_vials(
    session: Session,
    patient: Patient,
    kind: OrderKind,
    ask: Ask,
    destination: str | None,
    paper: Paper,
) -> dict[str, Any]:
    """What such an order asks for, by its columns; raises where it cannot be."""
    if kind is OrderKind.THAW:
        raise NotWithoutSession()
    if kind is OrderKind.TRANSFER and not (destination or "").strip():
        raise DestinationNeeded("destination")
    if kind in OF_PAPER and not (paper.name and paper.sha256):
        raise PaperNeeded("document")
    there = vial_choice.takeable(vial_choice.in_store(session, patient.id, kind, expand=False))
    return {
        "kind": kind,
        "vials_wanted": number_of(session, there, patient, ask.vials, None),
        "destination": destination if kind is OrderKind.TRANSFER else None,
        "document": paper.name,
        "document_sha256": paper.sha256,
    }


def of_any(ask: Ask) -> dict[str, Any]:
    """When and why, by their columns."""
    if not ask.reason.strip():
        raise ReasonNeeded()
    days.require_ahead(ask.needed_on, field="needed_on")
    return {"needed_on": ask.needed_on, "reason": ask.reason}


def _draft(session: Session, order: Order, ask: Ask, by: User) -> Order:
    for name, value in of_any(ask).items():
        setattr(order, name, value)
    order.drafted_by_id = by.id
    session.add(coded(session, states.begin(order)))
    session.flush()
    return order
