"""The first page: what waits for the person who signed in; and whether the site is up."""

from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import text

from lims.web import staff
from lims.web.auth import public, signed_in
from lims.web.current import reading_session
from lims.web.filters import number
from lims.web.worklists import WORKLISTS
from lims.workflows import lockouts

bp = Blueprint("home", __name__)


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
    locked = lockouts.lately(reading_session()) if staff.sees_sign_ins() else []
    return render_template("home/today.html", doors=doors, locked=locked)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """For whatever watches the site: the database answers."""
    reading_session().execute(text("SELECT 1"))
    return jsonify(status="ok")
