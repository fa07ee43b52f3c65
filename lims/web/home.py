"""The first page: what waits for the person who signed in; and whether the site is up."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import text
from sqlalchemy.orm import Session

from lims.errors import N_
from lims.permissions import Permission
from lims.web import equipment, fills, lots
from lims.web.auth import public, signed_in
from lims.web.current import reading_session
from lims.web.filters import number
from lims.workflows import care, course_progress, specification_approval, training

bp = Blueprint("home", __name__)


@dataclass(frozen=True)
class Worklist:
    """Work that waits for whoever holds one of `permissions`, counted by `waiting`."""

    label: str
    endpoint: str
    permissions: tuple[Permission, ...]
    waiting: Callable[[Session], int]


WORKLISTS: tuple[Worklist, ...] = (
    Worklist(
        N_("Vessels to feed today"), "culture.index", (Permission.PERFORM_STEP,), care.count_due
    ),
    Worklist(
        N_("Courses that wait for you"),
        "courses.waiting",
        (Permission.ORDER_COURSE,),
        course_progress.count_waiting,
    ),
    Worklist(
        N_("Fills to decide"),
        "fills.waiting",
        (Permission.REVIEW_PRODUCTION, Permission.RELEASE_FILL),
        fills.count_waiting,
    ),
    Worklist(
        N_("Lots to release"), "lots.waiting", (Permission.RELEASE_LOT,), lots.waiting_for_release
    ),
    Worklist(
        N_("Calibrations due"),
        "equipment.due",
        (Permission.KEEP_EQUIPMENT,),
        equipment.calibrations_due,
    ),
    Worklist(
        N_("Specifications to approve"),
        "specifications.index",
        (Permission.APPROVE_SPECIFICATION,),
        specification_approval.count_drafts,
    ),
    Worklist(
        N_("Trainings about to expire"),
        "training.matrix",
        (Permission.RECORD_TRAINING,),
        training.count_expiring,
    ),
)
"""In the order of the work; each is one query."""


@dataclass(frozen=True)
class Door:
    label: str
    endpoint: str
    waiting: str


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    doors = [
        Door(gettext(each.label), each.endpoint, number(each.waiting(reading_session())))
        for each in WORKLISTS
        if any(current_user.may(permission) for permission in each.permissions)
    ]
    return render_template("home/today.html", doors=doors)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """For whatever watches the site: the database answers."""
    reading_session().execute(text("SELECT 1"))
    return jsonify(status="ok")
