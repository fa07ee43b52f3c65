"""The tanks of the cryobank: how full each is, what it last showed, what stands in it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims import clock
from lims.labels import TankLabel
from lims.models.deviation import Deviation, DeviationSupply
from lims.models.specification import SpecificationVersion
from lims.models.storage import Box, StorageReading, Tank
from lims.papers.heading import site_of
from lims.papers.inventory import inventory_pdf
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session, site
from lims.web.errors import sentence_of
from lims.web.house_labels import label_pdf
from lims.web.language import of_person
from lims.web.listing import Listing, listing
from lims.web.pdf import shown_pdf
from lims.web.records import find
from lims.web.tank_trends import table_of
from lims.workflows import (
    deviations,
    places,
    readings_before,
    specifications,
    tank_contents,
    tank_readings,
)

bp = Blueprint("tanks", __name__, url_prefix="/tanks")

A_PAGE = 20
"""Tanks: the positions of each one shown are counted."""
READERS = (Permission.SEE_STORAGE, Permission.KEEP_PLACES)


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    session = reading_session()
    found = listing(select(Tank).options(joinedload(Tank.room)), Tank.id, size=A_PAGE)
    last, version = (
        tank_contents.last_readings(session, found.rows),
        specifications.approved(session),
    )
    due = tank_readings.due(session, version, found.rows) if version else {}
    return render_template(
        "tanks/index.html",
        found=found,
        full=tank_contents.of_tanks(session, found.rows),
        nothing=tank_contents.Fullness(),
        last=last,
        alarms={
            tank.id: alarms_of(tank, last.get(tank.id), due.get(tank.id), version)
            for tank in found.rows
        },
    )


def alarms_of(
    tank: Tank,
    last: StorageReading | None,
    due: datetime | None,
    version: SpecificationVersion | None,
) -> list[str]:
    """The sentences that call for somebody at a tank in use."""
    if tank.retired_at is not None or version is None or due is None:
        return []
    return [sentence_of(each) for each in tank_readings.alarms_of(last, due, version)]


def tank_shown(code: str) -> Tank:
    return find(Tank, code, joinedload(Tank.room), joinedload(Tank.equipment))


@bp.get("/<code>")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    tank, session = tank_shown(code), reading_session()
    last = tank_contents.last_readings(session, [tank]).get(tank.id)
    version = specifications.approved(session)
    due = tank_readings.due(session, version, [tank]).get(tank.id) if version else None
    boxes = boxes_of(tank)
    readings = readings_before.newest(session, tank)
    return render_template(
        "tanks/show.html",
        tank=tank,
        boxes=Listing(boxes),
        shelves=tank_contents.shelves(boxes),
        full=tank_contents.of_boxes(session, tank),
        last=last,
        due=due,
        alarms=alarms_of(tank, last, due, version),
        readings=Listing(readings),
        trend=table_of(tank),
        gone=readings_before.corrected(readings),
        opened=deviations_of(tank),
        acts=acts(tank),
    )


def boxes_of(tank: Tank) -> Any:
    boxes = select(Box).where(Box.tank_id == tank.id).order_by(Box.tower, Box.level, Box.id)
    return reading_session().scalars(boxes).all()


def deviations_of(tank: Tank) -> Any:
    """What is reported about the tank and not decided yet."""
    about = select(DeviationSupply.deviation_id).where(
        DeviationSupply.equipment_id == tank.equipment_id
    )
    found = select(Deviation).where(
        Deviation.id.in_(about), Deviation.status.not_in(deviations.DECIDED)
    )
    return reading_session().scalars(found.order_by(Deviation.id.desc())).all()


def acts(tank: Tank) -> list[tuple[str, str, str]]:
    if tank.retired_at is not None:
        return []
    ways = [
        (Permission.RECORD_READING, _("Record a reading"), "tank_readings.enter"),
        (Permission.KEEP_PLACES, _("Enter a box"), "boxes.add"),
    ]
    return [
        (text, url_for(endpoint, code=tank.code), "")
        for may, text, endpoint in ways
        if current_user.may(may)
    ]


@bp.get("/<code>/label.pdf")
@requires(Permission.PRINT_LABEL, Permission.KEEP_PLACES)
def label(code: str) -> Response:
    tank = tank_shown(code)
    around = [each.name for each in places.path(tank.room)]
    printed = TankLabel(
        code=tank.code,
        name=tank.name,
        phase=_(tank.phase.value),
        inside=" · ".join(around),
    )
    return label_pdf(printed)


@bp.get("/<code>/inventory.pdf")
@requires(Permission.SEE_STORAGE)
def inventory(code: str) -> Response:
    """What stands where in the tank now: for counting it, and for evacuating it."""
    tank, settings = find(Tank, code), site().settings
    language = of_person(settings.languages, settings.default_language)
    session = reading_session()
    standing = tank_contents.standing_in(session, tank)
    reserved = tank_contents.reserved_in(session, tank)
    pdf = inventory_pdf(
        tank, standing, reserved, at=clock.now(), site=site_of(session, settings.site_name),
        zone=settings.time_zone,
        language=language,
    )  # fmt: skip
    return shown_pdf(pdf, tank.code)
