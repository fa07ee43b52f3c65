"""Retrieving: what is out of the cold, a retrieval by two people, vials brought back in time."""

from itertools import groupby
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lims.errors import LimsError
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order
from lims.models.retrieval import Retrieval, RetrievedVial
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.orders import order_shown
from lims.web.records import find
from lims.web.retrieval_forms import RecordForm, ReturnForm, StartForm, TakeForm
from lims.web.scans import read_code, tube
from lims.web.told import refused
from lims.workflows import (
    at_the_dewar,
    bringing_back,
    drawn,
    lost_vials,
    off_plan,
    out_of_cold,
    picking,
    retrieving,
    tank_contents,
    vial_places,
)
from lims.workflows.picking import BoxToLift

bp = Blueprint("retrievals", __name__, url_prefix="/retrievals")


def out_of_the_cold() -> Any:
    """The vials that are neither in their places nor used."""
    return (
        select(RetrievedVial).join(Vial, Vial.id == RetrievedVial.vial_id).where(*retrieving.out())
    )


@bp.get("/")
@requires(Permission.SEE_STORAGE)
def index() -> ResponseReturnValue:
    around = (
        joinedload(RetrievedVial.vial).joinedload(Vial.patient),
        joinedload(RetrievedVial.vial).joinedload(Vial.fill),
        joinedload(RetrievedVial.taken_by),
    )
    session, out = reading_session(), listing(out_of_the_cold().options(*around), RetrievedVial.id)
    return render_template(
        "retrievals/index.html",
        out=out,
        opened=drawn.opened(session, [each.vial for each in out.rows]),
        seconds_out=retrieving.seconds_out,
        most=out_of_cold.longest(session),
    )


@bp.get("/of/<code>")
@requires(Permission.RETRIEVE_VIAL)
def start(code: str) -> ResponseReturnValue:
    order, session = order_shown(code), reading_session()
    starting = shown(StartForm).showing(retrieving.shown_before(session, order))
    why = off_plan.found(session, order)
    starting.comment.flags.required = bool(why)
    return render_template(
        "retrievals/start.html",
        order=order,
        boxes=picking.to_lift(session, order),
        under_way=retrieving.open_retrieval(session, order),
        off_plan=why,
        starting=starting,
        lost=lost_vials.of(reading_session(), order),
    )


@bp.post("/of/<code>")
@requires(Permission.RETRIEVE_VIAL)
@on_refusal(start)
def start_retrieval(code: str) -> ResponseReturnValue:
    form = StartForm()
    step = submit(form, retrieving.start_retrieval, lambda session: form.of(session, code))
    flash(
        _(
            "Both have signed. Scan each vial as it leaves its position, then the second person"
            " their badge."
        )
    )
    return redirect(url_for("retrievals.run", code=step.code), 303)


def map_of(lift: BoxToLift) -> list[tuple[str, list[tank_contents.Slot]]]:
    slots = tank_contents.slots_of(reading_session(), lift.box)
    return [(row, list(each)) for row, each in groupby(slots, key=lambda slot: slot.name[0])]


def step_shown(code: str) -> tuple[Retrieval, Order]:
    step = find(Retrieval, code, joinedload(Retrieval.verified_by))
    session = reading_session()
    order = session.get_one(Order, step.order_id, options=[joinedload(Order.patient)])
    note_look(order.patient_id)
    return step, order


@bp.get("/<code>")
@requires(Permission.RETRIEVE_VIAL)
def run(code: str) -> ResponseReturnValue:
    step, order = step_shown(code)
    session = reading_session()
    taken = select(RetrievedVial).where(RetrievedVial.step_id == step.id)
    boxes = picking.listed(session, order)
    left = [pick.vial.code for box in boxes for pick in box.to_take]
    taking = shown(TakeForm)
    taking.vial.expects = left
    badge = at_the_dewar.witness_of(session, step).code
    taking.second_scan.expects = [*taking.vial.expects, badge]
    return render_template(
        "retrievals/run.html",
        step=step,
        order=order,
        boxes=[(each, map_of(each) if each.to_take else []) for each in boxes],
        left=left,
        taken=session.scalars(
            taken.options(joinedload(RetrievedVial.vial)).order_by(RetrievedVial.id.desc())
        ).all(),
        taking=taking,
        seconds_out=retrieving.seconds_out,
        most=out_of_cold.longest(session),
    )


@bp.post("/<code>")
@requires(Permission.RETRIEVE_VIAL)
@on_refusal(run)
def take_vial(code: str) -> ResponseReturnValue:
    form = TakeForm()
    submit(form, retrieving.take_vial, lambda session: form.of(session, code))
    flash(_("%(code)s is out of the cold.", code=tube(form.vial)))
    return redirect(url_for("retrievals.run", code=code), 303)


@bp.post("/<code>/misplaced")
@requires(Permission.RETRIEVE_VIAL)
def misplaced(code: str) -> ResponseReturnValue:
    """A vial or a badge that is not waited for at the dewar, told at its scan."""
    step, scanned = find(Retrieval, code), request.form.get("code", "")
    try:
        at_the_dewar.require_wanted(reading_session(), step, scanned)
    except LimsError as refusal:
        return refused(refusal)
    return jsonify(sentence=_("It is not waited for here now."))


@bp.get("/<code>/record")
@requires(Permission.RETRIEVE_VIAL)
def record(code: str) -> ResponseReturnValue:
    step, order = step_shown(code)
    return render_template(
        "retrievals/record.html", step=step, order=order, ending=shown(RecordForm)
    )


@bp.post("/<code>/record")
@requires(Permission.RETRIEVE_VIAL)
@on_refusal(record)
def record_retrieval(code: str) -> ResponseReturnValue:
    form = RecordForm()
    step = submit(form, retrieving.record_retrieval, lambda session: form.of(session, code))
    flash(_("%(code)s is recorded.", code=step.code))
    order = reading_session().get_one(Order, step.order_id)
    return redirect(url_for("orders.show", code=order.code), 303)


@bp.get("/back")
@requires(Permission.RETRIEVE_VIAL)
def back() -> ResponseReturnValue:
    try:
        code = read_code(request.args.get("vial", ""), ("VL",))
    except ValueError:
        code = ""
    session = reading_session()
    vial = session.scalars(select(Vial).where(Vial.code == code)).one_or_none()
    stood = vial_places.history(session, vial) if vial is not None else []
    out = None
    if vial is not None and vial.status is VialStatus.RETRIEVED:
        out = retrieving.out_now(session, vial)
    return render_template(
        "retrievals/back.html",
        vial=vial,
        stood=stood[-1] if stood else None,
        address_of_position=vial_places.address_of,
        out=out,
        seconds_out=retrieving.seconds_out,
        most=out_of_cold.longest(session) if out else None,
        returning=shown(ReturnForm),
    )


@bp.post("/back")
@requires(Permission.RETRIEVE_VIAL)
@on_refusal(back)
def return_vial() -> ResponseReturnValue:
    form = ReturnForm()
    vial = submit(form, bringing_back.return_vial, form.of)
    if vial.status is VialStatus.COMPROMISED:
        flash(_("It was out of the cold too long: quality decides whether it is kept."), "warn")
    else:
        flash(_("%(code)s is stored again.", code=vial.on_the_tube))
    return redirect(url_for("vials.show", code=vial.code), 303)
