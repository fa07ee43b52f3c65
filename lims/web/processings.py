"""Tubes at a bench: pooled, washed, concentrated into a new one, or counted again."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lims.models.batch import Batch
from lims.models.processing import Counting, Processing
from lims.permissions import Permission
from lims.web import step_acts
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.records import until_recorded
from lims.web.suspension_forms import CountingForm, ProcessingForm, StartForm, StartProcessingForm
from lims.web.suspensions import suspension_shown, tube_of
from lims.workflows import containers, identity, recounting
from lims.workflows import processing as workflow

bp = Blueprint("processings", __name__, url_prefix="/processings")


@bp.get("/start")
@requires(Permission.PERFORM_STEP)
def start() -> ResponseReturnValue:
    return render_template("suspensions/process.html", starting=shown(StartProcessingForm))


@bp.post("/start")
@requires(Permission.PERFORM_STEP)
@on_refusal(start)
def start_processing() -> ResponseReturnValue:
    step = submit(StartProcessingForm(), workflow.start_processing)
    flash(_("%(code)s is open. Print the label, then pour.", code=step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Processing)
def processing(step: Processing) -> ResponseReturnValue:
    session = reading_session()
    planned = containers.planned_for(session, step)
    form = shown(
        ProcessingForm, version=step.version, tubes=identity.scanned_in(session, step, "SU")
    )
    form.tube.expects = [each.container_code for each in planned]
    return render_template(
        "suspensions/processing.html",
        step=step,
        batch=session.get_one(Batch, step.batch_id),
        planned=planned,
        processed=form,
    )


@bp.post("/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(processing)
def record_processing(code: str) -> ResponseReturnValue:
    form = ProcessingForm()
    made = submit(form, workflow.record_processing, lambda session: form.of(session, code))
    flash(_("%(code)s holds the cells.", code=made.code))
    flash(step_acts.next_of(code))
    return redirect(url_for("steps.show", code=code), 303)


@bp.get("/count/<code>")
@requires(Permission.PERFORM_STEP)
def count(code: str) -> ResponseReturnValue:
    suspension = suspension_shown(code)
    form = shown(StartForm)
    return render_template("suspensions/count.html", suspension=suspension, starting=form)


@bp.post("/count/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(count)
def start_count(code: str) -> ResponseReturnValue:
    form = StartForm()
    step = submit(form, recounting.start_count, lambda session: form.of(session, code))
    return redirect(url_for("processings.counting", code=step.code), 303)


@bp.get("/counts/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Counting)
def counting(step: Counting) -> ResponseReturnValue:
    return render_template(
        "suspensions/counting.html",
        step=step,
        suspension=tube_of(step),
        counted=shown(CountingForm, version=step.version),
    )


@bp.post("/counts/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(counting)
def record_count(code: str) -> ResponseReturnValue:
    form = CountingForm()
    suspension = submit(form, recounting.record_count, lambda session: form.of(session, code))
    flash(_("%(code)s is counted.", code=suspension.code))
    flash(step_acts.next_of(code))
    return redirect(url_for("steps.show", code=code), 303)
