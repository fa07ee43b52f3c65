"""Where a suspension went: its millilitres always add up, its cells within what was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lims.models.specification import SpecificationVersion
from lims.models.suspension import Purpose, Suspension, Withdrawal
from lims.workflows import pooling, specifications
from lims.workflows.counting import whole


@dataclass(frozen=True)
class Share:
    """What left a suspension for one purpose."""

    purpose: Purpose
    volume_ml: Decimal
    viable_cells: int | None


@dataclass(frozen=True)
class Balance:
    """A suspension's millilitres and cells: where they went and what is left."""

    volume_ml: Decimal
    viable_cells: int | None
    shares: Sequence[Share]
    remaining_ml: Decimal
    remaining_cells: int | None
    rounded: int
    """How many volumes had their cells rounded to whole ones."""

    @property
    def unaccounted(self) -> int | None:
        """Viable cells by which a later count differs from the first; None where not counted."""
        parts = [share.viable_cells for share in self.shares]
        known = [part for part in [*parts, self.remaining_cells] if part is not None]
        if self.viable_cells is None or len(known) <= len(parts):
            return None
        missing = self.viable_cells - sum(known)
        return missing if abs(missing) * 2 > self.rounded else 0


def balance_of(suspension: Suspension) -> Balance:
    """Where a suspension went; by volume it always adds up, by cells within the counts."""
    left = suspension.remaining_ml
    per_ml = suspension.viable_per_ml
    return Balance(
        volume_ml=suspension.volume_ml,
        viable_cells=pooling.harvested_cells(suspension),
        shares=[share for purpose in Purpose if (share := _share(suspension.withdrawals, purpose))],
        remaining_ml=left,
        remaining_cells=None if per_ml is None else whole(per_ml * left),
        rounded=len(suspension.withdrawals) + 1,
    )


def _share(withdrawals: Sequence[Withdrawal], purpose: Purpose) -> Share | None:
    taken = [each for each in withdrawals if each.purpose is purpose]
    if not taken:
        return None
    cells = [each.viable_cells for each in taken if each.viable_cells is not None]
    return Share(
        purpose,
        sum((each.volume_ml for each in taken), Decimal(0)),
        sum(cells) if len(cells) == len(taken) else None,
    )


def tolerance_pct(version: SpecificationVersion) -> Decimal:
    """By how many percent two counts of the same cells may differ."""
    return specifications.limit(version, "count_tolerance_pct")


def is_gain(version: SpecificationVersion, cells: int | Decimal, of: int | Decimal) -> bool:
    """Whether `cells` are more than can have come `of` so many, beyond what counts may differ."""
    return cells * 100 > of * (100 + tolerance_pct(version))
