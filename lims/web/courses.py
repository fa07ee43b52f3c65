"""Courses: the list, the page of one, ordering and changing what is prescribed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from lims import clock
from lims.models.administration import Administration
from lims.models.contraindication import ContraindicationCheck
from lims.models.course import Course, CourseStatus
from lims.models.fill import Dose
from lims.models.patient import Patient
from lims.models.sample import Sample
from lims.permissions import Permission
from lims.web import checks, course_way, earlier_course, growth, narrowing
from lims.web.auth import requires
from lims.web.course_forms import ChangeForm, OrderForm, physicians
from lims.web.current import reading_session
from lims.web.forms import on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.records import find
from lims.workflows import (
    as_prescribed,
    batch_forecast,
    before_culture,
    course_forecasts,
    course_progress,
    courses,
    frozen_left,
)
from lims.workflows.courses import Prescription

bp = Blueprint("courses", __name__, url_prefix="/courses")


LATE_FOR = (Permission.ORDER_COURSE, Permission.PERFORM_STEP)
"""Who is told of doses that may be late: who can move the session, and who can seed otherwise."""


@bp.get("/")
@requires(Permission.SEE_PATIENTS)
def index() -> ResponseReturnValue:
    chosen = narrowing.chosen(CourseStatus, "status")
    query = select(Course) if chosen is None else select(Course).where(Course.status == chosen)
    return page_of(query, chosen)


@bp.get("/waiting")
@requires(Permission.ORDER_COURSE)
def waiting() -> ResponseReturnValue:
    """The courses that wait for a physician."""
    query = select(Course).where(Course.status.in_(course_progress.WAITING))
    return page_of(query, None, _("Courses that wait for a physician"))


@bp.get("/at-risk")
@requires(*LATE_FOR)
def at_risk() -> ResponseReturnValue:
    """The courses whose dose may not be there on the day of their session."""
    late = course_forecasts.at_risk(course_forecasts.under_way(reading_session()))
    return page_of(select(Course).where(Course.id.in_(late)), None, _("Doses that may be late"))


def page_of(query: Select[Any], chosen: CourseStatus | None, title: str = "") -> str:
    """Those of `query`, which `title` names; without one all there are, or of the status chosen."""
    with_patient = joinedload(Course.patient), batch_forecast.with_sessions()
    found, session = listing(query.options(*with_patient), Course.id), reading_session()
    return render_template(
        "courses/index.html",
        found=found,
        outlooks=course_forecasts.of_courses(session, found.rows),
        frozen=frozen_left.of_courses(session, found.rows),
        title=title or _("Courses"),
        narrowed=bool(title),
        chosen=chosen,
        statuses=CourseStatus,
        waiting=course_progress.WAITING,
        today=clock.today(),
    )


@bp.get("/order/<patient>")
@requires(Permission.ORDER_COURSE)
def order(patient: str) -> ResponseReturnValue:
    whose = find(Patient, patient)
    note_look(whose.id)
    form = shown(OrderForm, physicians(), whose, physician=current_user.login)
    return render_template("courses/order.html", patient=whose, ordering=form)


@bp.post("/order/<patient>")
@requires(Permission.ORDER_COURSE)
@on_refusal(order)
def record_order(patient: str) -> ResponseReturnValue:
    form = OrderForm(physicians(), find(Patient, patient))
    course = submit(form, courses.order_course, lambda session: form.of(session, patient))
    flash(_("%(code)s ordered. Plan its first session.", code=course.code))
    return redirect(url_for("courses.show", code=course.code), 303)


def course_with_patient(code: str, *also: Any) -> Course:
    """The course, its patient and its physician in one query; `also` is loaded with them."""
    both = joinedload(Course.patient), joinedload(Course.physician)
    found = find(Course, code, *both, *also)
    note_look(found.patient_id)
    return found


@bp.get("/<code>")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    course = course_with_patient(code, batch_forecast.with_sessions(joinedload))
    session = reading_session()
    samples = select(Sample).where(Sample.course_id == course.id).order_by(Sample.id)
    tissue = session.scalars(samples).all()
    batches = growth.batches_of(course)
    grown = growth.of_open(batches)  # which reads its version with the one that the checks ask
    asked = checks.made(ContraindicationCheck.course_id == course.id)
    return render_template(
        "courses/show.html",
        course=course,
        told=earlier_course.batches_of(course) if course.status is CourseStatus.EARLIER else None,
        way=course_way.way_of(course, course_way.history(session, course)),
        acts=course_way.acts(course, asked, tissue),
        sessions=course.sessions,
        otherwise={each.id: as_prescribed.of_session(each) for each in course.sessions},
        given=given_in(course),
        checks=asked,
        samples=tissue,
        batches=batches,
        growth=grown,
        awaited=before_culture.awaited(course),
        unbegun=growth.not_begun(course) if grown is None else None,
        frozen=frozen_left.of_courses(session, [course]).get(course.id),
    )


def given_in(course: Course) -> dict[int, list[Administration]]:
    """By session, the injections that were given."""
    query = (
        select(Administration, Dose.session_id)
        .join(Dose, Dose.id == Administration.dose_id)
        .where(Dose.session_id.in_([each.id for each in course.sessions]))
        .order_by(Administration.performed_at, Administration.id)
    )
    given: dict[int, list[Administration]] = {}
    for injected, sitting in reading_session().execute(query):
        given.setdefault(sitting, []).append(injected)
    return given


@bp.get("/<code>/change")
@requires(Permission.ORDER_COURSE)
def change(code: str) -> ResponseReturnValue:
    course = course_with_patient(code)
    stands = {name: getattr(course, name) for name in Prescription.__dataclass_fields__}
    form = shown(
        ChangeForm,
        physicians(),
        course.patient,
        version=course.version,
        physician=course.physician.login if course.physician else None,
        **stands,
    )
    return render_template("courses/change.html", course=course, changing=form)


@bp.post("/<code>/change")
@requires(Permission.ORDER_COURSE)
@on_refusal(change)
def record_change(code: str) -> ResponseReturnValue:
    form = ChangeForm(physicians(), course_with_patient(code).patient)
    submit(form, courses.change_course, lambda session: form.of(session, code))
    flash(_("The prescription is changed."))
    return redirect(url_for("courses.show", code=code), 303)
