"""The first page: what is due for the person who signed in; and whether the site is up."""

from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from lims.errors import N_
from lims.permissions import Permission as P
from lims.web import signatures, staff
from lims.web.addresses import number_asked
from lims.web.auth import public, signed_in
from lims.web.current import reading_session
from lims.web.doors import may_open
from lims.web.filters import number
from lims.web.listing import A_PAGE, Listing
from lims.web.navigation import address_of
from lims.workflows import agenda, batch_forecast, lockouts
from lims.workflows.agenda import Item

bp = Blueprint("home", __name__)


@dataclass(frozen=True)
class Worklist:
    """A list of work as a page of its own, for whoever holds one of `permissions`."""

    label: str
    endpoint: str
    permissions: tuple[P, ...]


WORKLISTS = (
    Worklist(N_("Tissue on its way"), "samples.on_the_way", (P.RECEIVE_SAMPLE,)),
    Worklist(N_("Tissue to decide on"), "samples.undecided", (P.DECIDE_SAMPLE,)),
    Worklist(N_("Tissue to isolate"), "samples.to_isolate", (P.PERFORM_STEP,)),
    Worklist(N_("Vessels to feed today"), "culture.index", (P.PERFORM_STEP,)),
    Worklist(N_("Courses that wait for you"), "courses.waiting", (P.ORDER_COURSE,)),
    Worklist(N_("Doses that may be late"), "courses.at_risk", (P.ORDER_COURSE,)),
    Worklist(N_("Aliquots without a test"), "aliquots.unasked", (P.ENTER_RESULT,)),
    Worklist(N_("Tests to begin"), "qc.to_test", (P.ENTER_RESULT,)),
    Worklist(N_("Tests to read today"), "qc.due", (P.ENTER_RESULT,)),
    Worklist(N_("Results to verify"), "qc.to_verify", (P.VERIFY_RESULT,)),
    Worklist(N_("Results to approve"), "qc.to_approve", (P.APPROVE_RESULT,)),
    Worklist(N_("Fills to decide"), "fills.waiting", (P.REVIEW_PRODUCTION, P.RELEASE_FILL)),
    Worklist(N_("Vials to freeze"), "freezings.waiting", (P.PERFORM_STEP,)),
    Worklist(N_("Vials to place"), "vials.to_place", (P.STORE_VIAL,)),
    Worklist(N_("Vials to thaw"), "thaws.waiting", (P.PERFORM_STEP,)),
    Worklist(N_("Compromised vials"), "vials.doubtful", (P.KEEP_COMPROMISED,)),
    Worklist(N_("Orders of frozen cells at the bank"), "orders.at_the_bank", (P.CHECK_ORDER,)),
    Worklist(N_("Orders of frozen cells to approve"), "orders.to_approve", (P.APPROVE_ORDER,)),
    Worklist(N_("Vials out of the cold"), "retrievals.index", (P.RETRIEVE_VIAL,)),
    Worklist(N_("Doses to hand over"), "doses.to_hand_over", (P.ISSUE_DOSE,)),
    Worklist(N_("Doses to receive or to inject"), "doses.at_the_clinic", (P.RECEIVE_DOSE,)),
    Worklist(N_("Doses recalled or held"), "doses.alarmed", (P.RECEIVE_DOSE,)),
    Worklist(N_("Patients to follow up"), "outcomes.follow_up", (P.RECORD_OUTCOME,)),
    Worklist(N_("Tanks to read"), "tanks.index", (P.RECORD_READING,)),
    Worklist(N_("Storage agreements to talk about"), "agreements.index", (P.RECORD_AGREEMENT,)),
    Worklist(
        N_("Deviations to decide"),
        "deviations.waiting",
        (P.INVESTIGATE_DEVIATION, P.DECIDE_DEVIATION),
    ),
    Worklist(N_("Holds in force"), "holds.index", (P.LIFT_HOLD,)),
    Worklist(N_("Second signatures"), "signatures.waiting", signatures.SIGNED_BY_TWO),
    Worklist(N_("Lots to release"), "lots.waiting", (P.RELEASE_LOT,)),
    Worklist(N_("Calibrations due"), "equipment.due", (P.KEEP_EQUIPMENT,)),
    Worklist(N_("Specifications to approve"), "specifications.index", (P.APPROVE_SPECIFICATION,)),
    Worklist(N_("Trainings about to expire"), "training.matrix", (P.RECORD_TRAINING,)),
)
"""In the order of the work."""

ACTS = {
    ("feed", "BA"): "culture.feed",
    ("passage", "BA"): "culture.harvest",
    ("freeze", "FL"): "freezings.start",
    ("place", "FL"): "placing.place",
    ("keep", "FL"): "vials.doubtful",
    ("ask", "QC"): "aliquots.tests",
    ("verify", "QC"): "qc_at_once.verify",
    ("approve", "QC"): "qc_at_once.approve",
    ("reading", "TK"): "tank_readings.enter",
    ("markers", "PT"): "markers.enter",
    ("training", "US"): "training.record_training",
}
"""Where a task is done at once; any other on the page of the thing itself."""


def leads_to(item: Item) -> str:
    """The address where `item` is done; empty where the thing has no page."""
    endpoint = ACTS.get((item.task, item.code[:2]))
    if item.task == "specification":
        return url_for("specifications.index")
    if endpoint is None or not may_open(endpoint):
        return address_of(item.code)
    return url_for(endpoint, code=item.code)


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    session, skip = reading_session(), number_asked("after") or 0
    found = agenda.of(session, current_user, most=A_PAGE, skip=skip)
    more = found.total > skip + len(found.items)
    following = url_for("home.show", after=skip + A_PAGE) if more else ""
    return render_template(
        "home/today.html",
        due=Listing(found.items, number(found.total), following),
        leads_to=leads_to,
        late=len(batch_forecast.at_risk(session)) if current_user.may(P.ORDER_COURSE) else 0,
        lists=[each for each in WORKLISTS if any(map(current_user.may, each.permissions))],
        locked=lockouts.lately(session) if staff.sees_sign_ins() else [],
    )


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """For whatever watches the site: the database answers."""
    reading_session().execute(text("SELECT 1"))
    return jsonify(status="ok")
