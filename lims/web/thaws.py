"""Thaw: a bench cleared for an order's patient, each vial scanned into the bath, what was got."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims.models.course import TransplantationSession
from lims.models.fill import Vial
from lims.models.order import Order, OrderKind, OrderStatus
from lims.models.retrieval import Thaw, ThawedVial
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.records import find, until_recorded
from lims.web.scans import tube
from lims.web.stopped import submit_or_report
from lims.web.thaw_forms import AbortForm, AllowForm, StartForm, ThawForm, WarmForm
from lims.workflows import (
    codes,
    containers,
    out_of_cold,
    thaw_findings,
    thaw_gate,
    thaw_stops,
    thawing,
)

bp = Blueprint("thaws", __name__, url_prefix="/thaws")

WAITING = Order.kind == OrderKind.THAW, Order.status == OrderStatus.SCHEDULED
"""Orders of which vials are to be taken out, or are out, and are not thawed."""
WITH_COURSE = (
    joinedload(Order.patient),
    joinedload(Order.session).joinedload(TransplantationSession.course),
)


def order_shown(code: str) -> Order:
    return find(Order, code, *WITH_COURSE)


def order_of(step: Thaw) -> Order:
    query = select(Order).where(Order.id == step.order_id).options(*WITH_COURSE)
    return reading_session().scalars(query).one()


@bp.get("/")
@requires(Permission.PERFORM_STEP)
def waiting() -> ResponseReturnValue:
    """Orders of which the bench may be made ready; how many of their vials are out, since when."""
    query = select(Order).where(*WAITING)
    query = query.options(joinedload(Order.patient), joinedload(Order.session))
    session, orders = reading_session(), listing(query, Order.id)
    return render_template(
        "thaws/waiting.html",
        orders=orders,
        out=out_of_cold.by_order(session, orders.rows),
        under_way=out_of_cold.thawed_at(session, orders.rows),
    )


@bp.get("/of/<code>")
@requires(Permission.PERFORM_STEP, Permission.ALLOW_UNKNOWN_PASSAGE)
def start(code: str) -> ResponseReturnValue:
    order, session = order_shown(code), reading_session()
    vials = thaw_gate.to_come(session, order)
    problems = list(thaw_gate.problems_with(session, order, vials))
    going_on = [each for each in problems if isinstance(each, thaw_gate.UnderWay)]
    allowing = None
    if any(isinstance(each, thaw_gate.OriginUnknown) for each in problems):
        allowing = shown(AllowForm).showing(thaw_gate.shown_of(session, order))
    return render_template(
        "thaws/start.html",
        order=order,
        vials=vials,
        problems=problems,
        under_way=going_on[0].parameters["step"] if going_on else None,
        starting=shown(StartForm, aliquots=1),
        allowing=allowing,
    )


@bp.post("/of/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(start)
def start_thaw(code: str) -> ResponseReturnValue:
    form = StartForm()
    step = submit(form, thawing.start_thaw, lambda session: form.of(session, code))
    flash(_("%(code)s is open. Print the label of the tube, then scan each vial.", code=step.code))
    return redirect(url_for("steps.show", code=step.code), 303)


@bp.post("/of/<code>/allow")
@requires(Permission.ALLOW_UNKNOWN_PASSAGE)
@on_refusal(start)
def allow_thaw(code: str) -> ResponseReturnValue:
    form = AllowForm()
    submit(form, thaw_gate.allow_thaw, lambda session: form.of(session, code))
    flash(_("The vials of %(code)s may be thawed.", code=code.upper()))
    return redirect(url_for("thaws.start", code=code), 303)


def thawed_in(step: Thaw) -> list[ThawedVial]:
    """The vials of a thaw, each with what it is of."""
    query = (
        select(ThawedVial)
        .where(ThawedVial.step_id == step.id)
        .options(joinedload(ThawedVial.vial).joinedload(Vial.fill))
        .order_by(ThawedVial.id)
    )
    return list(reading_session().scalars(query))


@bp.get("/<code>")
@requires(Permission.PERFORM_STEP)
@until_recorded(Thaw)
def run(step: Thaw) -> ResponseReturnValue:
    order, session, thawed = order_of(step), reading_session(), thawed_in(step)
    warming, stopped = shown(WarmForm), thaw_stops.uncleared(session, step)
    waiting = thaw_gate.to_come(session, order)
    if stopped is not None:
        warming.ask_second(waiting)
    out = thaw_findings.seconds_out(session, thawed)
    return render_template(
        "thaws/run.html",
        step=step,
        order=order,
        thawed=[(each, out.get(each.id)) for each in thawed],
        waiting=waiting,
        warming=warming,
        stopped=stopped,
    )


@bp.post("/<code>")
@requires(Permission.PERFORM_STEP)
@on_refusal(run)
def warm_vial(code: str) -> ResponseReturnValue:
    form = WarmForm()
    submit_or_report(
        form,
        thawing.warm_vial,
        lambda session: form.of(session, code),
        report=thaw_stops.report_thaw_stop,
        about=lambda session: {"step": codes.load(session, code, Thaw)},
    )
    flash(_("%(code)s is in the bath.", code=tube(form.vial)))
    return redirect(url_for("thaws.run", code=code), 303)


@bp.get("/<code>/record")
@requires(Permission.PERFORM_STEP)
@until_recorded(Thaw)
def record(step: Thaw) -> ResponseReturnValue:
    rows = [{"vial": each.vial.code} for each in thawed_in(step)]
    return render_template(
        "thaws/record.html",
        step=step,
        order=order_of(step),
        vials=len(rows),
        planned=containers.planned_for(reading_session(), step),
        recorded=shown(ThawForm, version=step.version, warmed=rows),
    )


@bp.post("/<code>/record")
@requires(Permission.PERFORM_STEP)
@on_refusal(record)
def record_thaw(code: str) -> ResponseReturnValue:
    form = ThawForm()
    made = submit(form, thawing.record_thaw, lambda session: form.of(session, code))
    flash(_("%(code)s is made. Close the step, then fill or seed it.", code=made.code))
    return redirect(url_for("steps.show", code=code), 303)


@bp.get("/<code>/abort")
@requires(Permission.PERFORM_STEP)
@until_recorded(Thaw)
def abort(step: Thaw) -> ResponseReturnValue:
    form = shown(AbortForm, version=step.version)
    return render_template("thaws/abort.html", step=step, order=order_of(step), aborting=form)


@bp.post("/<code>/abort")
@requires(Permission.PERFORM_STEP)
@on_refusal(abort)
def abort_thaw(code: str) -> ResponseReturnValue:
    form = AbortForm()
    submit(form, thawing.abort_thaw, lambda session: form.of(session, code))
    flash(_("Recorded: the vials are used up, a deviation is open."), "warn")
    return redirect(url_for("steps.show", code=code), 303)
