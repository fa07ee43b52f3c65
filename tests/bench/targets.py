"""How rows come into a database by the million: SQLite by executemany, PostgreSQL by COPY."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, func, insert, make_url, select, text, update
from sqlalchemy.engine import Engine

from lims import schema
from lims.database import Database
from lims.models import Base
from lims.models.audit import AuditHead
from lims.models.base import table_of
from lims.models.command_run import CodeSerial
from lims.workflows.reconciling import as_stored

CACHE_KB = 400_000
OWN = ("allowed_transition", "audit_head")
"""Tables that an upgrade fills."""

Rows = Iterable[Sequence[Any]]


class Target(Protocol):
    """Takes rows, their values as SQLite stores them."""

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None: ...


@contextmanager
def filling(database: Database, base: str) -> Iterator[Target]:
    """A new database with everything that the SQLite database `base` holds, and whatever is
    inserted meanwhile; keys and triggers rest, and indexes are made at the end."""
    if not database.is_sqlite:
        database.upgrade()
    with database.engine.begin() as connection:
        schema.drop_triggers(connection)
        indexes = _dropped_indexes(connection)
    with _sqlite(database) if database.is_sqlite else _postgresql(database, base) as target:
        yield target
    with database.engine.begin() as connection:
        for statement in indexes:
            connection.exec_driver_sql(statement)
        schema.make_triggers(connection)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            connection.execute(text("VACUUM ANALYZE"))
    database.checkpoint()


def close(
    database: Database, seq: int, last_hash: str, serials: dict[tuple[str, int], int]
) -> None:
    """What the next command goes on from: the head of the chain, the last codes given out."""
    with database.engine.begin() as connection:
        connection.execute(update(table_of(AuditHead)).values(seq=seq, hash=last_hash))
        _write_serials(connection, serials)
        if not database.is_sqlite:
            for table in Base.metadata.sorted_tables:
                connection.execute(_next_number(table.name))


def _write_serials(connection: Connection, serials: dict[tuple[str, int], int]) -> None:
    table = table_of(CodeSerial)
    known = {(row.kind, row.year): row.id for row in connection.execute(select(table))}
    for (kind, year), last in serials.items():
        if (kind, year) in known:
            found = table.c.id == known[kind, year]
            connection.execute(update(table).where(found).values(last=last))
        else:
            connection.execute(insert(table).values(kind=kind, year=year, last=last))


def _next_number(table: str) -> Any:
    highest = f'SELECT coalesce(max(id), 0) + 1 FROM "{table}"'
    return text(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), ({highest}), false)")


def _dropped_indexes(connection: Connection) -> list[str]:
    """The statements that make them again."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND"
            " indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u'))"
            " AND tablename <> 'alembic_version'"
        )
    found = connection.execute(text(query)).all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return [statement for _, statement in found]


class Executemany:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        places = ", ".join("?" * len(columns))
        names = ", ".join(f'"{name}"' for name in columns)
        statement = f'INSERT INTO "{table}" ({names}) VALUES ({places})'
        self.connection.executemany(statement, rows)


@contextmanager
def _sqlite(database: Database) -> Iterator[Target]:
    """One transaction, past the log: whoever fills a new file begins again when it is cut off."""
    database.checkpoint()
    database.engine.dispose()
    path = str(make_url(str(database.engine.url)).database)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KB}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        yield Executemany(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")


class Copy:
    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy,
        ):
            for row in rows:
                copy.write_row(row)


@contextmanager
def _postgresql(database: Database, base: str) -> Iterator[Target]:
    with closing(database.engine.raw_connection()) as connection:
        driver: Any = connection.driver_connection
        driver.execute("SET session_replication_role = replica")  # the keys rest
        target = Copy(driver)
        _bring(base, target)
        yield target
        driver.execute("SET session_replication_role = DEFAULT")
        driver.commit()


def _bring(base: str, target: Target) -> None:
    source = Database(base)
    with source.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in OWN:
                stored = select(*(as_stored(column) for column in table.c)).order_by(table.c.id)
                rows = session.connection().execute(stored)
                target.insert(table.name, list(table.c.keys()), map(tuple, rows))
    source.engine.dispose()


def highest(engine: Engine) -> dict[str, int]:
    """The highest number of each table's rows."""
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
            for table in Base.metadata.sorted_tables
        }
