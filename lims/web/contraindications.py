"""The sixteen contraindications as a form: every one is answered, none is taken for granted."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lims import clock
from lims.models.contraindication import ContraindicationCheck, Occasion
from lims.models.course import Course, TransplantationSession
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.contraindication_forms import Answer, CheckForm
from lims.web.courses import course_with_patient
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.forms import on_refusal, shown, submit
from lims.web.records import find
from lims.web.sessions import session_with_patient
from lims.workflows import (
    codes,
    contraindication_checks,
    contraindications,
    markers,
    past_checks,
    unknown_markers,
)
from lims.workflows.contraindication_list import ALL, ALLERGY, MARKERS, listed_for

bp = Blueprint("contraindications", __name__)

OF_COURSE = {"enrolment": Occasion.ENROLMENT, "collection": Occasion.COLLECTION}


def page(
    course: Course, occasion: Occasion, planned: TransplantationSession | None, action: str
) -> ResponseReturnValue:
    session = reading_session()
    rules = contraindications.rules(session)
    today = clock.today()
    last = contraindications.latest_check(session, course, occasion, planned)
    before = last if last and clock.day_of(last.checked_at) == today else None
    known = markers.standing(session, course.patient, today, rules.version)
    present = contraindications.computed(
        rules,
        course.patient.birth_date,
        contraindications.planned_days(course, today, planned),
        known,
    )
    return render_template(
        "courses/contraindications.html",
        course=course,
        occasion=occasion,
        planned=planned,
        action=action,
        listed=listed_for(course.patient.sex),
        named={each.number: sentence_of(rules.named(each.number)) for each in ALL},
        present=present,
        allergy=ALLERGY,
        antibiotics=contraindications.antibiotics(session),
        asking=shown(
            CheckForm,
            rules,
            course.patient.sex,
            contraindications.asked_of(known),
            **given_before(before, contraindications.asked_of(known)),
        ),
        before=before,
        left_out=[each for each in ALL if each not in listed_for(course.patient.sex)],
        early=past_checks.not_of_the_day(planned, today) if planned else [],
        of_markers=MARKERS,
        unknown=unknown_markers.told(session, course.patient, today, rules.version),
    )


def given_before(check: ContraindicationCheck | None, asked: set[int]) -> dict[str, Any]:
    """The answers given earlier on the same day, for the form to begin with."""
    if check is None:
        return {}
    found = {each.number: each for each in check.findings}
    values: dict[str, Any] = {}
    for number in asked:
        values[f"answer_{number}"] = Answer.PRESENT if number in found else Answer.ABSENT
    values |= {f"remark_{each.number}": each.note for each in check.absences}
    for number, each in found.items():
        values |= {f"note_{number}": each.note, f"reason_{number}": each.override_reason}
    return values


@bp.get("/courses/<code>/contraindications/<occasion>")
@requires(Permission.ORDER_COURSE)
def check(code: str, occasion: str) -> ResponseReturnValue:
    asked = OF_COURSE.get(occasion) or abort(404)
    action = url_for("contraindications.record_check", code=code, occasion=occasion)
    return page(course_with_patient(code), asked, None, action)


@bp.post("/courses/<code>/contraindications/<occasion>")
@requires(Permission.ORDER_COURSE)
@on_refusal(check)
def record_check(code: str, occasion: str) -> ResponseReturnValue:
    asked = OF_COURSE.get(occasion) or abort(404)

    def arguments(session: Session) -> dict[str, Any]:
        return {"course": codes.load(session, code, Course), "occasion": asked}

    send(arguments, find(Course, code))
    return redirect(url_for("courses.show", code=code), 303)


@bp.get("/sessions/<code>/contraindications")
@requires(Permission.ORDER_COURSE)
def check_session(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code)
    action = url_for("contraindications.record_session_check", code=code)
    return page(planned.course, Occasion.INJECTION, planned, action)


@bp.post("/sessions/<code>/contraindications")
@requires(Permission.ORDER_COURSE)
@on_refusal(check_session)
def record_session_check(code: str) -> ResponseReturnValue:
    def arguments(session: Session) -> dict[str, Any]:
        planned = codes.load(session, code, TransplantationSession)
        return {
            "course": planned.course,
            "occasion": Occasion.INJECTION,
            "transplantation_session": planned,
        }

    send(arguments, find(TransplantationSession, code))
    return redirect(url_for("sessions.show", code=code), 303)


def send(arguments: Any, of: Course | TransplantationSession) -> None:
    """Record the answers for what `arguments` names."""
    session = reading_session()
    rules = contraindications.rules(session)
    known = markers.standing(session, of.patient, clock.today(), rules.version)
    form = CheckForm(rules, of.patient.sex, contraindications.asked_of(known))
    submit(
        form,
        contraindication_checks.record_check,
        lambda session: {
            **arguments(session),
            "found": form.found(),
            "absent": form.absent(),
            "proof": form.own.proof,
        },
    )
    flash(_("The answers are recorded."))
