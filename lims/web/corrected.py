"""What was corrected of a step so far, as its page tells it."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from lims.models.audit import Action, AuditEntry
from lims.models.base import table_of
from lims.models.step import Step
from lims.models.suspension import CellCount, Suspension, Withdrawal
from lims.models.types import called
from lims.web import filters
from lims.web.current import reading_session
from lims.web.trail_values import Change, told
from lims.workflows import correction_entries, made_values

COUNT = CellCount.__tablename__


def corrected(step: Step) -> list[Any]:
    """The corrections of a step and of what it made so far, oldest first, with both values.

    A count is never written over: of one mistyped, its numbers are told beside those put right.
    """
    entries = reading_session().scalars(
        select(AuditEntry)
        .where(AuditEntry.action == Action.UPDATE.value, correction_entries.entries_of([step]))
        .order_by(AuditEntry.id)
    )
    found = entries.all()
    if not found:
        return []
    counts = reading_session().scalars(select(CellCount).where(CellCount.step_id == step.id))
    new = {(COUNT, old.id): changed(old, new) for old, new in made_values.put_right(counts.all())}
    return [
        replace(each, changes=new.get((each.table, each.row), each.changes))
        for each in told(reading_session(), found)
    ]


def changed(old: CellCount, new: CellCount) -> list[Change]:
    return [
        Change(filters.word(called(column)), filters.cells(was), filters.cells(now))
        for column in (table_of(CellCount).c.live, table_of(CellCount).c.dead)
        if (was := getattr(old, column.name)) != (now := getattr(new, column.name))
    ]


def counted(step: Step) -> dict[tuple[str, int], str]:
    """Every count of a step, one that was mistyped too, and what left a tube, by the tube."""
    tubes: dict[tuple[str, int], str] = {}
    for kind in (CellCount, Withdrawal):
        query = (
            select(kind.id, Suspension.code)
            .join(Suspension, Suspension.id == kind.suspension_id)
            .where(kind.step_id == step.id)
        )
        tubes |= {(kind.__tablename__, key): code for key, code in reading_session().execute(query)}
    return tubes
