"""How many viable cells come back from the cold: by the specification, then by own thaws."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.fill import Vial
from lims.models.retrieval import ThawedVial
from lims.models.sampled import cells_left
from lims.models.suspension import CellCount, Suspension, SuspensionOrigin
from lims.workflows import counting, drawn, specifications

NEWEST = 100
"""Thaws looked back at: what was found years ago by other hands says little of today."""


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
    """The median of the laboratory's own thaws once there are enough of them."""
    version = specifications.current(session)
    margin = specifications.limit(version, "thaw_margin_pct")
    found = found_so_far(session)
    if len(found) >= specifications.whole_limit(version, "recovery_thaws_min"):
        return Recovery(statistics.median(found), margin, len(found))
    return Recovery(specifications.limit(version, "expected_recovery_pct"), margin)


def found_so_far(session: Session) -> Sequence[Decimal]:
    """The recovery of each of the newest thaws, in percent, where all was counted."""
    got = (
        select(Suspension.id, Suspension.made_by_id.label("step_id"), CellCount.live)
        .join(CellCount, CellCount.suspension_id == Suspension.id)
        .where(Suspension.origin == SuspensionOrigin.THAW, CellCount.superseded_at.is_(None))
        .order_by(Suspension.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    taken = drawn.by_vial().subquery()
    rows = session.execute(
        select(got.c.id, got.c.live, Vial.viable_cells, Vial.volume_ml, taken.c.ml)
        .join(ThawedVial, ThawedVial.step_id == got.c.step_id)
        .join(Vial, Vial.id == ThawedVial.vial_id)
        .outerjoin(taken, taken.c.vial_id == Vial.id)
        .order_by(got.c.id.desc())
    )
    thaws = [list(of_one) for _key, of_one in groupby(rows, key=lambda row: row.id)]
    found = (_recovered(of_one) for of_one in thaws)
    return [share for share in found if share is not None]


def _recovered(vials: Sequence[Any]) -> Decimal | None:
    """Of one thaw, by its vials; what was drawn from them before was not there to be got back."""
    if any(each.viable_cells is None for each in vials):
        return None
    left = [cells_left(each.viable_cells, each.volume_ml, each.ml) for each in vials]
    return counting.recovery_percent(vials[0].live, sum(left)) if sum(left) else None
