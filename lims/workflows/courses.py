"""Courses: what the physician prescribes, within the specification's limits of a dose."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError, Stale
from lims.models.course import Course, CourseStatus, Grading, Indication
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    as_prescribed,
    days,
    names,
    patient_links,
    specifications,
    states,
    stopping,
)
from lims.workflows.as_prescribed import PlannedToo, Prescribed
from lims.workflows.codes import coded
from lims.workflows.command import because, command

S = CourseStatus
BEFORE_MANUFACTURE = frozenset({S.ENQUIRY, S.ELIGIBLE, S.CONSENTED, S.COLLECTING})


class PatientDied(LimsError):
    sentence = N_("%(code)s died on %(died_on)s; no course is ordered.")


class NotAPhysician(LimsError):
    sentence = N_("%(name)s does not order courses. Choose a physician.")


class NoteNeeded(LimsError):
    sentence = N_("Say in words what the indication is.")


class OutsideLimits(LimsError):
    sentence = N_("By the specification from %(least)s to %(most)s %(unit)s.")


class TooLateToChange(LimsError):
    sentence = N_("%(code)s is %(status)s; its prescription no longer changes.")
    status = 409


@dataclass(frozen=True, kw_only=True)
class Prescription:
    """What a physician orders; cells and volume are of one administration."""

    indication: Indication
    grading: Grading
    grade: str
    prescribed_cells: int
    prescribed_volume_ml: Decimal
    indication_note: str | None = None
    baseline_mri_on: date | None = None
    baseline_mri_note: str | None = None
    body_mass_kg: Decimal | None = None


@command(Permission.ORDER_COURSE)
def order_course(
    session: Session,
    patient: Patient,
    *,
    prescription: Prescription,
    physician: User | None = None,
    by: User,
) -> Course:
    """Begin a course as an enquiry; the attending physician is the one who orders it, or chosen."""
    if patient.died_on is not None:
        raise PatientDied(code=patient.code, died_on=patient.died_on)
    patient_links.require_open(session, patient)
    attending = _require_physician(physician or by)
    _require_prescribable(session, patient, prescription)
    before = session.scalar(select(func.max(Course.number)).where(Course.patient_id == patient.id))
    course = states.begin(
        Course(
            patient_id=patient.id,
            number=(before or 0) + 1,
            physician_id=attending.id,
            **asdict(prescription),
        )
    )
    session.add(coded(session, course))
    session.flush()
    return course


@command(Permission.ORDER_COURSE)
def change_course(
    session: Session,
    course: Course,
    *,
    version: int,
    prescription: Prescription,
    physician: User | None = None,
    reason: str | None = None,
    planned_too: PlannedToo | None = None,
    by: User,
) -> Course:
    """Change what was prescribed, as long as nothing is being made of it; `planned_too` says what
    becomes of the injections that were planned as it was."""
    because(session, reason)
    if course.version != version:
        raise Stale(code=course.code)
    if (course.postponed_from or course.status) not in BEFORE_MANUFACTURE:
        raise TooLateToChange(code=course.code, status=course.status)
    if course.status in stopping.ENDED:
        raise TooLateToChange(code=course.code, status=course.status)
    patient = session.get_one(Patient, course.patient_id)
    _require_prescribable(session, patient, prescription)
    now = Prescribed(prescription.prescribed_cells, prescription.prescribed_volume_ml)
    as_prescribed.settle(course, now, planned_too)
    for column, value in asdict(prescription).items():
        setattr(course, column, value)
    if physician is not None:
        course.physician_id = _require_physician(physician).id
    session.flush()
    return course


def _require_physician(person: User) -> User:
    if not person.may(Permission.ORDER_COURSE):
        raise NotAPhysician(name=person.full_name)
    return person


def _require_prescribable(session: Session, patient: Patient, prescription: Prescription) -> None:
    if prescription.indication == Indication.OTHER and not names.tidy(prescription.indication_note):
        raise FieldError(field="indication_note", problem=NoteNeeded())
    if prescription.baseline_mri_on is not None:
        days.require_lived(
            prescription.baseline_mri_on, born=patient.birth_date, field="baseline_mri_on"
        )
    require_dose(
        session,
        cells=("prescribed_cells", prescription.prescribed_cells),
        volume_ml=("prescribed_volume_ml", prescription.prescribed_volume_ml),
    )


def require_dose(
    session: Session, *, cells: tuple[str, int], volume_ml: tuple[str, Decimal]
) -> None:
    """Raise, at the field named first, where a dose is outside what the specification allows."""
    version = specifications.current(session)
    for (field, value), limits, unit in (
        (cells, "dose_%s_cells", N_("cells")),
        (volume_ml, "dose_volume_%s_ml", N_("mL")),
    ):
        least = specifications.limit(version, limits % "min")
        most = specifications.limit(version, limits % "max")
        if not least <= value <= most:
            problem = OutsideLimits(least=plain(least), most=plain(most), unit=unit)
            raise FieldError(field=field, problem=problem)


def plain(limit: Decimal) -> Decimal:
    """A limit without the zeros it is kept with."""
    return limit.quantize(Decimal(1)) if limit == limit.to_integral_value() else limit.normalize()
