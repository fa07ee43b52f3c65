"""Reception: the tissue weighed and judged, accepted, accepted at risk, quarantined or rejected."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.equipment import Equipment, Place, PlaceKind
from lims.models.reception import Reception
from lims.models.sample import Sample, SampleStatus
from lims.models.signature import Meaning
from lims.models.step import Step
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    acceptance,
    breaches,
    deviations,
    identity,
    journey,
    signing,
    states,
    steps,
    supplying,
)
from lims.workflows.collecting import late_after, require_scanned
from lims.workflows.command import because, command
from lims.workflows.deviation_rules import Finding
from lims.workflows.markers import Standing
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed


class NotARunStation(LimsError):
    sentence = N_("%(code)s is not a run station. Scan the station of the reception.")


class UnderWay(LimsError):
    sentence = N_("%(code)s is being isolated already: go on in step %(step)s.")
    status = 409


class MarkersNotKnown(LimsError):
    sentence = N_(
        "The markers of %(code)s are not all known (%(markers)s): it stays in quarantine."
    )
    recorded = True


class MarkersReactive(LimsError):
    sentence = N_("A marker is reactive (%(markers)s) and the policy excludes it: reject %(code)s.")
    recorded = True


@command(Permission.RECEIVE_SAMPLE)
def receive_sample(
    session: Session,
    sample: Sample,
    *,
    scanned_patient: str,
    scanned_sample: str | None = None,
    mass_g: Decimal,
    container_intact: bool,
    performed: Performed,
    by: User,
    temperature_min_c: Decimal | None = None,
    temperature_max_c: Decimal | None = None,
    appearance: str | None = None,
    station: Place | None = None,
    equipment: Sequence[Equipment] = (),
    comment: str | None = None,
) -> Reception:
    """The tissue at the laboratory: two identifiers compared, weighed, its journey judged."""
    if not awaits_reception(sample):
        states.require(sample, SampleStatus.IN_TRANSIT)
    unrecorded = _not_recorded(sample)
    scanned = require_scanned(session, sample, scanned_patient, scanned_sample)
    if station is not None and station.kind is not PlaceKind.RUN_STATION:
        raise NotARunStation(code=station.code)
    step = Reception(
        mass_g=mass_g,
        temperature_min_c=temperature_min_c,
        temperature_max_c=temperature_max_c,
        container_intact=container_intact,
        appearance=appearance,
        comment=comment,
    )
    steps.open_step(session, step, sample=sample, station=station, by=by)
    identity.note_scans(session, step, scanned)
    supplying.note_equipment(session, step, equipment, by=by)
    steps.record(session, step, performed, late_after(session), by, sample)
    sample.mass_g = mass_g
    sample.received_at = performed.at
    states.move(session, sample, SampleStatus.RECEIVED)
    deviations.open_for_each(session, unrecorded, sample, step, by=by)
    deviations.open_for_each(session, journey.outside(session, sample, step), sample, step, by=by)
    return step


def awaits_reception(sample: Sample) -> bool:
    """Whether it may come to the door: also before the clinic entered what it did."""
    return states.may_become(sample, SampleStatus.RECEIVED)


def _not_recorded(sample: Sample) -> list[Finding]:
    """What the clinic has not entered yet of tissue that stands at the door."""
    match sample.status:
        case SampleStatus.ORDERED:
            return [("not_collected", breaches.NoCollection(code=sample.code))]
        case SampleStatus.COLLECTED:
            return [("not_sent", breaches.NoDispatch(code=sample.code))]
    return []


@command(Permission.DECIDE_SAMPLE)
def accept_sample(session: Session, sample: Sample, *, by: User) -> Sample:
    """Accept the tissue as its markers and deviations allow: fully, at risk, or into quarantine."""
    states.require(sample, SampleStatus.RECEIVED, SampleStatus.QUARANTINED)
    becomes = acceptance.may_become(session, sample)
    if becomes is SampleStatus.REJECTED:
        raise MarkersReactive(code=sample.code, markers=_named(session, sample))
    if becomes is sample.status:
        raise MarkersNotKnown(code=sample.code, markers=_named(session, sample))
    states.move(session, sample, becomes)
    return sample


def _named(session: Session, sample: Sample) -> list[object]:
    standing = acceptance.markers_of(session, sample)
    return [marker for marker, state in standing.items() if state is not Standing.NONREACTIVE]


@command(Permission.DECIDE_SAMPLE)
def reject_sample(
    session: Session, sample: Sample, *, reason: str, proof: Proof, by: User
) -> Sample:
    """Refuse the tissue, also after it was accepted, with a reason and a signature."""
    because(session, reason)
    if (going_on := acceptance.isolated_in(session, sample)) is not None:
        raise UnderWay(code=sample.code, step=going_on.code)
    signing.sign(
        session,
        sample,
        meaning=Meaning.REJECTED,
        shown=shown_of(sample),
        proof=proof,
        by=by,
        reason=reason,
    )
    states.move(session, sample, SampleStatus.REJECTED)
    return sample


@command(Permission.DISCARD_MATERIAL)
def discard_sample(
    session: Session,
    sample: Sample,
    *,
    reason: str,
    proof: Proof,
    second: Proof | None = None,
    by: User,
) -> Sample:
    """Discard tissue that was not consumed; two people sign."""
    because(session, reason)
    if not states.may_become(sample, SampleStatus.DISCARDED):
        states.move(session, sample, SampleStatus.DISCARDED)
    signed = signing.sign_by_two(
        session,
        sample,
        meaning=Meaning.DISCARDED,
        shown=shown_of(sample),
        proof=proof,
        second=second,
        by=by,
        reason=reason,
    )
    if signed is not None:
        states.move(session, sample, SampleStatus.DISCARDED)
    return sample


def shown_of(sample: Sample) -> dict[str, object]:
    """What a person who decides on a sample is shown."""
    return {
        "code": sample.code,
        "mass_g": sample.mass_g,
        "collected_at": sample.collected_at,
        "received_at": sample.received_at,
    }


def steps_of(session: Session, sample: Sample) -> list[Step]:
    """The steps of a sample before any batch, in order."""
    return list(
        session.scalars(
            select(Step)
            .where(Step.sample_id == sample.id, Step.batch_id.is_(None))
            .order_by(Step.id)
        )
    )
