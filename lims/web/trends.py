"""Past batches against one another: each figure of the process and of its tests over time."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from lims import clock
from lims.charts import control
from lims.errors import N_, LimsError
from lims.papers import quality_review
from lims.papers.heading import site_of
from lims.papers.quality_review import SHORT_FROM
from lims.permissions import Permission
from lims.web import narrowing
from lims.web.addresses import number_asked
from lims.web.auth import requires
from lims.web.current import reading_session, site
from lims.web.filters import in_short, number
from lims.web.language import of_person
from lims.web.pdf import shown_pdf
from lims.web.times import DAY, read_day
from lims.workflows import trends
from lims.workflows.trends import Figure, Window

bp = Blueprint("trends", __name__, url_prefix="/trends")

READERS = (Permission.REVIEW_PRODUCTION, Permission.SEE_AUDIT_TRAIL)
A_YEAR = timedelta(days=365)


class NoSuchPeriod(LimsError):
    sentence = N_("A day is written 04.02.2026. Write both days of the period so.")


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    found = read()
    today = clock.today()
    return render_template(
        "trends/index.html",
        found=found,
        year=[f"{day:{DAY}}" for day in (today - A_YEAR, today)],
        **ways(found, "trends.index"),
    )


@bp.get("/review.pdf")
@requires(*READERS)
def review() -> Response:
    """The product quality review of a period; of the last year where none is named."""
    first, last = period()
    settings, session = site().settings, reading_session()
    since, until = clock.midnight(first), clock.midnight(last + timedelta(days=1))
    pdf = quality_review.review_pdf(
        trends.of_period(session, since, until), first, last, at=clock.now(),
        site=site_of(session, settings.site_name), zone=settings.time_zone,
        language=of_person(settings.languages, settings.default_language),
    )  # fmt: skip
    return shown_pdf(pdf, f"quality-review-{first:%Y-%m-%d}-{last:%Y-%m-%d}")


def period() -> tuple[date, date]:
    """The days of the address, the earlier first; raises NoSuchPeriod where one is none."""
    today = clock.today()
    try:
        first = read_day(narrowing.typed("from")) if narrowing.typed("from") else today - A_YEAR
        last = read_day(narrowing.typed("to")) if narrowing.typed("to") else today
    except ValueError as error:
        raise NoSuchPeriod() from error
    return min(first, last), max(first, last)


@bp.get("/<figure>")
@requires(*READERS)
def show(figure: str) -> ResponseReturnValue:
    found = read()
    shown = next((each for each in found.figures if each.code == figure), None)
    if shown is None:
        abort(404)
    return render_template(
        "trends/show.html",
        found=found,
        figure=shown,
        chart=control.placed(quality_review.control_of(shown)) if shown.points else None,
        broken={point for _, points in shown.signals for point in points},
        **ways(found, "trends.show", figure=figure),
    )


def read() -> Window:
    return trends.window(reading_session(), number_asked("after"))


def ways(found: Window, endpoint: str, **kept: Any) -> dict[str, object]:
    """Where the earlier batches are, and the newest; and how a figure is written."""
    return {
        "earlier": url_for(endpoint, after=found.earlier, **kept) if found.earlier else "",
        "newest": url_for(endpoint, **kept) if number_asked("after") else "",
        "after": number_asked("after"),
        "told": told,
    }


def told(figure: Figure, value: Decimal) -> str:
    """A value of a figure for the eye; what it is compared with is the whole one."""
    if abs(value) >= SHORT_FROM:
        return in_short(value)
    limits = [bound for point in figure.points for bound in point.bounds]
    return number(value, figure.places, fixed=True, limits=limits)
