"""Courses: what the physician prescribes, within the specification's limits of a dose."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, FieldError, LimsError, Stale, together
from lims.models.course import Course, CourseStatus, Grading, Indication
from lims.models.patient import Patient
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    as_prescribed,
    days,
    grades,
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
    found = list(not_prescribable(session, patient, asdict(prescription)))
    if found:
        raise together(found)


def not_prescribable(
    session: Session, patient: Patient, given: Mapping[str, Any]
) -> Iterator[FieldError]:
    """All that speaks against a prescription, each at its field; what is not `given` is passed
    over, so that a form with something else to mend tells it as well."""
    if given.get("indication") == Indication.OTHER and not names.tidy(given.get("indication_note")):
        yield FieldError(field="indication_note", problem=NoteNeeded())
    scale, grade = given.get("grading"), given.get("grade")
    if scale and grade and (no_such := grades.problem(scale, grade)) is not None:
        yield FieldError(field="grade", problem=no_such)
    if given.get("baseline_mri_on") is not None:
        try:
            days.require_lived(
                given["baseline_mri_on"], born=patient.birth_date, field="baseline_mri_on"
            )
        except FieldError as error:
            yield error
    yield from outside_limits(
        session,
        cells=("prescribed_cells", given.get("prescribed_cells")),
        volume_ml=("prescribed_volume_ml", given.get("prescribed_volume_ml")),
    )


def require_dose(
    session: Session, *, cells: tuple[str, int], volume_ml: tuple[str, Decimal]
) -> None:
    """Raise, at the fields named first, where a dose is outside what the specification allows."""
    found = list(outside_limits(session, cells=cells, volume_ml=volume_ml))
    if found:
        raise together(found)


def outside_limits(
    session: Session,
    *,
    cells: tuple[str, int | None],
    volume_ml: tuple[str, Decimal | None],
) -> Iterator[FieldError]:
    """What of a dose is not within the specification, at the fields named first."""
    between = dose_limits(session)
    for (field, value), limits in zip((cells, volume_ml), between, strict=True):
        least, most = limits.parameters["least"], limits.parameters["most"]
        if value is not None and not least <= value <= most:
            yield FieldError(field=field, problem=limits)


def dose_limits(session: Session) -> tuple[OutsideLimits, OutsideLimits]:
    """Between what the cells and the volume of an injection lie, in the user's words."""
    version = specifications.current(session)
    cells, volume = (
        OutsideLimits(
            least=plain(specifications.limit(version, limits % "min")),
            most=plain(specifications.limit(version, limits % "max")),
            unit=unit,
        )
        for limits, unit in (("dose_%s_cells", N_("cells")), ("dose_volume_%s_ml", N_("mL")))
    )
    return cells, volume


def plain(limit: Decimal) -> Decimal:
    """A limit without the zeros it is kept with."""
    return limit.quantize(Decimal(1)) if limit == limit.to_integral_value() else limit.normalize()
