"""What the audit trail keeps of corrections: which entries they are, and when they were made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, select, union
from sqlalchemy.orm import Session

from lims.models.audit import Action, AuditEntry
from lims.models.base import table_of
from lims.models.fill import Dose, Fill, Vial
from lims.models.step import Step, StepLot
from lims.models.suspension import CellCount, Suspension, Withdrawal
from lims.models.vessel import Vessel

COMMANDS = ("correct_step", "correct_made", "correct_vehicle")


def moments_of(session: Session, steps: Sequence[Step]) -> dict[int, set[datetime]]:
    """By step, when what was recorded in it was corrected; what follows from that is none.

    A transaction has one moment, and is one correction.
    """
    entries = _entries(steps).subquery()
    moments = select(entries.c.step, AuditEntry.at).join(AuditEntry, AuditEntry.id == entries.c.id)
    found: dict[int, set[datetime]] = {}
    for step, at in session.execute(moments.where(AuditEntry.action == Action.UPDATE.value)):
        found.setdefault(step, set()).add(at)
    return found


def entries_of(steps: Sequence[Step]) -> ColumnElement[bool]:
    """The entries of the trail in which corrections changed `steps` and what was made in them."""
    return AuditEntry.id.in_(select(_entries(steps).subquery().c.id))


def _entries(steps: Sequence[Step]) -> CompoundSelect[Any]:
    """By step, the entries in which corrections changed it or what was made in it."""
    ids, tables = [step.id for step in steps], {"step", *(table_of(step).name for step in steps)}
    made: tuple[tuple[Any, Any, Any], ...] = (
        (Suspension, Suspension.made_by_id, None),
        (CellCount, CellCount.step_id, None),
        (Withdrawal, Withdrawal.step_id, None),
        (Vessel, Withdrawal.step_id, Vessel.withdrawal),
        (Dose, Fill.made_by_id, Dose.fill),
        (Fill, Fill.made_by_id, None),
        (StepLot, StepLot.step_id, None),
        (Vial, Fill.made_by_id, Vial.fill),
    )
    itself = _changed(Step.id, Step.id, ids, AuditEntry.table_name.in_(tables))
    return union(
        itself,
        *(
            _changed(of, kind.id, ids, AuditEntry.table_name == kind.__tablename__, through)
            for kind, of, through in made
        ),
    )


def _changed(
    step: Any, row: Any, ids: Sequence[int], of_table: ColumnElement[bool], through: Any = None
) -> Select[Any]:
    """The entries are asked for by table and row: however long the trail is, no other is read."""
    made = select(row).select_from(row.class_)
    rows = select(step.label("step"), AuditEntry.id).select_from(row.class_)
    if through is not None:
        made, rows = made.join(through), rows.join(through)
    theirs = of_table, AuditEntry.row_id.in_(made.where(step.in_(ids)))
    changed = and_(AuditEntry.row_id == row, AuditEntry.command.in_(COMMANDS), *theirs)
    return rows.join(AuditEntry, changed).where(step.in_(ids))
