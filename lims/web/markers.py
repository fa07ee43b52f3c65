"""Infection markers of a patient: one blood sample, one form."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms.validators import ValidationError

from lims import clock
from lims.models.patient import Marker, MarkerValue, Patient
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField, TickField
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.records import find
from lims.web.times import DateField
from lims.workflows import codes, markers

bp = Blueprint("markers", __name__, url_prefix="/patients")


def result(marker: Marker) -> ChoiceField:
    return ChoiceField(_l(marker.value), MarkerValue, required=False)


class MarkersForm(Form):
    sampled_on = DateField(_l("Blood taken on"), default=clock.today)
    laboratory = TextField(_l("Laboratory"), longest=120, required=False)
    hiv = result(Marker.HIV)
    hbsag = result(Marker.HBSAG)
    anti_hbc = result(Marker.ANTI_HBC)
    anti_hcv = result(Marker.ANTI_HCV)
    syphilis = result(Marker.SYPHILIS)
    valid_until = DateField(
        _l("Valid until"),
        required=False,
        hint=_l("Empty: as long as the specification says."),
    )
    replaces_reactive = TickField(
        _l("These results correct earlier reactive ones"),
        hint=_l("Only after confirmation: a reactive result stands until it is corrected."),
    )
    reason = LongTextField(
        _l("Reason"),
        required=False,
        hint=_l("Why earlier reactive results fall, or why these are valid for longer."),
    )

    def validate_replaces_reactive(self, field: TickField) -> None:
        if field.data and not self.reason.data:
            raise ValidationError(_("Say below why the earlier results fall."))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        chosen = {marker: self[marker.name.lower()].data for marker in Marker}
        return {
            "patient": codes.load(session, code, Patient),
            "sampled_on": self.sampled_on.data,
            "laboratory": self.laboratory.data,
            "values": {marker: value for marker, value in chosen.items() if value},
            "valid_until": self.valid_until.data,
            "replaces_reactive": self.replaces_reactive.data,
            "reason": self.reason.data,
        }


@bp.get("/<code>/markers")
@requires(Permission.RECORD_MARKERS)
def enter(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    return render_template("patients/markers.html", patient=patient, entering=shown(MarkersForm))


@bp.post("/<code>/markers")
@requires(Permission.RECORD_MARKERS)
@on_refusal(enter)
def record_markers(code: str) -> ResponseReturnValue:
    form = MarkersForm()
    submit(form, markers.record_markers, lambda session: form.of(session, code))
    flash(_("The results are recorded."))
    return redirect(url_for("patients.show", code=code), 303)
