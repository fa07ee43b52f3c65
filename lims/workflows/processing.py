"""Pooling, washing, concentrating: suspensions poured into a new one; and counting one anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from lims.errors import N_, Amount, LimsError
from lims.models.batch import BatchStatus
from lims.models.processing import Processing
from lims.models.suspension import Purpose, Suspension, SuspensionOrigin, SuspensionStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    benches,
    containers,
    culturing,
    deviations,
    identity,
    inheriting,
    pooling,
    states,
    steps,
    suspensions,
)
from lims.workflows.command import command
from lims.workflows.counting import MassBalance
from lims.workflows.growth import pooled_passage
from lims.workflows.signing import Proof
from lims.workflows.since import require_said
from lims.workflows.steps import Performed
from lims.workflows.suspensions import Count

OPERATIONS = (SuspensionOrigin.POOL, SuspensionOrigin.WASH, SuspensionOrigin.CONCENTRATION)


class NotAnOperation(LimsError):
    sentence = N_("Suspensions are pooled, washed or concentrated; choose one of these.")


class PartOfSeveral(LimsError):
    sentence = N_("A part can be taken of one suspension only; several are poured whole.")


class Unbalanced(LimsError):
    sentence = N_(
        "%(code)s: %(poured)s viable were poured, %(counted)s were counted;"
        " at most %(tolerance)s may differ."
    )


@dataclass(frozen=True)
class Spin:
    """How the cells were spun down; empty where they were not."""

    spin_g: int | None = None
    spin_min: int | None = None


@command(Permission.PERFORM_STEP)
def start_processing(
    session: Session,
    sources: Sequence[Suspension],
    *,
    station: benches.StoodAt,
    checker: Proof | None,
    by: User,
) -> Processing:
    """Clear a bench for suspensions of one batch and plan the tube they go into."""
    batch = culturing.one_batch(session, sources)
    states.require(batch, BatchStatus.OPEN)
    for source in sources:
        states.require(source, SuspensionStatus.MADE)
    containers.require_labelled(session, *sources)
    step = Processing()
    steps.open_step(session, step, batch=batch, station=station, checker=checker, by=by)
    identity.note_scans(session, step, [source.code for source in sources])
    passage = pooled_passage([source.passage for source in sources])
    containers.plan(session, step, "SU", 1, passage=passage)
    return step


@command(Permission.PERFORM_STEP)
def record_processing(
    session: Session,
    step: Processing,
    *,
    sources: Sequence[Suspension],
    operation: SuspensionOrigin,
    suspension_code: str,
    volume_ml: Decimal,
    count: Count | None,
    performed: Performed,
    by: User,
    part_ml: Decimal | None = None,
    spin: Spin = Spin(),
    comment: str | None = None,
) -> Suspension:
    """The content of `sources` in a new tube, `part_ml` of a single one; cells are balanced."""
    _require_sense(session, step, sources, operation, part_ml)
    step.spin_g, step.spin_min, step.comment = spin.spin_g, spin.spin_min, comment
    culturing.record(session, step, performed, by, *sources)
    culturing.note_unlabelled(session, step, *sources, by=by)
    made = suspensions.make(
        session,
        step,
        scanned=culturing.scan_into(session, step, suspension_code),
        origin=operation,
        passage=pooled_passage([source.passage for source in sources]),
        cumulative_doublings=pooling.of_tubes(sources),
        freeze_thaws=max(source.freeze_thaws for source in sources),
        volume_ml=volume_ml,
        count=count,
        by=by,
    )
    poured = [_pour(session, step, source, made, part_ml) for source in sources]
    step.suspension_id = made.id
    inheriting.pass_on(session, sources, [made], by)
    if (told := outside(poured, made)) is not None:
        require_said([told] if _gained(poured, made) else [], comment)
        deviations.open_by_rule(session, "balance", step, made, description=told, by=by)
    return made


def _require_sense(
    session: Session,
    step: Processing,
    sources: Sequence[Suspension],
    operation: SuspensionOrigin,
    part_ml: Decimal | None,
) -> None:
    if not sources:
        raise culturing.NothingScanned()
    if operation not in OPERATIONS:
        raise NotAnOperation()
    if part_ml is not None and len(sources) > 1:
        raise PartOfSeveral()
    for source in sources:
        culturing.scan_from(session, step, source)


def _pour(
    session: Session,
    step: Processing,
    source: Suspension,
    made: Suspension,
    part_ml: Decimal | None,
) -> int | None:
    volume = source.remaining_ml if part_ml is None else part_ml
    taken = suspensions.withdraw(session, step, source, volume, Purpose.PROCESSING, into=made)
    return taken.viable_cells


def _gained(poured: Sequence[int | None], made: Suspension) -> bool:
    """Whether more came out than went in, which cells do not do; that some are lost is usual."""
    return made.count is not None and made.count.live > sum(cells or 0 for cells in poured)


def outside(poured: Sequence[int | None], made: Suspension) -> LimsError | None:
    """What speaks of a loss or gain beyond the tolerance: a deviation, never a refusal."""
    known = [cells for cells in poured if cells is not None]
    if made.count is None or len(known) < len(poured):
        return None
    tolerance = culturing.limit(made.batch, "mass_balance_tolerance_pct")
    balance = MassBalance(sum(known), [made.count.live], tolerance)
    if balance.balanced:
        return None
    return Unbalanced(
        code=made.code,
        poured=Amount(balance.harvested, "cells"),
        counted=Amount(made.count.live, "cells"),
        tolerance=Amount(tolerance, "%"),
    )
