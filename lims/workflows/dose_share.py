"""The share of the prescribed cells that a dose holds: arithmetic, proposed to the analyst."""

from decimal import ROUND_HALF_EVEN, Decimal

from lims.models.fill import Dose, DoseStatus, Fill

LINE = "dose_pct_of_prescribed"
"""The line of the specification that judges it."""
KEPT = Decimal("0.000001")
"""As finely as a result is kept."""


def proposed(fill: Fill) -> Decimal | None:
    """In percent, of the dose farthest from what was planned for it; None where none was."""
    shares = [share for dose in fill.doses if (share := of_dose(dose)) is not None]
    return max(shares, key=lambda share: abs(share - 100), default=None)


def of_dose(dose: Dose) -> Decimal | None:
    """What is left in `dose` to be given, in percent of the injection it is for, or of the course.

    None where nothing of it is given: discarded, emptied, or a container filled to be tested.
    """
    planned = dose.planned.cells if dose.planned else dose.fill.batch.course.prescribed_cells
    tested_only = dose.sampled_ml() > 0 and dose.planned is None
    left = dose.left_ml()
    if dose.status is DoseStatus.DISCARDED or tested_only or left <= 0 or not planned:
        return None
    share = Decimal(dose.viable_cells) * left / dose.volume_ml * 100 / planned
    return share.quantize(KEPT, ROUND_HALF_EVEN)
