"""Sampling: portions of tissue, spent medium, suspensions, doses and vials into aliquots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot, AliquotUse
from lims.models.base import table_of
from lims.models.batch import Batch, BatchStatus
from lims.models.sample import Sample
from lims.models.sampled import Sampled
from lims.models.sampling import Sampling
from lims.models.step import Step, StepKind, StepStatus
from lims.models.suspension import Purpose, Suspension
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    benches,
    containers,
    culturing,
    identity,
    performing,
    sources,
    states,
    steps,
    suspensions,
)
from lims.workflows.command import command
from lims.workflows.qc_readings import Source
from lims.workflows.signing import Proof
from lims.workflows.since import require_there
from lims.workflows.steps import Performed

WITHIN = (
    StepKind.SAMPLING,
    StepKind.ISOLATION,
    StepKind.HARVEST,
    StepKind.THAW,
    StepKind.FILLING,
)
"""The steps whose plan gives out aliquots."""


class NothingPlanned(LimsError):
    sentence = N_("Plan at least one aliquot.")


class NotSampledHere(LimsError):
    sentence = N_(
        "No aliquots are taken in step %(code)s. Open a sampling step, or take them while the"
        " isolation, the harvest, the thaw or the filling is open."
    )
    status = 409


@dataclass(frozen=True)
class Drawn:
    """One aliquot as it was taken: the source, the label of its container, how much, what for."""

    source: Source
    container: str
    volume_ml: Decimal | None = None
    use: AliquotUse = AliquotUse.TESTING


@command(Permission.TAKE_ALIQUOT)
def start_sampling(
    session: Session,
    batch: Batch,
    *,
    number: int,
    station: benches.StoodAt,
    checker: Proof | None,
    by: User,
) -> Sampling:
    """Clear a bench for a batch and give out the codes of `number` aliquots."""
    states.require(batch, BatchStatus.OPEN, BatchStatus.CLOSED)
    if number < 1:
        raise NothingPlanned()
    step = Sampling()
    steps.open_step(session, step, batch=batch, station=station, checker=checker, by=by)
    containers.plan(session, step, "QC", number)
    return step


@command(Permission.TAKE_ALIQUOT)
def record_sampling(
    session: Session,
    step: Sampling,
    *,
    drawn: Sequence[Drawn],
    performed: Performed,
    by: User,
    comment: str | None = None,
) -> Sampling:
    """The aliquots as they were taken, each by two scans; some may have been taken before."""
    if not drawn and not _any_taken(session, step):
        raise culturing.NothingScanned()
    step.comment = comment
    culturing.record(session, step, performed, by, *[each.source for each in drawn])
    _take(session, step, drawn, performed.at, by)
    batch_state.close_if_done(session, culturing.batch_of(session, step))
    return step


@command(Permission.TAKE_ALIQUOT)
def take_aliquot(
    session: Session, step: Step, *, drawn: Drawn, by: User, at: datetime | None = None
) -> Aliquot:
    """One aliquot while an isolation, harvest, thaw or filling goes on; planned by its step."""
    if step.kind not in WITHIN or step.batch_id is None:
        raise NotSampledHere(code=step.code)
    if step.status not in (StepStatus.OPEN, StepStatus.RECORDED):
        raise steps.StepNotOpen(code=step.code, status=step.status)
    if at is not None and at > clock.now():
        raise performing.InTheFuture(at=at)
    if at is not None:
        require_there(at, drawn.source, field="taken_at")
    [aliquot] = _take(session, step, [drawn], at or clock.now(), by)
    batch_state.close_if_done(session, aliquot.batch)
    return aliquot


def _any_taken(session: Session, step: Sampling) -> bool:
    return session.scalar(select(Aliquot.id).where(Aliquot.step_id == step.id).limit(1)) is not None


def _take(
    session: Session, step: Step, drawn: Sequence[Drawn], at: datetime, by: User
) -> list[Aliquot]:
    """Each by two scans: what it is taken from, what it goes into."""
    batch = culturing.batch_of(session, step)
    for each in drawn:
        identity.require_same_patient(session, step.patient_id, each.source)
        sources.require_of_batch(session, batch, each.source)
    into = containers.take_all(session, step, [each.container for each in drawn], "QC")
    bearing = [each.source for each in drawn if not isinstance(each.source, Sample)]
    culturing.note_unlabelled(session, step, *bearing, by=by)
    pairs = zip([each.source.code for each in drawn], into, strict=True)
    identity.note_scans(session, step, [code for pair in pairs for code in pair])
    return [_aliquot(session, step, each, at) for each in drawn]


def _aliquot(session: Session, step: Step, drawn: Drawn, at: datetime) -> Aliquot:
    sources.require_there_is(session, drawn.source, drawn.volume_ml, at)
    aliquot = Aliquot(
        patient_id=step.patient_id,
        code=drawn.container,
        batch_id=step.batch_id,
        step_id=step.id,
        use=drawn.use,
        volume_ml=drawn.volume_ml,
        taken_at=at,
        **_from(session, step, drawn),
    )
    session.add(aliquot)
    session.flush()
    if isinstance(drawn.source, Sampled):
        session.expire(drawn.source, ["aliquots"])
    return aliquot


def _from(session: Session, step: Step, drawn: Drawn) -> dict[str, Any]:
    """The column that names the source; a suspension books the volume that leaves it itself."""
    source = drawn.source
    if not isinstance(source, Suspension):
        return {f"{table_of(source).name}_id": source.id}
    assert drawn.volume_ml is not None
    retained = drawn.use is AliquotUse.RETENTION
    purpose = Purpose.RETENTION if retained else Purpose.SAMPLING
    return {
        "withdrawal_id": suspensions.withdraw(session, step, source, drawn.volume_ml, purpose).id
    }
