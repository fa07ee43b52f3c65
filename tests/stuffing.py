"""A row in every table, put in by somebody for whom no rule holds, so that rules can be tried."""

import itertools
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Table,
    event,
    insert,
)

from lims import schema
from lims.database import Database
from lims.models import Base
from lims.models.types import Closed, Moment, Scaled
from lims.workflows.transitions import START

TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
GENERATED_ELSEWHERE = {"audit_entry", "audit_head", "allowed_transition"}
"""Their rows are there already, and a made-up one would not fit."""

MADE_UP = 1_000_000
"""The made-up rows have higher numbers."""
PATIENT = MADE_UP + 1
_numbers = itertools.count(PATIENT + 1)


def stuff(database: Database) -> None:
    """Put a made-up row into every table, past triggers and keys; CHECKs stay off."""
    if database.is_sqlite:
        _stuff_sqlite(database)
    else:
        _stuff_postgresql(database)


def _stuff_sqlite(database: Database) -> None:
    @event.listens_for(database.engine, "connect")
    def _connect(dbapi: Any, _record: object) -> None:
        dbapi.execute("PRAGMA ignore_check_constraints = ON")

    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # the switch works outside transactions
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN")
        schema.drop_triggers(connection)
        _fill(connection)
        schema.make_triggers(connection)
        connection.commit()
        connection.invalidate()


def _stuff_postgresql(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        checks = connection.exec_driver_sql(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
        for table, name in checks.all():
            connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        _fill(connection)
        connection.commit()
        connection.invalidate()


def _fill(connection: Connection) -> None:
    for table in TABLES:
        if table.name not in GENERATED_ELSEWHERE:
            connection.execute(insert(table).values(row_of(table)))


def row_of(table: Table) -> dict[str, Any]:
    return {column.name: value_of(column, place) for place, column in enumerate(table.c)}


def value_of(column: Column[Any], place: int) -> Any:
    """Something of the column's kind; moments follow one another in the order of the columns."""
    kind = column.type
    if column.name == "patient_id" or (column.table.name == "patient" and column.primary_key):
        return PATIENT
    if isinstance(kind, Closed):
        return START.get(kind.words, next(iter(kind.words)))
    if isinstance(kind, Moment):
        return datetime(2026, 1, 1 + place % 28, tzinfo=UTC)
    if isinstance(kind, Date):
        return date(2026, 1, 1 + place % 28)
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, (BigInteger, Scaled)):
        known = column.foreign_keys or column.name.endswith("_id") or column.primary_key
        return next(_numbers) if known else 1
    return f"{column.name[:3]}{next(_numbers)}"
