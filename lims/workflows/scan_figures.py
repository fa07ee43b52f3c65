"""How codes come into the records: scanned, typed by hand, stopped for a mix-up, overridden.

Each figure is counted from the rows behind it; the same functions say which those are: `rows` of
steps and stops, `in_runs` of runs at QC, `in_other_acts` of all else that takes codes.
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
    Subquery,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from lims.models.command_run import EnteredCode, Refusal
from lims.models.deviation import Deviation, DeviationSubject, DeviationSupply
from lims.models.qc_run import QcRun
from lims.models.qc_run_used import QcRunEquipment, QcRunLot
from lims.models.step import IdentityCheck, Step, StepEquipment, StepKind, StepLot
from lims.workflows import qc_run_scans, stops


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

    def within(self, query: Select[Any], at: Any) -> Select[Any]:
        query = query.where(at >= self.since)
        return query if self.until is None else query.where(at < self.until)

    def there(self, query: Select[Any], of: Any) -> Select[Any]:
        """At its terminal; the empty one is that of which nothing is known."""
        return query if self.terminal is None else query.where(_terminal(of, None) == self.terminal)


def rows(what: Counted, asked: Asked) -> Select[Any]:
    """What a figure was counted from in steps; and stops, wherever they were."""
    model, at = SOURCES[what]
    query = asked.within(select(model), at)
    if what is Counted.MISMATCHES:
        query = query.where(Refusal.error.in_(stops.names()))
        return asked.there(query, Refusal)
    query = query.join(Step, Step.id == model.step_id)
    if what is Counted.TYPED:
        query = query.where(IdentityCheck.typed)
    elif what is not Counted.SCANS:
        query = query.where(or_(model.override_by_id.is_not(None), _deviates(model)))
    query = asked.there(query, Step)
    return query if asked.kind is None else query.where(Step.kind == asked.kind)


def in_runs(what: Counted, asked: Asked) -> Select[Any] | None:
    """What a figure was counted from in runs at QC: a row of `SCANNED_IN[what]` each, with its
    run; None of what is counted by itself."""
    if what not in SCANNED_IN:
        return None
    scan = SCANNED_IN[what]
    query = asked.within(select(QcRun).join(scan, scan.c.run_id == QcRun.id), scan.c.at)
    if what is Counted.TYPED:
        query = query.where(scan.c.typed)
    return asked.there(query, QcRun)


def in_other_acts(what: Counted, asked: Asked) -> Select[Any]:
    """What a figure of `OF_OTHER_ACTS` was counted from in acts that are no step and no run."""
    query = asked.within(select(EnteredCode), EnteredCode.entered_at)
    if what is Counted.TYPED:
        query = query.where(EnteredCode.typed)
    return asked.there(query, EnteredCode)


def of_other_acts(session: Session, what: Counted, asked: Asked) -> int:
    """How many; one query."""
    if what not in OF_OTHER_ACTS:
        return 0
    return session.scalar(in_other_acts(what, asked).with_only_columns(func.count())) or 0


def of_runs(session: Session, what: Counted, asked: Asked) -> dict[int, int]:
    """How many in each run at QC, by its id; one query."""
    query = in_runs(what, asked)
    if query is None:
        return {}
    counted = query.with_only_columns(QcRun.id, func.count()).group_by(QcRun.id)
    return dict(session.execute(counted).all())


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

SCANNED_IN: dict[Counted, Subquery] = {
    Counted.SCANS: (_scans := qc_run_scans.scans()),
    Counted.TYPED: _scans,
    Counted.LOTS: qc_run_scans.let_be_used(QcRunLot),
    Counted.EQUIPMENT: qc_run_scans.let_be_used(QcRunEquipment),
}
"""The same of runs at QC; a stop there is refused as any other is."""
OF_OTHER_ACTS = frozenset({Counted.SCANS, Counted.TYPED})
"""What the rows of other acts tell; a mix-up is a refusal there too, and lots are used in steps."""
IN_RUNS = QcRun.kind_of_code
IN_OTHER_ACTS = "other acts"
"""Stand for runs at QC, and for acts that are no step, among the kinds of step."""


def by_month(session: Session, starts: Sequence[datetime]) -> list[Figures]:
    """Of each month that begins at one of `starts`, the first of them the oldest; one query."""

    def month(_of: Any, at: Any) -> ColumnElement[Any]:
        begun = [case((at >= start, 1), else_=0) for start in starts[1:]]
        return sum(begun, start=literal(0))

    found = _counted(session, Asked(starts[0]), dict.fromkeys(Counted, month))
    return [found.get(str(number), Figures()) for number in range(len(starts))]


def by_terminal(session: Session, since: datetime) -> dict[str, Figures]:
    """By where the step or the run was opened, the act done or the scan refused; one query."""
    return _counted(session, Asked(since), dict.fromkeys(Counted, _terminal))


def by_kind(session: Session, since: datetime) -> dict[str, Figures]:
    """By kind of step, of runs at QC and of other acts; a mix-up is stopped before it is one of
    these. One query."""
    counted = [what for what in Counted if what is not Counted.MISMATCHES]
    return _counted(session, Asked(since), dict.fromkeys(counted, _kind))


def _terminal(of: Any, _at: Any) -> ColumnElement[Any]:
    return func.coalesce(of.terminal, "")


def _kind(of: Any, _at: Any) -> ColumnElement[Any]:
    named = {QcRun: IN_RUNS, EnteredCode: IN_OTHER_ACTS}.get(of)
    return cast(Step.kind, String) if named is None else literal_column(f"'{named}'")


def _counted(session: Session, asked: Asked, groups: Mapping[Counted, Any]) -> dict[str, Figures]:
    """By group: how many rows there are behind each figure."""
    parts = []
    for what, group_of in groups.items():
        model, at = SOURCES[what]
        of = Refusal if model is Refusal else Step
        parts.append(_part(rows(what, asked), what, group_of(of, at)))
        if (there := in_runs(what, asked)) is not None:
            parts.append(_part(there, what, group_of(QcRun, SCANNED_IN[what].c.at)))
        if what in OF_OTHER_ACTS:
            group = group_of(EnteredCode, EnteredCode.entered_at)
            parts.append(_part(in_other_acts(what, asked), what, group))
    found: dict[str, dict[str, int]] = {}
    for name, of_what, number in session.execute(union_all(*parts)):
        figures = found.setdefault(of_what, {})
        figures[name] = figures.get(name, 0) + number
    assert {each.name for each in fields(Figures)} == set(Counted)
    return {of_what: Figures(**numbers) for of_what, numbers in sorted(found.items())}


def _part(query: Select[Any], what: Counted, group: Any) -> Select[Any]:
    group = cast(group, String).label("of")
    return query.with_only_columns(literal(what.value), group, func.count()).group_by(group)
