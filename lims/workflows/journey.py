"""What is judged of tissue when it arrives: its mass, its container, its way."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.reception import Dispatch, Reception
from lims.models.sample import Sample
from lims.workflows import specifications
from lims.workflows.collecting import hours_between, plain


def outside(session: Session, sample: Sample, step: Reception) -> Iterator[tuple[str, str]]:
    """The rules that a reception breaks, each with what was found and what is expected."""
    version = specifications.current(session)
    least = specifications.limit(version, "tissue_mass_min_g")
    most = specifications.limit(version, "tissue_mass_max_g")
    if not least <= step.mass_g <= most:
        yield "mass", f"{sample.code}: {plain(step.mass_g)} g; {plain(least)}–{plain(most)} g"
    if not step.container_intact:
        yield "container", f"{sample.code}: {step.appearance or '-'}"
    if (journey := _journey(session, sample, step)) is not None:
        yield "transport", f"{sample.code}: {journey}"


def _journey(session: Session, sample: Sample, step: Reception) -> str | None:
    version = specifications.current(session)
    low = specifications.limit(version, "transport_temperature_min_c")
    high = specifications.limit(version, "transport_temperature_max_c")
    read = [t for t in (step.temperature_min_c, step.temperature_max_c) if t is not None]
    if not read:
        return "no temperature was read"
    if min(read) < low or max(read) > high:
        return f"{plain(min(read))}–{plain(max(read))} °C; {plain(low)}–{plain(high)} °C"
    longest = specifications.limit(version, "transport_hours_max")
    sent = session.scalars(select(Dispatch).where(Dispatch.sample_id == sample.id)).first()
    started = sent.performed_at if sent and sent.performed_at else sample.collected_at
    if started is None or step.performed_at is None:
        return None
    hours = hours_between(started, step.performed_at)
    return f"{hours:.1f} h; {plain(longest)} h" if hours > longest else None
