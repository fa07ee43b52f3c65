"""The culture calendar: a week or a month of what is due and what is expected, day by day."""

from datetime import date, timedelta

from babel.dates import format_date
from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from lims import clock
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.filters import language
from lims.web.home import leads_to
from lims.workflows import planning

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

WEEK, MONTH = 7, 35
"""Days; a week begins on the day asked for, a month is five whole weeks."""
SPANS = {"week": WEEK, "month": MONTH}
FARTHEST = timedelta(days=3660)
"""From today, either way: nothing is planned beyond it."""


@bp.get("/")
@requires(Permission.SEE_PRODUCTION)
def index() -> ResponseReturnValue:
    span = request.args.get("span", "week")
    if span not in SPANS:
        abort(404)
    asked, days = day_asked(), SPANS[span]
    first = asked if span == "week" else monday_of(asked)
    return render_template(
        "calendar/index.html",
        found=planning.plan(
            reading_session(),
            first,
            days,
            of_tanks=current_user.may(Permission.RECORD_READING),
        ),
        span=span,
        first=first,
        last=first + timedelta(days=days - 1),
        today=clock.today(),
        leads_to=leads_to,
        weekday=weekday,
        ways={
            "before": at(first - timedelta(days=days), span),
            "now": url_for("calendar.index", span=span),
            "after": at(first + timedelta(days=days), span),
            "week": at(first, "week"),
            "month": at(first, "month"),
        },
    )


def day_asked() -> date:
    """The day after `?day=`; today where none is given."""
    asked = request.args.get("day")
    if asked is None:
        return clock.today()
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        abort(404)
    if abs(day - clock.today()) > FARTHEST:
        abort(404)
    return day


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def at(day: date, span: str) -> str:
    """Without links beyond where the calendar ends."""
    if abs(day - clock.today()) > FARTHEST - timedelta(days=WEEK):
        return ""
    return url_for("calendar.index", day=day.isoformat(), span=span)


def weekday(day: date) -> str:
    """Mon 16 Nov."""
    return str(format_date(day, "EEE d MMM", locale=language()))
