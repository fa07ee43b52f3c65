"""The first page: what is due for the person who signed in; and whether the site is up."""

from datetime import timedelta

from flask import Blueprint, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_login import current_user
from sqlalchemy import text

from lims.backups.standing import Standing, standing
from lims.permissions import Permission as P
from lims.web import overtaken, staff
from lims.web.addresses import number_asked
from lims.web.auth import public, signed_in
from lims.web.courses import LATE_FOR
from lims.web.current import reading_session, site
from lims.web.doors import may_open
from lims.web.drafts import title_of
from lims.web.filters import number
from lims.web.listing import A_PAGE, Listing
from lims.web.navigation import address_of
from lims.web.worklists import WORKLISTS
from lims.workflows import agenda, course_forecasts, drafts, fill_counts, job_troubles, lockouts
from lims.workflows.agenda import Item

bp = Blueprint("home", __name__)


ACTS = {
    ("feed", "BA"): "culture.feed",
    ("passage", "BA"): "culture.harvest",
    ("earlier_release", "UP"): "fills.earlier",
    ("freeze", "FL"): "freezings.start",
    ("place", "FL"): "placing.place",
    ("keep", "FL"): "vials.doubtful",
    ("label", "DS"): "containers.show",
    ("label", "VL"): "containers.show",
    ("ask", "QC"): "aliquots.tests",
    ("begin", "QC"): "qc_at_once.begin",
    ("verify", "QC"): "qc_at_once.verify",
    ("approve", "QC"): "qc_at_once.approve",
    ("read", "QC"): "qc_together.enter",
    **{(task, "FL"): "qc_together.enter" for task in ("begin", "read")},
    ("verify", "FL"): "qc_at_once.verify",
    ("approve", "FL"): "qc_at_once.approve",
    ("use_up", "RQ"): "handing_on.empty",
    ("contraindications", "SN"): "contraindications.check_session",
    ("observe", "SN"): "observations.record",
    ("follow_up", "CR"): "outcomes.record",
    ("reading", "TK"): "tank_readings.enter",
    ("markers", "PT"): "markers.enter",
    ("training", "US"): "training.record_training",
}
"""Where a task is done at once; any other on the page of the thing itself."""


def leads_to(item: Item) -> str:
    """The address where `item` is done; empty where the thing has no page."""
    if item.task == "audit_review":
        return url_for("audit_reviews.review")
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
    told_late = any(map(current_user.may, LATE_FOR))
    begun = session.scalars(drafts.of(current_user.id)).all() if current_user.has_drafts else []
    unfinished, recorded_meanwhile = overtaken.sorted_out(begun)
    making = course_forecasts.under_way(session) if told_late else {}
    return render_template(
        "home/today.html",
        due=Listing(found.items, number(found.total), following),
        leads_to=leads_to,
        late=len(course_forecasts.at_risk(making)),
        outlooks=course_forecasts.by_session(making),
        counts=fill_counts.of_codes(session, [i.code for i in found.items if i.task == "fill"]),
        lists=[each for each in WORKLISTS if any(map(current_user.may, each.permissions))],
        locked=lockouts.lately(session) if staff.sees_sign_ins() else [],
        troubles=list(job_troubles.troubles(session)) if current_user.may(P.SEE_JOBS) else [],
        backup=standing(site().settings, session) if staff.sees_sign_ins() else None,
        ago=ago,
        title_of=title_of,
        unfinished=unfinished,
        recorded_meanwhile=recorded_meanwhile,
    )


def ago(backup: Standing) -> str:
    """The age of the last good backup: 5 hours ago."""
    age = backup.age or timedelta()
    return str(format_timedelta(-age, granularity="minute", add_direction=True))


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """For whatever watches the site: the database answers."""
    reading_session().execute(text("SELECT 1"))
    return jsonify(status="ok")
