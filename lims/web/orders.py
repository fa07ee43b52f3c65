"""Orders of frozen cells: which there are and for whom they wait; one order; drafting one."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from lims.errors import NotFound
from lims.models.fill import VialStatus
from lims.models.order import Order, OrderStatus
from lims.models.signature import Meaning, Signature
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import Listing, listing
from lims.web.looks import note_look
from lims.web.order_way import acts, all_taken, kept_now, thaw_open
from lims.web.records import find
from lims.web.uploads import paper_kept
from lims.web.vials import places_of
from lims.workflows import (
    lost_vials,
    order_decisions,
    order_gate,
    order_steps,
    ordering,
    out_of_cold,
    reserving,
    signing,
    vial_places,
)

bp = Blueprint("orders", __name__, url_prefix="/orders")

READERS = (Permission.SEE_STORAGE, Permission.ORDER_VIALS)
S = OrderStatus
AT_THE_BANK = (S.SUBMITTED, S.APPROVED, S.SCHEDULED, S.FULFILLED)
TO_APPROVE = (S.CHECKED,)
MOST_WAITING = 200
WAITS_FOR = {
    S.DRAFTED: _l("It waits for the signature of who orders."),
    S.SUBMITTED: _l("It waits for the bank: to check it and to keep the vials."),
    S.CHECKED: _l("It waits for quality: to approve it."),
    S.APPROVED: _l("It waits for the bank: to plan when the vials are taken out."),
}
"""What is next where it is not the reader's to do."""
SIGNED = (Meaning.SUBMITTED, Meaning.CHECKED, Meaning.APPROVED)


def page_of(query: Select[Any], title: str, *, narrowed: bool = True) -> ResponseReturnValue:
    status = None if narrowed else narrowing.chosen(OrderStatus, "status")
    if status is not None:
        query = query.where(Order.status == status)
    query = query.options(joinedload(Order.patient), joinedload(Order.session))
    orders = by_day(query) if narrowed else listing(query, Order.id)
    return render_template(
        "orders/index.html",
        title=title,
        orders=orders,
        lost=lost_vials.number_of(reading_session(), orders.rows),
        narrowed=narrowed,
        statuses=OrderStatus,
        status=status,
    )


def by_day(query: Select[Any]) -> Listing:
    """What waits, that needed first at the head."""
    rows = query.order_by(Order.needed_on, Order.id).limit(MOST_WAITING)
    return Listing(reading_session().scalars(rows).unique().all())


def waiting(statuses: Sequence[OrderStatus]) -> Select[Any]:
    return select(Order).where(Order.status.in_(statuses))


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    return page_of(select(Order), _("Orders of frozen cells"), narrowed=False)


@bp.get("/at-the-bank")
@requires(Permission.SEE_STORAGE)
def at_the_bank() -> ResponseReturnValue:
    return page_of(waiting(AT_THE_BANK), _("Orders that wait at the bank"))


@bp.get("/to-approve")
@requires(Permission.SEE_STORAGE)
def to_approve() -> ResponseReturnValue:
    return page_of(waiting(TO_APPROVE), _("Orders to approve"))


def order_shown(code: str) -> Order:
    """The order with its patient, session and course, in one query."""
    around = (Order.patient, Order.session, Order.course, Order.drafted_by)
    found = find(Order, code, *map(joinedload, around))
    note_look(found.patient_id)
    return found


def signed(order: Order) -> list[tuple[Signature, bool]]:
    """What was signed on an order, and whether it is still what was shown."""
    session = reading_session()
    rows = session.scalars(
        select(Signature)
        .where(
            Signature.subject_table == "vial_order",
            Signature.subject_id == order.id,
            Signature.meaning.in_(SIGNED),
        )
        .order_by(Signature.id)
    ).all()
    asked = ordering.shown_of(order)
    full = order_decisions.shown_with_vials(session, order) if rows else asked
    return [
        (each, signing.still_valid(each, asked if each.meaning is Meaning.SUBMITTED else full))
        for each in rows
    ]


@bp.get("/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    order, session = order_shown(code), reading_session()
    kept = reserving.all_of(session, order)
    vials = [each.vial for each in kept]
    problems: list[Any] = []
    warnings: list[Any] = []  # of a checked one the page of its decision tells them
    if order.status not in (S.CHECKED, S.APPROVED):
        warnings = order_gate.warnings(session, order)
    if order.status in (S.DRAFTED, S.SUBMITTED):
        problems = order_gate.problems_with(session, order)
    elif order.status in (S.CHECKED, S.APPROVED):
        problems = order_decisions.kept_problems(session, order)
    lost = lost_vials.of(session, order) if kept else []
    signatures = signed(order)
    steps = order_steps.of(session, order) if kept and order.status not in BEFORE_ANY_STEP else []
    taken = all_taken(order, steps)
    signers = {each.user_id for each, _valid in signatures}
    is_out = order.status is S.SCHEDULED and VialStatus.RETRIEVED in kept_now(order)
    return render_template(
        "orders/show.html",
        order=order,
        kept=kept,
        places=places_of(vials) if vials else {},
        address_of_position=vial_places.address_of,
        signed=signatures,
        problems=problems,
        lost=lost if order.status is S.SCHEDULED else [],
        warnings=warnings,
        taken=taken and order.status is S.SCHEDULED,
        steps=steps,
        waits_for=WAITS_FOR.get(order.status),
        acts=acts(order, problems, signers, taken=taken, thaw=thaw_open(steps), lost=bool(lost)),
        most=out_of_cold.longest(session) if is_out else None,
        out=out_of_cold.by_order(session, [order]).get(order.id) if is_out else None,
    )


BEFORE_ANY_STEP = (S.DRAFTED, S.SUBMITTED, S.CHECKED, S.APPROVED)
"""A bench is made ready, and vials are taken out, once the bank has planned the time."""


@bp.get("/<code>/paper")
@requires(*READERS)
def paper(code: str) -> Response:
    order = order_shown(code)
    if order.document_sha256 is None:
        raise NotFound(code=code[:40])
    return paper_kept(order.document_sha256)
