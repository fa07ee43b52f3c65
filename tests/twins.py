"""Two patients with one row each in every table: whatever belongs to the first has the number
of the first, so every key of a row is known, and any one of them can be bent to the second."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKeyConstraint,
    Table,
    UniqueConstraint,
    insert,
)

from lims import schema
from lims.database import Database
from tests.stuffing import GENERATED_ELSEWHERE, TABLES, value_of

FIRST, SECOND = 5_000_001, 5_000_002
SPARE = 100
"""Added to a patient's number: rows that nothing points to yet, so that a new one can."""
PLENTY = 1_000_000
ONE_OPEN_A_PATIENT = {"storage_cell": "closed"}
"""Tables of which a patient has one open row, and the status of which there may be several."""
OF_MATERIAL = [table for table in TABLES if "patient_id" in table.c and table.name != "audit_entry"]


def links() -> Iterator[tuple[Table, str, Table]]:
    """(child, its column, parent) of every key between two pieces of patients' material."""
    for table in OF_MATERIAL:
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            parent = key.referred_table
            if "patient_id" in parent.c:
                own = [name for name in key.column_keys if name != "patient_id"]
                yield table, own[0], parent


def carries_patient(key: ForeignKeyConstraint) -> bool:
    return "patient_id" in key.column_keys


def row_of(table: Table, patient: int, number: int) -> dict[str, Any]:
    """A row with number `number` of which every key leads to `patient`'s."""
    row = {}
    for place, column in enumerate(table.c):
        if column.name == "patient_id" or column.foreign_keys:
            row[column.name] = patient
        elif column.primary_key:
            row[column.name] = number
        elif column.name == "volume_ml" and table.name == "suspension":
            row[column.name] = PLENTY
        elif column.name == "status" and table.name in ONE_OPEN_A_PATIENT:
            row[column.name] = ONE_OPEN_A_PATIENT[table.name]
        elif isinstance(column.type, BigInteger) and counts(column):
            row[column.name] = number
        else:
            row[column.name] = value_of(column, place)
    if table.name in CHILDREN:  # a kind of step is its step: one number
        row["id"] = number
    return row


def counts(column: Column[Any]) -> bool:
    """Whether a number tells rows of one patient apart: the second course, the third copy."""
    return any(
        column.name in rule.columns
        for rule in column.table.constraints
        if isinstance(rule, UniqueConstraint)
    )


def spare_of(table: Table, patient: int) -> dict[str, Any]:
    """A row of `patient` to which nothing leads and whose own keys lead nowhere."""
    spare = patient + SPARE
    nowhere = {
        key.column_keys[0]: spare + SPARE
        for key in table.foreign_key_constraints
        if "patient_id" in key.referred_table.c
    }
    row = row_of(table, patient, spare)
    elsewhere = {c.name: FIRST for c in table.c if c.foreign_keys and c.name != "patient_id"}
    return {**row, **elsewhere, **nowhere}


CHILDREN = {table.name for table in TABLES if table.c.id.foreign_keys}
"""Tables of kinds of step: their key is the key of the step."""


@contextmanager
def keys_only(database: Database) -> Iterator[Connection]:
    """A connection that holds rows to their keys and triggers, and to no check."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        else:
            drop_checks(connection)
        yield connection
        connection.rollback()
        connection.invalidate()


def drop_checks(connection: Connection) -> None:
    checks = connection.exec_driver_sql(
        "SELECT conrelid::regclass, conname FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    for table, name in checks.all():
        connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def settle(database: Database) -> None:
    """Store both patients' rows with keys and triggers off; they fit all the same."""
    with unguarded(database) as connection:
        schema.drop_triggers(connection)
        for patient in (FIRST, SECOND):
            for table in TABLES:
                if table.name in GENERATED_ELSEWHERE:
                    continue
                if "patient_id" in table.c or table.name == "patient" or patient == FIRST:
                    connection.execute(insert(table).values(row_of(table, patient, patient)))
                if table in OF_MATERIAL and table.name not in CHILDREN:
                    connection.execute(insert(table).values(spare_of(table, patient)))
        schema.make_triggers(connection)


@contextmanager
def unguarded(database: Database) -> Iterator[Connection]:
    """A connection of somebody for whom no key holds, committed at the end."""
    with keys_only(database) as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("COMMIT")  # the switch works outside transactions
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.commit()
        connection.invalidate()
