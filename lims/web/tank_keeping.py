"""Keeping the tanks: entered, renamed or moved to another room, retired."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.equipment import Equipment, EquipmentKind, Place, PlaceKind
from lims.models.storage import Phase, Tank
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.scans import CodeField
from lims.web.tanks import tank_shown
from lims.workflows import codes, cryobank

bp = Blueprint("tank_keeping", __name__, url_prefix="/tanks")


class TankFields(Form):
    """What the entry of a tank and its correction share."""

    gated = True

    name = TextField(_l("Name"), longest=40, hint=_l("As it is painted on the tank."))
    room = CodeField(_l("Stands in"), "PL", takes=PlaceKind.ROOM, hint=_l("Scan the room."))

    def written(self, session: Session) -> dict[str, Any]:
        room = codes.load(session, str(self.room.data), Place)
        return {"name": self.name.data, "room": room}


class NewTankForm(TankFields):
    phase = ChoiceField(_l("Vials stand in"), Phase)
    equipment = CodeField(
        _l("In the register of equipment"), "EQ", takes=EquipmentKind.STORAGE_TANK,
        hint=_l("Register the dewar first, as a storage tank; scan it here."),
    )  # fmt: skip

    def arguments(self, session: Session) -> dict[str, Any]:
        equipment = codes.load(session, str(self.equipment.data), Equipment)
        return {**self.written(session), "phase": self.phase.data, "equipment": equipment}


class TankForm(TankFields):
    reason = LongTextField(_l("Why it is changed"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.written(session),
            "tank": codes.load(session, code.upper(), Tank),
            "version": self.version.data,
            "reason": self.reason.data,
        }


class RetireForm(Form):
    reason = LongTextField(_l("Why"))


@bp.get("/new")
@requires(Permission.KEEP_PLACES)
def add() -> ResponseReturnValue:
    return render_template("tanks/add.html", tank_form=shown(NewTankForm))


@bp.post("/new")
@requires(Permission.KEEP_PLACES)
@on_refusal(add)
def add_tank() -> ResponseReturnValue:
    tank = submit(NewTankForm(), cryobank.add_tank)
    flash(_("%(code)s is entered. Print its label.", code=tank.code))
    return redirect(url_for("tanks.show", code=tank.code), 303)


@bp.get("/<code>/edit")
@requires(Permission.KEEP_PLACES)
def edit(code: str) -> ResponseReturnValue:
    tank = tank_shown(code)
    changed = shown(TankForm, version=tank.version, name=tank.name, room=tank.room.code)
    return render_template("tanks/edit.html", tank=tank, tank_form=changed)


@bp.post("/<code>/edit")
@requires(Permission.KEEP_PLACES)
@on_refusal(edit)
def edit_tank(code: str) -> ResponseReturnValue:
    form = TankForm()
    submit(form, cryobank.edit_tank, lambda session: form.of(session, code))
    flash(_("The tank is changed. Print its label anew."))
    return redirect(url_for("tanks.show", code=code), 303)


@bp.get("/<code>/retire")
@requires(Permission.KEEP_PLACES)
def retire(code: str) -> ResponseReturnValue:
    return render_template("tanks/retire.html", tank=tank_shown(code), retiring=shown(RetireForm))


@bp.post("/<code>/retire")
@requires(Permission.KEEP_PLACES)
@on_refusal(retire)
def retire_tank(code: str) -> ResponseReturnValue:
    form = RetireForm()
    submit(
        form,
        cryobank.retire_tank,
        lambda session: {
            "tank": codes.load(session, code.upper(), Tank),
            "reason": form.reason.data,
        },
    )
    flash(_("The tank is out of use."))
    return redirect(url_for("tanks.show", code=code), 303)
