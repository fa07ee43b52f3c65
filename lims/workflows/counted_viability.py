"""The viability counted at the bench in the steps behind a fill: judged there, and told beside the
results where the specification would like a test of its own and nobody asked for one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lims.models.suspension import CellCount, Suspension
from lims.workflows import suspensions
from lims.workflows.fill_lineage import Filled
from lims.workflows.growth import SVF_PASSAGE


@dataclass(frozen=True)
class Counted:
    code: str
    """The tube."""
    pct: Decimal
    """Unrounded."""


def of(filled: Filled, counts: Iterable[CellCount]) -> Mapping[str, Counted]:
    """By the line of the specification, of the stromal vascular fraction and of the last harvest;
    `counts`, in their order, are those of the tubes behind `filled`, and may be of others."""
    tubes = filled.walked.tubes
    behind = (each for each in counts if each.suspension_id in tubes and not each.superseded_at)
    last = (each for each in behind if _is_last(filled, each.suspension))
    return {
        suspensions.viability_test(each.suspension): Counted(
            each.suspension.code, suspensions.viability(each)
        )
        for each in last
    }


def _is_last(filled: Filled, tube: Suspension) -> bool:
    return tube.passage in (SVF_PASSAGE, filled.passage)
