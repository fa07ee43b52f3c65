"""What is decided on an order: from its signature to its end, one page for each act."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.models.order import Order, OrderStatus
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.order_drafts import stock_of
from lims.web.order_forms import ACTS, DECIDERS, CheckForm, SignForm
from lims.web.orders import order_shown
from lims.web.vials import places_of
from lims.workflows import order_decisions, ordering, reserving, signing, vial_places

bp = Blueprint("order_acts", __name__, url_prefix="/orders")


def form_of(order: Order, act: str) -> Any:
    """The form of an act; the check is begun with the vials proposed."""
    kind, session = ACTS[act].form, reading_session()
    if kind is not CheckForm or order.status is not OrderStatus.SUBMITTED:
        return shown(kind)
    return shown(kind, vials=[vial.code for vial in order_decisions.proposed(session, order)])


def seen(order: Order) -> str:
    """The SHA-256 of what a signature on `order` would mean now."""
    if order.status is not OrderStatus.CHECKED:
        return signing.sha256_of(ordering.shown_of(order))
    return signing.sha256_of(order_decisions.shown_with_vials(reading_session(), order))


@bp.get("/<code>/<act>")
@requires(*DECIDERS)
def decide(code: str, act: str) -> ResponseReturnValue:
    if act not in ACTS:
        abort(404)
    order = order_shown(code)
    form = form_of(order, act)
    if isinstance(form, SignForm):
        form.seen.data = seen(order)
    kept = [each.vial for each in reserving.all_of(reading_session(), order)]
    checking = ACTS[act].form is CheckForm
    return render_template(
        "orders/decide.html",
        order=order,
        name=act,
        act=ACTS[act],
        deciding=form,
        kept=kept,
        places=places_of(kept) if kept else {},
        address_of_position=vial_places.address_of,
        stock=stock_of(order.patient_id, order.kind, order.course, order.expand)
        if checking
        else None,
    )


@bp.post("/<code>/<act>")
@requires(*DECIDERS)
@on_refusal(decide)
def record_decision(code: str, act: str) -> ResponseReturnValue:
    if act not in ACTS:
        abort(404)
    form = ACTS[act].form()
    order = submit(form, ACTS[act].command, lambda session: form.of(session, code))
    flash(_("%(code)s: recorded.", code=order.code))
    return redirect(url_for("orders.show", code=order.code), 303)
