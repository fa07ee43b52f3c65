"""The audit trail: every change of every record, in the same transaction, chained.

An entry's hash covers the hash before it, so nothing can be edited, removed or put in between
without breaking the chain; anchors outside the database protect its end (workflows/anchors.py).
recording.py fills it.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lims.models.base import Base
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
        "job",
        "worker_round",
        "reminder",
        "draft",
    }
)
"""Tables that are themselves a log, or bookkeeping that says nothing of people's work: a job tells
that the program did its own; what it changes of records has its entries like any other change."""

SECRETS = frozenset(
    {
        ("user_account", "password_hash"),
        ("user_account", "pin_hash"),
        ("terminal", "token_sha256"),
    }
)
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


_spelling = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
"""Made once: `json.dumps` would make one for each entry."""


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, letters as they are."""
    return _spelling.encode(value)


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 of 0x00, the format and every field of the entry but the hash itself."""
    return hashlib.sha256(b"\x00" + canonical([FORMAT, entry]).encode()).hexdigest()


HASHED = {
    "seq": "id",
    "at": "at",
    "user_id": "user_id",
    "terminal": "terminal",
    "command": "command",
    "reason": "reason",
    "action": "action",
    "table": "table_name",
    "row": "row_id",
    "patient_id": "patient_id",
    "changes": "changes",
    "schema": "schema_revision",
    "previous": "previous_hash",
}
"""The fields of an entry as they are called where they are hashed, and their columns."""


def hashed_fields(row: Any) -> dict[str, Any]:
    """The fields of an entry, ORM object or result row, in the form that is hashed."""
    return hashed([getattr(row, column) for column in HASHED.values()])


def hashed(values: Iterable[Any]) -> dict[str, Any]:
    """The same of the values of those columns, in their order."""
    fields = dict(zip(HASHED, values, strict=True))
    fields["at"] = stored(fields["at"])
    return fields


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
