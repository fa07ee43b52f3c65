"""The first page: what waits for the person who signed in; and whether the site is up."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select, text

from lims.web import staff
from lims.web.auth import public, signed_in
from lims.web.current import reading_session
from lims.web.filters import number
from lims.web.worklists import WORKLISTS, Worklist
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
    lists = [
        each
        for each in WORKLISTS
        if any(current_user.may(permission) for permission in each.permissions)
    ]
    doors = [
        Door(gettext(each.label), each.endpoint, number(waiting))
        for each, waiting in zip(lists, counted(lists), strict=True)
    ]
    locked = lockouts.lately(reading_session()) if staff.sees_sign_ins() else []
    return render_template("home/today.html", doors=doors, locked=locked)


def counted(lists: Sequence[Worklist]) -> list[int]:
    """How much waits in each of `lists`, what the database counts in one query."""
    session = reading_session()
    asked = [each.waiting().scalar_subquery() for each in lists if each.waiting]
    told = iter(session.execute(select(*asked)).one() if asked else ())
    return [next(told) if each.waiting else each.reckoned(session) for each in lists]


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """For whatever watches the site: the database answers."""
    reading_session().execute(text("SELECT 1"))
    return jsonify(status="ok")
