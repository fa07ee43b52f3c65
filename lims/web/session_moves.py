"""Moving a session to another day: what alone may change once its doses are filled."""

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
from lims.web.times import DateField
from lims.workflows import codes, sessions

bp = Blueprint("session_moves", __name__, url_prefix="/sessions")


class MoveForm(Form):
    planned_on = DateField(_l("Planned for"))
    reason = LongTextField(_l("Why it is changed"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        planned = codes.load(session, code.upper(), TransplantationSession)
        return {
            "planned": planned,
            "version": self.version.data,
            "planned_on": self.planned_on.data,
            "injections": sessions.as_planned(planned),
            "reason": self.reason.data,
        }


@bp.get("/<code>/move")
@requires(Permission.ORDER_COURSE)
def move(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code)
    version = sessions.version_of(planned)
    return render_template(
        "sessions/move.html",
        planned=planned,
        fixed=sessions.fixed_by(reading_session(), planned),
        moving=shown(MoveForm, version=version, planned_on=planned.planned_on),
    )


@bp.post("/<code>/move")
@requires(Permission.ORDER_COURSE)
@on_refusal(move)
def record_move(code: str) -> ResponseReturnValue:
    form = MoveForm()
    submit(form, sessions.change_session, lambda session: form.of(session, code))
    flash(_("The session is changed."))
    return redirect(url_for("sessions.show", code=code), 303)
