"""Patients: what was misspelt put right, documents, a death, two registrations of one person."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lims.models.patient import DocumentKind, Patient, PatientDocument
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField, TickField
from lims.web.current import reading_session
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, Signing, on_refusal, shown, submit
from lims.web.looks import note_look
from lims.web.patients import LONGEST_NAME, LONGEST_NUMBER, PersonFields
from lims.web.people import OwnPassword, PersonProof
from lims.web.records import find, of_patient
from lims.web.scans import CodeField
from lims.web.times import DateField
from lims.workflows import codes, documents, patient_links, patients
from lims.workflows.documents import Document

bp = Blueprint("patient_corrections", __name__, url_prefix="/patients")


class CorrectForm(PersonFields):
    reason = LongTextField(_l("Why it is corrected"))

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            **self.person(),
            "patient": codes.load(session, code, Patient),
            "version": self.version.data,
            "reason": self.reason.data,
        }


class DocumentForm(Form):
    document_kind = ChoiceField(_l("Document"), DocumentKind)
    number = TextField(_l("Its number"), longest=LONGEST_NUMBER)
    country = TextField(_l("Country that issued it"), longest=LONGEST_NAME, required=False)

    def document(self) -> Document:
        return Document(self.document_kind.data, str(self.number.data), self.country.data)


class DocumentCorrectionForm(DocumentForm):
    reason = LongTextField(_l("Why it is corrected"))


class DeathForm(Form):
    died_on = DateField(_l("Died on"))
    reason = LongTextField(_l("How this became known"))
    is_certain = TickField(
        _l("All open courses of this patient end, and what is being made is held"), required=True
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "patient": codes.load(session, code, Patient),
            "version": self.version.data,
            "died_on": self.died_on.data,
            "reason": self.reason.data,
        }


class LinkForm(Signing):
    kept = CodeField(
        _l("The registration that goes on"), "PT", in_hand=False,
        hint=_l("Scan the card of the other one."),
    )  # fmt: skip
    reason = LongTextField(_l("How it is known that both are one person"))
    own = OwnPassword(_l("Your signature"))
    second = PersonProof(
        _l("Second signature"),
        required=False,
        hint=_l("Empty: a second person signs here within a day."),
    )

    def of(self, session: Session, code: str) -> dict[str, Any]:
        return {
            "closed": codes.load(session, code, Patient),
            "kept": codes.load(session, str(self.kept.data), Patient),
            "reason": self.reason.data,
            "proof": self.own.proof,
            "second": self.second.proof,
        }


def to_patient(code: str) -> ResponseReturnValue:
    return redirect(url_for("patients.show", code=code), 303)


@bp.get("/<code>/correct")
@requires(Permission.CORRECT_PATIENT)
def correct(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    return render_template(
        "patients/correct.html",
        patient=patient,
        labels=patients.labels_out(reading_session(), patient),
        correcting=shown(
            CorrectForm,
            version=patient.version,
            full_name=patient.full_name,
            other_name=patient.other_name,
            birth_date=patient.birth_date,
            sex=patient.sex,
        ),
    )


@bp.post("/<code>/correct")
@requires(Permission.CORRECT_PATIENT)
@on_refusal(correct)
def record_correction(code: str) -> ResponseReturnValue:
    form = CorrectForm()
    submit(form, patients.correct_patient, lambda session: form.of(session, code))
    flash(_("Corrected. Labels printed before still carry what stood there."))
    return to_patient(code)


@bp.get("/<code>/documents")
@requires(Permission.CORRECT_PATIENT)
def add_document(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    return render_template(
        "patients/document.html", patient=patient, adding=shown(DocumentForm), number=None
    )


@bp.post("/<code>/documents")
@requires(Permission.CORRECT_PATIENT)
@on_refusal(add_document)
def record_document(code: str) -> ResponseReturnValue:
    form = DocumentForm()
    submit(
        form,
        documents.add_document,
        lambda session: {
            "patient": codes.load(session, code, Patient),
            "document": form.document(),
        },
    )
    flash(_("The document is recorded."))
    return to_patient(code)


@bp.get("/<code>/documents/<int:number>")
@requires(Permission.CORRECT_PATIENT)
def correct_document(code: str, number: int) -> ResponseReturnValue:
    patient = find(Patient, code)
    kept = of_patient(reading_session(), PatientDocument, code, number)
    form = shown(
        DocumentCorrectionForm,
        version=kept.version,
        document_kind=kept.kind,
        number=kept.number,
        country=kept.country,
    )
    return render_template("patients/document.html", patient=patient, adding=form, number=number)


@bp.post("/<code>/documents/<int:number>")
@requires(Permission.CORRECT_PATIENT)
@on_refusal(correct_document)
def record_document_correction(code: str, number: int) -> ResponseReturnValue:
    form = DocumentCorrectionForm()
    submit(
        form,
        documents.correct_document,
        lambda session: {
            "shown": of_patient(session, PatientDocument, code, number),
            "version": form.version.data,
            "document": form.document(),
            "reason": form.reason.data,
        },
    )
    flash(_("The document is corrected."))
    return to_patient(code)


@bp.get("/<code>/death")
@requires(Permission.CORRECT_PATIENT)
def death(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    form = shown(DeathForm, version=patient.version)
    return render_template("patients/death.html", patient=patient, death=form)


@bp.post("/<code>/death")
@requires(Permission.CORRECT_PATIENT)
@on_refusal(death)
def record_death(code: str) -> ResponseReturnValue:
    form = DeathForm()
    submit(form, patients.record_death, lambda session: form.of(session, code))
    flash(_("Recorded. Open courses have ended; what is being made is held."))
    return to_patient(code)


@bp.get("/<code>/link")
@requires(Permission.LINK_PATIENTS)
def link(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    first = patient_links.first_signature(reading_session(), patient)
    form = shown(LinkForm).showing(patient_links.shown_before(patient))
    return render_template("patients/link.html", patient=patient, linking=form, first=first)


@bp.post("/<code>/link")
@requires(Permission.LINK_PATIENTS)
@on_refusal(link)
def record_link(code: str) -> ResponseReturnValue:
    form = LinkForm()
    made = submit(form, patient_links.link_patients, lambda session: form.of(session, code))
    if made is None:
        flash(_("Signed. A second person signs on this page within a day."), "warn")
    else:
        flash(_("Linked. This registration takes no new course."))
    return to_patient(code)
