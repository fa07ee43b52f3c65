"""Vials that leave the bank for good: handed over, destroyed, emptied for a test."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import LimsError
from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.retrieval import Transfer
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.bench_forms import OnlyPaper
from lims.web.current import reading_session
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Form, Signing, on_refusal, shown, submit
from lims.web.orders import order_shown
from lims.web.people import OwnPassword, PersonProof
from lims.web.records import find
from lims.web.scans import ScansField
from lims.web.times import NowField
from lims.web.told import out_of_place, refused
from lims.workflows import codes, handing_on, retrieving

bp = Blueprint("handing_on", __name__, url_prefix="/orders")

LEAVES = (Permission.RETRIEVE_VIAL, Permission.DISCARD_MATERIAL, Permission.TAKE_ALIQUOT)
"""Who records one of the ways in which vials leave."""


class VialsForm(Form):
    gated = True

    vials = ScansField(_l("Vials"), "VL", hint=_l("Scan each."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "order": codes.load(session, code.upper(), Order),
            "vials": [codes.load(session, each, Vial) for each in sorted(self.vials.data)],
        }


class LeavingForm(Signing, VialsForm, OnlyPaper):
    performed_at = NowField(_l("Performed at"))
    comment = LongTextField(_l("Comment"), required=False)
    own = OwnPassword(_l("Your signature"))
    witness = PersonProof(_l("Second person"), hint=_l("Stands beside you and signs the same."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        at = self.performed_at.data or clock.now()
        return {
            **super().of(session, code),
            "performed": self.told_at(at),
            "comment": self.comment.data,
            "proof": self.own.proof,
            "witness": self.witness.proof,
        }


class TransferForm(LeavingForm):
    receiver = TextField(_l("Received by"), hint=_l("Who signs for the vials there."))
    courier = TextField(_l("Courier"), required=False)
    temperature_c = DecimalField.of(
        Transfer.temperature_c, _l("Temperature in the transport vessel"), required=False,
        least=-210,
    )  # fmt: skip

    def of(self, session: Session, code: str) -> dict[str, Any]:
        own = ("receiver", "courier", "temperature_c")
        return {**super().of(session, code), **{name: self[name].data for name in own}}


class DestructionForm(LeavingForm):
    how = TextField(_l("How they are destroyed"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "how": self.how.data}


def page(template: str, code: str, kind: type[VialsForm]) -> ResponseReturnValue:
    order, form = order_shown(code), shown(kind)
    out = retrieving.out_for(reading_session(), order)
    form.vials.expects = [each.vial.code for each in out]
    if isinstance(form, Signing):
        form.showing(handing_on.shown_before(order, out))
    return render_template(f"orders/{template}.html", order=order, out=out, leaving=form)


@bp.post("/<code>/leaving")
@requires(*LEAVES)
def misplaced(code: str) -> ResponseReturnValue:
    """A vial that is not waited for where those of an order leave, told at its scan."""
    session, scanned = reading_session(), request.form.get("code", "")
    try:
        found = codes.find(session, scanned)
        if isinstance(found, Vial):
            handing_on.require_out(session, find(Order, code), [found])
    except LimsError as refusal:
        return refused(refusal)
    return jsonify(sentence=out_of_place(session, scanned, [Vial.kind_of_code]))


@bp.get("/<code>/transfer")
@requires(Permission.RETRIEVE_VIAL)
def transfer(code: str) -> ResponseReturnValue:
    return page("transfer", code, TransferForm)


@bp.post("/<code>/transfer")
@requires(Permission.RETRIEVE_VIAL)
@on_refusal(transfer)
def record_transfer(code: str) -> ResponseReturnValue:
    form = TransferForm()
    step = submit(form, handing_on.record_transfer, lambda session: form.of(session, code))
    flash(_("The vials are handed over, signed by two."))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/<code>/destroy")
@requires(Permission.DISCARD_MATERIAL)
def destroy(code: str) -> ResponseReturnValue:
    return page("destroy", code, DestructionForm)


@bp.post("/<code>/destroy")
@requires(Permission.DISCARD_MATERIAL)
@on_refusal(destroy)
def record_destruction(code: str) -> ResponseReturnValue:
    form = DestructionForm()
    step = submit(form, handing_on.record_destruction, lambda session: form.of(session, code))
    flash(_("The vials are destroyed, signed by two."))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/<code>/empty")
@requires(Permission.TAKE_ALIQUOT)
def empty(code: str) -> ResponseReturnValue:
    return page("empty", code, VialsForm)


@bp.post("/<code>/empty")
@requires(Permission.TAKE_ALIQUOT)
@on_refusal(empty)
def empty_for_test(code: str) -> ResponseReturnValue:
    form = VialsForm()
    order = submit(form, handing_on.empty_for_test, lambda session: form.of(session, code))
    flash(_("The vials are used up for the test."))
    return redirect(url_for("orders.show", code=order.code), 303)
