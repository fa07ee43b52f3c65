"""What a batch record holds, and what it gathers from its steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lims.charts.growth_values import Growth
from lims.charts.timeline import Row
from lims.records.analysis import TestResult
from lims.records.genealogy import Relative
from lims.records.parts import (
    AuditEntry,
    Deviation,
    Heading,
    LabelCount,
    Lot,
    Milestone,
    Reading,
    Signature,
    StartingMaterial,
    Yield,
)
from lims.records.step import Step


@dataclass(frozen=True)
class BatchRecord:
    """One manufacturing run; what its steps hold is not given twice."""

    heading: Heading
    batch: str
    state: str
    course: str
    specification: str
    """Code and version the batch is judged by."""
    source: str = ""
    """Where it was read, of a batch made before this program kept its record."""
    milestones: tuple[Milestone, ...] = ()
    course_days: tuple[Row, ...] = ()
    """Of the whole course the batch belongs to: done, and planned."""
    starting_materials: tuple[StartingMaterial, ...] = ()
    steps: tuple[Step, ...] = ()
    results: tuple[TestResult, ...] = ()
    yields: tuple[Yield, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    approvals: tuple[Signature, ...] = ()
    growth: Growth | None = None
    labels: tuple[LabelCount, ...] = ()
    audit_entries: tuple[AuditEntry, ...] = ()
    genealogy: tuple[Relative, ...] = ()


def lots_used(steps: Sequence[Step]) -> list[Lot]:
    """Each lot once, in the order of first use, with all that the steps took of it."""
    taken: dict[tuple[str, str], Lot] = {}
    for lot in (lot for step in steps for lot in step.lots):
        key = (lot.code, lot.unit)
        before = taken.get(key)
        taken[key] = replace(before, quantity=_sum(before, lot)) if before else lot
    return list(taken.values())


def _sum(one: Lot, other: Lot) -> Decimal | int | None:
    if one.quantity is None or other.quantity is None:
        return one.quantity if other.quantity is None else other.quantity
    return Decimal(one.quantity) + Decimal(other.quantity)


def controlled(steps: Sequence[Step]) -> list[tuple[Step, Reading]]:
    return [(step, one) for step in steps for one in step.readings if one.limit or one.verdict]
