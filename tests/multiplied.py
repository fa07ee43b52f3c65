"""The same laboratory with ten or a hundred times as much in it, for counting queries.

Rows are copied past the triggers: nothing here is a record of anything, it is only looked at.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Index, Table, UniqueConstraint, insert, select

from lims import schema
from lims.database import Database
from lims.models import Base
from tests.bench.copies import Serials

TABLES = [table for table in Base.metadata.sorted_tables if table.name != "audit_entry"]
SHARED_BY_A_PATIENT = {
    "patient",
    "course",
    "transplantation_session",
    "planned_administration",
    "batch",
    "sample",
    "batch_sample",
    "consent",
    "patient_document",
    "storage_cell",
    "storage_agreement",
    "earlier_patient",
    "earlier_batch",
}
"""What stays one when the work on one batch is multiplied."""
HELD_ONCE = {"line_clearance": "closed_at"}
"""Tables of which one row may be open at a time: open ones are not copied."""
ROWS, COLUMNS = 26, 99
"""Of the box that holds what is copied: the largest there is."""
COUNTED = ("number", "edition")
LISTED = ("contraindication_finding", "contraindication_absence")
"""Tables whose number is that of a contraindication, and stays."""
CODES = ("code", "container_code", "subject_code")

_serials = Serials({}, after=500_000)


def new_code(old: str) -> str:
    """A well-formed code of the same kind that nothing has."""
    return _serials.next(old[:2], int(old[2:4]))


def more_patients(database: Database, times: int) -> None:
    """`times` more of every patient with all that is theirs."""
    _multiply(database, times, keep=set())


def more_work(database: Database, times: int) -> None:
    """`times` more of all that was done and made in each batch."""
    _multiply(database, times, keep=SHARED_BY_A_PATIENT)


def _multiply(database: Database, times: int, keep: set[str]) -> None:
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
        room = empty_positions(connection)
        copies = [Copy(room) for _ in range(times)]
        for table in TABLES:
            mine = "patient_id" in table.c or table.name in ("patient", "deviation")
            if mine and table.name not in keep:
                _copy(connection, table, copies)


@dataclass
class Copy:
    """One copy: the new number of each row of each table, the new code for each code; `room` are
    the positions that allocations get, for one is of one cell."""

    room: Iterator[int]
    numbers: dict[str, dict[int, int]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


def _copy(connection: Connection, table: Table, copies: list[Copy]) -> None:
    rows = [dict(row._mapping) for row in connection.execute(originals(table))]
    first = itertools.count(1 + highest(connection, table))
    parent = next((key.column.table.name for key in table.c.id.foreign_keys), None)
    made = []
    for copy in copies:
        copy.numbers[table.name] = {
            row["id"]: copy.numbers[parent][row["id"]] if parent else next(first) for row in rows
        }
        made += [copied(table, row, copy) for row in rows]
    if made:
        connection.execute(insert(table), made)


def originals(table: Table) -> Any:
    """The rows that are copied: those below the copies' numbers."""
    query = select(table).where(table.c.id < 10_000).order_by(table.c.id)
    if table.name in HELD_ONCE:
        query = query.where(table.c[HELD_ONCE[table.name]].is_not(None))
    return query


def highest(connection: Connection, table: Table) -> int:
    found = connection.execute(select(table.c.id).order_by(table.c.id.desc()).limit(1)).scalar()
    return max(int(found or 0), 10_000)


def empty_positions(connection: Connection) -> Iterator[int]:
    """The positions of a large new box in the first tank, one after another."""
    box, position = (Base.metadata.tables[name] for name in ("box", "position"))
    old = dict(connection.execute(select(box).order_by(box.c.id).limit(1)).one()._mapping)
    number = 1 + highest(connection, box)
    new = {"id": number, "code": new_code(old["code"]), "tower": f"more {number}"}
    connection.execute(insert(box).values({**old, **new, "rows": ROWS, "columns": COLUMNS}))
    first = 1 + highest(connection, position)
    places = itertools.product(range(1, ROWS + 1), range(1, COLUMNS + 1))
    made = [
        {"id": first + at, "box_id": number, "row_number": row, "column_number": column}
        for at, (row, column) in enumerate(places)
    ]
    connection.execute(insert(position), made)
    return iter([each["id"] for each in made])


def copied(table: Table, row: dict[str, Any], as_: Copy) -> dict[str, Any]:
    copy, numbers, codes = dict(row), as_.numbers, as_.codes
    if table.name == "allocation":
        copy["position_id"] = next(as_.room)
    if table.name == "qc_run_member":  # runs stay the same ones: all copies are in them
        copy["position"] = numbers[table.name][row["id"]]
    for column in table.c:
        old = row[column.name]
        for key in column.foreign_keys:
            moved = numbers.get(key.column.table.name, {})
            if old in moved and key.column.name == "id":
                copy[column.name] = moved[old]
        if column.name == "patient_id":
            copy["patient_id"] = numbers.get("patient", {}).get(old, old)
        elif column.name in CODES and old:
            copy[column.name] = codes.setdefault(old, new_code(old))
        elif column.unique and isinstance(old, str):
            copy[column.name] = f"{old} {numbers[table.name][row['id']]}"
        elif counted(column) and "patient" not in numbers:
            copy[column.name] = numbers[table.name][row["id"]]
    if "id" not in {c.name for c in table.c if c.foreign_keys}:
        copy["id"] = numbers[table.name][row["id"]]
    return copy


def counted(column: Column[Any]) -> bool:
    """Whether it tells one of several by a number that no other of them has."""
    return (
        column.name in COUNTED
        and column.table.name not in LISTED
        and any(
            column.name in rule.columns
            for rule in (*column.table.constraints, *column.table.indexes)
            if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique)
        )
    )
