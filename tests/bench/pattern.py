"""A pattern: what the trail tells of one patient, and what of it differs from copy to copy."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Date, Table, select

from lims.models import Base
from lims.models.audit import HASHED, AuditEntry
from lims.models.base import columns_of, points_to, table_of
from lims.models.command_run import CommandRun
from lims.models.types import Moment
from lims.workflows.codes import SHAPE
from lims.workflows.reconciling import as_stored


class Slot(NamedTuple):
    """What each copy fills anew: kind is row, code, moment, day, name or copy."""

    kind: str
    what: Any = None


Text = tuple[Any, ...]
"""Words and slots one after another."""
Cell = Any
"""A slot, a Text, or a value that is the same in every copy."""

NAMED = ("full_name", "other_name", "search_name", "birth_date")
"""Of a patient: each copy is somebody else."""
NUMBERED = {"tank", "equipment", "place"}
"""Tables whose rows are called by a name that no other has."""
TOLD_BY = {
    "signature": "subject", "pending_signature": "subject", "command_run": "result",
    "entered_code": "result",
}  # fmt: skip
"""Tables that point to a row of any table, which they name: `…_table`, `…_id`."""
MAPPED = {"position"}
"""Tables whose rows are not copied, and yet are others in each copy."""


def root(table: str) -> str:
    """The table whose numbers the rows of `table` have: of every kind of step, `step`."""
    parent = points_to(table, "id") if table in Base.metadata.tables else None
    return root(parent) if parent else table


@dataclass
class Pattern:
    """Rows by table, and the entries that tell of them in the order they were written."""

    rows: dict[str, list[dict[str, Cell]]]
    entries: list[dict[str, Cell]]
    """`changes` is {column: [old, new]} of cells."""


class Reader:
    """What was written between two entries of the trail, `after` and `last`."""

    def __init__(self, connection: Connection, after: int, last: int) -> None:
        self.connection = connection
        entry = table_of(AuditEntry)
        query = select(*(as_stored(entry.c[name]) for name in HASHED.values()))
        query = query.where(entry.c.id > after, entry.c.id <= last).order_by(entry.c.id)
        self.told = [dict(row._mapping) for row in connection.execute(query)]
        self.own = {
            (root(each["table_name"]), each["row_id"])
            for each in self.told
            if each["action"] == "insert"
        }
        self.others = set(self._codes_of_others())

    def pattern(self) -> Pattern:
        return Pattern(
            {
                table.name: rows
                for table in Base.metadata.sorted_tables
                if (rows := self._of(table))
            },
            [self._entry(each) for each in self.told if self._is_own(each)],
        )

    def _is_own(self, entry: dict[str, Any]) -> bool:
        """Not one that tells of a lot or a place that others use too."""
        return (root(entry["table_name"]), entry["row_id"]) in self.own

    def _codes_of_others(self) -> Iterator[str]:
        for table in Base.metadata.sorted_tables:
            if "code" in table.c and table.name != "specification_test":
                found = self.connection.execute(select(table.c.id, table.c.code))
                yield from (code for key, code in found if (root(table.name), key) not in self.own)

    def _of(self, table: Table) -> list[dict[str, Cell]]:
        query = select(*(as_stored(column) for column in table.c)).order_by(table.c.id)
        rows = (dict(row._mapping) for row in self.connection.execute(query))
        return [self._row(table.name, row) for row in rows if self._is_copied(table.name, row)]

    def _is_copied(self, table: str, row: dict[str, Any]) -> bool:
        if table == CommandRun.__tablename__:
            return (root(row["result_table"] or ""), row["result_id"]) in self.own
        return (root(table), row["id"]) in self.own

    def _row(self, table: str, row: dict[str, Any]) -> dict[str, Cell]:
        return {name: self.cell(table, name, value, row) for name, value in row.items()}

    def _entry(self, entry: dict[str, Any]) -> dict[str, Cell]:
        table, changes = entry["table_name"], json.loads(entry["changes"])
        new = {"id": entry["row_id"]} | {name: pair[1] for name, pair in changes.items()}
        told = {
            name: [self.cell(table, name, value, new) for value in pair]
            for name, pair in changes.items()
        }
        return entry | {
            "changes": told,
            "at": Slot("moment", entry["at"]),
            "row_id": self._number(table, entry["row_id"]),
            "patient_id": self._number("patient", entry["patient_id"]),
            "reason": self._text(entry["reason"]),
        }

    def cell(self, table: str, name: str, value: Any, row: dict[str, Any]) -> Cell:
        """What becomes of a value in each copy."""
        if value is None:
            return None
        if table == "patient" and name in NAMED:
            return Slot("name", name)
        if name == "idempotency_key" or (table in NUMBERED and name == "name"):
            return (*self._words(value), " ", Slot("copy"))
        if (target := self._target(table, name, row)) is not None:
            return self._number(target, value)
        column = columns_of(table).get(name)
        if column is not None and isinstance(column.type, Moment):
            return Slot("moment", value)
        if column is not None and isinstance(column.type, Date):
            return Slot("day", value)
        return self._text(value)

    def _target(self, table: str, name: str, row: dict[str, Any]) -> str | None:
        """The table whose row numbers stand in the column."""
        if name == "id":
            return table
        if table in TOLD_BY and name == f"{TOLD_BY[table]}_id":
            return row.get(f"{TOLD_BY[table]}_table")
        if table == CommandRun.__tablename__:
            return None if name != "user_id" else "user_account"
        return points_to(table, name)

    def _number(self, table: str, number: int | None) -> Cell:
        its = (root(table), number)
        copied = number is not None and (its in self.own or its[0] in (*MAPPED, "command_run"))
        return Slot("row", its) if copied else number

    def _text(self, value: Any) -> Cell:
        if not isinstance(value, str):
            return value
        words = self._words(value)
        if len(words) == 1:
            return words[0]
        return words if words else value

    def _words(self, value: str) -> Text:
        return tuple(_split(value, self.others))


def _split(value: str, others: Iterable[str]) -> Iterator[Any]:
    """The words of a text and the codes in it that are not of others."""
    end = 0
    for found in SHAPE.finditer(value):
        if found[0] not in others:
            if found.start() > end:
                yield value[end : found.start()]
            yield Slot("code", found[0])
            end = found.end()
    if end < len(value):
        yield value[end:]
