"""What came of a course: injections, pain, function, MRI and adverse events; who is followed up."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims import clock
from lims.errors import NotFound
from lims.models.administration import (
    Administration,
    AdverseEvent,
    EventDecision,
    Outcome,
    OutcomeKind,
    Severity,
)
from lims.models.course import Course, TransplantationSession
from lims.models.fill import Dose
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField, PickField
from lims.web.courses import course_with_patient
from lims.web.current import reading_session
from lims.web.fields import DecimalField, LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.times import DateField, MomentField
from lims.workflows import codes, follow_ups, outcome_corrections, outcomes

bp = Blueprint("outcomes", __name__, url_prefix="/outcomes")

KINDS = {
    OutcomeKind.PAIN: _l("pain"),
    OutcomeKind.FUNCTION: _l("function"),
    OutcomeKind.MRI: _l("MRI"),
}
RELATED = {"yes": True, "no": False, "undecided": None}


class OutcomeForm(Form):
    kind = ChoiceField(_l("What was assessed"), OutcomeKind)
    scale = TextField(
        _l("Scale or method"), hint=_l("Pain: NRS 0–10. Function: the score's name. MRI: protocol.")
    )
    score = DecimalField.of(Outcome.score, _l("Score"), required=False)
    finding = LongTextField(_l("Finding"), required=False, hint=_l("Needed for an MRI."))
    assessed_on = DateField(_l("Assessed on"))
    sitting = PickField(_l("After which session"), required=False)

    def __init__(self, sittings: list[tuple[str, str]], **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = list(KINDS.items())
        self.sitting.choices = sittings

    def of(self, session: Session, code: str) -> dict[str, Any]:
        chosen = self.sitting.data
        return {
            "course": codes.load(session, code.upper(), Course),
            "kind": self.kind.data,
            "scale": self.scale.data,
            "score": self.score.data,
            "finding": self.finding.data,
            "assessed_on": self.assessed_on.data,
            "sitting": codes.load(session, chosen, TransplantationSession) if chosen else None,
        }


class EventForm(Form):
    began_at = MomentField(_l("Began at"))
    severity = ChoiceField(_l("Severity"), Severity)
    description = LongTextField(_l("What happened, and what was done"))
    related = PickField(
        _l("Related to the product"),
        hint=_l("A severe one goes to quality at once, unless it is certainly not related."),
    )
    dose = PickField(_l("After which dose"), required=False)

    def __init__(self, doses: list[tuple[str, str]], **values: Any) -> None:
        super().__init__(**values)
        self.related.choices = [
            ("yes", _l("yes")),
            ("no", _l("no")),
            ("undecided", _l("undecided")),
        ]
        self.dose.choices = doses

    def of(self, session: Session, code: str) -> dict[str, Any]:
        chosen = self.dose.data
        return {
            "course": codes.load(session, code.upper(), Course),
            "began_at": self.began_at.data,
            "severity": self.severity.data,
            "description": self.description.data,
            "related": RELATED[str(self.related.data)],
            "dose": codes.load(session, chosen, Dose) if chosen else None,
        }


class RelationForm(Form):
    related = PickField(_l("Related to the product"), [("yes", _l("yes")), ("no", _l("no"))])
    reason = LongTextField(_l("Reason"))

    def of(self, session: Session, code: str, number: int) -> dict[str, Any]:
        return {
            "course": codes.load(session, code.upper(), Course),
            "event_id": number,
            "related": RELATED[str(self.related.data)],
            "reason": self.reason.data,
        }


def injections(course: Course) -> list[Administration]:
    """The injections of a course with their doses and sessions, in order; one query."""
    query = (
        select(Administration)
        .join(Dose, Dose.id == Administration.dose_id)
        .join(TransplantationSession, TransplantationSession.id == Dose.session_id)
        .where(TransplantationSession.course_id == course.id)
        .options(joinedload(Administration.dose).joinedload(Dose.session))
        .order_by(Administration.performed_at, Administration.id)
    )
    return list(reading_session().scalars(query))


def doses_injected(course: Course) -> list[tuple[str, str]]:
    return [
        (each.dose.code, f"{each.dose.code} · {clock.day_of(each.performed_at):%d.%m.%Y}")
        for each in injections(course)
        if each.performed_at is not None
    ]


def sittings_of(course: Course) -> list[tuple[str, str]]:
    held = {each.dose.session.code: each.dose.session for each in injections(course)}
    return [
        (code, f"{sitting.number} · {sitting.planned_on:%d.%m.%Y}")
        for code, sitting in held.items()
    ]


@bp.get("/")
@requires(Permission.RECORD_OUTCOME)
def follow_up() -> ResponseReturnValue:
    """The courses that are followed up, each with what is known by now."""
    query = select(Course).where(Course.status.in_(outcomes.FOLLOWED))
    found = listing(
        query.options(joinedload(Course.patient), joinedload(Course.physician)), Course.id
    )
    session = reading_session()
    return render_template(
        "outcomes/follow_up.html",
        found=found,
        injected=outcomes.last_injections(session, found.rows),
        latest=outcomes.latest(session, found.rows),
        today=clock.today(),
        following=follow_ups.next_days(session, found.rows),
        kinds=KINDS,
    )


@bp.get("/<code>")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    course = course_with_patient(code)
    session = reading_session()
    events = (
        select(AdverseEvent)
        .where(AdverseEvent.course_id == course.id)
        .options(selectinload(AdverseEvent.decisions).joinedload(EventDecision.decided_by))
    )
    return render_template(
        "outcomes/show.html",
        course=course,
        injections=injections(course),
        outcomes=outcome_corrections.told(session, course),
        kinds=KINDS,
        events=session.scalars(events.order_by(AdverseEvent.began_at, AdverseEvent.id)).all(),
    )


@bp.get("/<code>/record")
@requires(Permission.RECORD_OUTCOME)
def record(code: str) -> ResponseReturnValue:
    course = course_with_patient(code)
    form = shown(OutcomeForm, sittings_of(course), assessed_on=clock.today())
    return render_template("outcomes/record.html", course=course, assessing=form)


@bp.post("/<code>/record")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(record)
def record_outcome(code: str) -> ResponseReturnValue:
    form = OutcomeForm(sittings_of(course_with_patient(code)))
    made = submit(form, outcomes.record_outcome, lambda session: form.of(session, code))
    early = outcomes.is_before_treatment(reading_session(), made)
    flash(_("Recorded as before the treatment.") if early else _("The outcome is recorded."))
    return redirect(url_for("outcomes.show", code=code), 303)


@bp.get("/<code>/event")
@requires(Permission.RECORD_OUTCOME)
def event(code: str) -> ResponseReturnValue:
    course = course_with_patient(code)
    doses = doses_injected(course)
    form = shown(EventForm, doses, dose=request.args.get("dose"), related="undecided")
    return render_template("outcomes/event.html", course=course, reporting=form)


@bp.post("/<code>/event")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(event)
def report_event(code: str) -> ResponseReturnValue:
    form = EventForm(doses_injected(course_with_patient(code)))
    submit(form, outcomes.report_adverse_event, lambda session: form.of(session, code))
    flash(_("The event is reported."))
    return redirect(url_for("outcomes.show", code=code), 303)


def event_shown(course: Course, number: int) -> AdverseEvent:
    of_course = AdverseEvent.course_id == course.id
    query = select(AdverseEvent).where(AdverseEvent.id == number, of_course)
    found = reading_session().scalars(query).one_or_none()
    if found is None:
        raise NotFound(code=str(number))
    return found


@bp.get("/<code>/events/<int:number>")
@requires(Permission.RECORD_OUTCOME)
def relation(code: str, number: int) -> ResponseReturnValue:
    course = course_with_patient(code)
    event, form = event_shown(course, number), shown(RelationForm)
    return render_template("outcomes/relation.html", course=course, event=event, deciding=form)


@bp.post("/<code>/events/<int:number>")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(relation)
def decide_relation(code: str, number: int) -> ResponseReturnValue:
    form = RelationForm()
    submit(form, outcomes.decide_relation, lambda session: form.of(session, code, number))
    flash(_("The decision is recorded."))
    return redirect(url_for("outcomes.show", code=code), 303)
