"""The share of the prescribed cells that a dose holds: arithmetic, proposed to the analyst."""

from decimal import ROUND_HALF_EVEN, Decimal

from lims.models.fill import Dose, DoseStatus, Fill

LINE = "dose_pct_of_prescribed"
"""The line of the specification that judges it."""
KEPT = Decimal("0.000001")
"""As finely as a result is kept."""
NOT_GIVEN = (DoseStatus.VOID, DoseStatus.DISCARDED)


def proposed(fill: Fill) -> Decimal | None:
    """In percent, of the dose farthest from what was planned for it; None where none was."""
    shares = [share for dose in fill.doses if (share := of_dose(dose)) is not None]
    return max(shares, key=lambda share: abs(share - 100), default=None)


def of_dose(dose: Dose) -> Decimal | None:
    """Viable cells of `dose` in percent of those of the injection it is for, or of the course."""
    planned = dose.planned.cells if dose.planned else dose.fill.batch.course.prescribed_cells
    if dose.status in NOT_GIVEN or not planned:
        return None
    share = Decimal(dose.viable_cells) * 100 / planned
    return share.quantize(KEPT, ROUND_HALF_EVEN)
