"""Holds and quarantines in force: put by quality or by a rule, lifted by quality's signature."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.deviation import Hold, HoldKind
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.web import subjects
from lims.web.auth import requires
from lims.web.choices import ChoiceField
from lims.web.current import reading_session
from lims.web.fields import LongTextField
from lims.web.forms import Form, Signing, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.people import OwnPassword
from lims.web.scans import CodeField, read_code
from lims.workflows import codes, deviations, holds

bp = Blueprint("holds", __name__, url_prefix="/holds")

HELD = ("BA", "VE", "SU")


class HoldForm(Form):
    gated = True

    material = CodeField(_l("What is held"), *HELD, hint=_l("A batch, a vessel or a suspension."))
    kind = ChoiceField(_l("How"), HoldKind)
    reason = LongTextField(_l("Why"))

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "record": codes.find(session, self.material.data or ""),
            "kind": self.kind.data,
            "reason": self.reason.data,
        }


class LiftForm(Signing):
    reason = LongTextField(_l("Why it may go on"))
    password = OwnPassword(_l("Your signature"))

    def of(self, session: Session, number: int) -> dict[str, Any]:
        return {
            "hold": session.get_one(Hold, number, with_for_update=True),
            "reason": self.reason.data,
            "proof": self.password.proof,
        }


@bp.get("/")
@requires(Permission.SEE_DEVIATIONS)
def index() -> ResponseReturnValue:
    query = select(Hold).where(Hold.ended_at.is_(None)).options(joinedload(Hold.deviation))
    found = listing(query, Hold.id)
    whose = reading_session().scalars(
        select(Patient).where(Patient.id.in_({hold.patient_id for hold in found.rows}))
    )
    return render_template(
        "holds/index.html",
        found=found,
        held=subjects.held(found.rows),
        patients={patient.id: patient for patient in whose},
        decided=deviations.DECIDED,
    )


@bp.get("/put")
@requires(Permission.PUT_ON_HOLD)
def put() -> ResponseReturnValue:
    return render_template("holds/put.html", putting=shown(HoldForm, material=scanned_already()))


def scanned_already() -> str | None:
    """The code the page was opened with, if it is one."""
    try:
        return read_code(request.args["on"], HELD) if "on" in request.args else None
    except ValueError:
        return None


@bp.post("/put")
@requires(Permission.PUT_ON_HOLD)
@on_refusal(put)
def record_hold() -> ResponseReturnValue:
    form = HoldForm()
    submit(form, holds.hold_material)
    flash(_("%(code)s is on hold. Its cells are still looked after.", code=form.material.data))
    return redirect(url_for("holds.index"), 303)


@bp.get("/<int:number>/lift")
@requires(Permission.LIFT_HOLD)
def lift(number: int) -> ResponseReturnValue:
    session = reading_session()
    hold = session.get(Hold, number)
    if hold is None:
        abort(404)
    return render_template(
        "holds/lift.html",
        hold=hold,
        code=subjects.held([hold])[hold.id],
        patient=session.get_one(Patient, hold.patient_id),
        began_by=session.get_one(User, hold.began_by_id),
        undecided=hold.deviation is not None and hold.deviation.status not in deviations.DECIDED,
        lifting=shown(LiftForm).showing(holds.shown_of(hold)),
    )


@bp.post("/<int:number>/lift")
@requires(Permission.LIFT_HOLD)
@on_refusal(lift)
def record_lifting(number: int) -> ResponseReturnValue:
    form = LiftForm()
    submit(form, holds.lift_hold, lambda session: form.of(session, number))
    flash(_("The hold is lifted."))
    return redirect(url_for("holds.index"), 303)
