"""Suspensions: what is counted in them and what leaves them, which is always a volume."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, Amount, LimsError
from lims.models.step import Step
from lims.models.suspension import (
    CellCount,
    CountMethod,
    Purpose,
    Suspension,
    SuspensionOrigin,
    SuspensionStatus,
    Withdrawal,
)
from lims.models.user import User
from lims.workflows import containers, deviations, implausible, judging, specifications, states
from lims.workflows.breaches import Changed, Failing, beside
from lims.workflows.counting import cells_taken, viability_percent
from lims.workflows.criteria import criterion, ends
from lims.workflows.growth import SVF_PASSAGE
from lims.workflows.intervals import Interval
from lims.workflows.mass_balance import tolerance_pct


class MoreThanThereIs(LimsError):
    sentence = N_(
        "%(code)s holds %(remaining)s mL; %(wanted)s mL cannot leave it."
        " Measure its volume again if there is more."
    )
    status = 409


class NothingCounted(LimsError):
    sentence = N_("Neither live nor dead cells were counted. Count again, or leave both empty.")


@dataclass(frozen=True)
class Count:
    """Live and dead cells of the whole volume, by one method."""

    live: int
    dead: int
    method: CountMethod | None
    counted_at: datetime | None = None
    told_viability_pct: Decimal | None = None


def make(
    session: Session,
    step: Step,
    *,
    scanned: str,
    origin: SuspensionOrigin,
    passage: int | None,
    cumulative_doublings: Decimal | None,
    volume_ml: Decimal,
    count: Count | None,
    by: User,
    freeze_thaws: int = 0,
) -> Suspension:
    """A new suspension in the tube whose label was scanned, counted or not."""
    suspension = begin(
        session,
        step,
        code=containers.take(session, step, scanned, "SU"),
        origin=origin,
        passage=passage,
        cumulative_doublings=cumulative_doublings,
        freeze_thaws=freeze_thaws,
        volume_ml=volume_ml,
        count=count,
        by=by,
    )
    implausible.judge(session, step, suspension, by)
    return suspension


def begin(
    session: Session,
    step: Step,
    *,
    code: str,
    origin: SuspensionOrigin,
    passage: int | None,
    cumulative_doublings: Decimal | None,
    volume_ml: Decimal,
    count: Count | None,
    by: User,
    freeze_thaws: int = 0,
) -> Suspension:
    """A new suspension under `code`; `by` counted it, where it was counted."""
    suspension = Suspension(
        patient_id=step.patient_id,
        code=code,
        batch_id=step.batch_id,
        made_by_id=step.id,
        origin=origin,
        passage=passage,
        cumulative_doublings=cumulative_doublings,
        freeze_thaws=freeze_thaws,
        volume_ml=volume_ml,
    )
    session.add(states.begin(suspension))
    session.flush()
    if count is not None:
        add_count(session, step, suspension, count, by=by)
    return suspension


def add_count(
    session: Session, step: Step, suspension: Suspension, count: Count, *, by: User
) -> CellCount:
    """A count becomes the count of record; one that differs beyond the tolerance is a deviation."""
    if count.live + count.dead == 0:
        raise NothingCounted()
    earlier = suspension.count
    differs = list(differing(suspension, count))
    counted = CellCount(
        patient_id=suspension.patient_id,
        suspension_id=suspension.id,
        step_id=step.id,
        live=count.live,
        dead=count.dead,
        volume_ml=_volume_counted(suspension),
        method=count.method,
        told_viability_pct=count.told_viability_pct,
        counted_by_id=by.id,
        counted_at=count.counted_at or clock.now(),
    )
    if earlier is not None:
        earlier.superseded_at = clock.now()
        session.flush()
    session.add(counted)
    session.flush()
    session.expire(suspension, ["counts"])
    for found in differs:
        deviations.open_by_rule(session, "count", suspension, step, description=found, by=by)
    return counted


def _volume_counted(suspension: Suspension) -> Decimal:
    """What a first count is of is the whole; of a later one, what is left."""
    return suspension.volume_ml if suspension.count is None else suspension.remaining_ml


def differing(suspension: Suspension, count: Count) -> Iterator[LimsError]:
    """That `count` and the count of record differ by more than two counts of the same may."""
    if (earlier := suspension.count) is None:
        return
    before = Decimal(earlier.live) / earlier.volume_ml
    after = Decimal(count.live) / _volume_counted(suspension)
    tolerance = tolerance_pct(specifications.of(suspension.batch))
    if before == 0 or abs(after - before) / before * 100 > tolerance:
        yield Changed(
            code=suspension.code,
            what=N_("viable cells"),
            before=beside(before, "cells/mL", 0, (after,)),
            after=beside(after, "cells/mL", 0, (before,)),
        )


def viability(count: CellCount) -> Decimal:
    """Viability in percent, unrounded; of earlier records, as it is written there."""
    told = count.told_viability_pct
    return viability_percent(count.live, count.dead) if told is None else told


def viability_test(suspension: Suspension) -> str:
    """The line of the specification that judges a count of `suspension`."""
    if suspension.origin is SuspensionOrigin.THAW:
        return "post_thaw_viability_pct"
    return "svf_viability_pct" if suspension.passage == SVF_PASSAGE else "harvest_viability_pct"


def viability_ends(suspension: Suspension) -> tuple[Decimal, ...]:
    """Where that line draws its limits; none where the specification does not ask."""
    version = specifications.of(suspension.batch)
    asked = specifications.asks_for(version, viability_test(suspension))
    return () if asked is None else ends(asked.limit)


def viability_fails(suspension: Suspension, test: str) -> bool:
    """Whether the count of record fails the line `test`, unrounded; not counted, nothing fails."""
    return suspension.count is not None and fails(suspension, test, viability(suspension.count))


def viability_found(suspension: Suspension, test: str) -> Failing:
    """What the count of record says of viability, beside what the line `test` asks."""
    assert suspension.count is not None
    return found_of(suspension, test, viability(suspension.count))


def fails(suspension: Suspension, test: str, found: Decimal) -> bool:
    """Whether `found` percent fails the line `test`; where that is not asked, nothing fails."""
    asked = specifications.asks_for(specifications.of(suspension.batch), test)
    if asked is None:
        return False
    line = specifications.line_of(asked)
    wanted = criterion(line.limit)
    if not isinstance(wanted, Interval) or not judging.applies(line, suspension.passage):
        return False
    return not Interval(found, found).within(wanted)


def found_of(suspension: Suspension, test: str, found: Decimal) -> Failing:
    """`found` percent, beside what the line `test` asks."""
    asked = specifications.asks_for(specifications.of(suspension.batch), test)
    assert asked is not None
    shown, limit = beside(found, "%", 1, ends(asked.limit)), Amount(asked.limit, "%")
    return Failing(code=suspension.code, test=asked.name, found=shown, limit=limit)


def withdraw(
    session: Session,
    step: Step,
    suspension: Suspension,
    volume_ml: Decimal,
    purpose: Purpose,
    *,
    into: Suspension | None = None,
) -> Withdrawal:
    """Take a volume out; its cells are volume × concentration of record; the last empties it."""
    states.require(suspension, SuspensionStatus.MADE)
    remaining = suspension.remaining_ml
    if volume_ml > remaining:
        raise MoreThanThereIs(code=suspension.code, remaining=remaining, wanted=volume_ml)
    (cells,) = cells_taken(suspension.viable_per_ml, remaining, [volume_ml])
    withdrawal = Withdrawal(
        patient_id=suspension.patient_id,
        suspension_id=suspension.id,
        step_id=step.id,
        purpose=purpose,
        volume_ml=volume_ml,
        viable_cells=cells,
        into_id=into.id if into else None,
    )
    session.add(withdrawal)
    session.flush()
    session.expire(suspension, ["withdrawals"])
    if volume_ml == remaining:
        states.move(session, suspension, SuspensionStatus.EMPTIED)
    return withdrawal
