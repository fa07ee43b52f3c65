"""Seeding: volumes of one suspension into vessels, each by two scans, then onto a shelf."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.models.batch import BatchStatus
from lims.models.culture import Seeding
from lims.models.equipment import Place
from lims.models.step import Step, StepStatus
from lims.models.suspension import Purpose, Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    benches,
    containers,
    culturing,
    densities,
    deviations,
    identity,
    inheriting,
    seeding_limits,
    standing,
    states,
    steps,
    suspensions,
)
from lims.workflows.command import command
from lims.workflows.performing import InTheFuture
from lims.workflows.signing import Proof
from lims.workflows.since import require_there
from lims.workflows.steps import Performed, StepNotOpen


@dataclass(frozen=True)
class Sown:
    """One vessel as it was seeded: the label scanned, what it is, how much went into it."""

    code: str
    volume_ml: Decimal
    vessel_type: str
    growth_area_cm2: Decimal


@command(Permission.PERFORM_STEP)
def start_seeding(
    session: Session,
    suspension: Suspension,
    *,
    vessels: int,
    station: benches.StoodAt,
    checker: Proof | None,
    by: User,
) -> Seeding:
    """Clear a bench and plan the vessels of the next passage; a hold does not stop it."""
    batch = suspension.batch
    states.require(batch, BatchStatus.OPEN)
    seeding_limits.require_seedable(session, suspension)
    containers.require_labelled(session, suspension)
    step = Seeding(suspension_id=suspension.id)
    steps.open_step(session, step, batch=batch, station=station, checker=checker, by=by)
    passage = seeding_limits.next_passage(suspension)
    containers.plan(session, step, "VE", vessels, passage=passage)
    return step


@command(Permission.PERFORM_STEP)
def record_seeding(
    session: Session,
    step: Seeding,
    *,
    suspension: Suspension,
    sown: Sequence[Sown],
    performed: Performed,
    by: User,
    shelf: Place | None = None,
    comment: str | None = None,
) -> Seeding:
    """The vessels as they were seeded, and the shelf they stand on."""
    step.comment = comment
    culturing.record(session, step, performed, by, suspension)
    _seed(session, step, suspension, sown, shelf=shelf, at=performed.at, by=by)
    return step


@command(Permission.PERFORM_STEP)
def seed_vessels(
    session: Session,
    step: Step,
    *,
    suspension: Suspension,
    sown: Sequence[Sown],
    by: User,
    shelf: Place | None = None,
    at: datetime | None = None,
) -> Step:
    """Seed vessels planned by `step` (isolation, harvest or seeding) from its suspension."""
    if step.status is not StepStatus.RECORDED:
        raise StepNotOpen(code=step.code, status=step.status)
    if at is not None and at > clock.now():
        raise InTheFuture(at=at)
    if at is not None:
        require_there(at, suspension, field="at")
    _seed(session, step, suspension, sown, shelf=shelf, at=at or clock.now(), by=by)
    return step


def _seed(
    session: Session,
    step: Step,
    suspension: Suspension,
    sown: Sequence[Sown],
    *,
    shelf: Place | None,
    at: datetime,
    by: User,
) -> None:
    if not sown:
        raise culturing.NothingScanned()
    culturing.scan_from(session, step, suspension)
    culturing.note_unlabelled(session, step, suspension, by=by)
    codes = containers.take_all(session, step, [each.code for each in sown], "VE")
    identity.note_scans(session, step, codes)
    vessels = [sow(session, step, suspension, each, at) for each in sown]
    inheriting.pass_on(session, [suspension], vessels, by)
    if shelf is not None:
        standing.stand(session, step, vessels, shelf, at=at, by=by)
    _judge(session, step, suspension, vessels, by)
    batch_state.close_if_done(session, suspension.batch)


def sow(session: Session, step: Step, suspension: Suspension, sown: Sown, at: datetime) -> Vessel:
    """One vessel of the next passage, with a volume of `suspension`."""
    withdrawal = suspensions.withdraw(session, step, suspension, sown.volume_ml, Purpose.SEEDING)
    vessel = Vessel(
        patient_id=suspension.patient_id,
        code=sown.code,
        batch_id=suspension.batch_id,
        withdrawal_id=withdrawal.id,
        vessel_type=sown.vessel_type,
        growth_area_cm2=sown.growth_area_cm2,
        passage=seeding_limits.next_passage(suspension),
        seeded_cells=withdrawal.viable_cells,
        seeded_at=at,
    )
    session.add(states.begin(vessel))
    session.flush()
    return vessel


def _judge(
    session: Session, step: Step, suspension: Suspension, vessels: Sequence[Vessel], by: User
) -> None:
    """What happened is recorded, also beyond a limit; then it is a deviation."""
    for problem in seeding_limits.problems(session, suspension):
        deviations.open_by_rule(
            session, "passage", step, suspension, *vessels, description=problem, by=by
        )
    if (told := densities.outside(suspension.batch, vessels)) is not None:
        deviations.open_by_rule(session, "density", step, description=told, by=by)
