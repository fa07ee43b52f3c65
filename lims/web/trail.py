"""The audit trail: of one record, of everything, and what was tried and refused."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, and_, false, func, select

from lims import anchors, clock
from lims.errors import LimsError, NotFound, unjoined
from lims.models.audit import UNAUDITED, AuditEntry
from lims.models.base import Coded
from lims.models.command_run import Refusal
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.web import filters, narrowing
from lims.web.auth import requires
from lims.web.current import reading_session, site
from lims.web.listing import Listing, listing
from lims.web.navigation import PAGES
from lims.web.times import read_day
from lims.web.trail_values import told
from lims.workflows import codes, terminals
from lims.workflows.anchors import Anchor

bp = Blueprint("trail", __name__, url_prefix="/trail")

COUNTED_DAYS = 30
"""Over which refusals are counted."""


@dataclass(frozen=True)
class Wanted:
    """What narrows the list; a day that is none narrows nothing and stands there to be mended.

    By the code of a patient all that is theirs is found, by any other what happened to that alone.
    """

    table: str
    login: str
    code: str
    first_day: str
    last_day: str

    @classmethod
    def asked(cls) -> "Wanted":
        return cls(*(narrowing.typed(name) for name in ("table", "person", "code", "from", "to")))

    def of(self, statement: Select[Any]) -> Select[Any]:
        if self.table:
            statement = statement.where(AuditEntry.table_name == self.table)
        if self.login:
            person = select(User.id).where(User.login == self.login).scalar_subquery()
            statement = statement.where(AuditEntry.user_id == person)
        if self.code:
            statement = statement.where(self.about())
        if (first := midnight(self.first_day)) is not None:
            statement = statement.where(AuditEntry.at >= first)
        if (last := midnight(self.last_day, later=1)) is not None:
            statement = statement.where(AuditEntry.at < last)
        return statement

    def about(self) -> ColumnElement[bool]:
        record = self.record
        if record is None:
            return false()
        if isinstance(record, Patient):
            return AuditEntry.patient_id == record.id
        return and_(*of_row(type(record).__tablename__, record.id))

    @cached_property
    def record(self) -> Coded | None:
        """What `code` names; None where it names nothing."""
        try:
            return codes.find(reading_session(), self.code.upper())
        except LimsError:
            return None


def of_row(table: str, row: int) -> tuple[ColumnElement[bool], ...]:
    return AuditEntry.table_name == table, AuditEntry.row_id == row


def midnight(typed: str, *, later: int = 0) -> datetime | None:
    """The beginning of the day typed, or `later` days after it, where the site is."""
    try:
        day = read_day(typed) + timedelta(days=later)
    except ValueError:
        return None
    return datetime.combine(day, time(), get_timezone())


def shown(statement: Select[Any]) -> Listing:
    found = listing(statement, AuditEntry.id)
    return replace(found, rows=told(reading_session(), found.rows))


@bp.get("/")
@requires(Permission.SEE_AUDIT_TRAIL)
def index() -> ResponseReturnValue:
    wanted = Wanted.asked()
    people = reading_session().execute(
        select(User.login, User.full_name).order_by(User.full_name, User.id)
    )
    return render_template(
        "trail/index.html",
        wanted=wanted,
        tables=sorted(tables(), key=filters.word),
        people=people.all(),
        found=shown(wanted.of(select(AuditEntry))),
        anchor=newest_anchor(),
    )


def tables() -> set[str]:
    """The kinds of records that keep a trail."""
    return {mapper.class_.__tablename__ for mapper in Coded.registry.mappers} - UNAUDITED


def newest_anchor() -> Anchor | None:
    """How far the trail is protected from outside; None where no anchor can be read."""
    try:
        return anchors.newest(site().settings.anchor_dir)
    except OSError:
        return None


@bp.get("/<code>")
@requires(Permission.SEE_AUDIT_TRAIL)
def history(code: str) -> ResponseReturnValue:
    """Every change of the record that `code` names."""
    record = codes.find(reading_session(), code.upper())
    return page_of(type(record).__tablename__, record.id, record.code)


@bp.get("/<table>/<int:row>")
@requires(Permission.SEE_AUDIT_TRAIL)
def history_of_row(table: str, row: int) -> ResponseReturnValue:
    """Every change of a record that has no code of its own."""
    if table not in tables():
        raise NotFound(code="/".join((table, str(row)))[:40])
    return page_of(table, row, "")


def page_of(table: str, row: int, code: str) -> str:
    found = shown(select(AuditEntry).where(*of_row(table, row)))
    return render_template("trail/history.html", table=table, row=row, code=code, found=found)


@bp.get("/refusals")
@requires(Permission.SEE_AUDIT_TRAIL)
def refusals() -> ResponseReturnValue:
    since = clock.now() - timedelta(days=COUNTED_DAYS)
    error = narrowing.typed("error")
    counted = reading_session().execute(
        select(Refusal.error, func.count().label("times"))
        .where(Refusal.refused_at >= since)
        .group_by(Refusal.error)
        .order_by(func.count().desc(), Refusal.error)
    )
    query = select(Refusal).where(Refusal.error == error) if error else select(Refusal)
    found = listing(query, Refusal.id)
    people = reading_session().execute(
        select(User.id, User.full_name).where(User.id.in_({each.user_id for each in found.rows}))
    )
    return render_template(
        "trail/refusals.html",
        counted=counted.all(),
        days=COUNTED_DAYS,
        error=error,
        found=found,
        names={each.id: each.full_name for each in people},
        called=terminals.names(reading_session()),
    )


def address_of_row(table: str, row: int, code: str) -> str:
    """Where the history of a record is shown."""
    if code:
        return url_for("trail.history", code=code)
    return url_for("trail.history_of_row", table=table, row=row)


@bp.app_context_processor
def for_templates() -> dict[str, object]:
    return {
        "history_of": address_of_row,
        "history_here": history_here,
        "refusal_kind": kind_of_refusal,
    }


def history_here() -> str:
    """The history of the record that the page at hand is about, for who sees the trail."""
    code = (request.view_args or {}).get("code")
    if request.endpoint not in PAGES.values() or not code:
        return ""
    if not (current_user.is_authenticated and current_user.may(Permission.SEE_AUDIT_TRAIL)):
        return ""
    return url_for("trail.history", code=code.upper())


def kind_of_refusal(error: str) -> str:
    """The class of an error as words: NotPermitted is "not permitted"."""
    return filters.word(unjoined(error))
