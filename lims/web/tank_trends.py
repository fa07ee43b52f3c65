"""How a tank stood over the last month: its picture, and the same as a table."""

from datetime import timedelta

from flask import Blueprint, Response, request

from lims import clock
from lims.charts import tank as charts
from lims.charts.tank import Limits, Shown, Span
from lims.models.storage import Tank
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.growth import wording
from lims.web.records import find
from lims.workflows import readings_before, specifications

bp = Blueprint("tank_trends", __name__, url_prefix="/tanks")

DAYS = timedelta(days=30)


def span() -> Span:
    now = clock.now()
    return Span(now - DAYS, now)


def shown_by(tank: Tank, days: Span) -> list[Shown]:
    return [
        Shown(each.observed_at, each.level_pct, each.temperature_c, each.refilled)
        for each in readings_before.lately(reading_session(), tank, days.since)
    ]


def limits() -> Limits:
    version = specifications.approved(reading_session())
    if version is None:
        return Limits()
    names = ("level_min_pct", "storage_warn_c", "storage_limit_c")
    return Limits(*(specifications.known_limit(version, name) for name in names))


@bp.get("/<code>/trend.svg")
@requires(Permission.SEE_STORAGE, Permission.KEEP_PLACES)
def trend(code: str) -> Response:
    """The picture; `small`, of the level alone, for a row of the list."""
    tank, days = find(Tank, code), span()
    readings = shown_by(tank, days)
    if "small" in request.args:
        drawn = charts.small_svg(readings, limits(), days)
    else:
        drawn = charts.tank_svg(readings, limits(), days, wording())
    answer = Response(drawn, mimetype="image/svg+xml")
    answer.cache_control.no_store = True
    return answer


def table_of(tank: Tank) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The picture as a table: its heads and its rows."""
    say = wording()
    heads = tuple(say.word(head) for head in charts.tank_heads())
    return heads, charts.tank_rows(shown_by(tank, span()), say)
