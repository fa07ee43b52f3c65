"""Past batches against one another: each figure of the process and of its tests over time."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from lims.charts import control
from lims.permissions import Permission
from lims.web.addresses import number_asked
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.filters import cells, number
from lims.workflows import trends
from lims.workflows.trends import Figure, Window

bp = Blueprint("trends", __name__, url_prefix="/trends")

READERS = (Permission.REVIEW_PRODUCTION, Permission.SEE_AUDIT_TRAIL)
SHORT_FROM = 100_000
"""A number of cells is written with a power of ten from here on."""


@bp.get("/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    found = read()
    return render_template("trends/index.html", found=found, **ways(found, "trends.index"))


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
        chart=placed(shown) if shown.points else None,
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


def placed(figure: Figure) -> control.Placed:
    limits = figure.limits
    return control.placed(
        control.Control(
            values=[point.value for point in figure.points],
            asked=[
                control.Asked(point.asked.low, point.asked.high) if point.asked else control.Asked()
                for point in figure.points
            ],
            centre=limits.centre if limits else None,
            lower=figure.lower,
            upper=limits.upper if limits else None,
        )
    )


def told(figure: Figure, value: Decimal) -> str:
    """A value of a figure for the eye; what it is compared with is the whole one."""
    if abs(value) >= SHORT_FROM:
        return cells(value, short=True)
    limits = [bound for point in figure.points for bound in point.bounds]
    return number(value, figure.places, fixed=True, limits=limits)
