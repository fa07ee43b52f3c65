"""What is decided on an order: from its signature to its end, one page for each act."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.models.order import Order, OrderStatus
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.filters import word
from lims.web.forms import on_refusal, shown, submit
from lims.web.order_drafts import stock_of
from lims.web.order_forms import ACTS, DECIDERS, CheckForm, SignForm
from lims.web.orders import order_shown
from lims.web.vials import places_of
from lims.workflows import order_decisions, order_gate, ordering, reserving, signing, vial_places

bp = Blueprint("order_acts", __name__, url_prefix="/orders")


def form_of(order: Order, act: str) -> Any:
    """The form of an act, bound to what its page shows; a check begins with those proposed."""
    kind, session = ACTS[act].form, reading_session()
    if kind is CheckForm:
        vials = order_decisions.proposed(session, order) if order.status in ACTS[act].at else []
        form = shown(kind, vials=[vial.code for vial in vials])
        form.seen.data = signing.sha256_of(ordering.shown_of(order))
        return form
    form = shown(kind)
    if isinstance(form, SignForm):
        asked = order.status is OrderStatus.DRAFTED
        whole = order_decisions.shown_with_vials
        form.showing(ordering.shown_of(order) if asked else whole(session, order))
    return form


@bp.get("/<code>/<act>")
@requires(*DECIDERS)
def decide(code: str, act: str) -> ResponseReturnValue:
    if act not in ACTS:
        abort(404)
    order = order_shown(code)
    kept = [each.vial for each in reserving.all_of(reading_session(), order)]
    checking = ACTS[act].form is CheckForm
    return render_template(
        "orders/decide.html",
        order=order,
        name=act,
        act=ACTS[act],
        warnings=order_gate.warnings(reading_session(), order),
        deciding=form_of(order, act),
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
    flash(_("%(code)s, from now on: %(status)s", code=order.code, status=word(order.status)))
    return redirect(url_for("orders.show", code=order.code), 303)
