"""A box of the cryobank: its map, entering it, carrying it to another place, retiring it."""

import re
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import Session, joinedload

from lims.labels import BoxLabel
from lims.models.storage import Box, Tank, Zone
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField
from lims.web.current import reading_session
from lims.web.fields import LongTextField, TextField, Typed, WholeField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.house_labels import label_pdf
from lims.web.records import find
from lims.web.scans import CodeField
from lims.workflows import codes, cryobank, tank_contents

bp = Blueprint("boxes", __name__, url_prefix="/boxes")

READERS = (Permission.SEE_STORAGE, Permission.KEEP_PLACES)
LEVELS = re.compile(r"([0-9]{1,2})(?:\s*[-–—]\s*([0-9]{1,2}))?", re.ASCII)
MOST_ROWS, MOST_COLUMNS, MOST_LEVELS = 26, 99, 99


class LevelsField(Typed):
    """One level of a tower, or several: `5`, `1–13`, `1-4, 7`; `.data` is a list."""

    def read(self, typed: str) -> list[int]:
        found: list[int] = []
        for part in typed.split(","):
            read = LEVELS.fullmatch(part.strip())
            if read is None or not 1 <= int(read[1]) <= int(read[2] or read[1]) <= MOST_LEVELS:
                raise ValueError(
                    _l("Give levels from 1 to %(most)s: 5, or 1–13.", most=MOST_LEVELS)
                )
            found += range(int(read[1]), int(read[2] or read[1]) + 1)
        return sorted(set(found))

    def shown(self, value: list[int]) -> str:
        return ", ".join(map(str, value))


class TowerField(Form):
    tower = TextField(_l("Tower"), longest=20, hint=_l("Or the rack, the sector, the canister."))


class LevelFields(TowerField):
    """Where in a tank a box stands."""

    level = WholeField(_l("Level"), least=1, most=MOST_LEVELS)

    def written(self) -> dict[str, Any]:
        return {"tower": self.tower.data, "level": self.level.data}


class NewBoxForm(TowerField):
    level = LevelsField(_l("Level"), hint=_l("Of several boxes at once: 1–13."))
    rows = WholeField(_l("Rows"), least=1, most=MOST_ROWS, default=9)
    columns = WholeField(_l("Columns"), least=1, most=MOST_COLUMNS, default=9)
    zone = ChoiceField(
        _l("For material that is"), Zone, default=Zone.STANDARD,
        hint=_l("Reactive or untested material stands apart."),
    )  # fmt: skip

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "tower": self.tower.data,
            "levels": self.level.data,
            "tank": codes.load(session, code.upper(), Tank),
            "rows": self.rows.data,
            "columns": self.columns.data,
            "zone": self.zone.data,
        }


class MoveForm(LevelFields):
    box = CodeField(_l("Box in your hands"), "BX", hint=_l("Scan its label."))
    tank = CodeField(_l("Goes to the tank"), "TK", hint=_l("Scan the tank's label."))
    reason = LongTextField(_l("Why"), longest=400)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        box = codes.load(session, code.upper(), Box)
        cryobank.require_this_box(box, str(self.box.data))
        return {
            **self.written(),
            "box": box,
            "version": self.version.data,
            "tank": codes.load(session, str(self.tank.data), Tank),
            "reason": self.reason.data,
        }


class RetireForm(Form):
    reason = LongTextField(_l("Why"))


def box_shown(code: str) -> Box:
    return find(Box, code, joinedload(Box.tank).joinedload(Tank.room))


@bp.get("/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    box = box_shown(code)
    slots = tank_contents.slots_of(reading_session(), box)
    return render_template(
        "boxes/show.html",
        box=box,
        rows=[(row, list(each)) for row, each in groupby(slots, key=lambda slot: slot.name[0])],
        columns=range(1, box.columns + 1),
        reserved=sum(slot.cell is not None for slot in slots),
        vials=sum(slot.vial is not None for slot in slots),
        sees=current_user.may(Permission.SEE_STORAGE),
    )


@bp.get("/new/<code>")
@requires(Permission.KEEP_PLACES)
def add(code: str) -> ResponseReturnValue:
    return render_template("boxes/add.html", tank=find(Tank, code), box_form=shown(NewBoxForm))


@bp.post("/new/<code>")
@requires(Permission.KEEP_PLACES)
@on_refusal(add)
def add_boxes(code: str) -> ResponseReturnValue:
    form = NewBoxForm()
    box = submit(form, cryobank.add_boxes, lambda session: form.of(session, code))
    if (number := len(form.level.data)) > 1:
        flash(_("Boxes entered: %(number)s. Print the label of each.", number=number))
        return redirect(url_for("racks.show", code=code, tower=box.tower), 303)
    flash(_("%(code)s is entered. Print its label.", code=box.code))
    return redirect(url_for("boxes.show", code=box.code), 303)


@bp.get("/<code>/move")
@requires(Permission.STORE_VIAL)
def move(code: str) -> ResponseReturnValue:
    box = box_shown(code)
    return render_template("boxes/move.html", box=box, moving=shown(MoveForm, version=box.version))


@bp.post("/<code>/move")
@requires(Permission.STORE_VIAL)
@on_refusal(move)
def move_box(code: str) -> ResponseReturnValue:
    form = MoveForm()
    submit(form, cryobank.move_box, lambda session: form.of(session, code))
    flash(_("The box and all that stands in it are moved."))
    return redirect(url_for("boxes.show", code=code), 303)


@bp.get("/<code>/retire")
@requires(Permission.KEEP_PLACES)
def retire(code: str) -> ResponseReturnValue:
    return render_template("boxes/retire.html", box=box_shown(code), retiring=shown(RetireForm))


@bp.post("/<code>/retire")
@requires(Permission.KEEP_PLACES)
@on_refusal(retire)
def retire_box(code: str) -> ResponseReturnValue:
    form = RetireForm()
    submit(
        form,
        cryobank.retire_box,
        lambda session: {"box": codes.load(session, code.upper(), Box), "reason": form.reason.data},
    )
    flash(_("The box is out of use."))
    return redirect(url_for("boxes.show", code=code), 303)


@bp.get("/<code>/label.pdf")
@requires(Permission.PRINT_LABEL, Permission.KEEP_PLACES)
def label(code: str) -> Response:
    box = find(Box, code)
    zone = "" if box.zone is Zone.STANDARD else _(box.zone.value)
    return label_pdf(BoxLabel(code=box.code, rows=box.rows, columns=box.columns, zone=zone))
