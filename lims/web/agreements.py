"""Storage agreements: recorded with their paper, renewed, ended; those to talk about."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, joinedload
from wtforms.validators import ValidationError

from lims import clock
from lims.errors import NotFound
from lims.models.agreement import AfterDeath, StorageAgreement
from lims.models.patient import Patient
from lims.models.storage import StorageCell
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.cells import agreements_of
from lims.web.choices import ChoiceField, TickField
from lims.web.current import reading_session
from lims.web.fields import LongTextField, TextField
from lims.web.forms import Form, checked, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.records import find, of_patient
from lims.web.times import DateField
from lims.web.uploads import PaperField, paper_kept
from lims.workflows import agreements, codes, storage_cells

bp = Blueprint("agreements", __name__)

READERS = (Permission.SEE_STORAGE, Permission.RECORD_AGREEMENT)
NO_END = _l("Empty: paid for an unlimited time.")


class AgreementForm(Form):
    number = TextField(_l("Number of the agreement"), longest=60)
    signed_on = DateField(_l("Signed on"), default=clock.today)
    starts_on = DateField(_l("Starts on"), default=clock.today)
    paid_until = DateField(_l("Paid until"), required=False, hint=NO_END)
    permitted_uses = LongTextField(_l("What the cells may be used for"), longest=400)
    after_death = ChoiceField(_l("After death"), AfterDeath)
    paper = PaperField(_l("The signed paper"), hint=_l("A PDF, or a photograph of it."))

    def of(self, session: Session, code: str, sha256: str | None) -> dict[str, Any]:
        return {
            "patient": codes.load(session, code.upper(), Patient),
            "number": self.number.data,
            "signed_on": self.signed_on.data,
            "starts_on": self.starts_on.data,
            "paid_until": self.paid_until.data,
            "permitted_uses": self.permitted_uses.data,
            "after_death": self.after_death.data,
            "document_sha256": sha256,
        }


class RenewForm(Form):
    paid_until = DateField(_l("Paid until"), required=False)
    unlimited = TickField(_l("Paid for an unlimited time"))
    reason = LongTextField(_l("Which payment"), longest=400, hint=_l("Its number and date."))

    def validate_unlimited(self, field: TickField) -> None:
        if bool(field.data) is bool(self.paid_until.data):
            raise ValidationError(_("Enter the day it is paid until, or tick this."))

    def of(self, session: Session, code: str, number: int) -> dict[str, Any]:
        return {
            "agreement": of_patient(session, StorageAgreement, code, number),
            "version": self.version.data,
            "paid_until": self.paid_until.data,
            "reason": self.reason.data,
        }


class EndForm(Form):
    ended_on = DateField(_l("Ended on"), default=clock.today)
    reason = LongTextField(_l("Who ended it, and why"), longest=400)

    def of(self, session: Session, code: str, number: int) -> dict[str, Any]:
        return {
            "agreement": of_patient(session, StorageAgreement, code, number),
            "version": self.version.data,
            "ended_on": self.ended_on.data,
            "reason": self.reason.data,
        }


@bp.get("/agreements/")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Those to talk about with their patients: run out, running out, or missing."""
    asked = agreements.to_talk_about().options(joinedload(StorageCell.patient))
    found = listing(asked, StorageCell.id)
    return render_template(
        "agreements/index.html",
        found=found,
        agreed=agreements_of([cell.patient_id for cell in found.rows]),
        is_overdue=agreements.is_overdue,
    )


@bp.get("/patients/<code>/agreements")
@requires(*READERS)
def show(code: str) -> ResponseReturnValue:
    patient, session = find(Patient, code), reading_session()
    note_look(patient.id)
    return render_template(
        "agreements/show.html",
        patient=patient,
        found=agreements.of_patient(session, patient.id),
        cell=storage_cells.open_cell_of(session, patient.id),
        is_overdue=agreements.is_overdue,
    )


@bp.get("/patients/<code>/agreements/new")
@requires(Permission.RECORD_AGREEMENT)
def add(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    former = storage_cells.agreement_in_force(reading_session(), patient.id)
    return render_template(
        "agreements/add.html", patient=patient, former=former, agreeing=shown(AgreementForm)
    )


@bp.post("/patients/<code>/agreements/new")
@requires(Permission.RECORD_AGREEMENT)
@on_refusal(add)
def record_agreement(code: str) -> ResponseReturnValue:
    form = AgreementForm()
    with checked(form):
        sha256 = form.paper.keep()
    submit(form, agreements.record_agreement, lambda session: form.of(session, code, sha256))
    flash(_("The agreement is recorded."))
    return redirect(url_for("agreements.show", code=code), 303)


@bp.get("/patients/<code>/agreements/<int:number>/renew")
@requires(Permission.RECORD_AGREEMENT)
def renew(code: str, number: int) -> ResponseReturnValue:
    return page("renew", code, number, RenewForm)


@bp.post("/patients/<code>/agreements/<int:number>/renew")
@requires(Permission.RECORD_AGREEMENT)
@on_refusal(renew)
def renew_agreement(code: str, number: int) -> ResponseReturnValue:
    form = RenewForm()
    submit(form, agreements.renew_agreement, lambda session: form.of(session, code, number))
    flash(_("The payment is recorded."))
    return redirect(url_for("agreements.show", code=code), 303)


@bp.get("/patients/<code>/agreements/<int:number>/end")
@requires(Permission.RECORD_AGREEMENT)
def end(code: str, number: int) -> ResponseReturnValue:
    return page("end", code, number, EndForm)


@bp.post("/patients/<code>/agreements/<int:number>/end")
@requires(Permission.RECORD_AGREEMENT)
@on_refusal(end)
def end_agreement(code: str, number: int) -> ResponseReturnValue:
    form = EndForm()
    submit(form, agreements.end_agreement, lambda session: form.of(session, code, number))
    flash(_("The agreement is ended. The vials stay where they are until an order is approved."))
    return redirect(url_for("agreements.show", code=code), 303)


@bp.get("/patients/<code>/agreements/<int:number>/paper")
@requires(*READERS)
def paper(code: str, number: int) -> Response:
    agreement = of_patient(reading_session(), StorageAgreement, code, number)
    note_look(agreement.patient_id)
    if agreement.document_sha256 is None:
        raise NotFound(code=code[:40])
    return paper_kept(agreement.document_sha256)


def page(template: str, code: str, number: int, kind: type[Form]) -> ResponseReturnValue:
    agreement = of_patient(reading_session(), StorageAgreement, code, number)
    note_look(agreement.patient_id)
    return render_template(
        f"agreements/{template}.html",
        patient=find(Patient, code),
        agreement=agreement,
        changing=shown(kind, version=agreement.version),
    )
