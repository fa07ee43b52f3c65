"""Fills: planned at a bench, recorded as filled, shown with what is still open."""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lims.errors import LimsError
from lims.models.batch import Batch
from lims.models.course import Course, PlannedAdministration
from lims.models.earlier import EarlierBatch, Import
from lims.models.fill import TO_DECIDE, Fill, FillKind, Vial
from lims.models.filling import Filling
from lims.models.suspension import Suspension
from lims.permissions import Permission
from lims.web import in_time, narrowing, step_acts
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.fill_forms import (
    FillingForm,
    StartForm,
    codes_planned,
    injections,
    portions_planned,
)
from lims.web.filters import site
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.records import find, until_recorded
from lims.workflows import (
    containers,
    fill_counts,
    fill_gate,
    filling,
    freezing_density,
    freezing_room,
)
from lims.workflows.counting import dose_volume_ml
from lims.workflows.earlier_release import TO_TAKE_OVER
from lims.workflows.evidence import with_its_evidence
from lims.workflows.placing import PLACED

bp = Blueprint("fills", __name__, url_prefix="/fills")


WITH_BATCH = (
    joinedload(Suspension.patient),
    joinedload(Suspension.counts),
    joinedload(Suspension.made_by),
    joinedload(Suspension.withdrawals),
    joinedload(Suspension.batch).joinedload(Batch.specification_version),
    joinedload(Suspension.batch).joinedload(Batch.course),
)
"""What a page of filling shows of a tube."""


WITH_ITS_BATCH = (
    joinedload(Fill.patient),
    joinedload(Fill.batch).joinedload(Batch.earlier),
    selectinload(Fill.doses),
)
"""What a list shows of a fill."""


def tube_shown(code: str) -> Suspension:
    """The tube with this code, with the sessions that its cells may be filled for."""
    of_course = joinedload(Suspension.batch).joinedload(Batch.course)
    return find(Suspension, code, *WITH_BATCH, of_course.selectinload(Course.sessions))


def sessions_offered(suspension: Suspension) -> list[tuple[str, str]]:
    return [
        (each.code, f"{each.number} · {each.planned_on:%d.%m.%Y}")
        for each in suspension.batch.course.sessions
        if each.cancelled_reason is None
    ]


def kinds_open(problems: dict[FillKind, list[LimsError]]) -> list[FillKind]:
    return [kind for kind, against in problems.items() if not against]


def room_for_all(tube: Suspension) -> freezing_room.NoRoom | None:
    """What the cryobank lacks if all that is left in `tube` goes into vials."""
    vials = ceil(tube.remaining_ml / filling.planned_portion(tube))
    return freezing_room.before_filling(reading_session(), tube, vials)


@bp.get("/from/<code>")
@requires(Permission.PERFORM_STEP)
def start(code: str) -> ResponseReturnValue:
    suspension = tube_shown(code)
    problems = fill_gate.problems_by_kind(reading_session(), suspension)
    kinds = kinds_open(problems)
    wanted = narrowing.chosen(FillKind, "kind")
    kind = wanted if wanted in kinds else next(iter(kinds), None)
    hint = in_time.at_fill(suspension, kind) if kind else None
    return render_template(
        "fills/start.html",
        suspension=suspension,
        problems=problems,
        kinds=kinds,
        hint=hint,
        density=freezing_density.problem(suspension) if FillKind.VIALS in kinds else None,
        no_room=room_for_all(suspension) if FillKind.VIALS in kinds else None,
        starting=shown(
            StartForm,
            sessions_offered(suspension),
            kinds,
            kind=kind,
            portion_ml=filling.planned_portion(suspension),
            aliquots=hint.aliquots if hint else 0,
        ),
    )


@bp.post("/from/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(start)
def record_start(code: str) -> ResponseReturnValue:
    suspension = tube_shown(code)
    problems = fill_gate.problems_by_kind(reading_session(), suspension)
    form = StartForm(sessions_offered(suspension), kinds_open(problems))
    step = submit(form, filling.start_filling, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Print the labels, then fill.", code=step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.get("/record/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Filling)
def record(step: Filling) -> ResponseReturnValue:
    session = reading_session()
    tube = session.get_one(Suspension, step.suspension_id, options=WITH_BATCH)
    aims, given_out = injections(session, step), codes_planned(step)
    vials = sum(code.startswith(Vial.kind_of_code) for code in given_out)
    form = shown(
        FillingForm,
        offered(aims),
        version=step.version,
        portions=portions_planned(step, tube, len(given_out)),
    )
    form.expect(tube.code, given_out)
    return render_template(
        "fills/record.html",
        step=step,
        suspension=tube,
        injections=aims,
        volume_of=volume_of,
        filled=form,
        density=freezing_density.problem(tube) if vials else None,
        no_room=freezing_room.before_filling(session, tube, vials) if vials else None,
        hint=in_time.of_step(step, vials > 0),
        unlabelled=containers.unlabelled(session, given_out),
    )


def volume_of(aim: PlannedAdministration, tube: Suspension) -> Decimal | None:
    """How much of `tube` has the cells of one injection; None where they were not counted."""
    return dose_volume_ml(aim.cells, tube.viable_per_ml) if tube.viable_per_ml else None


@bp.post("/record/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(record)
def record_filling(code: str) -> ResponseReturnValue:
    form = FillingForm(offered(injections(reading_session(), find(Filling, code))))
    fill = submit(form, filling.record_filling, lambda session: form.of(session, code))
    flash(_("%(code)s is filled and waits in quarantine.", code=fill.code))
    flash(step_acts.next_of(code))
    return redirect(url_for("steps.show", code=code), 303)


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    query = select(Fill).options(*WITH_ITS_BATCH)
    return render_template("fills/index.html", fills=listing(query, Fill.id))


@bp.get("/waiting")
@requires(Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL)
def waiting() -> ResponseReturnValue:
    query = select(Fill).where(Fill.status.in_(TO_DECIDE)).options(*with_its_evidence())
    fills = listing(query, Fill.id)
    counts = fill_counts.counts_of(reading_session(), fills.rows)
    return render_template("fills/waiting.html", fills=fills, counts=counts)


@bp.get("/earlier")
@requires(Permission.RELEASE_FILL)
def earlier() -> ResponseReturnValue:
    """Those whose earlier release waits to be taken over; of one import where it is named."""
    mark = joinedload(Fill.batch).joinedload(Batch.earlier)
    query = (
        select(Fill)
        .where(*TO_TAKE_OVER)
        .options(
            joinedload(Fill.patient),
            mark.joinedload(EarlierBatch.origin).joinedload(Import.imported_by),
            selectinload(Fill.vials),
        )
    )
    if code := narrowing.typed("code"):
        of_import = select(EarlierBatch.batch_id).join(EarlierBatch.origin)
        query = query.where(Fill.batch_id.in_(of_import.where(Import.code == code)))
    fills = listing(query, Fill.id)
    return render_template("fills/earlier.html", fills=fills, code=code, placed=PLACED)


def offered(planned: Sequence[PlannedAdministration]) -> list[tuple[int, str]]:
    """The injections planned for the session, each by its number in the list of the page."""
    numbered = enumerate(planned, 1)
    return [(n, f"{n} · {injection_text(each)}") for n, each in numbered if each.removal is None]


def injection_text(planned: PlannedAdministration) -> str:
    return site(planned)
