"""The register of equipment: whether it may be used, until when, and where it was used."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from lims import clock
from lims.labels import EquipmentLabel
from lims.models.equipment import Equipment, EquipmentKind, EquipmentStatus, Place
from lims.models.qc_run_used import QcRunEquipment
from lims.models.step import StepEquipment
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.histories import qc_runs_with, uses
from lims.web.house_labels import label_pdf
from lims.web.listing import listing
from lims.web.records import find
from lims.workflows import equipment

bp = Blueprint("equipment", __name__, url_prefix="/equipment")

NOTICE = timedelta(days=30)
"""How long before it is due a calibration is asked for: time to have somebody come."""


@dataclass(frozen=True)
class Piece:
    """A piece of equipment as the register shows it."""

    equipment: Equipment
    due_on: date | None
    problem: str
    soon: bool

    @property
    def code(self) -> str:
        return self.equipment.code


def piece(each: Equipment) -> Piece:
    last = equipment.in_force(each.calibrations, clock.today())
    problem = equipment.problem_with(each, clock.now())
    due_on = last.due_on if last is not None and each.needs_calibration else None
    return Piece(
        equipment=each,
        due_on=due_on,
        problem=sentence_of(problem) if problem is not None else "",
        soon=due_on is not None and due_on <= clock.today() + NOTICE,
    )


@bp.get("/")
@requires(Permission.SEE_STOCK)
def index() -> ResponseReturnValue:
    words, kind = narrowing.typed(), narrowing.chosen(EquipmentKind, "kind")
    query = select(Equipment)
    if words:
        columns = (Equipment.code, Equipment.name, Equipment.serial_number)
        query = query.where(narrowing.says(words, *columns))
    if kind is not None:
        query = query.where(Equipment.kind == kind)
    return page_of(query, words=words, kind=kind)


@bp.get("/due")
@requires(Permission.SEE_STOCK)
def due() -> ResponseReturnValue:
    """What has to be calibrated within the month, or should have been."""
    return page_of(equipment.due_by(clock.today() + NOTICE), words="", kind=None)


def page_of(query: Select[Equipment], *, words: str, kind: EquipmentKind | None) -> str:
    found = listing(query.options(selectinload(Equipment.calibrations)), Equipment.id)
    return render_template(
        "equipment/index.html",
        found=found,
        pieces={each.id: piece(each) for each in found.rows},
        words=words,
        kind=kind,
        kinds=EquipmentKind,
    )


@bp.get("/<code>")
@requires(Permission.SEE_STOCK)
def show(code: str) -> ResponseReturnValue:
    shown = find(Equipment, code)
    used = select(StepEquipment).where(StepEquipment.equipment_id == shown.id)
    with_step = (joinedload(StepEquipment.step), joinedload(StepEquipment.override_by))
    places = select(Place).where(Place.equipment_id == shown.id).order_by(Place.name)
    return render_template(
        "equipment/show.html",
        piece=piece(shown),
        acts=acts(shown),
        places=reading_session().scalars(places).all(),
        qc_runs=qc_runs_with(QcRunEquipment, QcRunEquipment.equipment_id == shown.id),
        uses=uses(used.options(*with_step), StepEquipment.id),
    )


def acts(shown: Equipment) -> list[tuple[str, str, str]]:
    """The next legal acts of the person signed in."""
    if not current_user.may(Permission.KEEP_EQUIPMENT):
        return []
    offered = []
    if shown.status != EquipmentStatus.RETIRED:
        offered.append((_("Record a calibration"), "equipment_keeping.calibrate"))
    if shown.status == EquipmentStatus.IN_SERVICE:
        offered.append((_("Take out of service"), "equipment_keeping.take_out"))
    if may_return(shown):
        offered.append((_("Return to service"), "equipment_keeping.put_back"))
    if shown.status != EquipmentStatus.RETIRED:
        offered.append((_("Retire"), "equipment_keeping.retire"))
        offered.append((_("Correct the register"), "equipment_keeping.edit"))
    return [(text, url_for(endpoint, code=shown.code), "") for text, endpoint in offered]


def may_return(shown: Equipment) -> bool:
    if shown.status != EquipmentStatus.OUT_OF_SERVICE:
        return False
    return equipment.calibration_problem(shown, clock.today()) is None


@bp.get("/<code>/label.pdf")
@requires(Permission.PRINT_SUPPLY_LABEL)
def label(code: str) -> Response:
    shown = piece(find(Equipment, code))
    return label_pdf(
        EquipmentLabel(
            code=shown.code,
            name=shown.equipment.name,
            serial_number=shown.equipment.serial_number,
            calibration_due=shown.due_on,
        )
    )
