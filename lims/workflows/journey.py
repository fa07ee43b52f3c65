"""What is judged of tissue when it arrives: its mass, its container, its way."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.isolation import Isolation
from lims.models.reception import Dispatch, Reception
from lims.models.sample import Sample
from lims.workflows import breaches, specifications
from lims.workflows.deviation_rules import Finding
from lims.workflows.since import to_the_minute


class NoTemperature(LimsError):
    sentence = N_("%(code)s: no temperature was read on the way.")


def outside(session: Session, sample: Sample, step: Reception) -> Iterator[Finding]:
    """The rules that a reception breaks, each with what was found and what is expected."""
    version = specifications.current(session)
    least = specifications.limit(version, "tissue_mass_min_g")
    most = specifications.limit(version, "tissue_mass_max_g")
    if not least <= step.mass_g <= most:
        what = N_("Mass of tissue")
        yield "mass", breaches.outside(sample.code, what, step.mass_g, (least, most), "g", 3)
    if not step.container_intact:
        yield "container", breaches.Seen(code=sample.code, told=step.appearance or "–")
    if (journey := _journey(session, sample, step)) is not None:
        yield "transport", journey


def _journey(session: Session, sample: Sample, step: Reception) -> LimsError | None:
    version = specifications.current(session)
    low = specifications.limit(version, "transport_temperature_min_c")
    high = specifications.limit(version, "transport_temperature_max_c")
    read = [t for t in (step.temperature_min_c, step.temperature_max_c) if t is not None]
    if not read:
        return NoTemperature(code=sample.code)
    for found in (min(read), max(read)):
        if not low <= found <= high:
            what = N_("temperature on the way")
            return breaches.outside(sample.code, what, found, (low, high), "°C", 3)
    return time_on_the_way(session, sample)


def time_on_the_way(session: Session, sample: Sample) -> LimsError | None:
    """Whether the tissue travelled too long; None, too, where it is not known how long."""
    sent = dispatch_of(session, sample)
    started = sent or sample.collected_at
    if started is None or sample.received_at is None:
        return None
    if sample.received_at < to_the_minute(started):
        return breaches.SentAfterReceipt(
            code=sample.code, received=sample.received_at, sent=started
        )
    longest = specifications.limit(specifications.current(session), "transport_hours_max")
    hours = hours_between(started, sample.received_at)
    if hours <= longest:
        return None
    return breaches.beyond(sample.code, N_("time on the way"), hours, longest, "h", 1)


def time_to_isolation(sample: Sample, step: Isolation, batch: Batch) -> LimsError | None:
    """Whether the tissue waited too long; None, too, where nobody recorded its collection."""
    if sample.collected_at is None or step.performed_at is None:
        return None
    waited = hours_between(sample.collected_at, step.performed_at)
    longest = specifications.limit(specifications.of(batch), "collection_to_isolation_hours_max")
    if waited <= longest:
        return None
    what = N_("time from collection to isolation")
    return breaches.beyond(sample.code, what, waited, longest, "h", 1)


def known_since(session: Session, sample: Sample) -> Iterator[LimsError]:
    """What a late collection tells of tissue that was received or isolated before its entry."""
    if (travelled := time_on_the_way(session, sample)) is not None:
        yield travelled
    for step in session.scalars(select(Isolation).where(Isolation.sample_id == sample.id)):
        batch = session.get_one(Batch, step.batch_id)
        if (waited := time_to_isolation(sample, step, batch)) is not None:
            yield waited


def dispatch_of(session: Session, sample: Sample) -> datetime | None:
    """When the tissue was handed to a courier."""
    return session.scalar(
        select(Dispatch.performed_at).where(Dispatch.sample_id == sample.id).limit(1)
    )


def hours_between(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds() / 3600
