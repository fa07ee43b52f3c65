"""What an aliquot is taken from: which material was scanned, and whether there is any in it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot
from lims.models.batch import Batch, BatchSample
from lims.models.fill import Dose, DoseStatus, Vial, VialStatus
from lims.models.sample import Sample, SampleStatus
from lims.models.step import StepStatus
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import codes, containers, drawn
from lims.workflows.qc_readings import Source

SOURCES: tuple[type[Source], ...] = (Sample, Vessel, Suspension, Dose, Vial)
NOTHING_LEFT = (
    SampleStatus.DISCARDED,
    VesselStatus.DISCARDED,
    DoseStatus.ADMINISTERED,
    DoseStatus.DISCARDED,
    VialStatus.VOID,
)


class VolumeNeeded(LimsError):
    sentence = N_("Enter the volume taken from %(code)s: it is no longer in it.")


class NotOfThisBatch(LimsError):
    sentence = N_("%(code)s is not material of batch %(batch)s, which is worked on here.")
    recorded = True
    status = 409


class NothingInIt(LimsError):
    sentence = N_("%(code)s is %(status)s: there is nothing to take from it.")
    status = 409


class InTheCold(LimsError):
    sentence = N_("%(code)s was in the cold then. Order it for a test; the cryobank takes it out.")
    recorded = True
    status = 409


class HoldsNothingYet(LimsError):
    sentence = N_("%(code)s holds nothing yet. Record in %(step)s what went into it, then take it.")
    status = 409


class MoreThanInIt(LimsError):
    sentence = N_("%(code)s was filled with %(volume)s mL; %(wanted)s mL cannot leave it.")
    status = 409


def find_source(session: Session, scanned: str) -> Source:
    """The tissue, vessel, suspension, dose or vial whose label was scanned, locked in a command."""
    return find_sources(session, [scanned])[0]


def find_sources(session: Session, scanned: Sequence[str]) -> list[Source]:
    """`find_source` of several labels, in their order."""
    wanted = codes.meant(session, scanned)
    expected = [codes.KindWord(model.kind_of_code) for model in SOURCES]
    for code in wanted:
        if codes.KindWord(code[:2]) not in expected:
            raise codes.UnexpectedKind(code=code, found=codes.KindWord(code[:2]), expected=expected)
    _require_made(session, wanted)
    found: dict[str, Source] = {}
    for model in SOURCES:
        of_kind = [code for code in wanted if code[:2] == model.kind_of_code]
        found |= {each.code: each for each in codes.load_all(session, of_kind, model)}
    return [found[code] for code in wanted]


def _require_made(session: Session, wanted: Sequence[str]) -> None:
    """Raise where a container is labelled, and its step is still to say what went into it."""
    planned = containers.planned_as(session, wanted)
    awaited = [code for code, each in planned.items() if each.step.status is StepStatus.OPEN]
    for code in set(awaited) - containers.holding(session, awaited):
        raise HoldsNothingYet(code=code, step=planned[code].step.code)


def require_of_batch(session: Session, batch: Batch, source: Source) -> None:
    """Raise NotOfThisBatch unless `source` is material of `batch`."""
    if isinstance(source, Sample):
        used = select(BatchSample.id).where(
            BatchSample.batch_id == batch.id, BatchSample.sample_id == source.id
        )
        belongs = session.scalar(used) is not None
    elif isinstance(source, (Dose, Vial)):
        belongs = source.fill.batch_id == batch.id
    else:
        belongs = source.batch_id == batch.id
    if not belongs:
        raise NotOfThisBatch(code=source.code, batch=batch.code)


def require_there_is(
    session: Session, source: Source, volume_ml: Decimal | None, at: datetime
) -> None:
    """A suspension is asked by `withdraw`; a dose or vial never gives more than it was filled."""
    if source.status in NOTHING_LEFT:
        raise NothingInIt(code=source.code, status=source.status)
    if volume_ml is None and isinstance(source, (Suspension, Dose, Vial)):
        raise VolumeNeeded(code=source.code)
    if isinstance(source, (Dose, Vial)) and volume_ml is not None:
        column = Aliquot.dose_id if isinstance(source, Dose) else Aliquot.vial_id
        taken = session.scalar(select(func.sum(Aliquot.volume_ml)).where(column == source.id))
        wanted = volume_ml + (taken or 0)
        if wanted > source.volume_ml:
            raise MoreThanInIt(code=source.code, volume=source.volume_ml, wanted=wanted)
    if isinstance(source, Vial) and drawn.in_the_cold(session, source, at):
        raise InTheCold(code=source.code)
