"""Recording: what fills the audit trail, for every session, without anybody asking for it.

Changes are collected at each flush and written just before the commit, the head of the chain
locked last. A savepoint that is rolled back takes its changes with it.
"""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event, insert, inspect, select, update
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, UOWTransaction
from sqlalchemy.orm.session import SessionTransaction

from lims import clock
from lims.models.audit import (
    UNAUDITED,
    Action,
    AuditEntry,
    AuditHead,
    canonical,
    entry_hash,
    hashed_fields,
    kept,
)
from lims.models.base import Base, table_of


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
                table = record.__tablename__
                whose = record.id if table == "patient" else getattr(record, "patient_id", None)
                pending.append((action, table, record.id, whose, changes))


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
        statement: Any = getattr(state.statement, "element", state.statement)  # of RETURNING
        if statement.table.name not in UNAUDITED:
            raise BulkChange(f"a bulk statement on {statement.table.name} would leave no trail")


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
