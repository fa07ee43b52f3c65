"""At the clinic: enrolled, tissue taken and sent; a dose received, injected, observed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from lims import clock
from lims.demo import week
from lims.demo.case import Case
from lims.demo.telling import RECEPTION, at
from lims.models.administration import OutcomeKind
from lims.models.contraindication import Occasion
from lims.models.course import Course, Grading, Indication, TransplantationSession
from lims.models.fill import Dose
from lims.models.patient import ConsentKind, Marker, MarkerValue
from lims.models.sample import Sample
from lims.workflows import (
    administering,
    aftercare,
    collecting,
    consents,
    contraindication_checks,
    course_progress,
    courses,
    issuing,
    labelling,
    markers,
    outcomes,
    patients,
    receiving,
    sessions,
)
from lims.workflows.codes import load
from lims.workflows.courses import Prescription
from lims.workflows.planned_injections import Injection

SURGEONS = ("Dr. Belova", "Dr. Kravets", "д-р Мартынов")
COURIERS = ("Courier 2", "Courier 4", "Courier 4", "Courier 7")
BOXES = ("BOX-3", "BOX-5", "BOX-7")
SEEN_BY_MRI = (
    "Cartilage of the joint unchanged, no effusion.",
    "Cartilage as before; less effusion than in the year before.",
    "Defect of the cartilage of the same size, its edge smoother; no oedema of the bone.",
    "No progress of the osteoarthrosis. A little fluid in the joint.",
    "Cartilage as thick as a year ago; oedema of the bone smaller.",
    "T2 values of the cartilage somewhat lower; the defect is unchanged.",
    "No new defect. Oedema of the bone gone, osteophytes as before.",
)
LITTLE_PAIN = 2
FIRST_DOSE = timedelta(days=49)


def register(case: Case) -> None:
    """Written down, consents signed, markers known."""
    who = case.who
    case.patient = case.act(
        "physician", patients.register_patient, full_name=who.full_name,
        other_name=who.other_name, birth_date=who.born, sex=who.sex, document=None,
    ).code  # fmt: skip
    case.print("physician", [case.patient])
    for kind in ConsentKind:
        case.act(
            "physician", consents.record_consent, patient=case.mine(), kind=kind,
            form_version="2", signed_on=clock.today(),
        )  # fmt: skip


def know(case: Case) -> None:
    case.act(
        "physician", markers.record_markers, patient=case.mine(),
        sampled_on=clock.today() - timedelta(days=3), laboratory="City laboratory 3",
        valid_until=clock.today() + timedelta(days=400), reason="by the site's own rule",
        values=dict.fromkeys(Marker, MarkerValue.NONREACTIVE),
    )  # fmt: skip


def order(case: Case) -> None:
    case.course = case.act(
        "physician", courses.order_course, patient=case.mine(),
        prescription=Prescription(
            indication=Indication.OSTEOARTHROSIS, grading=Grading.KELLGREN_LAWRENCE,
            grade=case.chance.of(("II", "II", "III")),
            body_mass_kg=Decimal(round(case.chance.between(58, 96))),
            baseline_mri_on=clock.today() - timedelta(days=20),
            prescribed_cells=case.prescribed.cells,
            prescribed_volume_ml=case.prescribed.volume_ml,
        ),
    ).code  # fmt: skip


def plan(case: Case, ahead: timedelta = FIRST_DOSE) -> str:
    what = case.prescribed
    code: str = case.act(
        "physician", sessions.plan_session, course=case.ordered(),
        planned_on=week.not_before(clock.today() + ahead),
        injections=[Injection(what.joint, what.side, what.cells, what.volume_ml)],
    ).code  # fmt: skip
    case.sittings.append(code)
    return code


def check(case: Case, occasion: Occasion, sitting: str | None = None) -> None:
    case.act(
        "physician", contraindication_checks.record_check, course=case.ordered(),
        occasion=occasion, found=[],
        transplantation_session=at(TransplantationSession, sitting) if sitting else None,
    )  # fmt: skip


def enrol(case: Case) -> None:
    """A course of one session, that nothing speaks against."""
    register(case)
    know(case)
    begin(case)


def begin(case: Case) -> None:
    order(case)
    plan(case)
    check(case, Occasion.ENROLMENT)
    case.act("physician", course_progress.declare_eligible, course=case.ordered())


def kit(case: Case) -> str:
    sample: str = case.act("physician", collecting.order_kit, course=case.ordered()).code
    case.print("physician", [sample])
    return sample


def collect(case: Case, sample: str) -> None:
    check(case, Occasion.COLLECTION)
    case.act(
        "physician", collecting.record_collection, sample=at(Sample, sample),
        scanned_patient=case.patient, body_site=case.chance.of(("abdomen", "thigh", "flank")),
        surgeon=case.chance.of(SURGEONS), performed=case.done(),
    )  # fmt: skip
    case.act("physician", labelling.apply_label, code=sample)
    case.wait(minutes=case.chance.between(9, 31))
    case.act(
        "physician", collecting.dispatch_sample, sample=at(Sample, sample),
        courier=case.chance.of(COURIERS), performed=case.done(),
    )  # fmt: skip


def receive(case: Case, sample: str, mass_g: Decimal) -> None:
    """In the cold all the way, if nothing else is said."""
    coldest, warmest = case.chance.between(2.3, 3.9), case.chance.between(4.4, 7.3)
    with case.at_terminal(RECEPTION, "technician"):
        case.act(
            "technician", receiving.receive_sample, sample=at(Sample, sample),
            scanned_patient=case.patient, mass_g=mass_g, container_intact=True,
            temperature_min_c=Decimal(f"{coldest:.1f}"),
            temperature_max_c=Decimal(case.warmest_c or f"{warmest:.1f}"),
            performed=case.done(),
        )  # fmt: skip


def accept(case: Case, sample: str) -> None:
    case.act("lead", receiving.accept_sample, sample=at(Sample, sample))


def appoint(case: Case, sitting: str, on: date | None = None) -> None:
    """The session is moved to the day its dose is ready, today or another."""
    day = on or clock.today()
    with case.database.reading() as session:
        planned = load(session, sitting, TransplantationSession)
        version, injections = sessions.version_of(planned), sessions.as_planned(planned)
    if planned.planned_on == day:
        return
    case.act(
        "physician", sessions.change_session, planned=at(TransplantationSession, sitting),
        version=version, planned_on=day, injections=injections,
        reason="by the day the dose is ready",
    )  # fmt: skip


def call_off(case: Case, reason: str) -> None:
    """There is no dose for the session planned last."""
    with case.database.reading() as session:
        version = sessions.version_of(load(session, case.sittings[-1], TransplantationSession))
    case.act(
        "physician", sessions.cancel_session,
        planned=at(TransplantationSession, case.sittings[-1]), version=version, reason=reason,
    )  # fmt: skip


def hand_over(case: Case, dose: str, sitting: str) -> None:
    case.act(
        "lead", issuing.hand_over, dose=at(Dose, dose),
        sitting=at(TransplantationSession, sitting), scanned_patient=case.patient,
        carrier=case.chance.of(COURIERS), transport_box=case.chance.of(BOXES),
        performed=case.done(), proof=case.proof("lead"), witness=case.proof("keeper"),
        temperature_c=Decimal(f"{case.chance.between(3.6, 5.4):.1f}"),
    )  # fmt: skip


def arrive(case: Case, dose: str) -> None:
    case.act(
        "physician", issuing.receive_dose, dose=at(Dose, dose), scanned_patient=case.patient,
        intact=True, performed=case.done(),
        temperature_c=Decimal(f"{case.chance.between(4.2, 7.1):.1f}"),
    )  # fmt: skip


def inject(case: Case, dose: str, sitting: str) -> None:
    """On the day, and observed for an hour."""
    check(case, Occasion.INJECTION, sitting)
    what = case.prescribed
    case.act(
        "physician", administering.record_administration, dose=at(Dose, dose),
        scanned_patient=case.patient, joint=what.joint, side=what.side, volume_ml=what.volume_ml,
        injected_by=case.chance.of(SURGEONS), performed=case.done(), proof=case.proof("physician"),
        guidance="ultrasound",
    )  # fmt: skip


def observe(case: Case, sitting: str) -> Iterator[datetime]:
    injected = clock.now()
    yield case.soon(case.chance.between(82, 110))
    case.act(
        "physician", aftercare.record_observation, began_at=injected, ended_at=clock.now(),
        sitting=at(TransplantationSession, sitting),
    )  # fmt: skip


def looked_at(case: Case) -> None:
    case.act(
        "physician", outcomes.record_outcome, course=at(Course, case.course),
        kind=OutcomeKind.MRI, scale="3 T, T2 mapping",
        finding=case.chance.of(SEEN_BY_MRI), assessed_on=clock.today(),
    )  # fmt: skip


def felt(case: Case) -> None:
    """Pain as a rule grows less from visit to visit, of some patients more than of others."""
    eased = case.chance.between(0.62, 0.98) if case.pain > LITTLE_PAIN else 1
    pain = max(0, round(case.pain * eased + case.chance.between(-0.5, 0.4)))
    case.pain = min(pain, case.pain + 1)
    case.act(
        "physician", outcomes.record_outcome, course=at(Course, case.course),
        kind=OutcomeKind.PAIN, scale="NRS", score=Decimal(case.pain), assessed_on=clock.today(),
    )  # fmt: skip
