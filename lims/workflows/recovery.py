"""How many viable cells come back from the cold: by the specification, then by own thaws."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.models.fill import Vial
from lims.models.retrieval import ThawedVial
from lims.models.suspension import CellCount, Suspension, SuspensionOrigin
from lims.workflows import specifications

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
    frozen = (
        select(ThawedVial.step_id, func.sum(Vial.viable_cells).label("cells"))
        .join(Vial, Vial.id == ThawedVial.vial_id)
        .group_by(ThawedVial.step_id)
        .having(func.count() == func.count(Vial.viable_cells), func.sum(Vial.viable_cells) > 0)
        .subquery()
    )
    rows = session.execute(
        select(CellCount.live, frozen.c.cells)
        .join(Suspension, Suspension.id == CellCount.suspension_id)
        .join(frozen, frozen.c.step_id == Suspension.made_by_id)
        .where(Suspension.origin == SuspensionOrigin.THAW, CellCount.superseded_at.is_(None))
        .order_by(Suspension.id.desc())
        .limit(NEWEST)
    )
    return [Decimal(live) * 100 / Decimal(int(cells)) for live, cells in rows]
