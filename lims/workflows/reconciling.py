"""Reconciling: every row of every table against what the audit trail tells of it.

The trail is folded row by row, in the order of the rows, beside the table itself, so that a
change made past the trail is found wherever it was made, and named.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from sqlalchemy import Boolean, Column, ColumnElement, exists, func, select, type_coerce
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.types import NullType

from lims.models import Base
from lims.models.audit import UNAUDITED, AuditEntry, kept
from lims.workflows import findings
from lims.workflows.findings import Finding

A_STREAM = 1000
"""Rows fetched at a time."""


KNOWN_BY = ("code", "number", "login", "name")


class Counted(Protocol):
    rows: int


def as_stored(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """`column` as the database holds it: a value that could not be read must not stop a check."""
    return type_coerce(column, NullType())


def as_kept(table: str, column: Column[Any], value: Any) -> Any:
    """A value that was read as stored, as the trail keeps it: the same on both databases."""
    if isinstance(column.type, Boolean) and value in (0, 1):  # SQLite has only numbers
        return bool(value)
    return kept(table, column.name, value)


def same(one: Any, other: Any) -> bool:
    """The same value of the same kind: 1 is neither 1.0 nor true."""
    return type(one) is type(other) and bool(one == other)


@dataclass
class Told:
    """What the trail tells of one row: its values, and the entry that last set each."""

    row_id: int
    values: dict[str, Any] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    broken: list[Finding] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The number of the row, and what people know it by: a code, or the number on a tube."""
        known = next((self.values[name] for name in KNOWN_BY if self.values.get(name)), None)
        return f"{self.row_id} ({known})" if known else str(self.row_id)

    def take(self, table: str, seq: int, changes: dict[str, list[Any]]) -> None:
        """Fold one entry; what it says was there before must be what was told before."""
        for column, (old, new) in changes.items():
            if not same(before := self.values.get(column), old):
                self.broken.append(
                    findings.OldValueDiffers(
                        table=table,
                        row=self.place,
                        column=column,
                        seq=seq,
                        trail=before,
                        old=old,
                    )
                )
            self.values[column], self.seqs[column] = new, seq


def differences(session: Session, report: Counted) -> Iterator[Finding]:
    """Every difference between the tables and the trail; counts the rows looked at."""
    audited = dict(_audited())
    for table, mapper in sorted(audited.items()):
        yield from _compared(table, _told(session, table), _live(session, mapper), report)
        yield from _halves(session, mapper)
    strangers = (
        select(AuditEntry.table_name, func.min(AuditEntry.id))
        .where(AuditEntry.table_name.not_in(audited))
        .group_by(AuditEntry.table_name)
    )
    for table, seq in session.execute(strangers):
        yield findings.UnknownTable(table=table, seq=seq)


def _audited() -> Iterator[tuple[str, Mapper[Any]]]:
    """Each table that keeps a trail, with the mapper of its rows."""
    for mapper in Base.registry.mappers:
        shared = mapper.inherits is not None and mapper.inherits.local_table is mapper.local_table
        if not shared and (table := mapper.class_.__tablename__) not in UNAUDITED:
            yield table, mapper


def _told(session: Session, table: str) -> Iterator[Told]:
    streamed = (
        select(AuditEntry.row_id, AuditEntry.id, AuditEntry.changes)
        .where(AuditEntry.table_name == table)
        .order_by(AuditEntry.row_id, AuditEntry.id)
        .execution_options(yield_per=A_STREAM)
    )
    told = None
    for row_id, seq, changes in session.execute(streamed):
        if told is None or told.row_id != row_id:
            if told is not None:
                yield told
            told = Told(row_id)
        told.take(table, seq, _read(changes))
    if told is not None:
        yield told


def _read(changes: str) -> dict[str, list[Any]]:
    """The changes of an entry; none where the text was spoilt, which its hash tells of."""
    try:
        read = json.loads(changes)
        return {name: [old, new] for name, (old, new) in read.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _live(session: Session, mapper: Mapper[Any]) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """Each row by number, with the values of all its columns, those of its base table included."""
    table: str = mapper.class_.__tablename__
    lock = mapper.version_id_col.name if mapper.version_id_col is not None else None
    joined = cast(Iterable[Column[Any]], mapper.persist_selectable.c)
    columns = [column for column in joined if column.name != lock]
    own = mapper.local_table
    streamed = select(own.c.id, *(as_stored(column) for column in columns))
    streamed = streamed.select_from(mapper.persist_selectable).order_by(own.c.id)
    for kind in mapper.self_and_descendants:
        if (apart := kind.local_table) is not own:  # a row there is told of under that table
            streamed = streamed.where(~exists().where(apart.c.id == own.c.id))
    for row in session.execute(streamed.execution_options(yield_per=A_STREAM)):
        pairs = zip(columns, row[1:], strict=True)
        yield row[0], [(column.name, as_kept(table, column, value)) for column, value in pairs]


def _halves(session: Session, mapper: Mapper[Any]) -> Iterator[Finding]:
    """Rows of a kind of record that have no part in the table it shares, and of which no entry
    tells: seen from that table they are not there."""
    own, base = mapper.local_table, mapper.base_mapper.local_table
    if own is base:
        return
    table: str = mapper.class_.__tablename__
    entry = AuditEntry.__table__.c
    halves = select(own.c.id).where(
        ~exists().where(base.c.id == own.c.id),
        ~exists().where(entry.table_name == table, entry.row_id == own.c.id),
    )
    for row in session.scalars(halves.order_by(own.c.id)):
        yield findings.RowWithoutTrail(table=table, row=row)


def _compared(
    table: str,
    told_rows: Iterator[Told],
    live_rows: Iterator[tuple[int, list[tuple[str, Any]]]],
    report: Counted,
) -> Iterator[Finding]:
    """Walk the trail and the table side by side, both in the order of the rows."""
    told, live = next(told_rows, None), next(live_rows, None)
    while told is not None or live is not None:
        if live is None or (told is not None and told.row_id < live[0]):
            assert told is not None
            last = max(told.seqs.values(), default=0)
            yield findings.RowMissing(table=table, row=told.place, seq=last)
            told = next(told_rows, None)
        elif told is None or live[0] < told.row_id:
            report.rows += 1
            yield findings.RowWithoutTrail(table=table, row=live[0])
            live = next(live_rows, None)
        else:
            report.rows += 1
            yield from told.broken
            yield from _columns(table, told, live[1])
            told, live = next(told_rows, None), next(live_rows, None)


def _columns(table: str, told: Told, values: Iterable[tuple[str, Any]]) -> Iterator[Finding]:
    for column, live in values:
        if not same(trail := told.values.get(column), live):
            yield findings.ValueDiffers(
                table=table,
                row=told.place,
                column=column,
                live=live,
                trail=trail,
                seq=told.seqs.get(column, max(told.seqs.values(), default=0)),
            )
