"""Rows in open formats: JSON Lines with exact values, and CSV for people beside it."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from lims.exports import schema, verify
from lims.exports.folder import ExportFolder
from lims.models.audit import HASHED, AuditEntry, hashed
from lims.models.base import table_of
from lims.portions import in_portions
from lims.workflows.reconciling import A_STREAM, as_kept, as_stored

Moved = Callable[[int], None]
"""Told how many rows were written since it was told last."""


def write_table(
    session: Session, folder: ExportFolder, table: Table, moved: Moved, only: set[int] | None = None
) -> None:
    """Write `table`, or the rows `only`, as .jsonl and .csv, in the order of their numbers."""
    columns = schema.columns(table)
    names = [column.name for column in columns]
    places = [schema.places(column) for column in columns]
    asked = select(*(as_stored(column) for column in columns)).order_by(table.c.id)
    name = verify.TABLES + table.name
    with folder.open(f"{name}.csv") as csv, folder.open(f"{name}.jsonl") as lines:
        csv.write(verify.BOM + verify.csv_line(names, places))
        for row in _streamed(session, asked, table.c.id, only):
            pairs = zip(columns, row, strict=True)
            values = [as_kept(table.name, column, value) for column, value in pairs]
            lines.write(_line(dict(zip(names, values, strict=True))))
            csv.write(verify.csv_line(values, places))
            moved(1)


def write_trail(
    session: Session, folder: ExportFolder, moved: Moved, only: set[int] | None = None
) -> None:
    """Write the entries, or those numbered `only`, with their hashes, in the order of the chain."""
    entry = table_of(AuditEntry)
    columns = [as_stored(entry.c[name]) for name in (*HASHED.values(), "hash")]
    asked = select(*columns).order_by(entry.c.id)
    with folder.open(verify.ENTRIES) as lines:
        for *values, found in _streamed(session, asked, entry.c.id, only):
            lines.write(_line({**hashed(values), "hash": found}))
            moved(1)


def _line(value: dict[str, Any]) -> bytes:
    return verify.encoded(verify.canonical(value)) + b"\n"


def _streamed(
    session: Session, asked: Select[Any], key: Any, only: set[int] | None
) -> Iterable[Any]:
    if only is None:
        yield from session.connection().execute(asked.execution_options(yield_per=A_STREAM))
        return
    for some in in_portions(only):
        yield from session.connection().execute(asked.where(key.in_(some)))
