"""Counting a suspension anew, apart from the operation that made it."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.models.culture import Harvest
from lims.models.equipment import Place
from lims.models.processing import Counting
from lims.models.retrieval import Thaw
from lims.models.suspension import (
    CountMethod,
    Suspension,
    SuspensionOrigin,
    SuspensionStatus,
    Withdrawal,
)
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.permissions import Permission
from lims.workflows import (
    culturing,
    deviations,
    harvest_findings,
    implausible,
    pooling,
    states,
    steps,
    suspensions,
    thaw_findings,
)
from lims.workflows.command import command
from lims.workflows.counting import concentration_per_ml, whole
from lims.workflows.signing import Proof
from lims.workflows.since import require_said
from lims.workflows.steps import Performed
from lims.workflows.suspensions import Count


def by_squares(
    live: int, dead: int, *, squares: int, dilution: Decimal, volume_ml: Decimal
) -> Count:
    """A haemocytometer's counts of `squares` of 1 mm² as the cells of the whole volume."""

    def in_all(counted: int) -> int:
        per_ml = concentration_per_ml(counted, squares, dilution)
        return whole(per_ml * volume_ml)

    return Count(live=in_all(live), dead=in_all(dead), method=CountMethod.HEMOCYTOMETER)


def by_ml(live: int, dead: int, *, method: CountMethod, volume_ml: Decimal) -> Count:
    """Cells per mL, as an instrument tells them, as the cells of the whole volume."""
    return Count(live=whole(live * volume_ml), dead=whole(dead * volume_ml), method=method)


@command(Permission.PERFORM_STEP)
def start_count(
    session: Session, suspension: Suspension, *, station: Place, checker: Proof | None, by: User
) -> Counting:
    """Clear a bench to count a suspension again."""
    states.require(suspension, SuspensionStatus.MADE)
    step = Counting(suspension_id=suspension.id)
    return steps.open_step(
        session, step, batch=suspension.batch, station=station, checker=checker, by=by
    )


@command(Permission.PERFORM_STEP)
def record_count(
    session: Session,
    step: Counting,
    *,
    suspension: Suspension,
    count: Count,
    performed: Performed,
    by: User,
    comment: str | None = None,
) -> Suspension:
    """The new count is the count of record; one that differs too much is a deviation."""
    culturing.scan_from(session, step, suspension)
    step.comment = comment
    culturing.record(session, step, performed, by, suspension)
    first = suspension.count is None
    differs = list(suspensions.differing(suspension, count))
    suspensions.add_count(session, step, suspension, count, by=by)
    require_said(differs, comment)
    implausible.judge(session, step, suspension, by)
    vessels = _harvested(session, suspension) if first else []
    if vessels:
        _judge_growth(session, step, suspension, vessels, by)
    if first and suspension.origin is SuspensionOrigin.THAW:
        _judge_thaw(session, step, suspension, by)
    return suspension


def _judge_thaw(session: Session, step: Counting, suspension: Suspension, by: User) -> None:
    """Of thawed cells that were not counted then: what a count at the thaw would have broken."""
    thaw = session.get_one(Thaw, suspension.made_by_id)
    found = list(thaw_findings.of_cells(session, thaw, suspension))
    require_said((told for rule, told in found if rule == thaw_findings.BALANCE), step.comment)
    deviations.open_for_each(session, found, step, suspension, by=by)


def _judge_growth(
    session: Session, step: Counting, suspension: Suspension, vessels: Sequence[Vessel], by: User
) -> None:
    """Of a harvest that was not counted when it was made: its doublings, and how fast they came."""
    if suspension.cumulative_doublings is None:
        cells = pooling.harvested_cells(suspension)
        suspension.cumulative_doublings = pooling.cumulative(vessels, cells)
        session.flush()
    harvest = session.get_one(Harvest, suspension.made_by_id)
    found = list(harvest_findings.too_fast(harvest, vessels, suspension))
    require_said((told for _rule, told in found), step.comment)
    deviations.open_for_each(session, found, step, suspension, by=by)


def _harvested(session: Session, suspension: Suspension) -> Sequence[Vessel]:
    """The vessels it was harvested from; none where it was made otherwise."""
    return session.scalars(
        select(Vessel)
        .where(Vessel.harvested_into_id == suspension.id)
        .options(joinedload(Vessel.withdrawal).joinedload(Withdrawal.suspension))
    ).all()
