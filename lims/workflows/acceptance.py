"""What may become of tissue now: by its markers, its deviations, the isolation it is in."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.isolation import Isolation
from lims.models.patient import Marker
from lims.models.sample import Sample, SampleStatus
from lims.models.specification import SpecificationVersion
from lims.models.step import StepStatus
from lims.workflows import deviations, markers, specifications
from lims.workflows.markers import Standing


def may_become(session: Session, sample: Sample) -> SampleStatus:
    """What may become of a received sample now, by its markers and its deviations."""
    version = specifications.current(session)
    return may_become_by(session, sample, version, markers_of(session, sample, version))


def may_become_by(
    session: Session,
    sample: Sample,
    version: SpecificationVersion,
    standing: Mapping[Marker, Standing],
) -> SampleStatus:
    """`may_become` by the specification in force and the markers as they were read already."""
    reactive = [marker for marker, state in standing.items() if state is Standing.REACTIVE]
    policy = specifications.policy(version, "positive_marker_policy")
    if reactive and policy == "exclude":
        return SampleStatus.REJECTED
    unknown = [
        marker
        for marker, state in standing.items()
        if state not in (Standing.NONREACTIVE, Standing.REACTIVE)
    ]
    if unknown:
        return SampleStatus.QUARANTINED
    if open_deviations(session, sample):
        return SampleStatus.ACCEPTED_AT_RISK
    return SampleStatus.ACCEPTED


def markers_of(
    session: Session, sample: Sample, version: SpecificationVersion | None = None
) -> dict[Marker, Standing]:
    """How each required marker stood on the day of the collection, by what is known now.

    Blood taken since then counts as well: a reactive marker found the day after the tissue was
    taken stands against it, and a clear one lifts what was not known.
    """
    collected = clock.day_of(sample.collected_at or clock.now())
    return markers.standing(session, sample.patient, collected, version, blood_until=clock.today())


def open_deviations(session: Session, sample: Sample) -> list[Deviation]:
    """The undecided deviations about a sample."""
    found = session.scalars(
        select(Deviation)
        .join(DeviationSubject, DeviationSubject.deviation_id == Deviation.id)
        .where(DeviationSubject.sample_id == sample.id)
        .distinct()
    )
    return [deviation for deviation in found if deviation.status not in deviations.DECIDED]


def isolated_in(session: Session, sample: Sample) -> Isolation | None:
    """The isolation of this tissue that was begun and not voided."""
    return session.scalars(
        select(Isolation).where(
            Isolation.sample_id == sample.id, Isolation.status != StepStatus.VOID
        )
    ).first()
