"""Whether tissue may be isolated: asked by the gate before, shown by the page beforehand."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.patient import ConsentKind
from lims.models.sample import Sample, SampleStatus
from lims.workflows import acceptance, consents, receiving, specifications, stopping
from lims.workflows.markers import Standing


class MarkersNotKnown(LimsError):
    sentence = N_("The markers of %(code)s are not all known (%(markers)s): record them first.")
    recorded = True
    status = 409


def problems_with(session: Session, sample: Sample) -> Iterator[LimsError]:
    """Why tissue that was accepted may not be isolated, or not any more; nothing when it may."""
    if (going_on := acceptance.isolated_in(session, sample)) is not None:
        yield receiving.UnderWay(code=sample.code, step=going_on.code)
    yield from stopping.problems_with(session, sample.course, sample.patient, clock.now())
    yield from consents.missing(session, sample.patient, ConsentKind.PRODUCTION)
    version = specifications.current(session)
    standing = acceptance.markers_of(session, sample, version)
    told = {
        "code": sample.code,
        "markers": [marker for marker, state in standing.items() if state != Standing.NONREACTIVE],
    }
    becomes = acceptance.may_become_by(session, sample, version, standing)
    if becomes is SampleStatus.REJECTED:
        yield receiving.MarkersReactive(**told)
    if becomes is SampleStatus.QUARANTINED:
        yield MarkersNotKnown(**told)
