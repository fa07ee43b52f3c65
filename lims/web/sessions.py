"""Transplantation sessions: planned with their injections, changed, cancelled."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.contraindication import ContraindicationCheck
from lims.models.course import Course, PlannedAdministration, TransplantationSession
from lims.models.fill import Dose, DoseStatus, Fill
from lims.models.order import Order
from lims.models.site import Joint, Side
from lims.permissions import Permission
from lims.web import checks, growth, session_acts
from lims.web.auth import requires
from lims.web.choices import ChoiceField
from lims.web.courses import course_with_patient
from lims.web.current import reading_session
from lims.web.fields import DecimalField, LongTextField, TextField, WholeField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.records import find
from lims.web.rows import Row, RowsField
from lims.web.times import DateField
from lims.workflows import (
    aftercare,
    as_prescribed,
    awaited,
    batch_forecast,
    before_culture,
    called_off,
    codes,
    dose_alarms,
    injection_findings,
    sessions,
    shelf_life,
    sites,
)
from lims.workflows.planned_injections import Injection

bp = Blueprint("sessions", __name__, url_prefix="/sessions")


class InjectionRow(Row):
    joint = ChoiceField(_l("Joint"), Joint)
    joint_named = TextField(
        _l("Which joint"), longest=sites.LONGEST, required=False, hint=_l("Where it is another.")
    )
    side = ChoiceField(_l("Side"), Side)
    cells = WholeField(_l("Viable cells"), unit="cells")
    volume_ml = DecimalField.of(PlannedAdministration.volume_ml, _l("Volume"))

    def injection(self) -> Injection:
        return Injection(
            joint=self.joint.data,
            joint_named=self.joint_named.data,
            side=self.side.data,
            cells=int(self.cells.data or 0),
            volume_ml=self.volume_ml.data,
        )


class SessionForm(Form):
    planned_on = DateField(_l("Planned for"))
    injections = RowsField(_l("Injections"), InjectionRow, shown=1)
    otherwise = LongTextField(_l("Why it is meant so"), required=False)

    def planned(self) -> dict[str, Any]:
        return {
            "planned_on": self.planned_on.data,
            "injections": [row.injection() for row in self.injections.filled],
            "otherwise": self.otherwise.data,
        }


class PlanForm(SessionForm):
    reason = LongTextField(_l("Why a second one on that day"), required=False)


class ChangeForm(SessionForm):
    reason = LongTextField(_l("Why it is changed"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "planned": codes.load(session, code, TransplantationSession),
            "version": self.version.data,
            "reason": self.reason.data,
            **self.planned(),
        }


class CancelForm(Form):
    reason = LongTextField(_l("Why it does not take place"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "planned": codes.load(session, code, TransplantationSession),
            "version": self.version.data,
            "reason": self.reason.data,
        }


def session_with_patient(code: str, *of_course: Any) -> TransplantationSession:
    """The session with its patient, injections and doses, and its course with what is told."""
    planned = TransplantationSession
    found = find(
        planned,
        code,
        joinedload(planned.patient),
        joinedload(planned.course).options(*of_course),
        joinedload(planned.injections),
        joinedload(planned.doses).options(
            joinedload(Dose.aliquots),
            joinedload(Dose.session),
            joinedload(Dose.planned),
            joinedload(Dose.fill).options(joinedload(Fill.withdrawal), joinedload(Fill.batch)),
        ),
    )
    note_look(found.patient_id)
    return found


@bp.get("/<code>")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code, batch_forecast.with_sessions())
    orders = select(Order).where(Order.session_id == planned.id).order_by(Order.id)
    statuses = [dose.status for dose in planned.doses]
    given = DoseStatus.ADMINISTERED in statuses
    injected = aftercare.injections(reading_session(), planned) if given else []
    of_this = Dose.session_id == planned.id
    of_session = ContraindicationCheck.session_id == planned.id
    asked = checks.made(of_session, remarks_of=planned.patient)
    card = (
        None
        if injected or session_acts.all_filled(planned)
        else growth.of_open(growth.batches_of(planned.course))
    )
    unbegun = growth.not_begun(planned.course) if card is None else None
    aimed_at = card.outlook.appointment if card is not None else None
    return render_template(
        "sessions/show.html",
        planned=planned,
        acts=session_acts.acts(planned),
        cancelled=called_off.cancelled(reading_session(), planned),
        changing=session_acts.may_call_off(planned),
        checks=asked,
        early=[] if injected else checks.early(planned, asked),
        orders=reading_session().scalars(orders).all(),
        otherwise=as_prescribed.of_session(planned),
        alarmed=dose_alarms.told(reading_session(), of_this) if statuses else [],
        injected=injected,
        off_plan=injection_findings.off_plan(injected),
        running=awaited.after_releases(
            reading_session(), {dose.fill for dose in session_acts.coming_of(planned)}
        ),
        short_lived=shelf_life.of_dose,
        off=called_off.undecided,
        observed=aftercare.told(reading_session(), planned, injected) if injected else [],
        unbegun=unbegun if unbegun and unbegun.appointment is planned else None,
        growth=card if aimed_at is not None and aimed_at.id == planned.id else None,
    )


@bp.get("/plan/<course>")
@requires(Permission.ORDER_COURSE)
def plan(course: str) -> ResponseReturnValue:
    whose = course_with_patient(course)
    prescribed = {"cells": whose.prescribed_cells, "volume_ml": whose.prescribed_volume_ml}
    form = shown(PlanForm, injections=[prescribed])
    unbegun = before_culture.if_begun_today(reading_session(), whose)
    return render_template("sessions/plan.html", course=whose, planning=form, unbegun=unbegun)


@bp.post("/plan/<course>")
@requires(Permission.ORDER_COURSE)
@on_refusal(plan)
def record_plan(course: str) -> ResponseReturnValue:
    form = PlanForm()
    planned = submit(
        form,
        sessions.plan_session,
        lambda session: {
            "course": codes.load(session, course, Course),
            "reason": form.reason.data,
            **form.planned(),
        },
    )
    flash(_("%(code)s planned.", code=planned.code))
    return redirect(url_for("courses.show", code=course), 303)


@bp.get("/<code>/change")
@requires(Permission.ORDER_COURSE)
def change(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code)
    if "refused_form" not in g and sessions.fixed_by(reading_session(), planned):
        return redirect(url_for("session_moves.move", code=code))
    form = shown(
        ChangeForm,
        version=sessions.version_of(planned),
        planned_on=planned.planned_on,
        injections=[vars(each) for each in sessions.as_planned(planned)],
    )
    return render_template("sessions/change.html", planned=planned, changing=form)


@bp.post("/<code>/change")
@requires(Permission.ORDER_COURSE)
@on_refusal(change)
def record_change(code: str) -> ResponseReturnValue:
    form = ChangeForm()
    submit(form, sessions.change_session, lambda session: form.of(session, code))
    flash(_("The session is changed."))
    return redirect(url_for("sessions.show", code=code), 303)


@bp.get("/<code>/cancel")
@requires(Permission.ORDER_COURSE)
def cancel(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code)
    form = shown(CancelForm, version=sessions.version_of(planned))
    return render_template(
        "sessions/cancel.html",
        planned=planned,
        cancelling=form,
        doses=called_off.doses_for(reading_session(), planned),
        orders=called_off.orders_for(reading_session(), planned),
    )


@bp.post("/<code>/cancel")
@requires(Permission.ORDER_COURSE)
@on_refusal(cancel)
def record_cancellation(code: str) -> ResponseReturnValue:
    form = CancelForm()
    submit(form, sessions.cancel_session, lambda session: form.of(session, code))
    flash(_("The session is cancelled."))
    return redirect(url_for("sessions.show", code=code), 303)
