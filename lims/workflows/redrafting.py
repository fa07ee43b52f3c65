"""A draft of an order of frozen cells changed by its author, until it is signed."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError, Stale, WrongState
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import drafting
from lims.workflows.command import command
from lims.workflows.drafting import NOTHING, Ask, NotWithoutSession, Paper


class NotDrafter(LimsError):
    sentence = N_("%(code)s is the draft of %(name)s, who alone changes it.")
    recorded = True
    status = 403
    leads_to = "code"


def problems_with(order: Order, person: User) -> Iterator[LimsError]:
    """Why `person` may not change `order`; nothing where it is their draft."""
    if order.status is not OrderStatus.DRAFTED:
        yield WrongState(code=order.code, status=order.status, wanted=OrderStatus.DRAFTED)
    if order.drafted_by_id != person.id:
        yield NotDrafter(code=order.code, name=order.drafted_by.full_name)


CHANGING = ("change_thaw", "change_order")
"""The commands below, as the audit trail names them."""


@command(Permission.ORDER_VIALS)
def change_thaw(
    session: Session,
    order: Order,
    *,
    ask: Ask,
    viable_cells: int | None,
    expand: bool,
    version: int | None,
    by: User,
) -> Order:
    """Ask for something else for the same session."""
    if order.session is None:
        raise NotWithoutSession()
    columns = drafting.of_thaw(session, order.session, ask, viable_cells, expand)
    return _change(session, order, columns, ask, version, by)


@command(Permission.ORDER_VIALS)
def change_order(
    session: Session,
    order: Order,
    *,
    kind: OrderKind,
    ask: Ask,
    destination: str | None = None,
    paper: Paper = NOTHING,
    version: int | None,
    by: User,
) -> Order:
    """Ask for something else of the same patient; the paper kept stays where none is sent."""
    if order.kind is OrderKind.THAW:
        raise NotWithoutSession()
    if paper.name and paper.sha256 is None:
        paper = Paper(paper.name, order.document_sha256)
    patient = session.get_one(Patient, order.patient_id)
    columns = drafting.of_vials(session, patient, kind, ask, destination, paper)
    return _change(session, order, columns, ask, version, by)


def _change(
    session: Session,
    order: Order,
    columns: Mapping[str, Any],
    ask: Ask,
    version: int | None,
    by: User,
) -> Order:
    for problem in problems_with(order, by):
        raise problem
    if order.version != version:
        raise Stale(code=order.code)
    for name, value in {**columns, **drafting.of_any(ask)}.items():
        setattr(order, name, value)
    session.flush()
    return order
