"""Drafting orders of frozen cells: for a session, or of vials that are to go elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from lims.models.course import Course, TransplantationSession
from lims.models.order import Order, OrderKind
from lims.models.patient import Patient
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import checked, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.order_forms import OrderForm, ThawForm
from lims.web.orders import order_shown
from lims.web.records import find
from lims.web.sessions import session_with_patient
from lims.workflows import drafting, order_gate, recovery, redrafting, vial_choice
from lims.workflows.recovery import Recovery
from lims.workflows.vial_choice import Choice

bp = Blueprint("order_drafts", __name__, url_prefix="/orders")


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
    choices = vial_choice.in_store(session, patient_id, kind, expand=expand, kept=True)
    if kind is OrderKind.THAW and course is not None:
        choices = [*_with_agreement(choices, course)]
    there, known = vial_choice.takeable(choices), recovery.expected(session)
    dose = course.prescribed_cells if course is not None else None
    return Stock(
        choices,
        known,
        int(vial_choice.counted_on(there, known)),
        vial_choice.doses_in(there, dose, known) if dose else None,
    )


def _with_agreement(choices: Sequence[Choice], course: Course) -> Iterator[Choice]:
    """What the gate will say at the check is told before the order is signed."""
    session, vials = reading_session(), [choice.vial for choice in choices]
    patient = session.get_one(Patient, course.patient_id)
    lacking = order_gate.without_agreement(session, course.id, patient, vials)
    for choice in choices:
        against = [lacking[choice.vial.id]] if choice.vial.id in lacking else []
        yield Choice(choice.vial, [*choice.problems, *against])


@bp.get("/for/<code>")
@requires(Permission.ORDER_VIALS)
def thaw(code: str) -> ResponseReturnValue:
    planned, session = session_with_patient(code), reading_session()
    asked = shown(ThawForm, **of_session(planned))
    return render_template(
        "orders/thaw.html",
        order=None,
        planned=planned,
        asking=asked,
        problems=order_gate.about_session(session, planned),
        warnings=order_gate.ordered_already(session, planned),
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
    order = submit(form, drafting.draft_thaw, lambda session: form.of(session, code))
    flash(_("%(code)s is drafted. Sign it, then the bank looks at it.", code=order.code))
    return redirect(url_for("orders.show", code=order.code), 303)


@bp.get("/of/<code>")
@requires(Permission.ORDER_VIALS)
def new(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    return render_template(
        "orders/new.html",
        order=None,
        problems=[],
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
    order = submit(form, drafting.draft_order, lambda session: form.of(session, code, sha256))
    flash(_("%(code)s is drafted. Sign it, then the bank looks at it.", code=order.code))
    return redirect(url_for("orders.show", code=order.code), 303)


@bp.get("/<code>/change")
@requires(Permission.ORDER_VIALS)
def change(code: str) -> ResponseReturnValue:
    order = order_shown(code)
    problems = list(redrafting.problems_with(order, current_user))
    stock = stock_of(order.patient_id, order.kind, order.course, order.expand)
    if order.session is not None:
        planned = session_with_patient(order.session.code)
        return render_template(
            "orders/thaw.html",
            order=order,
            planned=planned,
            asking=shown(ThawForm, version=order.version, **of_thaw(order)),
            problems=problems + order_gate.about_session(reading_session(), planned),
            warnings=order_gate.ordered_already(reading_session(), planned, but=order),
            stock=stock,
        )
    return render_template(
        "orders/new.html",
        order=order,
        patient=order.patient,
        asking=shown(OrderForm, version=order.version, **of_vials(order)),
        problems=problems,
        stock=stock,
    )


def of_thaw(order: Order) -> dict[str, Any]:
    """What a draft asks for, as its form was filled in."""
    cells = order.viable_cells_wanted
    return {
        "viable_cells": cells,
        "vials": order.vials_wanted if cells is None else None,
        **{name: getattr(order, name) for name in ("expand", "needed_on", "reason")},
    }


def of_vials(order: Order) -> dict[str, Any]:
    """The same of an order without a session."""
    names = ("kind", "needed_on", "reason", "destination", "document")
    return {"vials": order.vials_wanted, **{name: getattr(order, name) for name in names}}


@bp.post("/<code>/change")
@requires(Permission.ORDER_VIALS)
@on_refusal(change)
def record_change(code: str) -> ResponseReturnValue:
    if find(Order, code).kind is OrderKind.THAW:
        thaw = ThawForm()
        submit(thaw, redrafting.change_thaw, lambda s: thaw.draft(s, code) | thaw.asked())
    else:
        form = OrderForm()
        with checked(form):
            sha256 = form.paper.keep()
        submit(form, redrafting.change_order, lambda s: form.draft(s, code) | form.asked(sha256))
    flash(_("%(code)s is changed. Sign it, then the bank looks at it.", code=code.upper()))
    return redirect(url_for("orders.show", code=code), 303)
