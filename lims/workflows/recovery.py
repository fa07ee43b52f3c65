"""How many viable cells come back from the cold: by the specification, then by own thaws."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.models.batch import Batch
from lims.models.fill import Vial
from lims.models.retrieval import ThawedVial
from lims.models.sampled import cells_left
from lims.models.suspension import CellCount, Suspension, SuspensionOrigin
from lims.workflows import counting, drawn, specifications

NEWEST = 100
"""Thaws looked back at: what was found years ago by other hands says little of today."""

LIMITS = ("expected_recovery_pct", "thaw_margin_pct", "recovery_thaws_min")
"""Of the specification: the share until own thaws tell it, what is thawed more, how many tell."""


@dataclass(frozen=True)
class Recovery:
    """The share of the viable cells frozen that is expected to be viable after a thaw."""

    pct: Decimal
    margin_pct: Decimal
    """How much more is thawed than is expected to do."""
    thaws: int = 0
    """Own thaws it rests on; 0 where it is the specification's."""

    def of(self, frozen: int) -> Decimal:
        """Viable cells to count on, the margin taken off, of so many frozen."""
        return frozen * self.pct / (100 + self.margin_pct)


def expected(session: Session) -> Recovery:
    """By the approved specification and the laboratory's own thaws."""
    version = specifications.current(session)
    return by_limits(session, *(specifications.limit(version, name) for name in LIMITS))


def by_limits(session: Session, pct: Decimal, margin_pct: Decimal, thaws_min: Decimal) -> Recovery:
    """The median of the laboratory's own thaws once there are enough of them; by LIMITS."""
    found = found_so_far(session)
    if len(found) >= thaws_min:
        return Recovery(statistics.median(found), margin_pct, len(found))
    return Recovery(pct, margin_pct)


def found_so_far(session: Session) -> Sequence[Decimal]:
    """The recovery of each of the newest thaws, in percent, where all was counted."""
    newest = _thawed().order_by(Suspension.id.desc()).limit(NEWEST)
    return list(_by_suspension(session, newest).values())


def of_batches(session: Session, batches: Sequence[Batch]) -> dict[int, Decimal]:
    """The same of the thaws of these batches, by the key of the suspension that came of each."""
    keys = [each.id for each in batches]
    return _by_suspension(session, _thawed().where(Suspension.batch_id.in_(keys)))


def _thawed() -> Select[int, int, int]:
    return (
        select(Suspension.id, Suspension.made_by_id.label("step_id"), CellCount.live)
        .join(CellCount, CellCount.suspension_id == Suspension.id)
        .where(Suspension.origin == SuspensionOrigin.THAW, CellCount.superseded_at.is_(None))
    )


def _by_suspension(session: Session, thawed: Select[int, int, int]) -> dict[int, Decimal]:
    """The newest thaw first."""
    got, taken = thawed.subquery(), drawn.taken_ml(Vial).label("ml")
    rows = session.execute(
        select(got.c.id, got.c.live, Vial.viable_cells, Vial.volume_ml, taken)
        .join(ThawedVial, ThawedVial.step_id == got.c.step_id)
        .join(Vial, Vial.id == ThawedVial.vial_id)
        .order_by(got.c.id.desc())
    )
    thaws = {key: list(of_one) for key, of_one in groupby(rows, key=lambda row: row.id)}
    found = {key: _recovered(of_one) for key, of_one in thaws.items()}
    return {key: share for key, share in found.items() if share is not None}


def _recovered(vials: Sequence[Any]) -> Decimal | None:
    """Of one thaw, by its vials; what was drawn from them before was not there to be got back."""
    if any(each.viable_cells is None for each in vials):
        return None
    left = [cells_left(each.viable_cells, each.volume_ml, each.ml) for each in vials]
    return counting.recovery_percent(vials[0].live, sum(left)) if sum(left) else None
