"""How long the patient was observed after the injections of a session."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.errors import NotFound
from lims.models.administration import Administration, WardObservation
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
            **self.seen(),
        }

    def seen(self) -> dict[str, Any]:
        return {name: self[name].data for name in ("began_at", "ended_at", "comment")}


class CorrectionForm(ObservationForm):
    reason = LongTextField(_l("Why it is corrected"))

    def instead_of(self, wrong: WardObservation) -> dict[str, Any]:
        return {"wrong": wrong, "reason": self.reason.data, **self.seen()}


def recorded(session: Session, code: str, number: int) -> WardObservation:
    """The observation with this number of the session with this code."""
    found = session.get(WardObservation, number)
    if found is None or codes.load(session, code, TransplantationSession).id != found.session_id:
        raise NotFound(code=code[:40])
    return found


@bp.get("/<code>/observation")
@requires(Permission.RECORD_OUTCOME)
def record(code: str) -> ResponseReturnValue:
    planned = session_with_patient(code)
    injected = aftercare.injections(reading_session(), planned)
    last = injected[-1] if injected else None
    form = shown(ObservationForm, began_at=last.performed_at if last else None)
    address = url_for("observations.record_observation", code=code)
    return page(planned, last, form, address)


def page(
    planned: TransplantationSession, last: Administration | None, form: Form, address: str
) -> ResponseReturnValue:
    return render_template(
        "sessions/observation.html",
        planned=planned,
        last=last,
        shortest=aftercare.shortest(last) if last else None,
        observing=form,
        address=address,
    )


@bp.post("/<code>/observation")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(record)
def record_observation(code: str) -> ResponseReturnValue:
    form = ObservationForm()
    submit(form, aftercare.record_observation, lambda session: form.of(session, code))
    flash(_("The observation is recorded."))
    return redirect(url_for("sessions.show", code=code), 303)


@bp.get("/<code>/observation/<int:number>/correct")
@requires(Permission.RECORD_OUTCOME)
def correct(code: str, number: int) -> ResponseReturnValue:
    planned, session = session_with_patient(code), reading_session()
    wrong = recorded(session, code, number)
    stands = {name: getattr(wrong, name) for name in ("began_at", "ended_at", "comment")}
    address = url_for("observations.record_correction", code=code, number=number)
    injected = aftercare.injections(session, planned)
    return page(planned, injected[-1], shown(CorrectionForm, **stands), address)


@bp.post("/<code>/observation/<int:number>/correct")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(correct)
def record_correction(code: str, number: int) -> ResponseReturnValue:
    form = CorrectionForm()
    submit(
        form,
        aftercare.correct_observation,
        lambda session: form.instead_of(recorded(session, code, number)),
    )
    flash(_("The observation is corrected."))
    return redirect(url_for("sessions.show", code=code), 303)
