"""The viability counted at the bench in the steps behind a fill: judged there, and told beside the
results where the specification would like a test of its own and nobody asked for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

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


def of_all(session: Session, fills: Sequence[Filled]) -> list[Mapping[str, Counted]]:
    """Of each of `fills`, whose lineage was read, by the line of the specification: of the stromal
    vascular fraction, and of the last harvest. One look-up for all."""
    tubes = {key for filled in fills for key in filled.walked.tubes}
    counts = session.scalars(
        select(CellCount)
        .join(CellCount.suspension)
        .where(CellCount.suspension_id.in_(tubes), CellCount.superseded_at.is_(None))
        .options(contains_eager(CellCount.suspension))
        .order_by(CellCount.id)
    ).all()
    return [_of(filled, counts) for filled in fills]


def _of(filled: Filled, counts: Sequence[CellCount]) -> Mapping[str, Counted]:
    behind = (each for each in counts if each.suspension_id in filled.walked.tubes)
    last = (each for each in behind if _is_last(filled, each.suspension))
    return {
        suspensions.viability_test(each.suspension): Counted(
            each.suspension.code, suspensions.viability(each)
        )
        for each in last
    }


def _is_last(filled: Filled, tube: Suspension) -> bool:
    return tube.passage in (SVF_PASSAGE, filled.passage)
