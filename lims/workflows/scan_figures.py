"""How codes come into the records: scanned, typed by hand, stopped for a mix-up, overridden.

Each figure is as many as the rows behind it, which `scan_rows.py` tells.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, cast, func, literal, select, union_all
from sqlalchemy import String as Text
from sqlalchemy.orm import Session

from lims.workflows.scan_rows import Asked, Counted, behind


@dataclass(frozen=True)
class Figures:
    """Of one month, terminal or kind of step."""

    scans: int = 0
    typed: int = 0
    mismatches: int = 0
    lots: int = 0
    """Lots used although they were not in order: a second person let them, or a rule opened a
    deviation of it."""
    equipment: int = 0

    def per_thousand(self, what: Counted) -> Decimal | None:
        """How many of `what` to a thousand scans; None where nothing was scanned."""
        return Decimal(getattr(self, what) * 1000) / self.scans if self.scans else None


def by_month(session: Session, starts: Sequence[datetime]) -> list[Figures]:
    """Of each month that begins at one of `starts`, the first of them the oldest; one query."""

    def month(rows: Subquery) -> ColumnElement[Any]:
        begun = [case((rows.c.at >= start, 1), else_=0) for start in starts[1:]]
        return sum(begun, start=literal(0))

    found = _counted(session, Asked(starts[0]), list(Counted), month)
    return [found.get(str(number), Figures()) for number in range(len(starts))]


def by_terminal(session: Session, since: datetime) -> dict[str, Figures]:
    """By where the step or the run was opened, the act done or the scan refused; one query."""
    return _counted(session, Asked(since), Counted, lambda rows: rows.c.terminal)


def by_kind(session: Session, since: datetime) -> dict[str, Figures]:
    """By kind of step, of runs at QC and of other acts; a mix-up is stopped before it is one of
    these. One query."""
    counted = [what for what in Counted if what is not Counted.MISMATCHES]
    return _counted(session, Asked(since), counted, lambda rows: rows.c.kind)


def _counted(
    session: Session,
    asked: Asked,
    counted: Iterable[Counted],
    group_of: Callable[[Subquery], ColumnElement[Any]],
) -> dict[str, Figures]:
    """By group: how many rows there are behind each figure."""
    parts = []
    for what in counted:
        rows = behind(what, asked)
        group = cast(group_of(rows), Text).label("of")
        parts.append(select(literal(what.value), group, func.count()).group_by(group))
    found: dict[str, dict[str, int]] = {}
    for name, of_what, number in session.execute(union_all(*parts)):
        found.setdefault(of_what, {})[name] = number
    assert {each.name for each in fields(Figures)} == set(Counted)
    return {of_what: Figures(**numbers) for of_what, numbers in sorted(found.items())}
