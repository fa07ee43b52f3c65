"""The audit trail: every change of every record, in the same transaction, chained.

Changes are collected at each flush and written just before the commit, the head of the chain
locked last. A savepoint that is rolled back takes its changes with it. An entry's hash covers
the hash before it, so nothing can be edited, removed or put in between without breaking the
chain; anchors outside the database protect its end (workflows/anchors.py).
"""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Index, String, Text, event, insert, inspect, select, update
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    ORMExecuteState,
    Session,
    UOWTransaction,
    mapped_column,
)
from sqlalchemy.orm.session import SessionTransaction

from lims import clock
from lims.models.base import Base, table_of
from lims.models.types import Key, Scaled, Sha256, moment_text

FORMAT = 1
"""Version of the canonical form below; part of what is hashed."""
GENESIS = "0" * 64

UNAUDITED = frozenset(
    {
        "audit_entry",
        "audit_head",
        "allowed_transition",
        "code_serial",
        "command_run",
        "login_session",
        "login_attempt",
        "patient_view",
    }
)
"""Tables that are themselves a log, or bookkeeping that says nothing of people's work."""

SECRETS = frozenset({("user_account", "password_hash")})
"""Columns whose values show in the trail that they changed, and not what they are."""


class Action(StrEnum):
    INSERT = "insert"
    UPDATE = "update"


class AuditEntry(Base):
    """One change of one row: {column: [old, new]} as canonical JSON."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_row", "table_name", "row_id", "id"),)

    # id is the sequence number: without gaps, one more than the head
    at: Mapped[datetime]
    user_id: Mapped[Key | None] = mapped_column(index=True)
    terminal: Mapped[str | None]
    command: Mapped[str]
    reason: Mapped[str | None]
    action: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[Key]
    patient_id: Mapped[Key | None] = mapped_column(index=True)
    changes: Mapped[str] = mapped_column(Text)
    schema_revision: Mapped[str] = mapped_column(String(32))
    previous_hash: Mapped[Sha256]
    hash: Mapped[Sha256] = mapped_column(unique=True)


class AuditHead(Base):
    """The last entry of the chain; its one row is locked by whoever appends."""

    __tablename__ = "audit_head"

    seq: Mapped[int]
    hash: Mapped[Sha256]


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, letters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 of 0x00, the format and every field of the entry but the hash itself."""
    return hashlib.sha256(b"\x00" + canonical([FORMAT, entry]).encode()).hexdigest()


def hashed_fields(row: Any) -> dict[str, Any]:
    """The fields of an entry, ORM object or result row, in the form that is hashed."""
    return {
        "seq": row.id,
        "at": stored(row.at),
        "user_id": row.user_id,
        "terminal": row.terminal,
        "command": row.command,
        "reason": row.reason,
        "action": row.action,
        "table": row.table_name,
        "row": row.row_id,
        "patient_id": row.patient_id,
        "changes": row.changes,
        "schema": row.schema_revision,
        "previous": row.previous_hash,
    }


def stored(value: object, column_type: object = None) -> Any:
    """A value the way the trail keeps it: the same on both databases."""
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(column_type, Scaled) and value is not None:
        return int(Decimal(str(value)).scaleb(column_type.places))
    return value


def kept(table: str, column: str, value: object, column_type: object = None) -> Any:
    """A value of a row as the trail keeps it; of a secret, only its SHA-256."""
    value = stored(value, column_type)
    if value is not None and (table, column) in SECRETS:
        return hashlib.sha256(str(value).encode()).hexdigest()
    return value


class BulkChange(RuntimeError):
    """A bulk statement or a deletion of an audited table: a programming error."""


def _changes_of(record: Base, inserted: bool) -> dict[str, list[Any]]:
    state = inspect(record)
    table = record.__tablename__
    changes = {}
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        if column is state.mapper.version_id_col:  # the lock of the form, not a fact of the record
            continue
        if inserted:
            old, new = None, getattr(record, attribute.key)
        else:
            history = state.attrs[attribute.key].history
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
        pair = [kept(table, column.name, value, column.type) for value in (old, new)]
        if inserted or pair[0] != pair[1]:
            changes[column.name] = pair
    return changes


