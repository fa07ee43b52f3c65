"""Storage cells: whose they are, which positions are theirs, what stands there and stood there."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from lims.models.agreement import StorageAgreement
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.storage import (
    Allocation,
    Box,
    CellStatus,
    Placement,
    Position,
    StorageCell,
)
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.listing import Listing, listing
from lims.web.looks import note_look
from lims.web.records import find
from lims.workflows import agreements, storage_cells

bp = Blueprint("cells", __name__, url_prefix="/cells")

HISTORY_SHOWN = 50


@bp.get("/")
@requires(Permission.SEE_STORAGE)
def index() -> ResponseReturnValue:
    words, status = narrowing.typed(), narrowing.chosen(CellStatus, "status")
    query = select(StorageCell).options(joinedload(StorageCell.patient))
    if words:
        told = narrowing.says(words, StorageCell.code, StorageCell.name, Patient.code)
        query = query.join(Patient, Patient.id == StorageCell.patient_id).where(told)
    if status is not None:
        query = query.where(StorageCell.status == status)
    found = listing(query, StorageCell.id)
    return render_template(
        "cells/index.html",
        found=found,
        held=counts_of([cell.id for cell in found.rows]),
        agreed=agreements_of([cell.patient_id for cell in found.rows]),
        is_overdue=agreements.is_overdue,
        words=words,
        status=status,
        statuses=CellStatus,
    )


def counts_of(cells: list[int]) -> dict[int, tuple[int, int]]:
    """How many positions each cell has, and how many vials stand in them."""
    standing = (Placement.allocation_id == Allocation.id) & Placement.removed_at.is_(None)
    rows = reading_session().execute(
        select(Allocation.cell_id, func.count(Allocation.id), func.count(Placement.id))
        .outerjoin(Placement, standing)
        .where(Allocation.cell_id.in_(cells), Allocation.to_at.is_(None))
        .group_by(Allocation.cell_id)
    )
    return {cell_id: (positions, vials) for cell_id, positions, vials in rows}


def agreements_of(patients: list[int]) -> dict[int, StorageAgreement]:
    """The agreement in force of each of these patients."""
    found = select(StorageAgreement).where(
        StorageAgreement.patient_id.in_(patients), StorageAgreement.ended_on.is_(None)
    )
    return {each.patient_id: each for each in reading_session().scalars(found)}


def cell_shown(code: str) -> StorageCell:
    position = selectinload(StorageCell.allocations).joinedload(Allocation.position)
    in_box = position.joinedload(Position.box).joinedload(Box.tank)
    found = find(StorageCell, code, joinedload(StorageCell.patient), in_box)
    note_look(found.patient_id)
    return found


@bp.get("/<code>")
@requires(Permission.SEE_STORAGE)
def show(code: str) -> ResponseReturnValue:
    cell = cell_shown(code)
    stood = placements_in(cell)
    standing = {each.allocation_id: each for each in stood if each.removed_at is None}
    kept = [each for each in cell.allocations if each.to_at is None]
    kept.sort(key=lambda each: whereabouts(each.position))
    return render_template(
        "cells/show.html",
        cell=cell,
        kept=Listing(kept),
        standing=standing,
        before=Listing([each for each in stood if each.removed_at is not None][:HISTORY_SHOWN]),
        agreement=storage_cells.agreement_in_force(reading_session(), cell.patient_id),
        is_overdue=agreements.is_overdue,
        acts=acts(cell, len(kept), len(standing)),
    )


def whereabouts(position: Position) -> tuple[str, str, int, int, int]:
    """The order in which the keeper comes by the positions: tank by tank, level by level."""
    box = position.box
    return box.tank.name, box.tower, box.level, position.row_number, position.column_number


def placements_in(cell: StorageCell) -> list[Placement]:
    """What stands and stood in the positions of a cell, the newest first."""
    found = (
        select(Placement)
        .join(Allocation, Allocation.id == Placement.allocation_id)
        .where(Allocation.cell_id == cell.id)
        .options(joinedload(Placement.vial).joinedload(Vial.fill), joinedload(Placement.placed_by))
        .order_by(Placement.id.desc())
    )
    return list(reading_session().scalars(found))


def acts(cell: StorageCell, positions: int, vials: int) -> list[tuple[str, str, str]]:
    """What the keeper may do with a cell now."""
    if cell.status is not CellStatus.OPEN or not current_user.may(Permission.KEEP_CELLS):
        return []
    ways = [(_("Reserve positions"), "reserve", True)]
    ways += [(_("Give up positions"), "give_up", positions > vials)]
    ways += [(_("Close the cell"), "close", vials == 0)]
    return [
        (text, url_for(f"cell_acts.{name}", code=cell.code), "") for text, name, may in ways if may
    ]


@bp.get("/of/<code>")
@requires(Permission.SEE_STORAGE)
def of(code: str) -> ResponseReturnValue | Response:
    """The open cell of a patient, or that there is none."""
    patient, session = find(Patient, code), reading_session()
    cell = storage_cells.open_cell_of(session, patient.id)
    if cell is not None:
        return redirect(url_for("cells.show", code=cell.code), 303)
    note_look(patient.id)
    closed = select(StorageCell).where(StorageCell.patient_id == patient.id)
    former = session.scalars(closed.order_by(StorageCell.id.desc())).all()
    return render_template("cells/none.html", patient=patient, former=former)
