"""Freezing: a run opened for a fill of vials, its vials scanned in, the run recorded and drawn."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from lims.charts.freezing import freezing_svg
from lims.models.batch import Batch
from lims.models.equipment import Equipment
from lims.models.fill import Fill, Vial
from lims.models.freezing import Freezing, FrozenVial
from lims.models.step import StepStatus
from lims.models.suspension import Withdrawal
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.freezing_forms import FirstVialForm, RunForm, ScanForm, StartForm
from lims.web.growth import wording
from lims.web.listing import Listing, listing
from lims.web.records import find, until_recorded
from lims.workflows import freezers, freezing, specifications

bp = Blueprint("freezings", __name__, url_prefix="/freezings")


WITH_VIALS = (
    joinedload(Fill.patient),
    joinedload(Fill.withdrawal).joinedload(Withdrawal.suspension),
    joinedload(Fill.batch).joinedload(Batch.specification_version),
    selectinload(Fill.vials),
)
"""What a page of freezing shows of a fill."""


def fill_of(step: Freezing) -> Fill:
    """The fill that a run freezes; the vials of the run are read with it."""
    session = reading_session()
    frozen = selectinload(Freezing.frozen).joinedload(FrozenVial.vial)
    session.scalars(select(Freezing).where(Freezing.id == step.id).options(frozen)).one()
    return session.get_one(Fill, step.fill_id, options=WITH_VIALS)


@bp.get("/")
@requires(Permission.PERFORM_STEP)
def waiting() -> ResponseReturnValue:
    """Fills of which vials wait to be frozen."""
    fills, number = fills_waiting(freezing.to_freeze())
    return render_template("freezings/waiting.html", fills=fills, number=number)


def fills_waiting(vials: Select[Any]) -> tuple[Listing, dict[int, int]]:
    """The fills of which some of `vials` are, and how many of each."""
    of_vials = vials.with_only_columns(Vial.fill_id)
    query = (
        select(Fill)
        .where(Fill.id.in_(of_vials), Fill.status.in_(freezing.FREEZABLE))
        .options(joinedload(Fill.patient), joinedload(Fill.batch))
    )
    number = vials.with_only_columns(Vial.fill_id, func.count()).group_by(Vial.fill_id)
    return listing(query, Fill.id), dict(reading_session().execute(number).all())


@bp.get("/in/<code>")
@requires(Permission.PERFORM_STEP)
def into(code: str) -> ResponseReturnValue:
    """A freezer that was scanned: what waits for it, and the runs that are open."""
    fills, number = fills_waiting(freezers.in_no_run())
    begun = select(Freezing).where(Freezing.status == StepStatus.OPEN)
    return render_template(
        "freezings/into.html",
        freezer=find(Equipment, code),
        fills=fills,
        number=number,
        begun=reading_session().scalars(begun.order_by(Freezing.id)).all(),
        first=shown(FirstVialForm),
    )


@bp.post("/in/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(into)
def open_run(code: str) -> ResponseReturnValue:
    form = FirstVialForm()
    step = submit(form, freezers.open_run, lambda session: form.of(session, code))
    flash(_("%(code)s is open, and the vial is in it. Scan the others.", code=step.code))
    return redirect(url_for("freezings.run", code=step.code), 303)


@bp.get("/of/<code>")
@requires(Permission.PERFORM_STEP)
def start(code: str) -> ResponseReturnValue:
    fill = find(Fill, code, *WITH_VIALS)
    return render_template(
        "freezings/start.html",
        fill=fill,
        outlook=freezing.outlook(reading_session(), fill),
        starting=shown(StartForm),
    )


@bp.post("/of/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(start)
def start_freezing(code: str) -> ResponseReturnValue:
    form = StartForm()
    step = submit(form, freezing.start_freezing, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Scan each vial as it goes into the freezer.", code=step.code))
    return redirect(url_for("freezings.run", code=step.code), 303)


@bp.get("/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Freezing)
def run(step: Freezing) -> ResponseReturnValue:
    fill = fill_of(step)
    waiting = freezing.waiting_vials(reading_session(), fill)
    return render_template(
        "freezings/run.html", step=step, fill=fill, waiting=waiting, scanning=shown(ScanForm)
    )


@bp.post("/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(run)
def scan_into_run(code: str) -> ResponseReturnValue:
    form = ScanForm()
    submit(form, freezing.scan_into_run, lambda session: form.of(session, code))
    flash(_("%(code)s is in the run.", code=form.vial.data))
    return redirect(url_for("freezings.run", code=code), 303)


@bp.get("/<code>/record")
@requires(Permission.PERFORM_STEP)
@until_recorded(Freezing)
def record(step: Freezing) -> ResponseReturnValue:
    fill = fill_of(step)
    return render_template(
        "freezings/record.html",
        step=step,
        fill=fill,
        cooled=shown(RunForm, version=step.version, cryoprotectant=fill.vehicle),
        version=specifications.of(fill.batch),
    )


@bp.post("/<code>/record")
@requires(Permission.PERFORM_STEP)
@on_refusal(record)
def record_freezing(code: str) -> ResponseReturnValue:
    form = RunForm()
    step = submit(form, freezing.record_freezing, lambda session: form.of(session, code))
    flash(_("%(code)s is recorded. Its vials wait for their places.", code=step.code))
    return redirect(url_for("steps.show", code=code), 303)


@bp.get("/<code>/curve.svg")
@requires(Permission.SEE_PRODUCTION)
def curve(code: str) -> ResponseReturnValue:
    step = find(Freezing, code)
    session = reading_session()
    version = specifications.of(session.get_one(Fill, step.fill_id).batch)
    limit = specifications.limit(version, freezing.TO_REACH)
    points = [(each.minute, each.temperature_c) for each in step.points]
    answer = Response(freezing_svg(points, limit, wording()), mimetype="image/svg+xml")
    answer.cache_control.no_store = True
    return answer
