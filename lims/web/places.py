"""Places and stations: where they are, what stands there now, what was done there."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from lims.labels import PlaceLabel
from lims.models.equipment import Equipment, Place, PlaceKind
from lims.models.qc_run import QcRun
from lims.models.step import LineClearance, Step
from lims.models.vessel import VesselStanding
from lims.permissions import Permission
from lims.web import narrowing, step_acts
from lims.web.auth import requires
from lims.web.choices import ChoiceField
from lims.web.current import reading_session
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.histories import uses
from lims.web.house_labels import label_pdf
from lims.web.listing import Listing, listing
from lims.web.records import find
from lims.web.scans import CodeField
from lims.workflows import codes, places, qc_runs

bp = Blueprint("places", __name__, url_prefix="/places")

STATIONS = frozenset({PlaceKind.PROCESSING_BENCH, PlaceKind.RUN_STATION})


class PlaceFields(Form):
    """What the entry of a place and its correction share."""

    name = TextField(_l("Name"))
    within = CodeField(
        _l("Lies in"), "PL", required=False,
        hint=_l("Scan the site of a room, the room of a bench, a station or a shelf."),
    )  # fmt: skip
    equipment = CodeField(
        _l("Is, or is part of"), "EQ", required=False,
        hint=_l("Scan the incubator of a shelf, the safety cabinet of a bench."),
    )  # fmt: skip

    def written(self, session: Session) -> dict[str, Any]:
        within, of = self.within.data, self.equipment.data
        return {
            "name": self.name.data,
            "within": codes.load(session, within, Place) if within else None,
            "equipment": codes.load(session, of, Equipment) if of else None,
        }


class NewPlaceForm(PlaceFields):
    kind = ChoiceField(
        _l("Kind"), PlaceKind,
        hint=_l("A processing bench is clear for one patient at a time; at a run station, as at the"
                " reception, the containers of several are handled one after the other."),
    )  # fmt: skip

    def arguments(self, session: Session) -> dict[str, Any]:
        return {**self.written(session), "kind": self.kind.data}


class PlaceForm(PlaceFields):
    reason = LongTextField(_l("Why it is changed"))

    def arguments_of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "place": codes.load(session, code, Place),
            **self.written(session),
            "version": self.version.data,
            "reason": self.reason.data,
        }


def with_surroundings(query: Select[Place]) -> Select[Place]:
    """With all that lies around each place, and the equipment it is of."""
    around = joinedload(Place.within).joinedload(Place.within)
    return query.options(around, joinedload(Place.equipment))


@bp.get("/")
@requires(Permission.SEE_STOCK, Permission.KEEP_PLACES)
def index() -> ResponseReturnValue:
    words, kind = narrowing.typed(), narrowing.chosen(PlaceKind, "kind")
    query = with_surroundings(select(Place))
    if words:
        query = query.where(narrowing.says(words, Place.code, Place.name))
    if kind is not None:
        query = query.where(Place.kind == kind)
    found = listing(query, Place.id)
    return render_template(
        "places/index.html", found=found, words=words, kind=kind, kinds=PlaceKind
    )


@bp.get("/new")
@requires(Permission.KEEP_PLACES)
def add() -> ResponseReturnValue:
    return render_template("places/add.html", place_form=shown(NewPlaceForm))


@bp.post("/new")
@requires(Permission.KEEP_PLACES)
@on_refusal(add)
def add_place() -> ResponseReturnValue:
    place = submit(NewPlaceForm(), places.add_place)
    flash(_("%(code)s is entered. Print its label.", code=place.code))
    return redirect(url_for("places.show", code=place.code), 303)


@bp.get("/<code>")
@requires(Permission.SEE_STOCK, Permission.KEEP_PLACES)
def show(code: str) -> ResponseReturnValue:
    place, session = find(Place, code), reading_session()
    inside = select(Place).where(Place.within_id == place.id).order_by(Place.name)
    cleared = clearance_of(place)
    return render_template(
        "places/show.html",
        place=place,
        path=places.path(place),
        inside=session.scalars(inside).all(),
        standings=standings_of(place),
        clearance=cleared,
        qc_run=run_at(place),
        acts=step_acts.of_bench(cleared) if cleared else [],
        uses=uses_of(place),
    )


def sees_production() -> bool:
    """An administrator keeps places and does not look at what stands in them."""
    return bool(current_user.may(Permission.SEE_PRODUCTION))


def standings_of(place: Place) -> Listing | None:
    """The vessels that stand or stood on a shelf."""
    if place.kind != PlaceKind.SHELF or not sees_production():
        return None
    stood = select(VesselStanding).where(VesselStanding.place_id == place.id)
    return listing(stood.options(joinedload(VesselStanding.vessel)), VesselStanding.id)


def clearance_of(place: Place) -> LineClearance | None:
    """The step a bench is open for."""
    if place.kind != PlaceKind.PROCESSING_BENCH or not sees_production():
        return None
    return reading_session().scalar(
        select(LineClearance)
        .where(LineClearance.station_id == place.id, LineClearance.closed_at.is_(None))
        .options(joinedload(LineClearance.step), joinedload(LineClearance.opened_by))
    )


def run_at(place: Place) -> QcRun | None:
    """The run at QC whose tubes are at a station now."""
    if place.kind != PlaceKind.RUN_STATION or not sees_production():
        return None
    return qc_runs.at_station(reading_session(), place)


def uses_of(place: Place) -> Listing | None:
    if place.kind not in STATIONS or not sees_production():
        return None
    return uses(select(Step).where(Step.station_id == place.id), Step.id)


@bp.get("/<code>/edit")
@requires(Permission.KEEP_PLACES)
def edit(code: str) -> ResponseReturnValue:
    place = find(Place, code)
    changed = shown(
        PlaceForm,
        version=place.version,
        name=place.name,
        within=place.within.code if place.within else None,
        equipment=place.equipment.code if place.equipment else None,
    )
    return render_template("places/edit.html", place=place, place_form=changed)


@bp.post("/<code>/edit")
@requires(Permission.KEEP_PLACES)
@on_refusal(edit)
def edit_place(code: str) -> ResponseReturnValue:
    form = PlaceForm()
    submit(form, places.edit_place, lambda session: form.arguments_of(session, code))
    flash(_("The place is changed. Print its label anew."))
    return redirect(url_for("places.show", code=code), 303)


@bp.get("/<code>/label.pdf")
@requires(Permission.PRINT_SUPPLY_LABEL, Permission.KEEP_PLACES)
def label(code: str) -> Response:
    place = find(Place, code)
    around = [each.name for each in places.path(place)[:-1]]
    return label_pdf(PlaceLabel(code=place.code, name=place.name, inside=" · ".join(around)))
