"""Keeping the register: pieces entered and corrected, calibrated, out of service and back."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims import clock
from lims.models.equipment import Equipment, EquipmentKind
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField, TickField
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.records import find
from lims.web.times import DateField
from lims.workflows import codes, equipment

bp = Blueprint("equipment_keeping", __name__, url_prefix="/equipment")


class PieceFields(Form):
    """What the entry of a piece and its correction share."""

    name = TextField(_l("Name"), hint=_l("As people here call it: Incubator A."))
    serial_number = TextField(_l("Serial number"), scan=True)
    needs_calibration = TickField(_l("It is used only while its calibration holds"))

    def written(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "serial_number": self.serial_number.data,
            "needs_calibration": self.needs_calibration.data,
        }


class RegisterForm(PieceFields):
    kind = ChoiceField(_l("Kind"), EquipmentKind)

    def arguments(self, session: Session) -> dict[str, Any]:
        return {**self.written(), "kind": self.kind.data}


class EditForm(PieceFields):
    reason = LongTextField(_l("Why it is corrected"))

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.written(),
            "equipment": codes.load(session, code, Equipment),
            "version": self.version.data,
            "reason": self.reason.data,
        }


class CalibrationForm(Form):
    performed_on = DateField(_l("Done on"), default=clock.today)
    due_on = DateField(_l("Last day it holds"))
    certificate = TextField(_l("Number of its certificate"), scan=True)

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "equipment": codes.load(session, code, Equipment),
            "performed_on": self.performed_on.data,
            "due_on": self.due_on.data,
            "certificate": self.certificate.data,
        }


class ServiceForm(Form):
    """A piece leaves or comes back to service, and why."""

    reason = LongTextField(_l("Why"))

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "equipment": codes.load(session, code, Equipment),
            "reason": self.reason.data,
        }


class TakeOutForm(ServiceForm):
    pass


class PutBackForm(ServiceForm):
    pass


class RetireForm(ServiceForm):
    pass


def back_to(code: str) -> ResponseReturnValue:
    return redirect(url_for("equipment.show", code=code), 303)


@bp.get("/new")
@requires(Permission.KEEP_EQUIPMENT)
def register() -> ResponseReturnValue:
    return render_template(
        "equipment/register.html", piece_form=shown(RegisterForm, needs_calibration=True)
    )


@bp.post("/new")
@requires(Permission.KEEP_EQUIPMENT)
@on_refusal(register)
def register_equipment() -> ResponseReturnValue:
    entered = submit(RegisterForm(), equipment.register_equipment)
    flash(_("%(code)s is in the register. Print its label.", code=entered.code))
    return back_to(entered.code)


@bp.get("/<code>/edit")
@requires(Permission.KEEP_EQUIPMENT)
def edit(code: str) -> ResponseReturnValue:
    piece = find(Equipment, code)
    columns = ("version", "name", "serial_number", "needs_calibration")
    edited = shown(EditForm, **{name: getattr(piece, name) for name in columns})
    return render_template("equipment/edit.html", equipment=piece, piece_form=edited)


@bp.post("/<code>/edit")
@requires(Permission.KEEP_EQUIPMENT)
@on_refusal(edit)
def edit_equipment(code: str) -> ResponseReturnValue:
    form = EditForm()
    submit(form, equipment.edit_equipment, lambda session: form.arguments_of(session, code))
    flash(_("The register is corrected. Print the label anew."))
    return back_to(code)


@bp.get("/<code>/calibrate")
@requires(Permission.KEEP_EQUIPMENT)
def calibrate(code: str) -> ResponseReturnValue:
    piece = find(Equipment, code)
    form = shown(CalibrationForm)
    return render_template("equipment/calibrate.html", equipment=piece, calibration=form)


@bp.post("/<code>/calibrate")
@requires(Permission.KEEP_EQUIPMENT)
@on_refusal(calibrate)
def record_calibration(code: str) -> ResponseReturnValue:
    form = CalibrationForm()
    submit(form, equipment.record_calibration, lambda session: form.arguments_of(session, code))
    flash(_("The calibration is recorded. Print the label anew."))
    return back_to(code)


@bp.get("/<code>/take-out")
@requires(Permission.KEEP_EQUIPMENT)
def take_out(code: str) -> ResponseReturnValue:
    form = shown(TakeOutForm)
    return render_template("equipment/take_out.html", equipment=find(Equipment, code), service=form)


@bp.post("/<code>/take-out")
@requires(Permission.KEEP_EQUIPMENT)
@on_refusal(take_out)
def take_out_of_service(code: str) -> ResponseReturnValue:
    form = TakeOutForm()
    submit(form, equipment.take_out_of_service, lambda session: form.arguments_of(session, code))
    flash(_("%(code)s is out of service: no step takes it.", code=code))
    return back_to(code)


@bp.get("/<code>/put-back")
@requires(Permission.KEEP_EQUIPMENT)
def put_back(code: str) -> ResponseReturnValue:
    form = shown(PutBackForm)
    return render_template("equipment/put_back.html", equipment=find(Equipment, code), service=form)


@bp.post("/<code>/put-back")
@requires(Permission.KEEP_EQUIPMENT)
@on_refusal(put_back)
def return_to_service(code: str) -> ResponseReturnValue:
    form = PutBackForm()
    submit(form, equipment.return_to_service, lambda session: form.arguments_of(session, code))
    flash(_("%(code)s is in service again.", code=code))
    return back_to(code)


@bp.get("/<code>/retire")
@requires(Permission.KEEP_EQUIPMENT)
def retire(code: str) -> ResponseReturnValue:
    form = shown(RetireForm)
    return render_template("equipment/retire.html", equipment=find(Equipment, code), service=form)


@bp.post("/<code>/retire")
@requires(Permission.KEEP_EQUIPMENT)
@on_refusal(retire)
def retire_equipment(code: str) -> ResponseReturnValue:
    form = RetireForm()
    submit(form, equipment.retire_equipment, lambda session: form.arguments_of(session, code))
    flash(_("%(code)s is retired; its history stays.", code=code))
    return back_to(code)
