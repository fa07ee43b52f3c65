"""Moving a course on: eligible, postponed, taken up again, ended; each with its reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_
from lims.models.course import Course
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.courses import course_with_patient
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.fields import LongTextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.workflows import codes, course_progress

bp = Blueprint("course_progress", __name__, url_prefix="/courses")


@dataclass(frozen=True)
class Act:
    """A move that needs nothing but a reason."""

    title: str
    why: str
    command: Callable[..., Course]
    note: str = ""


STOPS = N_("What is being made for this course is put on hold; the cells go on being cared for.")
ACTS = {
    "postpone": Act(N_("Postpone"), N_("Why it waits"), course_progress.postpone_course),
    "resume": Act(N_("Take it up again"), N_("What has changed"), course_progress.resume_course),
    "withdraw": Act(
        N_("Withdraw the course"),
        N_("Why the patient does not go on"),
        course_progress.withdraw_course,
        STOPS,
    ),
    "exclude": Act(
        N_("Exclude"), N_("Why it must not go on"), course_progress.exclude_course, STOPS
    ),
    "complete": Act(
        N_("Complete the course"), N_("What you conclude"), course_progress.complete_course
    ),
}


class ReasonForm(Form):
    reason = LongTextField(_l("Reason"))

    def __init__(self, why: str, **values: Any) -> None:
        super().__init__(**values)
        self.reason.label.text = _(why)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {"course": codes.load(session, code, Course), "reason": self.reason.data}


class EligibleForm(Form):
    """A button: what it stands for is the page around it."""


@bp.get("/<code>/eligible")
@requires(Permission.ORDER_COURSE)
def eligible(code: str) -> ResponseReturnValue:
    course = course_with_patient(code)
    points = course_progress.missing_for_eligibility(reading_session(), course, clock.today())
    return render_template(
        "courses/eligible.html",
        course=course,
        points=[sentence_of(point) for point in points],
        declaring=shown(EligibleForm),
    )


@bp.post("/<code>/eligible")
@requires(Permission.ORDER_COURSE)
@on_refusal(eligible)
def declare_eligible(code: str) -> ResponseReturnValue:
    course = submit(
        EligibleForm(),
        course_progress.declare_eligible,
        lambda session: {"course": codes.load(session, code, Course)},
    )
    flash(_("%(code)s is eligible.", code=course.code))
    return redirect(url_for("courses.show", code=code), 303)


@bp.get("/<code>/<act>")
@requires(Permission.ORDER_COURSE)
def act(code: str, act: str) -> ResponseReturnValue:
    chosen = ACTS.get(act) or abort(404)
    return render_template(
        "courses/act.html",
        course=course_with_patient(code),
        act=act,
        chosen=chosen,
        moving=shown(ReasonForm, chosen.why),
    )


@bp.post("/<code>/<act>")
@requires(Permission.ORDER_COURSE)
@on_refusal(act)
def record_act(code: str, act: str) -> ResponseReturnValue:
    chosen = ACTS.get(act) or abort(404)
    form = ReasonForm(chosen.why)
    submit(form, chosen.command, lambda session: form.of(session, code))
    flash(_("Recorded."))
    return redirect(url_for("courses.show", code=code), 303)
