"""What a schema consists of: every column, key, check, index and trigger, one line each.

The schema there is and the one the models ask for are listed alike, so that what is missing,
altered or put in shows as a difference of two sets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, create_engine, text

from lims import schema
from lims.models import Base

NOT_OURS = schema.NOTED_IN


@dataclass(frozen=True)
class Difference:
    """Lines that are missing, and lines that should not be there."""

    missing: tuple[str, ...]
    surplus: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.surplus)


def difference(connection: Connection) -> Difference:
    """How the schema behind `connection` differs from what the models ask for."""
    wanted, there = expected(connection), inventory(connection)
    return Difference(tuple(sorted(wanted - there)), tuple(sorted(there - wanted)))


def inventory(connection: Connection) -> frozenset[str]:
    """The schema there is."""
    if connection.dialect.name == "sqlite":
        return frozenset(_sqlite(connection))
    return frozenset(_postgresql(connection))


def expected(connection: Connection) -> frozenset[str]:
    """The schema the models ask for, made anew: in memory, or in a schema rolled back again."""
    if connection.dialect.name == "sqlite":
        with create_engine("sqlite://").begin() as empty:
            return _made(empty)
    savepoint = connection.begin_nested()
    try:
        connection.execute(text("CREATE SCHEMA lims_expected"))
        connection.execute(text("SET LOCAL search_path TO lims_expected"))
        return _made(connection)
    finally:
        savepoint.rollback()


def _made(connection: Connection) -> frozenset[str]:
    Base.metadata.create_all(connection)
    schema.make_triggers(connection)
    return inventory(connection)


def _sqlite(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> :not"),
        {"not": NOT_OURS},
    )
    for kind, name, sql in rows:
        plain = " ".join(sql.replace('"', "").split())
        if kind != "table":
            yield plain
            continue
        head, _, rest = plain.partition("(")
        body, _, tail = rest.rpartition(")")
        yield f"{head.strip()} {tail.strip()}"
        for part in _parts(body):
            yield f"{name}: {part}"


def _parts(body: str) -> Iterator[str]:
    """What stands between the commas of a table's definition, those within brackets left."""
    depth, part = 0, ""
    for word in re.split(r"([(),])", body):
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += word
    yield part.strip()


_CATALOGUE = (
    "SELECT format('%s: %s %s %s', c.relname, a.attname,"
    " format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END)"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
    " AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> :not",
    "SELECT format('%s: %s %s%s', c.relname, k.conname, pg_get_constraintdef(k.oid),"
    " CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END)"
    " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " WHERE k.connamespace = current_schema()::regnamespace AND k.contype <> 'n'"
    " AND c.relname <> :not",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> :not",
    "SELECT format('%s %s: %s', pg_get_triggerdef(t.oid), t.tgenabled, p.prosrc)"
    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal"
    " AND c.relname <> :not",
)


NOT_SAID_TWICE_ALIKE = re.compile(r"::character varying|::text(\[\])?|[()]")
"""PostgreSQL writes a condition that was dumped and restored with other brackets and casts."""
REWRITTEN = re.compile(r" CHECK \(| WHERE ")
"""Lines with a condition: of a check, or of an index of some rows."""


def _postgresql(connection: Connection) -> Iterator[str]:
    here = connection.scalar(text("SELECT current_schema()"))
    for listed in _CATALOGUE:
        for line in connection.execute(text(listed), {"not": NOT_OURS}).scalars():
            line = line.replace(f"{here}.", "")
            yield NOT_SAID_TWICE_ALIKE.sub("", line) if REWRITTEN.search(line) else line
