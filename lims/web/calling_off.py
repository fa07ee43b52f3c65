"""Calling off one injection of a session: the reason, and what was prepared for it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.course import TransplantationSession
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.current import reading_session
from lims.web.fields import LongTextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.sessions import session_with_patient
from lims.workflows import called_off, calling_off, codes, sessions

bp = Blueprint("calling_off", __name__, url_prefix="/sessions")


class CallOffForm(Form):
    reason = LongTextField(_l("Why it does not take place"))

    def of(self, session: Session, code: str, number: int) -> dict[str, Any]:
        return {
            "planned": codes.load(session, code.upper(), TransplantationSession),
            "injection_id": number,
            "version": self.version.data,
            "reason": self.reason.data,
        }


@bp.get("/<code>/injections/<int:number>")
@requires(Permission.ORDER_COURSE)
def call_off(code: str, number: int) -> ResponseReturnValue:
    planned, session = session_with_patient(code), reading_session()
    injection = calling_off.of_session(planned, number)
    return render_template(
        "sessions/call_off.html",
        planned=planned,
        injection=injection,
        doses=called_off.doses_for(session, planned, injection),
        orders=called_off.orders_for(session, planned),
        calling=shown(CallOffForm, version=sessions.version_of(planned)),
    )


@bp.post("/<code>/injections/<int:number>")
@requires(Permission.ORDER_COURSE)
@on_refusal(call_off)
def record_call_off(code: str, number: int) -> ResponseReturnValue:
    form = CallOffForm()
    submit(form, calling_off.call_off_injection, lambda session: form.of(session, code, number))
    flash(_("The injection is called off; it stays in sight with the reason."))
    return redirect(url_for("sessions.show", code=code), 303)
