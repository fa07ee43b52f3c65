"""Culture: the vessels that live, longest without care first; feeding and harvest at a bench."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from lims.models.batch import Batch
from lims.models.culture import Feeding, Harvest
from lims.permissions import Permission
from lims.web import in_time, step_acts
from lims.web.auth import requires
from lims.web.culture_forms import FeedingForm, HarvestForm, StartForm, StartHarvestForm
from lims.web.current import reading_session
from lims.web.filters import number
from lims.web.forms import on_refusal, shown, submit
from lims.web.limits import name_limits
from lims.web.listing import Listing
from lims.web.looks import note_look
from lims.web.records import find, until_recorded
from lims.workflows import care, containers, identity, specifications
from lims.workflows import feeding as feeds
from lims.workflows import harvesting as harvests

bp = Blueprint("culture", __name__, url_prefix="/culture")

MOST_SHOWN = 200


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    session = reading_session()
    rows = care.living(session, most=MOST_SHOWN)
    total = number(care.count_living(session))
    bare = containers.unlabelled(session, [each.vessel.code for each in rows])
    return render_template(
        "culture/index.html",
        living=Listing(rows, total),
        bare={each.parameters["code"] for each in bare},
    )


@bp.get("/feed")
@requires(Permission.PERFORM_STEP)
def feed() -> ResponseReturnValue:
    """Of one batch, where the address names it: what is to be fetched, and from where."""
    return render_template("culture/feed.html", starting=shown(StartForm), **asked_for())


def asked_for() -> dict[str, Any]:
    """The batch in the address, if there is one, and its vessels."""
    code = request.args.get("code", "")
    batch = find(Batch, code, joinedload(Batch.patient)) if code else None
    vessels = care.living(reading_session(), most=MOST_SHOWN, batch=batch) if batch else []
    if batch is not None:
        note_look(batch.patient_id)
    return {"batch": batch, "vessels": Listing(vessels, "")}


@bp.post("/feed")
@requires(Permission.PERFORM_STEP)
@on_refusal(feed)
def start_feeding() -> ResponseReturnValue:
    step = submit(StartForm(), feeds.start_feeding)
    flash(_("The bench is open for %(code)s.", code=step.code))
    return redirect(url_for("culture.feeding", code=step.code), 303)


@bp.get("/feedings/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Feeding)
def feeding(step: Feeding) -> ResponseReturnValue:
    session = reading_session()
    batch = session.get_one(Batch, step.batch_id)
    form = shown(
        FeedingForm, version=step.version, vessels=identity.scanned_in(session, step, "VE")
    ).into(step)
    return render_template("culture/feeding.html", step=step, batch=batch, feeding=form)


@bp.post("/feedings/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(feeding)
def record_feeding(code: str) -> ResponseReturnValue:
    form = FeedingForm()
    step = submit(form, feeds.record_feeding, lambda session: form.of(session, code))
    flash(_("%(number)s fed.", number=len(form.vessels.data)))
    flash(step_acts.next_of(step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/harvest")
@requires(Permission.PERFORM_STEP)
def harvest() -> ResponseReturnValue:
    asked = asked_for()
    batch, living = asked["batch"], asked["vessels"].rows
    hint = in_time.at_harvest(batch) if batch else None
    return render_template(
        "culture/harvest.html",
        starting=shown(StartHarvestForm, aliquots=hint.aliquots if hint else None),
        hint=hint,
        bare=containers.unlabelled(reading_session(), [each.vessel.code for each in living])
        if living
        else [],
        **asked,
    )


@bp.post("/harvest")
@requires(Permission.PERFORM_STEP)
@on_refusal(harvest)
def start_harvest() -> ResponseReturnValue:
    step = submit(StartHarvestForm(), harvests.start_harvest)
    flash(_("%(code)s is open. Print the labels, then harvest.", code=step.code))
    in_time.warn_of(step.code)
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/harvests/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Harvest)
def harvesting(step: Harvest) -> ResponseReturnValue:
    session = reading_session()
    with_all = joinedload(Batch.patient), joinedload(Batch.specification_version)
    batch = session.get_one(Batch, step.batch_id, options=with_all)
    form = shown(
        HarvestForm, version=step.version, vessels=identity.scanned_in(session, step, "VE")
    )
    name_limits(form, specifications.of(batch), {"confluence_pct": "confluence_{}_pct"})
    return render_template(
        "culture/harvesting.html",
        step=step,
        batch=batch,
        planned=containers.planned_for(session, step),
        harvested=form,
        hint=in_time.of_step(step),
    )


@bp.post("/harvests/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(harvesting)
def record_harvest(code: str) -> ResponseReturnValue:
    form = HarvestForm()
    made = submit(form, harvests.record_harvest, lambda session: form.of(session, code))
    flash(_("%(code)s holds the cells. Split it, or close the step.", code=made.code))
    return redirect(url_for("suspensions.show", code=made.code), 303)
