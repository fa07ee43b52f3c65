"""Deviations: reported by anyone, listed for quality, each with what it blocks and its history."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.errors import NotFound
from lims.models.deviation import Deviation, DeviationDecision, DeviationStatus, Hold
from lims.permissions import Permission
from lims.web import narrowing, subjects
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.deviation_forms import buttons
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.listing import Listing, listing
from lims.web.scans import ScansField, read_code
from lims.workflows import codes, deviations
from lims.workflows.deviation_decisions import still_signed

bp = Blueprint("deviations", __name__, url_prefix="/deviations")

SUBJECTS = ("CR", "SA", "BA", "ST", "VE", "SU", "QC", "QT", "FL", "DS", "VL", "SN", "LT", "EQ")
"""The kinds of codes a deviation may be about."""
MOST_WAITING = 200


class ReportForm(Form):
    title = TextField(_l("What was not as it should be"), hint=_l("In one line."))
    description = LongTextField(_l("What happened, when, and what was done at once"))
    subjects = ScansField(
        _l("What it is about"),
        *SUBJECTS,
        least=0,
        hint=_l("Scan every container, step, lot or device that was touched."),
    )

    def arguments(self, session: Session) -> dict[str, Any]:
        return {
            "title": self.title.data,
            "description": self.description.data,
            "subjects": [codes.find(session, code) for code in self.subjects.data],
        }


def listed() -> Select[Any]:
    """Deviations with what a list shows of them."""
    return select(Deviation).options(
        joinedload(Deviation.reported_by),
        joinedload(Deviation.owner),
        selectinload(Deviation.subjects),
    )


def page_of(found: Listing, title: str, **also: Any) -> ResponseReturnValue:
    return render_template(
        "deviations/index.html",
        title=title,
        found=found,
        about=subjects.about(found.rows),
        **also,
    )


@bp.get("/")
@requires(Permission.SEE_DEVIATIONS)
def index() -> ResponseReturnValue:
    words, status = narrowing.typed(), narrowing.chosen(DeviationStatus, "status")
    query = listed()
    if words:
        wanted = narrowing.says(words, Deviation.code, Deviation.title, Deviation.description)
        query = query.where(wanted)
    if status is not None:
        query = query.where(Deviation.status == status)
    return page_of(
        listing(query, Deviation.id),
        _("Deviations"),
        words=words,
        status=status,
        statuses=DeviationStatus,
    )


@bp.get("/waiting")
@requires(Permission.INVESTIGATE_DEVIATION, Permission.DECIDE_DEVIATION)
def waiting() -> ResponseReturnValue:
    """What is not decided, oldest first."""
    query = listed().where(Deviation.status.in_(deviations.UNDECIDED))
    oldest = query.order_by(Deviation.reported_at, Deviation.id).limit(MOST_WAITING)
    rows = reading_session().scalars(oldest).all()
    return page_of(Listing(rows=rows), _("Deviations to decide"), statuses=())


@bp.get("/report")
@requires(Permission.REPORT_DEVIATION)
def report() -> ResponseReturnValue:
    return render_template(
        "deviations/report.html", reporting=shown(ReportForm, subjects=scanned_already())
    )


def scanned_already() -> list[str]:
    """The code the page was opened with, if it is one."""
    try:
        return [read_code(request.args["about"], SUBJECTS)] if "about" in request.args else []
    except ValueError:
        return []


@bp.post("/report")
@requires(Permission.REPORT_DEVIATION)
@on_refusal(report)
def record_report() -> ResponseReturnValue:
    deviation = submit(ReportForm(), deviations.report_deviation)
    flash(_("%(code)s is reported. Quality looks at it.", code=deviation.code))
    if current_user.may(Permission.SEE_DEVIATIONS):
        return redirect(url_for("deviations.show", code=deviation.code), 303)
    return redirect(url_for("home.show"), 303)


def deviation_shown(code: str) -> Deviation:
    """The deviation with its people, what it is about and what was decided; three queries."""
    decided = selectinload(Deviation.decisions)
    query = (
        listed()
        .where(Deviation.code == code.upper())
        .options(
            decided.joinedload(DeviationDecision.decided_by),
            decided.joinedload(DeviationDecision.signature),
        )
    )
    found = reading_session().scalars(query).one_or_none()
    if found is None:
        raise NotFound(code=code[:40])
    return found  # type: ignore[no-any-return]


def others(deviation: Deviation) -> dict[str, Deviation | None]:
    """The deviations this one is tied to: its first report, its earlier and its later version."""
    ties = [each for each in (deviation.duplicate_of_id, deviation.reopens_id) if each is not None]
    found = reading_session().scalars(
        select(Deviation).where(or_(Deviation.id.in_(ties), Deviation.reopens_id == deviation.id))
    )
    by_key = {each.id: each for each in found}
    return {
        "original": by_key.get(deviation.duplicate_of_id or 0),
        "earlier": by_key.get(deviation.reopens_id or 0),
        "later": next((each for each in by_key.values() if each.reopens_id == deviation.id), None),
    }


@bp.get("/<code>")
@requires(Permission.SEE_DEVIATIONS)
def show(code: str) -> ResponseReturnValue:
    deviation = deviation_shown(code)
    session = reading_session()
    tied = others(deviation)
    holds = session.scalars(select(Hold).where(Hold.deviation_id == deviation.id)).all()
    return render_template(
        "deviations/show.html",
        deviation=deviation,
        about=subjects.about([deviation])[deviation.id],
        blocked=deviations.blocked_by(session, deviation),
        holding=deviation.grade in deviations.HOLDING,
        holds=holds,
        held=subjects.held(holds),
        tied=tied,
        decided=[
            (row, still_signed(deviation, row) if row.signature else None)
            for row in deviation.decisions
        ],
        acts=buttons(deviation, tied["later"] is not None),
    )
