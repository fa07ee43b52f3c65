"""What a reactive marker reaches when the tissue was used already: all that was made of it."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.batch import BatchSample
from lims.models.course import Course, CourseStatus
from lims.models.deviation import Deviation, HoldKind
from lims.models.fill import Fill, FillStatus
from lims.models.patient import Marker, Patient
from lims.models.sample import Sample, SampleStatus
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import deviations, holds, specifications
from lims.workflows.specification_text import MarkerPolicy
from lims.workflows.stopping import ENDED

BEFORE_COLLECTION = {CourseStatus.ENQUIRY, CourseStatus.ELIGIBLE, CourseStatus.CONSENTED}
LIVING = (VesselStatus.SEEDED, VesselStatus.CULTURING)
GONE = (FillStatus.REJECTED, FillStatus.DESTROYED)
UNDER_WAY = tuple(set(CourseStatus) - BEFORE_COLLECTION - ENDED - {CourseStatus.POSTPONED})
UNUSED = tuple(
    set(SampleStatus)
    - {
        SampleStatus.ORDERED,
        SampleStatus.CONSUMED,
        SampleStatus.REJECTED,
        SampleStatus.DISCARDED,
    }
)
REASON = N_("reactive infection marker")


class Reactive(LimsError):
    sentence = N_("Reactive: %(markers)s.")


def quarantine_what_was_made(
    session: Session, patient: Patient, found: Sequence[Marker], *, by: User
) -> Deviation | None:
    """Open a deviation and quarantine what came of consumed tissue; None where nothing is begun.

    The cells go on being cared for. A fill is named in the deviation, which blocks its release;
    one released already waits for quality to recall it. Where the policy excludes the patient,
    tissue not used yet and the courses under way wait for the decision as well.
    """
    samples = session.scalars(
        select(Sample).where(
            Sample.patient_id == patient.id, Sample.status == SampleStatus.CONSUMED
        )
    ).all()
    waiting = _waiting(session, patient)
    if not samples and not waiting:
        return None
    vessels, suspensions, fills = made_of(session, samples)
    deviation = deviations.open_by_rule(
        session,
        "marker",
        *waiting,
        *samples,
        *vessels,
        *suspensions,
        *fills,
        description=Reactive(markers=list(found)),
        by=by,
    )
    for held in (*vessels, *suspensions):
        holds.put_on_hold(
            session, held, kind=HoldKind.QUARANTINE, reason=REASON, by=by, deviation=deviation
        )
    return deviation


def _waiting(session: Session, patient: Patient) -> list[Course | Sample]:
    """What is under way and not made of tissue yet, where a reactive patient is excluded."""
    policy = specifications.policy(specifications.current(session), "positive_marker_policy")
    if policy != MarkerPolicy.EXCLUDE:
        return []
    courses = select(Course).where(
        Course.patient_id == patient.id,
        or_(Course.status.in_(UNDER_WAY), Course.postponed_from.in_(UNDER_WAY)),
    )
    tissue = select(Sample).where(Sample.patient_id == patient.id, Sample.status.in_(UNUSED))
    return [*session.scalars(courses), *session.scalars(tissue)]


def made_of(
    session: Session, samples: Sequence[Sample]
) -> tuple[Sequence[Vessel], Sequence[Suspension], Sequence[Fill]]:
    """The living vessels, the suspensions and the fills in batches started from `samples`."""
    batches = select(BatchSample.batch_id).where(
        BatchSample.sample_id.in_([sample.id for sample in samples])
    )
    vessels = select(Vessel).where(Vessel.batch_id.in_(batches), Vessel.status.in_(LIVING))
    suspensions = select(Suspension).where(
        Suspension.batch_id.in_(batches), Suspension.status == SuspensionStatus.MADE
    )
    fills = select(Fill).where(Fill.batch_id.in_(batches), Fill.status.not_in(GONE))
    return (
        session.scalars(vessels).all(),
        session.scalars(suspensions).all(),
        session.scalars(fills).all(),
    )
