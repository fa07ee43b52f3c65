"""What is outside the specification in a thaw as it was done: each finding is a deviation."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import N_, Amount, LimsError
from lims.models.batch import Batch
from lims.models.fill import Vial
from lims.models.retrieval import RetrievedVial, Thaw, ThawedVial
from lims.models.sampled import cells_left
from lims.models.specification import SpecificationVersion
from lims.models.suspension import Suspension
from lims.workflows import (
    breaches,
    counting,
    drawn,
    mass_balance,
    pooling,
    specifications,
    suspensions,
)
from lims.workflows.counting import whole
from lims.workflows.deviation_rules import Finding

BALANCE = "balance"
"""The rule of what is asked about before it is recorded."""

VIABILITY = "post_thaw_viability_pct"
RECOVERY = "post_thaw_recovery_pct"
"""The lines of the specification that judge a thaw."""
LONGEST_IN_BATH = "thaw_seconds_max"
LONGEST_OUT = "seconds_out_max"


class Aborted(LimsError):
    sentence = N_("%(code)s: no cells were got: %(reason)s")


class MoreThanFrozen(LimsError):
    sentence = N_(
        "%(code)s: viable are counted %(counted)s, and were frozen %(frozen)s; two counts may"
        " differ by %(tolerance)s."
    )


def outside(session: Session, step: Thaw) -> Iterator[Finding]:
    """The rules that a thaw breaks, each with what was found and what is expected."""
    version = specifications.of(session.get_one(Batch, step.batch_id))
    yield from _bath(step, version)
    out = seconds_out(session, step.thawed)
    for each in step.thawed:
        yield from _vial(each, out.get(each.id), version)
    if step.aborted_reason is not None:
        yield "thaw", Aborted(code=step.code, reason=step.aborted_reason)
    if step.suspension_id is not None:
        yield from of_cells(session, step, session.get_one(Suspension, step.suspension_id))


def _bath(step: Thaw, version: SpecificationVersion) -> Iterator[Finding]:
    low, high = (
        specifications.limit(version, f"thaw_temperature_{end}_c") for end in ("min", "max")
    )
    found = step.bath_temperature_c
    if found is not None and not low <= found <= high:
        what = N_("temperature of the bath")
        yield "thaw", breaches.outside(step.code, what, found, (low, high), "°C", 1)


def _vial(
    thawed: ThawedVial, out: Decimal | None, version: SpecificationVersion
) -> Iterator[Finding]:
    code, most = thawed.vial.code, specifications.limit(version, LONGEST_IN_BATH)
    if thawed.seconds_warming is not None and thawed.seconds_warming > most:
        what, found = N_("time in the bath"), Decimal(thawed.seconds_warming)
        yield "thaw", breaches.beyond(code, what, found, most, "s", 0)
    most = specifications.limit(version, LONGEST_OUT)
    if out is not None and out > most:
        yield "warm", breaches.beyond(code, N_("time out of the cold"), out, most, "s", 0)


def seconds_out(session: Session, thawed: Sequence[ThawedVial]) -> dict[int, Decimal]:
    """From the cold to the bath, by the key of each; none where nobody noted when it was out."""
    taken = session.execute(
        select(RetrievedVial.vial_id, RetrievedVial.out_at).where(
            RetrievedVial.vial_id.in_([each.vial_id for each in thawed]),
            RetrievedVial.back_at.is_(None),
        )
    )
    out_at = dict(taken.all())
    return {
        each.id: Decimal(str((each.thawed_at - out_at[each.vial_id]).total_seconds()))
        for each in thawed
        if each.vial_id in out_at
    }


def of_cells(session: Session, step: Thaw, made: Suspension) -> Iterator[Finding]:
    """What a count of the thawed cells breaks; they may be counted later than thawed."""
    if suspensions.viability_fails(made, VIABILITY):
        yield "viability", suspensions.viability_found(made, VIABILITY)
    got = recovery_pct(session, step)
    if got is not None and suspensions.fails(made, RECOVERY, got):
        yield "recovery", suspensions.found_of(made, RECOVERY, got)
    yield from ((BALANCE, found) for found in _more_than_frozen(session, step))


def _more_than_frozen(session: Session, step: Thaw) -> Iterator[LimsError]:
    """That more cells were counted than two counts of the same may differ by."""
    made = session.get_one(Suspension, step.suspension_id)
    counted = pooling.harvested_cells(made)
    frozen = cells_frozen(session, [each.vial for each in step.thawed])
    version = specifications.of(made.batch)
    if counted is None or not frozen or not mass_balance.is_gain(version, counted, frozen):
        return
    yield MoreThanFrozen(
        code=made.code,
        counted=Amount(counted, "cells"),
        frozen=Amount(whole(frozen), "cells"),
        tolerance=Amount(mass_balance.tolerance_pct(version), "%"),
    )


def recovery_pct(session: Session, step: Thaw) -> Decimal | None:
    """Viable cells after the thaw of those frozen, unrounded; None where one was not counted."""
    if step.suspension_id is None:
        return None
    got = pooling.harvested_cells(session.get_one(Suspension, step.suspension_id))
    frozen = cells_frozen(session, [each.vial for each in step.thawed])
    if got is None or not frozen:
        return None
    return counting.recovery_percent(got, frozen)


def cells_frozen(session: Session, vials: Sequence[Vial]) -> Decimal | None:
    """Viable cells that went into the freezer, without what was taken to be tested.

    None where the cells of a vial were never counted.
    """
    keys = [vial.id for vial in vials]
    of_these = select(Vial.id, drawn.taken_ml(Vial)).where(Vial.id.in_(keys))
    taken: dict[int, Any] = dict(session.execute(of_these).all())
    cells = Decimal(0)
    for vial in vials:
        if vial.viable_cells is None:
            return None
        cells += cells_left(vial.viable_cells, vial.volume_ml, taken.get(vial.id))
    return cells
