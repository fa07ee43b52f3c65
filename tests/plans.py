"""What SQLite reads from end to end to answer a query, told by its own plan."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from lims.models import Base

FEW = {
    "audit_head", "box", "calibration", "column_mapping", "equipment", "import_run", "item", "lot",
    "lot_ingredient", "one_time_code", "pending_signature", "place", "procedure",
    "specification_limit", "specification_test", "specification_version", "storage_reading",
    "tank", "terminal", "training", "user_account", "worker_round",
}  # fmt: skip
"""Tables that grow with the laboratory's people, rooms and things, not with its patients."""
ALIAS = re.compile(r"_\d+$")
SCAN = re.compile(r"SCAN (?!CONSTANT)(\S+)(?:.* USING (?:COVERING )?INDEX (\S+))?")
WHOLE_INDEX = re.compile(r"SEARCH (\S+) USING AUTOMATIC ()")

Asked = tuple[str, Any]
"""A statement and its values."""


@contextmanager
def asked(engine: Engine) -> Iterator[list[Asked]]:
    """All that is asked meanwhile."""
    found: list[Asked] = []

    def note(_conn: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            found.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def read_whole(connection: Connection, statement: str, values: Any) -> set[str]:
    """The tables of history that `statement` reads whole, also for an index of its own; not what
    an index of open rows alone leads to, nor the rows of a list as many as it shows or counts."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    lines = [row[3] for row in plan]
    sorted_first = "USE TEMP B-TREE FOR ORDER BY" in lines
    listed = 0 if sorted_first else statement.count("LIMIT")
    found = filter(None, (SCAN.match(line) or WHOLE_INDEX.match(line) for line in lines))
    read = [(ALIAS.sub("", each[1]), each[2]) for each in found]
    history = [
        table
        for table, index in read
        if table in Base.metadata.tables and table not in FEW and not _of_some(connection, index)
    ]
    return set(history[listed:])


def _of_some(connection: Connection, index: str | None) -> bool:
    told = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (index,))
    return " WHERE " in (told.scalar() or "")
