"""How long the patient was observed after the injections of a session."""

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
from lims.web.times import MomentField
from lims.workflows import aftercare, codes

bp = Blueprint("observations", __name__, url_prefix="/sessions")


class ObservationForm(Form):
    began_at = MomentField(_l("Observed from"))
    ended_at = MomentField(_l("Observed until"))
    comment = LongTextField(_l("How the patient was"), required=False)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "sitting": codes.load(session, code, TransplantationSession),
            "began_at": self.began_at.data,
            "ended_at": self.ended_at.data,
            "comment": self.comment.data,
        }


@bp.get("/<code>/observation")
@requires(Permission.RECORD_OUTCOME)
def record(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code)
    injected = aftercare.injections(reading_session(), planned)
    last = injected[-1] if injected else None
    return render_template(
        "sessions/observation.html",
        planned=planned,
        last=last,
        shortest=aftercare.shortest(last) if last else None,
        observing=shown(ObservationForm, began_at=last.performed_at if last else None),
    )


@bp.post("/<code>/observation")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(record)
def record_observation(code: str) -> ResponseReturnValue:
    form = ObservationForm()
    submit(form, aftercare.record_observation, lambda session: form.of(session, code))
    flash(_("The observation is recorded."))
    return redirect(url_for("sessions.show", code=code), 303)
