"""What the keeper does with a cell: opens it, reserves and gives up positions, closes it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.errors import LimsError
from lims.models.patient import Patient
from lims.models.storage import StorageCell
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.cells import cell_shown
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.position_fields import PositionsField, named
from lims.web.records import find
from lims.workflows import codes, spreading, storage_cells, vial_places

bp = Blueprint("cell_acts", __name__, url_prefix="/cells")

MOST_AT_ONCE = 200


class OpenForm(Form):
    name = TextField(
        _l("Name of the cell"), longest=60,
        hint=_l("As it is written on it; a name is never given twice."),
    )  # fmt: skip

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"patient": codes.load(session, code.upper(), Patient), "name": self.name.data}


class ReserveForm(Form):
    positions = PositionsField(
        _l("Positions"), hint=_l("A line each: the code of the box, a space, the position.")
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"cell": cell(session, code), "positions": self.positions.found(session)}


class GiveUpForm(ReserveForm):
    reason = LongTextField(_l("Why"), longest=400)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {**super().of(session, code), "reason": self.reason.data}


class CloseForm(Form):
    reason = LongTextField(_l("Why"), longest=400)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"cell": cell(session, code), "reason": self.reason.data}


def cell(session: Session, code: str) -> StorageCell:
    return codes.load(session, code.upper(), StorageCell)


@bp.get("/open/<code>")
@requires(Permission.KEEP_CELLS)
def open_new(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    return render_template("cells/open.html", patient=patient, opening=shown(OpenForm))


@bp.post("/open/<code>")
@requires(Permission.KEEP_CELLS)
@on_refusal(open_new)
def open_cell(code: str) -> ResponseReturnValue:
    form = OpenForm()
    made = submit(form, storage_cells.open_cell, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Reserve positions in it, and print its label.", code=made.code))
    return redirect(url_for("cells.show", code=made.code), 303)


@bp.get("/<code>/reserve")
@requires(Permission.KEEP_CELLS)
def reserve(code: str) -> ResponseReturnValue:
    """Asks how many positions are needed, proposes which, and takes what the keeper says."""
    wanted = shown_number()
    of = cell_shown(code)
    proposed, problem = proposal(of, wanted)
    return render_template(
        "cells/reserve.html",
        cell=of,
        wanted=wanted,
        proposed=proposed,
        problem=problem,
        narrow=spreading.narrow(reading_session(), of, proposed) if proposed else None,
        most=MOST_AT_ONCE,
        reserving=shown(ReserveForm, positions=named(proposed)),
        address_of=vial_places.address_of,
    )


def shown_number() -> int:
    """How many positions are asked for in the address; none where it is nonsense."""
    number = request.args.get("number", 0, type=int)
    return number if 0 < number <= MOST_AT_ONCE else 0


def proposal(of: StorageCell, wanted: int) -> tuple[list[Any], str]:
    """The positions to offer, or the sentence that says why there are none."""
    if not wanted:
        return [], ""
    try:
        return spreading.propose(reading_session(), of, wanted), ""
    except LimsError as refusal:
        return [], sentence_of(refusal)


@bp.post("/<code>/reserve")
@requires(Permission.KEEP_CELLS)
@on_refusal(reserve)
def record_reservation(code: str) -> ResponseReturnValue:
    form = ReserveForm()
    submit(form, storage_cells.allocate, lambda session: form.of(session, code))
    flash(_("The positions are reserved."))
    return redirect(url_for("cells.show", code=code), 303)


@bp.get("/<code>/give-up")
@requires(Permission.KEEP_CELLS)
def give_up(code: str) -> ResponseReturnValue:
    of = cell_shown(code)
    free = vial_places.free_positions(reading_session(), of.patient_id)
    empty = named(each.position for each in free if each.cell_id == of.id)
    return render_template("cells/give_up.html", cell=of, giving=shown(GiveUpForm, positions=empty))


@bp.post("/<code>/give-up")
@requires(Permission.KEEP_CELLS)
@on_refusal(give_up)
def record_giving_up(code: str) -> ResponseReturnValue:
    form = GiveUpForm()
    submit(form, storage_cells.give_up, lambda session: form.of(session, code))
    flash(_("The positions are free again."))
    return redirect(url_for("cells.show", code=code), 303)


@bp.get("/<code>/close")
@requires(Permission.KEEP_CELLS)
def close(code: str) -> ResponseReturnValue:
    return render_template("cells/close.html", cell=cell_shown(code), closing=shown(CloseForm))


@bp.post("/<code>/close")
@requires(Permission.KEEP_CELLS)
@on_refusal(close)
def close_cell(code: str) -> ResponseReturnValue:
    form = CloseForm()
    submit(form, storage_cells.close_cell, lambda session: form.of(session, code))
    flash(_("The cell is closed; its positions are free."))
    return redirect(url_for("cells.show", code=code), 303)
