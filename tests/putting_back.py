"""A copy of a PostgreSQL database put back as it was copied: quicker than another copy, and who is
connected stays, with all that was planned. What was done to the schema is not put back."""

from collections.abc import Callable
from functools import cached_property

import psycopg
from psycopg import Connection, Cursor
from sqlalchemy import make_url

CATALOGS = {"pg_attribute", "pg_class", "pg_constraint", "pg_index", "pg_proc", "pg_trigger"}
"""Where PostgreSQL notes a schema."""
OLD = "age(xmin) > age(%(since)s::xid)"
"""Rows that were there before a transaction."""
HELD_MS = 2000
"""How long a test that ended may still hold a table."""


def connected(url: str) -> Connection:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


class Original:
    """A database that nobody changes, and what was read there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.rows: dict[str, list[bytes]] = {}

    @cached_property
    def tables(self) -> dict[str, int]:
        """How many rows each has."""
        with connected(self.url) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'")
            names = [f'"{name}"' for (name,) in found]
            each = [f"SELECT '{name}', count(*) FROM {name}" for name in [*names, *CATALOGS]]
            return dict(connection.execute(" UNION ALL ".join(each)).fetchall())

    def read(self, tables: set[str]) -> None:
        if missing := tables - self.rows.keys():
            with connected(self.url) as connection, connection.cursor() as cursor:
                for table in missing:
                    with cursor.copy(f"COPY {table} TO STDOUT") as out:
                        self.rows[table] = list(map(bytes, out))


class Renewed:
    """The database at `url`, renewed for each test: `copy` makes it anew where it must be."""

    def __init__(self, url: str, copy: Callable[[str], None]) -> None:
        self.url, self.copy = url, copy
        self.originals: dict[str, Original] = {}
        self.original: Original | None = None
        self.connection: Connection
        self.since = ""
        """The first transaction in which anything was done here."""

    def renew(self, of: str) -> None:
        if self.original and self.original.url == of and self._put_back(self.original):
            return
        self.let_go()
        self.copy(of)
        self.original = self.originals.setdefault(of, Original(of))
        self.connection = connected(self.url)
        self.connection.execute("SET session_replication_role = replica")  # past triggers and keys
        self.connection.execute(f"SET lock_timeout = {HELD_MS}")
        self.since = newest(self.connection)

    def let_go(self) -> None:
        if self.original:
            self.connection.close()
        self.original = None

    def _put_back(self, original: Original) -> bool:
        """False where more than rows was changed, or somebody is still at it."""
        grown, changed = self._differing(original.tables)
        if (grown | changed) & CATALOGS:
            return False
        original.read(changed)
        try:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                for table in grown - changed:
                    cursor.execute(f"DELETE FROM {table} WHERE NOT {OLD}", {"since": self.since})
                for table in changed:
                    replace(cursor, table, original.rows[table])
        except psycopg.errors.LockNotAvailable:
            return False
        self.since = newest(self.connection)
        return True

    def _differing(self, tables: dict[str, int]) -> tuple[set[str], set[str]]:
        """Tables with new rows, and tables that lack some of their old ones."""
        each = [
            f"SELECT '{name}', count(*), count(*) FILTER (WHERE {OLD}) FROM {name}"
            for name in tables
        ]
        asked = " UNION ALL ".join(each)
        now = self.connection.execute(asked, {"since": self.since}, prepare=True).fetchall()
        return (
            {name for name, rows, left in now if rows > left},
            {name for name, _, left in now if left < tables[name]},
        )


def replace(cursor: Cursor, table: str, rows: list[bytes]) -> None:
    cursor.execute(f"DELETE FROM {table}")
    with cursor.copy(f"COPY {table} FROM STDIN") as into:
        for block in rows:
            into.write(block)


def newest(connection: Connection) -> str:
    """The transaction that comes next."""
    found = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
    assert found is not None
    return str(found[0])
