"""Patients: the list, the page of one, and registering a new one."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from wtforms.validators import ValidationError

from lims import clock
from lims.models.course import Course
from lims.models.fill import Dose
from lims.models.patient import Consent, DocumentKind, Patient, PatientView, Sex
from lims.permissions import Permission
from lims.web.auth import requires
from lims.web.choices import ChoiceField, TickField
from lims.web.current import reading_session
from lims.web.errors import sentence_of
from lims.web.fields import TextField
from lims.web.forms import Form, on_refusal, shown, submit
from lims.web.listing import listing
from lims.web.looks import note_look
from lims.web.records import find
from lims.web.search import SearchForm
from lims.web.times import DateField
from lims.workflows import (
    days,
    dose_alarms,
    earlier_marks,
    markers,
    patient_links,
    patients,
    personal_numbers,
    placing,
    specifications,
)
from lims.workflows.documents import Document

bp = Blueprint("patients", __name__, url_prefix="/patients")

LONGEST_NAME = 120
LONGEST_NUMBER = 40


class PersonFields(Form):
    """What registering and correcting share: who the person is."""

    full_name = TextField(
        _l("Full name"),
        longest=LONGEST_NAME,
        hint=_l("As in the document: surname, first name, patronymic."),
    )
    other_name = TextField(
        _l("Name in another script"),
        longest=LONGEST_NAME,
        required=False,
        hint=_l("As in the passport."),
    )
    birth_date = DateField(_l("Born on"))
    sex = ChoiceField(_l("Sex"), Sex)

    def person(self) -> dict[str, Any]:
        return {
            "full_name": self.full_name.data,
            "other_name": self.other_name.data,
            "birth_date": self.birth_date.data,
            "sex": self.sex.data,
        }


class RegisterForm(PersonFields):
    document_kind = ChoiceField(_l("Document"), DocumentKind, required=False)
    number = TextField(_l("Its number"), longest=LONGEST_NUMBER, required=False)
    country = TextField(_l("Country that issued it"), longest=LONGEST_NAME, required=False)
    is_another_person = TickField(_l("I compared them: this is another person"))

    def validate_number(self, field: TextField) -> None:
        if not self.document_kind.data:
            raise ValidationError(_("Choose which document this is the number of."))

    def arguments(self, session: Session) -> dict[str, Any]:
        kind = self.document_kind.data
        document = Document(kind, self.number.data or "", self.country.data) if kind else None
        return {
            **self.person(),
            "document": document,
            "is_another_person": self.is_another_person.data,
        }


@bp.get("/")
@requires(Permission.SEE_PATIENTS)
def index() -> ResponseReturnValue:
    found = listing(select(Patient), Patient.id)
    return render_template("patients/index.html", found=found, search=SearchForm(formdata=None))


@bp.get("/register")
@requires(Permission.REGISTER_PATIENT)
def register() -> ResponseReturnValue:
    return render_template(
        "patients/register.html", registering=shown(RegisterForm), alike=alike_of_the_refused()
    )


def alike_of_the_refused() -> list[Patient]:
    """The possible duplicates that the form just refused had met."""
    refusal = g.get("refused_for")
    if not isinstance(refusal, patients.PossibleDuplicates):
        return []
    alike = (
        select(Patient)
        .where(Patient.code.in_(refusal.parameters["codes"]))
        .options(selectinload(Patient.documents))
    )
    return list(reading_session().scalars(alike.order_by(Patient.id)))


@bp.post("/register")
@requires(Permission.REGISTER_PATIENT)
@on_refusal(register)
def record_registration() -> ResponseReturnValue:
    patient = submit(RegisterForm(), patients.register_patient)
    flash(_("%(code)s registered.", code=patient.code))
    return redirect(url_for("patients.show", code=patient.code), 303)


@bp.get("/<code>")
@requires(Permission.SEE_PATIENTS)
def show(code: str) -> ResponseReturnValue:
    patient = find(Patient, code)
    note_look(patient.id)
    session = reading_session()
    consents = select(Consent).where(Consent.patient_id == patient.id).order_by(Consent.id.desc())
    courses = select(Course).where(Course.patient_id == patient.id).order_by(Course.id.desc())
    links = patient_links.links_about(session, patient)
    is_closed = any(link.closed_id == patient.id for link in links)
    results = markers.results(session, patient)
    in_store = placing.number_placed(session, patient)
    return render_template(
        "patients/show.html",
        patient=patient,
        age=days.age_on(patient.died_on or clock.today(), patient.birth_date),
        documents=[(each, warnings_of(patient, each)) for each in patient.documents],
        consents=session.scalars(consents).all(),
        courses=session.scalars(courses.options(joinedload(Course.physician))).all(),
        links=links,
        earlier=earlier_marks.of_patient(session, patient),
        in_store=in_store,
        is_closed=is_closed,
        acts=acts(patient, is_closed, in_store),
        alarmed=dose_alarms.told(session, Dose.patient_id == patient.id),
        results=results,
        replaced={each.replaces_id for each in results},
        standing=standing_today(results),
    )


def acts(patient: Patient, is_closed: bool, in_store: int) -> list[tuple[str, str, str]]:
    """What may be done next for a patient by the person signed in; cells for a session are
    ordered on the page of the session."""
    ways = [
        (
            Permission.ORDER_COURSE,
            _("Order a course"),
            url_for("courses.order", patient=patient.code),
        ),
        (
            Permission.RECORD_CONSENT,
            _("Record a consent"),
            url_for("consents.give", code=patient.code),
        ),
        (
            Permission.RECORD_MARKERS,
            _("Record infection markers"),
            url_for("markers.enter", code=patient.code),
        ),
        (
            Permission.ORDER_VIALS,
            _("Transfer, test or destroy vials"),
            url_for("order_drafts.new", code=patient.code),
        ),
    ]
    if not in_store:
        del ways[3]
    if is_closed or patient.died_on is not None:
        del ways[0]
    return [(text, address, "") for may, text, address in ways if current_user.may(may)]


def warnings_of(patient: Patient, document: Any) -> list[str]:
    found = personal_numbers.warnings(
        document.kind, document.number, patient.birth_date, patient.sex
    )
    return [sentence_of(warning) for warning in found]


def standing_today(results: Any) -> dict[Any, Any]:
    """What is known today of each marker; nothing where no specification asks for any."""
    version = specifications.approved(reading_session())
    if version is None:
        return {}
    return markers.standing_of(results, markers.required(version), clock.today())


@bp.get("/<code>/looks")
@requires(Permission.SEE_AUDIT_TRAIL)
def looks(code: str) -> ResponseReturnValue:
    """Who looked at this patient, the latest first."""
    patient = find(Patient, code)
    query = select(PatientView).where(PatientView.patient_id == patient.id)
    found = listing(query.options(joinedload(PatientView.user)), PatientView.id)
    return render_template("patients/looks.html", patient=patient, found=found)
