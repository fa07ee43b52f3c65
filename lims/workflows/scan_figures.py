"""How codes come into the records: scanned, typed by hand, stopped for a mix-up, overridden.

Each figure is counted from the rows behind it; the same function says which those are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from lims.models.command_run import Refusal
from lims.models.deviation import Deviation, DeviationSubject, DeviationSupply
from lims.models.step import IdentityCheck, Step, StepEquipment, StepKind, StepLot
from lims.workflows import stops


class Counted(StrEnum):
    SCANS = "scans"
    TYPED = "typed"
    MISMATCHES = "mismatches"
    LOTS = "lots"
    EQUIPMENT = "equipment"


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


@dataclass(frozen=True)
class Asked:
    """From when, until when, and of which terminal or kind of step alone."""

    since: datetime
    until: datetime | None = None
    terminal: str | None = None
    kind: StepKind | None = None


def rows(what: Counted, asked: Asked) -> Select[Any]:
    """What a figure was counted from."""
    model, at = SOURCES[what]
    query = select(model).where(at >= asked.since)
    if asked.until is not None:
        query = query.where(at < asked.until)
    if what is Counted.MISMATCHES:
        query = query.where(Refusal.error.in_(stops.names()))
        return query if asked.terminal is None else query.where(Refusal.terminal == asked.terminal)
    query = query.join(Step, Step.id == model.step_id)
    if what is Counted.TYPED:
        query = query.where(IdentityCheck.typed)
    elif what is not Counted.SCANS:
        query = query.where(or_(model.override_by_id.is_not(None), _deviates(model)))
    if asked.terminal is not None:
        query = query.where(Step.terminal == asked.terminal)
    return query if asked.kind is None else query.where(Step.kind == asked.kind)


def _deviates(model: type[StepLot] | type[StepEquipment]) -> ColumnElement[bool]:
    """Whether the use of a lot or a device in a step opened a deviation by itself."""
    if model is StepLot:
        same = DeviationSupply.lot_id == StepLot.lot_id
    else:
        same = DeviationSupply.equipment_id == StepEquipment.equipment_id
    return (
        select(Deviation.id)
        .join(DeviationSupply, DeviationSupply.deviation_id == Deviation.id)
        .join(DeviationSubject, DeviationSubject.deviation_id == Deviation.id)
        .where(Deviation.rule == "supply", same, DeviationSubject.step_id == model.step_id)
        .exists()
    )


SOURCES: dict[Counted, tuple[Any, Any]] = {
    Counted.SCANS: (IdentityCheck, IdentityCheck.checked_at),
    Counted.TYPED: (IdentityCheck, IdentityCheck.checked_at),
    Counted.MISMATCHES: (Refusal, Refusal.refused_at),
    Counted.LOTS: (StepLot, StepLot.scanned_at),
    Counted.EQUIPMENT: (StepEquipment, StepEquipment.scanned_at),
}
"""The table behind each figure, and the column of its time."""


def by_month(session: Session, starts: Sequence[datetime]) -> list[Figures]:
    """Of each month that begins at one of `starts`, the first of them the oldest; one query."""

    def month(_model: Any, at: Any) -> ColumnElement[Any]:
        begun = [case((at >= start, 1), else_=0) for start in starts[1:]]
        return sum(begun, start=literal(0))

    found = _counted(session, Asked(starts[0]), dict.fromkeys(Counted, month))
    return [found.get(str(number), Figures()) for number in range(len(starts))]


def by_terminal(session: Session, since: datetime) -> dict[str, Figures]:
    """By where the step was opened, or the scan refused; one query."""
    return _counted(session, Asked(since), dict.fromkeys(Counted, _terminal))


def by_kind(session: Session, since: datetime) -> dict[str, Figures]:
    """By kind of step; a mix-up is stopped before it is one of a step. One query."""
    counted = [what for what in Counted if what is not Counted.MISMATCHES]
    return _counted(session, Asked(since), dict.fromkeys(counted, _kind))


def _terminal(model: Any, _at: Any) -> ColumnElement[Any]:
    return func.coalesce(Refusal.terminal if model is Refusal else Step.terminal, "")


def _kind(_model: Any, _at: Any) -> ColumnElement[Any]:
    return cast(Step.kind, String)


def _counted(session: Session, asked: Asked, groups: Mapping[Counted, Any]) -> dict[str, Figures]:
    """By group: how many rows there are behind each figure."""
    parts = []
    for what, group_of in groups.items():
        group = cast(group_of(*SOURCES[what]), String).label("of")
        query = rows(what, asked).with_only_columns(literal(what.value), group, func.count())
        parts.append(query.group_by(group))
    found: dict[str, dict[str, int]] = {}
    for name, of, number in session.execute(union_all(*parts)):
        found.setdefault(of, {})[name] = number
    assert {each.name for each in fields(Figures)} == set(Counted)
    return {of: Figures(**numbers) for of, numbers in sorted(found.items())}