def _collect(session: Session, _flush: UOWTransaction) -> None:
    pending = session.info.setdefault("audit_changes", [])
    for record in session.deleted:
        if record.__tablename__ not in UNAUDITED:
            raise BulkChange(f"{record.__tablename__} is never deleted")
    for records, action in ((session.new, Action.INSERT), (session.dirty, Action.UPDATE)):
        for record in sorted(records, key=lambda r: (r.__tablename__, r.id or 0)):
            if record.__tablename__ in UNAUDITED:
                continue
            changes = _changes_of(record, action is Action.INSERT)
            if changes:
                patient_id = getattr(record, "patient_id", None)
                table = inspect(record).mapper.local_table.name
                pending.append((action, table, record.id, patient_id, changes))


def _append(session: Session) -> None:
    """Write what was collected, in order, chained; the head is locked here and not before."""
    if session.in_nested_transaction():
        return
    session.flush()
    pending = session.info.pop("audit_changes", [])
    if not pending:
        return
    connection = session.connection()
    head = connection.execute(select(table_of(AuditHead)).with_for_update()).one()
    previous, at, entries = head.hash, clock.now(), []
    for seq, change in enumerate(pending, start=head.seq + 1):
        entry = _entry(session, seq, at, previous, change)
        previous = entry["hash"]
        entries.append(entry)
    connection.execute(insert(table_of(AuditEntry)), entries)
    connection.execute(update(table_of(AuditHead)).values(seq=entries[-1]["id"], hash=previous))


def _entry(
    session: Session, seq: int, at: datetime, previous: str, change: tuple[Any, ...]
) -> dict[str, Any]:
    action, table, row_id, patient_id, changes = change
    fields = {
        "id": seq,
        "at": at,
        "user_id": session.info.get("user_id"),
        "terminal": session.info.get("terminal"),
        "command": session.info.get("command", "system"),
        "reason": session.info.get("reason"),
        "action": action.value,
        "table_name": table,
        "row_id": row_id,
        "patient_id": patient_id,
        "changes": canonical(changes),
        "schema_revision": session.info.get("schema_revision", ""),
        "previous_hash": previous,
    }
    return {**fields, "hash": entry_hash(hashed_fields(SimpleNamespace(**fields)))}


def _savepoint_began(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks = session.info.setdefault("audit_marks", {})
        marks[transaction] = len(session.info.get("audit_changes", []))


def _savepoint_released(session: Session) -> None:
    session.info.get("audit_marks", {}).pop(session.get_nested_transaction(), None)


def _ended(session: Session, transaction: SessionTransaction) -> None:
    """Cut what a savepoint that was not released, or a whole transaction, had collected."""
    marks = session.info.get("audit_marks", {})
    if transaction in marks or transaction.parent is None:
        del session.info.get("audit_changes", [])[marks.pop(transaction, 0) :]


def _refuse_bulk(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table = state.statement.table.name  # type: ignore[attr-defined]
        if table not in UNAUDITED:
            raise BulkChange(f"a bulk statement on {table} would leave no trail")


@event.listens_for(Mapper, "mapper_configured")
def _remember_old_values(mapper: Mapper[Any], _class: type) -> None:
    """An attribute not yet loaded has an old value too: load it when it is set."""
    for attribute in mapper.column_attrs:
        attribute.class_attribute.impl.active_history = True


def listen(session_class: Any) -> None:
    """Make every session of `session_class` keep the trail."""
    event.listen(session_class, "after_flush", _collect)
    event.listen(session_class, "before_commit", _append)
    event.listen(session_class, "after_transaction_create", _savepoint_began)
    event.listen(session_class, "after_commit", _savepoint_released)
    event.listen(session_class, "after_transaction_end", _ended)
    event.listen(session_class, "do_orm_execute", _refuse_bulk)
