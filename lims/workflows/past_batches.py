"""The laboratory's own closed batches, as the evidence of a forecast."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from lims.models.batch import Batch, BatchStatus
from lims.models.step import Step
from lims.models.suspension import CellCount, Suspension
from lims.models.vessel import Vessel
from lims.workflows.batch_growth import days_between
from lims.workflows.looking import once
from lims.workflows.pace import PassageRun, PastBatch

MOST_PAST = 100
"""The newest closed batches are evidence enough; older ones were made by older procedures."""


def past_batches(session: Session, but: Sequence[Batch]) -> list[PastBatch]:
    """The newest closed batches besides these, each with its counted harvests; one query."""
    rows = session.execute(_harvests(), {"but": [each.id for each in but]}).all()
    harvests = defaultdict(list)
    for row in rows:
        harvests[row.code, row.id].append(row)
    found: dict[str, list[PassageRun]] = defaultdict(list)
    for (code, _), members in harvests.items():
        if members[0].passage is not None and members[0].performed_at is not None:
            found[code].append(_run(members))
    return [PastBatch(code, tuple(passages)) for code, passages in found.items()]


def closed_batches(session: Session) -> list[PastBatch]:
    """The same for whoever tells batches that are open; read once for a page."""
    return once(session, "closed batches", lambda: past_batches(session, []))


@cache
def _harvests() -> Select[*tuple[Any, ...]]:
    recent = (
        select(Batch.id)
        .where(Batch.status == BatchStatus.CLOSED, Batch.id.not_in(bindparam("but")))
        .order_by(Batch.closed_at.desc(), Batch.id.desc())
        .limit(MOST_PAST)
    )
    made = aliased(CellCount)
    newest = (
        select(func.max(made.id))
        .where(made.suspension_id == Suspension.id, made.step_id == Step.id)
        .scalar_subquery()
    )
    return (
        select(
            Batch.code,
            Suspension.id,
            Suspension.passage,
            Step.performed_at,
            CellCount.live,
            Vessel.seeded_at,
            Vessel.seeded_cells,
        )
        .join(Suspension, Suspension.batch_id == Batch.id)
        .join(Step, Step.id == Suspension.made_by_id)
        .join(CellCount, CellCount.id == newest)
        .join(Vessel, Vessel.harvested_into_id == Suspension.id)
        .where(Batch.id.in_(recent))
        .order_by(Batch.id, Suspension.id, Vessel.id)
    )


def _run(members: Sequence[Any]) -> PassageRun:
    """One harvest of a past batch: its vessels' seeds, its days, its count."""
    first = members[0]
    seeds = [row.seeded_cells for row in members]
    return PassageRun(
        passage=first.passage,
        days=days_between(min(row.seeded_at for row in members), first.performed_at),
        seeded=None if None in seeds else sum(seeds),
        harvested=first.live,
    )
