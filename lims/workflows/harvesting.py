"""Harvest: the cells of vessels of one batch, detached and pooled into one counted suspension."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, LimsError
from lims.models.batch import BatchStatus
from lims.models.culture import Harvest
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Permission
from lims.workflows import (
    benches,
    containers,
    culturing,
    deviations,
    harvest_findings,
    identity,
    in_time,
    inheriting,
    pooling,
    standing,
    states,
    steps,
    suspensions,
)
from lims.workflows.command import command
from lims.workflows.culturing import limit
from lims.workflows.growth import pooled_passage
from lims.workflows.seeding_limits import TooManyPassages
from lims.workflows.signing import Proof
from lims.workflows.since import require_said
from lims.workflows.steps import Performed
from lims.workflows.suspensions import Count


class NotForSeeding(LimsError):
    sentence = N_(
        "The passage of these cells is unknown, so no vessels are planned with the harvest."
        " Harvest, then let quality assurance decide."
    )


@command(Permission.PERFORM_STEP)
def start_harvest(
    session: Session,
    vessels: Sequence[Vessel],
    *,
    station: benches.StoodAt,
    checker: Proof | None,
    by: User,
    next_vessels: int = 0,
    aliquots: int | None = 0,
) -> Harvest:
    """Clear a bench for `vessels` of one batch and plan the tube and the vessels of the split.

    Where nobody told how many `aliquots`, one of the medium if a release will ask for it.
    """
    batch = culturing.one_batch(session, vessels)
    states.require(batch, BatchStatus.OPEN)
    for vessel in vessels:
        states.require(vessel, VesselStatus.CULTURING)
    containers.require_labelled(session, *vessels)
    passage = pooled_passage([vessel.passage for vessel in vessels])
    following = _require_may_split(vessels, passage) if next_vessels else None
    step = Harvest()
    steps.open_step(session, step, batch=batch, station=station, checker=checker, by=by)
    identity.note_scans(session, step, [vessel.code for vessel in vessels])
    containers.plan(session, step, "SU", 1, passage=passage)
    containers.plan(session, step, "VE", next_vessels, passage=following)
    of_medium = 1 if aliquots != 0 and in_time.at_harvest(session, batch) else 0
    containers.plan(session, step, "QC", of_medium, in_time.MEDIUM, passage)
    containers.plan(session, step, "QC", (aliquots or of_medium) - of_medium, passage=passage)
    return step


def _require_may_split(vessels: Sequence[Vessel], passage: int | None) -> int:
    """The passage of the vessels planned; raises where seeding on would break the limit."""
    if passage is None:
        raise NotForSeeding()
    most = limit(vessels[0].batch, "passage_max_for_seeding")
    if passage + 1 > most:
        raise TooManyPassages(code=vessels[0].code, next=passage + 1, limit=most)
    return passage + 1


@command(Permission.PERFORM_STEP)
def record_harvest(
    session: Session,
    step: Harvest,
    *,
    vessels: Sequence[Vessel],
    suspension_code: str,
    volume_ml: Decimal,
    count: Count | None,
    performed: Performed,
    by: User,
    confluence_pct: Decimal | None = None,
    detachment_min: int | None = None,
    detachment_c: int | None = None,
    comment: str | None = None,
) -> Suspension:
    """The vessels harvested into one tube; its passage is the highest, its doublings follow."""
    if not vessels:
        raise culturing.NothingScanned()
    culturing.require_of(session, culturing.batch_of(session, step), *vessels)
    step.detachment_min, step.detachment_c, step.comment = detachment_min, detachment_c, comment
    step.confluence_pct = confluence_pct
    culturing.record(session, step, performed, by, *vessels)
    culturing.note_unlabelled(session, step, *vessels, by=by)
    suspension = suspensions.make(
        session,
        step,
        scanned=culturing.scan_into(session, step, suspension_code),
        origin=SuspensionOrigin.HARVEST,
        passage=pooled_passage([vessel.passage for vessel in vessels]),
        cumulative_doublings=pooling.cumulative(vessels, count.live if count else None),
        freeze_thaws=max(vessel.withdrawal.suspension.freeze_thaws for vessel in vessels),
        volume_ml=volume_ml,
        count=count,
        by=by,
    )
    step.suspension_id = suspension.id
    found = list(harvest_findings.outside(step, vessels, suspension))
    require_said((told for rule, told in found if rule in harvest_findings.IMPROBABLE), comment)
    empty(session, step, vessels, suspension)
    inheriting.pass_on(session, vessels, [suspension], by)
    deviations.open_for_each(session, found, step, suspension, by=by)
    return suspension


def empty(
    session: Session, step: Harvest, vessels: Sequence[Vessel], suspension: Suspension
) -> None:
    """All that grew in `vessels` is in `suspension` now; they leave their shelves."""
    culturing.took_part(session, step, vessels)
    assert step.performed_at is not None
    standing.leave(session, vessels, step.performed_at)
    for vessel in vessels:
        if vessel.status is VesselStatus.SEEDED:  # it was in culture, though no shelf was scanned
            states.move(session, vessel, VesselStatus.CULTURING)
        vessel.harvested_into_id = suspension.id
        states.move(session, vessel, VesselStatus.HARVESTED)
