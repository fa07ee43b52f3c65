"""What the records give for a test: proposed to the analyst, told where another is typed."""

from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy.orm import Session

from lims.models.aliquot import QcTest
from lims.models.retrieval import Thaw
from lims.models.suspension import Suspension
from lims.rounding import rounded
from lims.workflows import dose_share, specifications, suspensions, thaw_findings
from lims.workflows.criteria import ends
from lims.workflows.intervals import decimal_places
from lims.workflows.lines import Line
from lims.workflows.qc_readings import source_of

LINES = (dose_share.LINE, thaw_findings.VIABILITY, thaw_findings.RECOVERY)
"""The lines of the specification that are answered by arithmetic."""
KEPT = Decimal("0.000001")
"""As finely as a result is kept."""


def of_test(session: Session, test: QcTest) -> Decimal | None:
    """As finely as it is kept; None where nothing is computed, or was not counted."""
    if test.line.code not in LINES:
        return None
    if test.line.code == dose_share.LINE:
        found = dose_share.proposed(test.fill) if test.fill else None
    else:
        found = _of_thaw(session, test)
    return None if found is None else found.quantize(KEPT, ROUND_HALF_EVEN)


def _of_thaw(session: Session, test: QcTest) -> Decimal | None:
    """In percent, of the cells that the aliquot was taken of as they came out of the bath."""
    tube = source_of(test.aliquot) if test.aliquot else None
    if not isinstance(tube, Suspension) or not isinstance(tube.made_by, Thaw):
        return None
    if test.line.code == thaw_findings.RECOVERY:
        return thaw_findings.recovery_pct(session, tube.made_by)
    return suspensions.viability(tube.count) if tube.count else None


def shown(line: Line, value: Decimal) -> Decimal:
    """`value` for the eye: a place more than the limits of `line` have, on its side of each."""
    limits = ends(line.limit)
    places = max((decimal_places(each) for each in limits), default=0)
    return specifications.plain(rounded(value, places + 1, limits))
