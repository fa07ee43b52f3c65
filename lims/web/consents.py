"""Consents of a patient: recording a signed form, withdrawing it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims import clock
from lims.models.patient import Consent, ConsentKind, Patient
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField
from lims.web.current import reading_session
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.records import find, of_patient
from lims.web.times import DateField
from lims.workflows import codes, consents

bp = Blueprint("consents", __name__, url_prefix="/patients")


class ConsentForm(Form):
    kind = ChoiceField(_l("Consent to"), ConsentKind)
    form_version = TextField(
        _l("Version of the form"), longest=40, hint=_l("It stands at the foot of the form.")
    )
    signed_on = DateField(_l("Signed on"), default=clock.today)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "patient": codes.load(session, code, Patient),
            "kind": self.kind.data,
            "form_version": self.form_version.data,
            "signed_on": self.signed_on.data,
        }


class WithdrawalForm(Form):
    withdrawn_on = DateField(_l("Withdrawn on"), default=clock.today)
    reason = LongTextField(_l("How the patient said so, and why"))

    def of(self, session: Session, code: str, number: int) -> dict[str, Any]:
        return {
            "consent": of_patient(session, Consent, code, number),
            "version": self.version.data,
            "withdrawn_on": self.withdrawn_on.data,
            "reason": self.reason.data,
        }


@bp.get("/<code>/consents")
@requires(Permission.RECORD_CONSENT)
def give(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    given = consents.in_force(reading_session(), patient)
    return render_template(
        "patients/consent.html", patient=patient, giving=shown(ConsentForm), given=given.values()
    )


@bp.post("/<code>/consents")
@requires(Permission.RECORD_CONSENT)
@on_refusal(give)
def record_consent(code: str) -> ResponseReturnValue:
    form = ConsentForm()
    submit(form, consents.record_consent, lambda session: form.of(session, code))
    flash(_("The consent is recorded."))
    return redirect(url_for("patients.show", code=code), 303)


@bp.get("/<code>/consents/<int:number>/withdraw")
@requires(Permission.RECORD_CONSENT)
def withdraw(code: str, number: int) -> ResponseReturnValue:
    patient = find(Patient, code)
    consent = of_patient(reading_session(), Consent, code, number)
    return render_template(
        "patients/withdrawal.html",
        patient=patient,
        consent=consent,
        withdrawing=shown(WithdrawalForm, version=consent.version),
    )


@bp.post("/<code>/consents/<int:number>/withdraw")
@requires(Permission.RECORD_CONSENT)
@on_refusal(withdraw)
def record_withdrawal(code: str, number: int) -> ResponseReturnValue:
    form = WithdrawalForm()
    submit(form, consents.withdraw_consent, lambda session: form.of(session, code, number))
    flash(_("The withdrawal is recorded."))
    return redirect(url_for("patients.show", code=code), 303)
