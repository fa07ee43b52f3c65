"""A suspension: its counts, what left it, its balance; seeding, splitting, processing, counting."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lims.errors import LimsError, NotFound
from lims.models.batch import Batch
from lims.models.culture import Seeding
from lims.models.step import PlannedContainer, Step
from lims.models.suspension import CellCount, Suspension, SuspensionStatus, Withdrawal
from lims.models.vessel import Vessel
from lims.permissions import Permission
from lims.web import culture_acts
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.records import find, until_recorded
from lims.web.suspension_forms import (
    AllowForm,
    AsideForm,
    DiscardForm,
    SeedingForm,
    SplitForm,
    StartSeedingForm,
)
from lims.workflows import (
    containers,
    densities,
    discarding,
    holds,
    mass_balance,
    seeding_limits,
    splitting,
    suspensions,
)
from lims.workflows import seeding as sowing

bp = Blueprint("suspensions", __name__, url_prefix="/suspensions")


SHOWN = (
    joinedload(Suspension.patient),
    joinedload(Suspension.batch).joinedload(Batch.specification_version),
    joinedload(Suspension.made_by),
    selectinload(Suspension.counts).joinedload(CellCount.counted_by),
    selectinload(Suspension.withdrawals).joinedload(Withdrawal.step),
    selectinload(Suspension.withdrawals).joinedload(Withdrawal.into),
)
"""What a page of a suspension shows of it besides its own columns."""


def suspension_shown(code: str) -> Suspension:
    return find(Suspension, code, *SHOWN)


def vessels_from(suspension: Suspension) -> dict[int, Vessel]:
    """The vessels seeded from it, by the volume each was seeded with."""
    query = (
        select(Vessel)
        .join(Withdrawal, Withdrawal.id == Vessel.withdrawal_id)
        .where(Withdrawal.suspension_id == suspension.id)
    )
    return {vessel.withdrawal_id: vessel for vessel in reading_session().scalars(query)}


@bp.get("/<code>")
@requires(Permission.SEE_PRODUCTION)
def show(code: str) -> ResponseReturnValue:
    suspension = suspension_shown(code)
    note_look(suspension.patient_id)
    session = reading_session()
    counted = suspension.count
    return render_template(
        "suspensions/show.html",
        suspension=suspension,
        vessels=vessels_from(suspension),
        balance=mass_balance.balance_of(suspension),
        viability=suspensions.viability(counted) if counted else None,
        viability_ends=suspensions.viability_ends(suspension),
        holds=holds.open_holds(session, suspension),
        problems=seeding_limits.problems(session, suspension),
        acts=[
            *culture_acts.of_step(suspension.made_by, [suspension]),
            *culture_acts.of_suspension(suspension),
        ],
        allowing=shown(AllowForm).showing(seeding_limits.shown_of(suspension)),
    )


@bp.post("/<code>/allow")
@requires(Permission.ALLOW_UNKNOWN_PASSAGE)
@on_refusal(show)
def allow(code: str) -> ResponseReturnValue:
    form = AllowForm()
    submit(form, seeding_limits.allow_seeding, lambda session: form.of(session, code))
    flash(_("%(code)s may be seeded.", code=code.upper()))
    return redirect(url_for("suspensions.show", code=code), 303)


@bp.get("/<code>/seed")
@requires(Permission.PERFORM_STEP)
def seed(code: str) -> ResponseReturnValue:
    suspension = suspension_shown(code)
    return render_template(
        "suspensions/seed.html",
        suspension=suspension,
        following=seeding_limits.next_passage(suspension),
        problems=seeding_limits.problems(reading_session(), suspension),
        bare=containers.unlabelled(reading_session(), [suspension.code]),
        vessels=densities.vessels_for(suspension),
        starting=shown(StartSeedingForm),
    )


@bp.post("/<code>/seed")
@requires(Permission.PERFORM_STEP)
@on_refusal(seed)
def start_seeding(code: str) -> ResponseReturnValue:
    form = StartSeedingForm()
    step = submit(form, sowing.start_seeding, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Print the labels, then seed.", code=step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


def tube_of(step: Step) -> Suspension:
    """The suspension that a step of culture seeds from."""
    worked_on = getattr(step, "suspension_id", None)
    if worked_on is None:
        raise NotFound(code=step.code)
    return reading_session().get_one(Suspension, worked_on, options=SHOWN)


def bare_of(suspension: Suspension, planned: Sequence[PlannedContainer]) -> list[LimsError]:
    """Which of a tube and the vessels to be seeded from it no label sticks on."""
    vessels = [each.container_code for each in planned if each.kind == Vessel.kind_of_code]
    return containers.unlabelled(reading_session(), [suspension.code, *vessels])


@bp.get("/seedings/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Seeding)
def seeding(step: Seeding) -> ResponseReturnValue:
    suspension = tube_of(step)
    planned = containers.planned_for(reading_session(), step)
    return render_template(
        "suspensions/seeding.html",
        step=step,
        suspension=suspension,
        planned=planned,
        bare=bare_of(suspension, planned),
        sown=shown(SeedingForm, version=step.version),
        volumes=densities.volumes_for(suspension),
    )


@bp.post("/seedings/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(seeding)
def record_seeding(code: str) -> ResponseReturnValue:
    form = SeedingForm()
    submit(form, sowing.record_seeding, lambda session: form.of(session, code))
    flash(_("%(number)s seeded.", number=len(form.vessels.data)))
    return onward(code)


def onward(code: str) -> ResponseReturnValue:
    """To the split while the tube holds something, else to the step, which is closed next."""
    if tube_of(find(Step, code)).status is SuspensionStatus.MADE:
        flash(_("Say where the rest goes."))
        return redirect(url_for("suspensions.split", code=code), 303)
    flash(_("Nothing is left in the tube: close the step."))
    return redirect(url_for("steps.show", code=code), 303)


@bp.get("/split/<code>")
@requires(Permission.PERFORM_STEP)
def split(code: str) -> ResponseReturnValue:
    step = find(Step, code)
    suspension = tube_of(step)
    vessels = vessels_from(suspension)
    filled = {vessel.code for vessel in vessels.values()}
    planned = [
        each
        for each in containers.planned_for(reading_session(), step)
        if each.container_code not in filled
    ]
    return render_template(
        "suspensions/split.html",
        step=step,
        suspension=suspension,
        vessels=vessels,
        balance=mass_balance.balance_of(suspension),
        problems=seeding_limits.problems(reading_session(), suspension),
        planned=planned,
        bare=bare_of(suspension, planned),
        sown=shown(SplitForm),
        volumes=densities.volumes_for(suspension),
        density_of=densities.density_per_cm2,
        density_limits=densities.density_limits(suspension.batch),
        is_outside=densities.is_outside,
        aside=shown(AsideForm).saying(splitting.most_alone(suspension)),
    )


@bp.post("/split/<code>/seed")
@requires(Permission.PERFORM_STEP)
@on_refusal(split)
def seed_vessels(code: str) -> ResponseReturnValue:
    form = SplitForm()
    submit(form, sowing.seed_vessels, lambda session: form.of(session, code))
    flash(_("%(number)s seeded.", number=len(form.vessels.data)))
    return onward(code)


@bp.post("/split/<code>/aside")
@requires(Permission.PERFORM_STEP)
@on_refusal(split)
def put_aside(code: str) -> ResponseReturnValue:
    form = AsideForm()
    submit(form, splitting.put_aside, lambda session: form.of(session, code))
    flash(_("Noted."))
    return onward(code)


@bp.get("/<code>/discard")
@requires(Permission.DISCARD_MATERIAL)
def discard(code: str) -> ResponseReturnValue:
    suspension = suspension_shown(code)
    form = shown(DiscardForm).showing(discarding.seen_of(suspension))
    return render_template("suspensions/discard.html", suspension=suspension, discarding=form)


@bp.post("/<code>/discard")
@requires(Permission.DISCARD_MATERIAL)
@on_refusal(discard)
def record_discard(code: str) -> ResponseReturnValue:
    suspension = submit(DiscardForm(), discarding.discard_suspension)
    if suspension.status is SuspensionStatus.DISCARDED:
        flash(_("Discarded, signed by two."))
    else:
        flash(_("You signed. A second person signs the same within 24 hours."), "warn")
    return redirect(url_for("suspensions.show", code=suspension.code), 303)
