"""A vessel: where it stands, what was done to it and seen in it; moving, looking, discarding."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lims.errors import NotFound
from lims.models.batch import Batch
from lims.models.culture import StepVessel
from lims.models.equipment import Place
from lims.models.step import Step
from lims.models.step_file import StepPhoto
from lims.models.suspension import Withdrawal
from lims.models.vessel import Vessel, VesselStanding, VesselStatus
from lims.permissions import Permission
from lims.web import culture_acts
from lims.web.auth import requires
from lims.web.culture import asked_for
from lims.web.current import reading_session, store
from lims.web.forms import on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.records import find
from lims.web.vessel_forms import DiscardVesselsForm, MoveForm, NoGrowthForm, ObserveForm
from lims.workflows import densities, discarding, feeding, holds, observing

bp = Blueprint("vessels", __name__, url_prefix="/vessels")

ONE_YEAR = 365 * 24 * 3600


def vessel_shown(code: str) -> Vessel:
    return find(
        Vessel,
        code,
        joinedload(Vessel.patient),
        joinedload(Vessel.batch).joinedload(Batch.course),
        joinedload(Vessel.withdrawal).joinedload(Withdrawal.suspension),
        joinedload(Vessel.harvested_into),
        selectinload(Vessel.standings).joinedload(VesselStanding.place).joinedload(Place.equipment),
    )


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    vessel = vessel_shown(code)
    note_look(vessel.patient_id)
    session = reading_session()
    took_part = session.scalars(
        select(StepVessel)
        .where(StepVessel.vessel_id == vessel.id)
        .options(joinedload(StepVessel.step).joinedload(Step.performed_by))
        .order_by(StepVessel.id.desc())
    ).all()
    photos = session.scalars(
        select(StepPhoto).where(StepPhoto.vessel_id == vessel.id).order_by(StepPhoto.id.desc())
    ).all()
    return render_template(
        "vessels/show.html",
        vessel=vessel,
        took_part=took_part,
        photos=photos,
        holds=holds.open_holds(session, vessel),
        density=densities.density_per_cm2(vessel),
        density_limits=densities.density_limits(vessel.batch),
        thin_or_dense=densities.is_outside(vessel),
        acts=culture_acts.of_vessel(vessel),
    )


@bp.get("/<code>/photos/<int:number>")
@requires(Permission.SEE_PRODUCTION)
def photo(code: str, number: int) -> ResponseReturnValue:
    found = reading_session().scalar(
        select(StepPhoto)
        .join(Vessel, Vessel.id == StepPhoto.vessel_id)
        .where(Vessel.code == code.upper(), StepPhoto.id == number)
    )
    if found is None:
        raise NotFound(code=code[:40])
    answer = Response(store().get(found.sha256), mimetype=found.media_type)
    answer.cache_control.private = True
    answer.cache_control.max_age = ONE_YEAR
    return answer


@bp.get("/move")
@requires(Permission.PERFORM_STEP)
def move() -> ResponseReturnValue:
    return render_template("vessels/move.html", moving=shown(MoveForm), **asked_for())


@bp.post("/move")
@requires(Permission.PERFORM_STEP)
@on_refusal(move)
def record_move() -> ResponseReturnValue:
    form = MoveForm()
    submit(form, feeding.move_vessels)
    flash(_("%(number)s moved to %(shelf)s.", number=len(form.vessels.data), shelf=form.shelf.data))
    return redirect(url_for("vessels.move", code=request.args.get("code")), 303)


@bp.get("/observe")
@requires(Permission.PERFORM_STEP)
def observe() -> ResponseReturnValue:
    return render_template("vessels/observe.html", observing=shown(ObserveForm), **asked_for())


@bp.post("/observe")
@requires(Permission.PERFORM_STEP)
@on_refusal(observe)
def record_observation() -> ResponseReturnValue:
    form = ObserveForm()
    submit(form, observing.observe_vessels, lambda session: form.of(session, store()))
    flash(_("%(number)s looked at.", number=len(form.vessels.data)))
    following = form.vessels.data[0] if form.contamination_seen.data else None
    if following:
        return redirect(url_for("vessels.show", code=following), 303)
    return redirect(url_for("vessels.observe", code=request.args.get("code")), 303)


@bp.get("/<code>/no-growth")
@requires(Permission.PERFORM_STEP)
def no_growth(code: str) -> ResponseReturnValue:
    vessel = vessel_shown(code)
    return render_template("vessels/no_growth.html", vessel=vessel, ending=shown(NoGrowthForm))


@bp.post("/<code>/no-growth")
@requires(Permission.PERFORM_STEP)
@on_refusal(no_growth)
def record_no_growth(code: str) -> ResponseReturnValue:
    vessel = submit(NoGrowthForm(), discarding.terminate_vessel)
    flash(_("%(code)s has ended. A deviation was opened.", code=vessel.code))
    return redirect(url_for("vessels.show", code=vessel.code), 303)


def vessel_asked() -> Vessel | None:
    """The vessel the page of a discard was opened for."""
    code = request.args.get("vessel")
    return vessel_shown(code) if code else None


@bp.get("/discard")
@requires(Permission.DISCARD_MATERIAL)
def discard() -> ResponseReturnValue:
    vessel, form = vessel_asked(), shown(DiscardVesselsForm)
    if vessel is not None:
        form.showing(discarding.seen_of(vessel))
    return render_template("vessels/discard.html", vessel=vessel, discarding=form)


@bp.post("/discard")
@requires(Permission.DISCARD_MATERIAL)
@on_refusal(discard)
def record_discard() -> ResponseReturnValue:
    form, asked = DiscardVesselsForm(), vessel_asked()
    about = asked.code if asked else None
    vessel = submit(form, discarding.discard_vessels, lambda session: form.of(session, about))
    if vessel.status is VesselStatus.DISCARDED:
        flash(_("Discarded, signed by two."))
    else:
        flash(_("You signed. A second person signs the same within 24 hours."), "warn")
    return redirect(url_for("vessels.show", code=vessel.code), 303)
