"""Correcting an outcome: what was recorded and the reason stay in sight."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.course import Course, TransplantationSession
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.courses import course_with_patient
from lims.web.current import reading_session
from lims.web.fields import LongTextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.outcomes import KINDS, OutcomeForm, sittings_of
from lims.workflows import codes, outcome_corrections

bp = Blueprint("outcome_corrections", __name__, url_prefix="/outcomes")


class CorrectionForm(OutcomeForm):
    reason = LongTextField(_l("Why it is corrected"))

    def instead_of(self, session: Session, code: str, number: int) -> dict[str, Any]:
        return {"outcome_id": number, "reason": self.reason.data, **self.of(session, code)}


class MistakeForm(Form):
    reason = LongTextField(_l("How it came to be recorded"))

    def of(self, session: Session, code: str, number: int) -> dict[str, Any]:
        return {
            "course": codes.load(session, code.upper(), Course),
            "outcome_id": number,
            "reason": self.reason.data,
        }


@bp.get("/<code>/assessed/<int:number>")
@requires(Permission.RECORD_OUTCOME)
def correct(code: str, number: int) -> ResponseReturnValue:
    course, session = course_with_patient(code), reading_session()
    wrong = outcome_corrections.to_correct(session, course, number)
    stands = {
        name: getattr(wrong, name) for name in ("kind", "scale", "score", "finding", "assessed_on")
    }
    after = wrong.session_id and session.get_one(TransplantationSession, wrong.session_id)
    return render_template(
        "outcomes/correct.html",
        course=course,
        wrong=wrong,
        kinds=KINDS,
        correcting=shown(
            CorrectionForm, sittings_of(course), sitting=after.code if after else None, **stands
        ),
        taking_back=shown(MistakeForm),
    )


@bp.post("/<code>/assessed/<int:number>")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(correct)
def record_correction(code: str, number: int) -> ResponseReturnValue:
    form = CorrectionForm(sittings_of(course_with_patient(code)))
    submit(
        form,
        outcome_corrections.correct_outcome,
        lambda session: form.instead_of(session, code, number),
    )
    flash(_("The outcome is corrected; what was recorded stays in sight."))
    return redirect(url_for("outcomes.show", code=code), 303)


@bp.post("/<code>/assessed/<int:number>/by-mistake")
@requires(Permission.RECORD_OUTCOME)
@on_refusal(correct)
def take_back(code: str, number: int) -> ResponseReturnValue:
    form = MistakeForm()
    submit(
        form,
        outcome_corrections.take_back_outcome,
        lambda session: form.of(session, code, number),
    )
    flash(_("The outcome counts no more; what was recorded stays in sight."))
    return redirect(url_for("outcomes.show", code=code), 303)
