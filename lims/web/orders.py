"""Orders of frozen cells: which there are and for whom they wait; one order; drafting one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from lims.errors import NotFound
from lims.models.course import Course, TransplantationSession
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.patient import Patient
from lims.models.signature import Meaning, Signature
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.doors import Act, door
from lims.web.forms import checked, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.order_forms import ACTS, OrderForm, ThawForm
from lims.web.records import find
from lims.web.sessions import session_with_patient
from lims.web.uploads import paper_kept
from lims.web.vials import places_of
from lims.workflows import (
    order_decisions,
    order_gate,
    order_steps,
    ordering,
    recovery,
    reserving,
    signing,
    vial_choice,
    vial_places,
)
from lims.workflows.recovery import Recovery
from lims.workflows.vial_choice import Choice

bp = Blueprint("orders", __name__, url_prefix="/orders")

READERS = (Permission.SEE_STORAGE, Permission.ORDER_VIALS)
S = OrderStatus
AT_THE_BANK = (S.SUBMITTED, S.APPROVED, S.SCHEDULED, S.FULFILLED)
TO_APPROVE = (S.CHECKED,)
SIGNED = (Meaning.SUBMITTED, Meaning.CHECKED, Meaning.APPROVED)


@dataclass(frozen=True)
class Stock:
    """What a patient has in store and what an order could get from it."""

    choices: Sequence[Choice]
    known: Recovery
    cells: int
    doses: int | None
    """For how many doses as they are prescribed; None where no course says how large one is."""


def stock_of(patient_id: int, kind: OrderKind, course: Course | None, expand: bool) -> Stock:
    session = reading_session()
    choices = vial_choice.in_store(session, patient_id, kind, expand=expand)
    there, known = vial_choice.takeable(choices), recovery.expected(session)
    dose = course.prescribed_cells if course is not None else None
    return Stock(
        choices,
        known,
        int(vial_choice.counted_on(there, known)),
        vial_choice.doses_in(there, dose, known) if dose else None,
    )


def page_of(query: Select[Any], title: str, *, narrowed: bool = True) -> ResponseReturnValue:
    status = None if narrowed else narrowing.chosen(OrderStatus, "status")
    if status is not None:
        query = query.where(Order.status == status)
    around = (joinedload(Order.patient), joinedload(Order.session))
    return render_template(
        "orders/index.html",
        title=title,
        orders=listing(query.options(*around), Order.id),
        narrowed=narrowed,
        statuses=OrderStatus,
        status=status,
    )


def waiting(statuses: Sequence[OrderStatus]) -> Select[Any]:
    return select(Order).where(Order.status.in_(statuses))


def count_of(*statuses: OrderStatus) -> Callable[[Session], int]:
    def count(session: Session) -> int:
        counted = select(func.count(Order.id)).where(Order.status.in_(statuses))
        return session.scalar(counted) or 0

    return count


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
    found = reading_session().scalar(
        select(Order)
        .where(Order.code == code.upper())
        .options(
            joinedload(Order.patient),
            joinedload(Order.session),
            joinedload(Order.course),
            joinedload(Order.drafted_by),
        )
    )
    if found is None:
        raise NotFound(code=code[:40])
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


def acts(order: Order, problems: Sequence[object]) -> list[Act]:
    """The next legal acts of the person signed in; going on is offered where nothing is wrong."""
    found = [
        (_(act.label), url_for("order_acts.decide", code=order.code, act=name), _(act.note))
        for name, act in ACTS.items()
        if order.status in act.at
        and current_user.may(act.permission)
        and (not problems or act.danger or name in ("close",))
    ]
    if order.status is S.SCHEDULED:
        out = door(_("Take the vials out"), "retrievals.start", _("two people"), code=order.code)
        found = out + door_on(order) + found
    return found


def door_on(order: Order) -> list[Act]:
    """Where the vials go once they are out."""
    two = _("two people sign")
    if order.kind is OrderKind.TRANSFER:
        return door(_("Hand them over"), "handing_on.transfer", two, code=order.code)
    if order.kind is OrderKind.DESTROY:
        return door(_("Destroy them"), "handing_on.destroy", two, code=order.code)
    return []


@bp.get("/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    order, session = order_shown(code), reading_session()
    kept = reserving.all_of(session, order)
    vials = [each.vial for each in kept]
    problems: list[Any] = []
    if order.status in (S.DRAFTED, S.SUBMITTED):
        problems = order_gate.problems_with(session, order)
    elif order.status in (S.CHECKED, S.APPROVED):
        problems = order_decisions.kept_problems(session, order)
    return render_template(
        "orders/show.html",
        order=order,
        kept=kept,
        places=places_of(vials) if vials else {},
        address_of_position=vial_places.address_of,
        signed=signed(order),
        problems=problems,
        steps=order_steps.of(session, order) if kept else [],
        acts=acts(order, problems),
    )


@bp.get("/<code>/paper")
@requires(*READERS)
def paper(code: str) -> Response:
    order = order_shown(code)
    if order.document_sha256 is None:
        raise NotFound(code=code[:40])
    return paper_kept(order.document_sha256)


@bp.get("/for/<code>")
@requires(Permission.ORDER_VIALS)
def thaw(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code)
    asked = shown(ThawForm, **of_session(planned))
    return render_template(
        "orders/thaw.html",
        planned=planned,
        asking=asked,
        problems=order_gate.about_session(planned),
        stock=stock_of(planned.patient_id, OrderKind.THAW, planned.course, bool(asked.expand.data)),
    )


def of_session(planned: TransplantationSession) -> dict[str, Any]:
    """What is needed for a session: the cells of its injections, on its day."""
    cells = sum(each.cells for each in planned.administrations)
    return {"viable_cells": cells or None, "needed_on": planned.planned_on}


@bp.post("/for/<code>")
@requires(Permission.ORDER_VIALS)
@on_refusal(thaw)
def draft_thaw(code: str) -> ResponseReturnValue:
    form = ThawForm()
    order = submit(form, ordering.draft_thaw, lambda session: form.of(session, code))
    flash(_("%(code)s is drafted. Sign it, then the bank looks at it.", code=order.code))
    return redirect(url_for("orders.show", code=order.code), 303)


@bp.get("/of/<code>")
@requires(Permission.ORDER_VIALS)
def new(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    return render_template(
        "orders/new.html",
        patient=patient,
        asking=shown(OrderForm),
        stock=stock_of(patient.id, OrderKind.DESTROY, None, False),
    )


@bp.post("/of/<code>")
@requires(Permission.ORDER_VIALS)
@on_refusal(new)
def draft_order(code: str) -> ResponseReturnValue:
    form = OrderForm()
    with checked(form):
        sha256 = form.paper.keep()
    order = submit(form, ordering.draft_order, lambda session: form.of(session, code, sha256))
    flash(_("%(code)s is drafted. Sign it, then the bank looks at it.", code=order.code))
    return redirect(url_for("orders.show", code=order.code), 303)
