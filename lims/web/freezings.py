"""Freezing: a run opened for a fill of vials, its vials scanned in, the run recorded and drawn."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from lims.charts.freezing import freezing_svg
from lims.models.batch import Batch
from lims.models.fill import Fill, Vial
from lims.models.freezing import Freezing, FrozenVial
from lims.models.suspension import Withdrawal
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.freezing_forms import RunForm, ScanForm, StartForm
from lims.web.growth import wording
from lims.web.listing import listing
from lims.web.records import find, until_recorded
from lims.workflows import freezing, specifications

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
    labelled = freezing.to_freeze().with_only_columns(Vial.fill_id)
    query = (
        select(Fill)
        .where(Fill.id.in_(labelled), Fill.status.in_(freezing.FREEZABLE))
        .options(joinedload(Fill.patient), joinedload(Fill.batch))
    )
    number = freezing.to_freeze().with_only_columns(Vial.fill_id, func.count())
    return render_template(
        "freezings/waiting.html",
        fills=listing(query, Fill.id),
        number=dict(reading_session().execute(number.group_by(Vial.fill_id)).all()),
    )


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
        cooled=shown(RunForm, cryoprotectant=fill.vehicle),
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
    limit = specifications.limit(version, "freezing_end_temperature_max_c")
    points = [(each.minute, each.temperature_c) for each in step.points]
    answer = Response(freezing_svg(points, limit, wording()), mimetype="image/svg+xml")
    answer.cache_control.no_store = True
    return answer
