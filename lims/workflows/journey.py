"""What is judged of tissue when it arrives: its mass, its container, its way."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.reception import Dispatch, Reception
from lims.models.sample import Sample
from lims.workflows import breaches, specifications
from lims.workflows.collecting import hours_between


class NoTemperature(LimsError):
    sentence = N_("%(code)s: no temperature was read on the way.")


def outside(session: Session, sample: Sample, step: Reception) -> Iterator[tuple[str, LimsError]]:
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
    longest = specifications.limit(version, "transport_hours_max")
    sent = session.scalars(select(Dispatch).where(Dispatch.sample_id == sample.id)).first()
    started = sent.performed_at if sent and sent.performed_at else sample.collected_at
    if started is None or step.performed_at is None:
        return None
    hours = hours_between(started, step.performed_at)
    if hours <= longest:
        return None
    return breaches.beyond(sample.code, N_("time on the way"), hours, longest, "h", 1)
