"""Correcting the bottle that the cells of a fill were suspended in."""

from typing import Any

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import HiddenField

from lims.models.filling import Filling
from lims.models.lot import Lot
from lims.models.step import StepLot
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.corrections import CorrectionForm, done, page, step_shown
from lims.web.current import reading_session
from lims.web.fields import DecimalField
from lims.web.forms import on_refusal, shown, submit
from lims.web.scans import CodeField
from lims.workflows import codes, vehicle_corrections

bp = Blueprint("vehicles", __name__, url_prefix="/vehicles")


class BottleForm(CorrectionForm):
    value = CodeField(_l("The right value"), "LT", hint=_l("Scan the bottle; its label names it."))
    taken = DecimalField.of(
        StepLot.quantity,
        _l("How much was taken of it"),
        required=False,
        hint=_l("In its own unit. Empty where it is as much as recorded."),
    )
    seen = HiddenField()


@bp.get("/<code>")
@requires(Permission.CORRECT_RECORD)
def correct(code: str) -> ResponseReturnValue:
    step = step_shown(code)
    if not isinstance(step, Filling):
        abort(404)
    fill = reading_session().scalars(vehicle_corrections.filled_in(step)).one()
    form = shown(BottleForm)
    form.seen.data = fill.suspended_in
    send_to = url_for("vehicles.record_correction", code=code)
    return page(step, _("Suspended in"), fill.suspended_in, form, send_to)


@bp.post("/<code>")
@requires(Permission.CORRECT_RECORD)
@on_refusal(correct)
def record_correction(code: str) -> ResponseReturnValue:
    form = BottleForm()

    def arguments(session: Session) -> dict[str, Any]:
        return {
            "step": codes.load(session, code.upper(), Filling),
            "vehicle": codes.load(session, form.value.data or "", Lot),
            "seen": form.seen.data or "",
            "reason": form.reason.data,
            "taken": form.taken.data,
            "comment": form.comment.data,
        }

    submit(form, vehicle_corrections.correct_vehicle, arguments)
    return done(code)
