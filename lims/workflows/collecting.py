"""Collection: the kit ordered, the tissue taken, handed to a courier."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError, LimsError
from lims.models.audit import AuditEntry
from lims.models.contraindication import Occasion
from lims.models.course import Course, CourseStatus
from lims.models.patient import Patient
from lims.models.reception import Collection, Dispatch
from lims.models.sample import Sample, SampleStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    codes,
    containers,
    contraindications,
    course_doses,
    deviations,
    identity,
    journey,
    since,
    specifications,
    states,
    steps,
)
from lims.workflows.codes import coded
from lims.workflows.command import command
from lims.workflows.steps import Performed

KIT_FOR = (
    CourseStatus.CONSENTED,
    CourseStatus.COLLECTING,
    CourseStatus.MANUFACTURING,
    CourseStatus.TREATING,
    CourseStatus.FOLLOW_UP,
)

PRECEDING = {
    Patient.__tablename__: N_("the patient was registered"),
    Course.__tablename__: N_("the course was ordered"),
    Sample.__tablename__: N_("the kit was ordered"),
}
"""What is entered before tissue is taken, in its order."""


class AfterReception(LimsError):
    sentence = N_("%(code)s was received at %(at)s: this was done before that.")


class CollectedBefore(LimsError):
    sentence = N_("%(code)s was collected at %(at)s, before: %(what)s (%(entered)s).")


class OtherSample(LimsError):
    sentence = N_("%(code)s was scanned; this page is about %(expected)s. Open the one you hold.")
    recorded = True
    status = 409


@command(Permission.RECORD_COLLECTION)
def order_kit(session: Session, course: Course, *, by: User) -> Sample:
    """A collection kit; a further one where the first did not grow, or for the next dose."""
    states.require(course, *KIT_FOR)
    course_doses.begin(session, course)
    sample = Sample(patient_id=course.patient_id, course_id=course.id)
    session.add(coded(session, states.begin(sample)))
    session.flush()
    if course.status is not CourseStatus.COLLECTING:
        states.move(session, course, CourseStatus.COLLECTING)
    return sample


@command(Permission.RECORD_COLLECTION)
def record_collection(
    session: Session,
    sample: Sample,
    *,
    scanned_patient: str,
    scanned_sample: str | None = None,
    body_site: str,
    surgeon: str,
    performed: Performed,
    by: User,
    anaesthesia: str | None = None,
    comment: str | None = None,
) -> Collection:
    """The tissue taken: the patient's card and the kit's label scanned, and both the patient's.

    What spoke against it is asked before (`problems_before`); taken all the same, it is a
    deviation. The laboratory may have received the tissue before this is entered.
    """
    if not awaits_collection(sample):
        states.require(sample, SampleStatus.ORDERED)
    _require_in_order(sample, performed.at)
    scanned = require_scanned(session, sample, scanned_patient, scanned_sample)
    step = Collection(
        body_site=body_site, surgeon=surgeon, anaesthesia=anaesthesia, comment=comment
    )
    steps.open_step(session, step, sample=sample, by=by)
    identity.note_scans(session, step, scanned)
    steps.record(session, step, performed, late_after(session), by)
    sample.collected_at = performed.at
    if sample.status is SampleStatus.ORDERED:
        states.move(session, sample, SampleStatus.COLLECTED)
    for problem in problems_before(session, sample, clock.day_of(performed.at)):
        deviations.open_by_rule(session, "fact", sample, step, description=problem, by=by)
    if (early := before_its_order(session, sample, performed.at)) is not None:
        deviations.open_by_rule(session, "fact", sample, step, description=early, by=by)
    for problem in journey.known_since(session, sample):
        deviations.open_by_rule(session, "transport", sample, step, description=problem, by=by)
    return step


def problems_before(session: Session, sample: Sample, on: date) -> list[LimsError]:
    """What speaks against taking the tissue on that day: shown before the act."""
    return contraindications.missing(session, sample.course, Occasion.COLLECTION, on)


def before_its_order(session: Session, sample: Sample, at: datetime) -> CollectedBefore | None:
    """Which entry that precedes a collection was made only after it: the first that is missing."""
    table = AuditEntry.table_name
    rows = {Patient: sample.patient_id, Course: sample.course_id, Sample: sample.id}
    these = [(table == of.__tablename__) & (AuditEntry.row_id == row) for of, row in rows.items()]
    first = select(table, func.min(AuditEntry.at)).where(or_(*these)).group_by(table)
    entered = dict(session.execute(first).all())
    for name, what in PRECEDING.items():
        if name in entered and at < since.to_the_minute(entered[name]):
            return CollectedBefore(code=sample.code, at=at, what=what, entered=entered[name])
    return None


def awaits_collection(sample: Sample) -> bool:
    """Whether the collection is to be recorded: also where the tissue came without it."""
    came_before = sample.received_at is not None and sample.collected_at is None
    return came_before or sample.status is SampleStatus.ORDERED


def awaits_dispatch(session: Session, sample: Sample) -> bool:
    """Whether the courier is to be recorded: also where the tissue came without it."""
    came_before = sample.received_at is not None and journey.dispatch_of(session, sample) is None
    return came_before or sample.status is SampleStatus.COLLECTED


def _require_in_order(sample: Sample, at: datetime) -> None:
    """Raise where the time cannot be true: after the tissue was received."""
    if sample.received_at is not None and at > sample.received_at:
        problem = AfterReception(code=sample.code, at=sample.received_at)
        raise FieldError(field="performed_at", problem=problem)


@command(Permission.DISPATCH_SAMPLE)
def dispatch_sample(
    session: Session,
    sample: Sample,
    *,
    courier: str,
    performed: Performed,
    by: User,
    container: str | None = None,
) -> Dispatch:
    """The tissue handed to a courier."""
    if not awaits_dispatch(session, sample):
        states.require(sample, SampleStatus.COLLECTED)
    _require_in_order(sample, performed.at)
    if sample.collected_at is not None:
        since.require_after(performed.at, sample.code, sample.collected_at)
    step = Dispatch(courier=courier, container=container)
    steps.open_step(session, step, sample=sample, by=by)
    steps.record(session, step, performed, late_after(session), by)
    if sample.status is SampleStatus.COLLECTED:
        states.move(session, sample, SampleStatus.IN_TRANSIT)
    if (problem := journey.time_on_the_way(session, sample)) is not None:
        deviations.open_by_rule(session, "transport", sample, step, description=problem, by=by)
    return step


def require_scanned(
    session: Session, sample: Sample, scanned_patient: str, scanned_sample: str | None
) -> list[str]:
    """What was scanned, all of it the patient's and of this very sample; else nothing goes on."""
    patient = identity.patient_behind(session, scanned_patient)
    identity.require_same_patient(session, sample.patient_id, patient)
    if scanned_sample is None:
        return [patient.code]
    container = codes.load(session, scanned_sample, Sample)
    identity.require_same_patient(session, sample.patient_id, container)
    if container.id != sample.id:
        raise OtherSample(code=container.code, expected=sample.code)
    containers.note_read(session, container.code)
    return [patient.code, container.code]


def late_after(session: Session) -> int:
    """Minutes after which an entry is late, by the specification in force."""
    return specifications.whole_limit(specifications.current(session), "late_entry_minutes")


def plain(value: Decimal | int) -> str:
    """A measure as a sentence of a deviation writes it: exact, without trailing zeros."""
    return f"{Decimal(value).normalize():f}"
