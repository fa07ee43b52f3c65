"""What is drawn from for tests after it was filled, and what that leaves of it."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from lims.models.types import Volume
from lims.rounding import half_up

if TYPE_CHECKING:
    from lims.models.aliquot import Aliquot

WAITING = ("labelled", "quarantined", "available", "expired", "freezing")
"""What a dose or a vial is before it goes anywhere: emptied by tests it goes nowhere any more."""


def cells_left(filled: int, volume_ml: Decimal, taken_ml: Decimal | None) -> Decimal:
    """Of so many viable cells filled those that samples left, unrounded."""
    return filled * (volume_ml - Decimal(taken_ml or 0)) / volume_ml


def whole_cells_left(filled: int, volume_ml: Decimal, taken_ml: Decimal | None) -> int:
    """Those that samples left as every page and paper tells them."""
    return int(half_up(filled * (volume_ml - Decimal(taken_ml or 0)), volume_ml))


class Sampled:
    """What was filled and may be drawn from for tests; what that left of it."""

    if TYPE_CHECKING:
        volume_ml: Mapped[Volume]
        aliquots: Mapped[list[Aliquot]]
        status: Mapped[Any]

    def sampled_ml(self, until: datetime | None = None) -> Decimal:
        """The volume that aliquots took out of it, until then where that is said."""
        taken = [each for each in self.aliquots if until is None or each.taken_at <= until]
        return sum((each.volume_ml or Decimal(0) for each in taken), Decimal(0))

    def left_ml(self, until: datetime | None = None) -> Decimal:
        """What is still in it."""
        return self.volume_ml - self.sampled_ml(until)

    @property
    def is_used_up(self) -> bool:
        """Whether tests took all of it: nothing is left to be labelled, frozen or given out."""
        return not self.left_ml()

    @property
    def went_into_tests(self) -> bool:
        """Whether that is all there is to say of it, whatever its status was."""
        return self.is_used_up and self.status in WAITING

    def share_of(self, cells: int, until: datetime | None = None) -> int:
        """Of so many cells filled, those still in it, by its share of the volume."""
        return whole_cells_left(cells, self.volume_ml, self.sampled_ml(until))
