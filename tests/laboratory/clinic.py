"""Two invented patients of the clinic, each consented and eligible, by well-known names.

"ivanova" writes Cyrillic, "schmidt" Latin. Each has one course with two sessions and their
injections, a contraindication check, and nonreactive markers valid for months.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.database import Database
from lims.models.contraindication import Occasion
from lims.models.course import Course, Grading, Indication
from lims.models.patient import (
    ConsentKind,
    DocumentKind,
    Marker,
    MarkerValue,
    Patient,
    Sex,
)
from lims.models.site import Joint, Side
from lims.workflows import (
    codes,
    consents,
    contraindication_checks,
    course_progress,
    courses,
    markers,
    patients,
    people,
    sessions,
)
from lims.workflows.courses import Prescription
from lims.workflows.documents import Document
from lims.workflows.planned_injections import Injection

CELLS = 50_000_000
VOLUME_ML = Decimal(3)
FIRST_SESSION = timedelta(days=35)
SECOND_SESSION = timedelta(days=125)
MARKERS_VALID = timedelta(days=400)

PATIENTS: dict[str, dict[str, Any]] = {
    "ivanova": {
        "full_name": "Иванова Мария Петровна",
        "other_name": "Ivanova Maria",
        "birth_date": date(1961, 2, 4),
        "sex": Sex.FEMALE,
        "document": Document(DocumentKind.PERSONAL_NUMBER, "4040261A001PB6", "Беларусь"),
    },
    "schmidt": {
        "full_name": "Schmidt Johann Maria",
        "other_name": None,
        "birth_date": date(1958, 9, 19),
        "sex": Sex.MALE,
        "document": Document(DocumentKind.PASSPORT, "C01X00T47", "Deutschland"),
    },
}
KNEES = {"ivanova": Side.LEFT, "schmidt": Side.RIGHT}
PRESCRIPTION = Prescription(
    indication=Indication.OSTEOARTHROSIS,
    grading=Grading.KELLGREN_LAWRENCE,
    grade="II",
    body_mass_kg=Decimal(72),
    prescribed_cells=CELLS,
    prescribed_volume_ml=VOLUME_ML,
)


def patient(session: Session, name: str) -> Patient:
    """The patient with a well-known name: "ivanova", "schmidt"."""
    wanted = PATIENTS[name]["full_name"]
    return session.scalars(select(Patient).where(Patient.full_name == wanted)).one()


def course(session: Session, name: str) -> Course:
    """The first course of the patient with a well-known name; it is consented."""
    whose = patient(session, name).id
    return session.scalars(
        select(Course).where(Course.patient_id == whose, Course.number == 1)
    ).one()


def settle_clinic(database: Database) -> None:
    for name in PATIENTS:
        _Enrolment(database, name).carry_out()


class _Enrolment:
    """One patient's way from the desk to a consented course, as the physician goes it."""

    def __init__(self, database: Database, name: str) -> None:
        self.database, self.name = database, name
        with database.reading() as session:
            self.physician = people.by_login(session, "physician")

    def run(self, command: Any, key: str, arguments: Any) -> Any:
        return self.database.run(
            command, self.physician.id, key=f"{key} {self.name}", arguments=arguments
        )

    def carry_out(self) -> None:
        self.run(patients.register_patient, "register", lambda session: PATIENTS[self.name])
        for kind in ConsentKind:
            self.run(consents.record_consent, f"consent {kind}", self.consent(kind))
        self.run(markers.record_markers, "markers", self.markers)
        self.run(courses.order_course, "course", self.prescription)
        for number, ahead in enumerate((FIRST_SESSION, SECOND_SESSION), start=1):
            self.run(sessions.plan_session, f"session {number}", self.session_in(ahead))
        self.run(contraindication_checks.record_check, "check", self.check)
        self.run(course_progress.declare_eligible, "eligible", lambda s: {"course": self.at(s)})

    def at(self, session: Session) -> Course:
        return codes.load(session, course(session, self.name).code, Course)

    def consent(self, kind: ConsentKind) -> Any:
        return lambda session: {
            "patient": patient(session, self.name),
            "kind": kind,
            "form_version": "1",
            "signed_on": clock.today(),
        }

    def markers(self, session: Session) -> dict[str, Any]:
        today = clock.today()
        return {
            "patient": patient(session, self.name),
            "sampled_on": today - timedelta(days=300),  # before the tissue of any test
            "valid_until": today + MARKERS_VALID,
            "reason": "the laboratory's own rule",
            "values": dict.fromkeys(Marker, MarkerValue.NONREACTIVE),
            "laboratory": "City laboratory 3",
        }

    def prescription(self, session: Session) -> dict[str, Any]:
        imaged_on = clock.today() - timedelta(days=20)
        prescription = replace(PRESCRIPTION, baseline_mri_on=imaged_on)
        return {"patient": patient(session, self.name), "prescription": prescription}

    def session_in(self, ahead: timedelta) -> Any:
        injection = Injection(Joint.KNEE, KNEES[self.name], CELLS, VOLUME_ML)
        return lambda session: {
            "course": self.at(session),
            "planned_on": clock.today() + ahead,
            "injections": [injection],
        }

    def check(self, session: Session) -> dict[str, Any]:
        return {"course": self.at(session), "occasion": Occasion.ENROLMENT, "found": []}
