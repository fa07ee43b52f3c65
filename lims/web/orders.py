"""Orders of frozen cells: which there are and for whom they wait; one order; drafting one."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from lims.errors import NotFound
from lims.models.fill import VialStatus
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.signature import Meaning, Signature
from lims.models.step import Step, StepKind, StepStatus
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.doors import Act, door
from lims.web.listing import Listing, listing
from lims.web.looks import note_look
from lims.web.order_forms import ACTS
from lims.web.records import find
from lims.web.uploads import paper_kept
from lims.web.vials import places_of
from lims.workflows import (
    order_decisions,
    order_gate,
    order_steps,
    ordering,
    out_of_cold,
    redrafting,
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
    return render_template(
        "orders/index.html",
        title=title,
        orders=by_day(query) if narrowed else listing(query, Order.id),
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


def kept_now(order: Order) -> list[VialStatus]:
    """How each vial stands that is kept for `order`."""
    return [each.vial.status for each in order.reservations if each.ended_at is None]


def all_taken(order: Order, steps: Sequence[Step]) -> bool:
    """Whether everything kept for `order` is out of its place, and nobody takes out any more."""
    kept = kept_now(order)
    under_way = any(
        each.kind is StepKind.RETRIEVAL and each.status is StepStatus.OPEN for each in steps
    )
    return bool(kept) and VialStatus.RESERVED not in kept and not under_way


def thaw_open(steps: Sequence[Step]) -> str | None:
    """The code of the thaw that is under way: its vials go on there."""
    going_on = (each for each in steps if each.kind is StepKind.THAW)
    return next((each.code for each in going_on if each.status is StepStatus.OPEN), None)


def acts(
    order: Order, problems: Sequence[object], signers: set[int], *, taken: bool, thaw: str | None
) -> list[Act]:
    """The next legal acts of the person signed in; going on is offered where nothing is wrong."""
    out = VialStatus.RETRIEVED in kept_now(order) or VialStatus.THAWED in kept_now(order)
    found = [
        (_(act.label), url_for("order_acts.decide", code=order.code, act=name), _(act.note))
        for name, act in ACTS.items()
        if order.status in act.at
        and not (name == "schedule" and taken)
        and not (name == "cancel" and out)
        and current_user.may(act.permission)
        and (act.danger or not (problems or barred(order, name, signers)))
    ]
    if not any(redrafting.problems_with(order, current_user)):
        found[:0] = door(_("Change the draft"), "order_drafts.change", code=order.code)
    if order.status is S.SCHEDULED:
        taking = door(_("Take the vials out"), "retrievals.start", _("two people"), code=order.code)
        further = door_on(order, thaw) if out or order.kind is OrderKind.THAW else []
        found = ([] if taken else taking) + further + found
    return found


def barred(order: Order, act: str, signers: set[int]) -> bool:
    """Whether this is another person's to do: a physician's, or one's who has not signed yet."""
    if act == "submit" and order.kind is OrderKind.THAW:
        return not current_user.may(Permission.ORDER_COURSE)
    return act == "approve" and current_user.id in signers


def door_on(order: Order, thaw: str | None) -> list[Act]:
    """Where the vials go once they are out; `thaw` is the step they are thawed in already."""
    two = _("two people sign")
    if order.kind is OrderKind.TRANSFER:
        return door(_("Hand them over"), "handing_on.transfer", two, code=order.code)
    if order.kind is OrderKind.DESTROY:
        return door(_("Destroy them"), "handing_on.destroy", two, code=order.code)
    if order.kind is OrderKind.TEST:
        note = _("after their aliquots were taken")
        return door(_("Use them up for the test"), "handing_on.empty", note, code=order.code)
    if thaw is not None:
        return door(_("Go on"), "thaws.run", thaw, code=thaw)
    return door(_("Thaw them"), "thaws.start", _("needs a bench"), code=order.code)


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
        warnings=warnings,
        taken=taken and order.status is S.SCHEDULED,
        steps=steps,
        waits_for=WAITS_FOR.get(order.status),
        acts=acts(order, problems, signers, taken=taken, thaw=thaw_open(steps)),
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
