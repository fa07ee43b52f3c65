"""PostgreSQL: dumped and brought back by its own tools, put in place by one renaming."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from lims import schema
from lims.backups import tools
from lims.backups.progress import Progress
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.workflows.findings import Finding

THERE = text("SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)")
CONNECTED = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
FORBIDDEN = "42501"
"""PostgreSQL's code for what a user may not."""
LONGEST = 63
"""Bytes of a name; PostgreSQL cuts the rest off without a word."""


class MayNotMakeDatabases(LimsError):
    sentence = N_(
        "%(user)s may not make databases, so the copy cannot be restored beside the database."
        " An administrator of PostgreSQL grants it with ALTER ROLE %(quoted)s CREATEDB; once."
    )


class StillConnected(LimsError):
    sentence = N_(
        "%(count)s others are connected to the database %(name)s. Stop the program everywhere, then"
        " restore again."
    )


class Postgresql:
    """The database at `url`, whose user owns the tables."""

    name = "postgresql"

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = make_url(url)
        self.settings = settings
        self.database = str(self.url.database)

    def __str__(self) -> str:
        return self.url.render_as_string()

    def exists(self) -> bool:
        with self._elsewhere() as engine, engine.connect() as connection:
            return bool(connection.scalar(THERE, {"name": self.database}))

    def size(self) -> int:
        """Compressed it is smaller; how much smaller shows when it is there."""
        return 0

    def copy(self, to: Path, progress: Progress) -> None:
        with progress("Dumping the database"):
            tools.run(self._tool("pg_dump"), "--format=custom", f"--file={to}", url=self.url)

    @contextmanager
    def opened(self, copy: Path, progress: Progress) -> Iterator[str]:
        """The address of a database that holds the copy while it is looked at."""
        with self._restored(copy, "proof", progress, keep_rights=False) as url:
            yield url

    @contextmanager
    def staged(self, copy: Path, progress: Progress) -> Iterator[str]:
        """The address of the database that is to take the place of the present one."""
        rights = self.settings.migration_url is not None
        with self._restored(copy, "restoring", progress, keep_rights=rights) as url:
            yield url

    def faults(self, _url: str) -> Iterator[Finding]:
        """What would not restore was refused by pg_restore, keys and checks among it."""
        return iter(())

    @contextmanager
    def current(self, url: str, _work: Path) -> Iterator[Database]:
        """The database at `url`; one of older tables as a copy of it, upgraded for the look."""
        database = Database(url)
        rehearsal = self._named("rehearsal")
        try:
            if database.current_revision() != schema.newest_revision():
                database.engine.dispose()
                self._make(rehearsal, template=str(make_url(url).database))
                database = Database(self._address(rehearsal))
                database.upgrade()
            yield database
        finally:
            database.engine.dispose()
            self._drop(rehearsal)

    def replace(self, url: str, name: str) -> str:
        """Rename the present database away and the staged one into its place: both, or neither."""
        kept = self._named(name.replace("-", "_").lower())
        with self._elsewhere() as engine, engine.connect() as connection:
            if others := connection.scalar(CONNECTED, {"name": self.database}):
                raise StillConnected(count=others, name=self.database)
            if present := connection.scalar(THERE, {"name": self.database}):
                rename(connection, self.database, kept)
            rename(connection, str(make_url(url).database), self.database)
            connection.commit()
        return kept if present else "-"

    @contextmanager
    def _restored(
        self, copy: Path, purpose: str, progress: Progress, *, keep_rights: bool
    ) -> Iterator[str]:
        name = self._named(purpose)
        self._drop(name)
        try:
            with progress("Restoring the dump into a database of its own"):
                self._make(name)
                rights = () if keep_rights else ("--no-privileges",)
                words = ("--no-owner", "--exit-on-error", *rights, str(copy))
                tools.run(self._tool("pg_restore"), *words, url=self.url.set(database=name))
            yield self._address(name)
        finally:
            self._drop(name)

    def tools(self) -> None:
        """Raise NoTool or OldTool where a backup could not be made or restored."""
        for name in ("pg_dump", "pg_restore"):
            self._tool(name)

    def _tool(self, name: str) -> str:
        with self._elsewhere() as engine, engine.connect() as connection:
            server = (connection.dialect.server_version_info or (0,))[0]
        return tools.tool(name, int(server), self.settings.pg_bin)

    def _make(self, name: str, template: str = "template0") -> None:
        try:
            self._sql(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)} ENCODING 'UTF8'")
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != FORBIDDEN:
                raise
            user = str(self.url.username or "")
            raise MayNotMakeDatabases(user=user, quoted=quoted(user)) from error

    def _drop(self, name: str) -> None:
        self._sql(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")

    def _named(self, purpose: str) -> str:
        return f"{self.database[: LONGEST - 1 - len(purpose)]}_{purpose}"

    def _address(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _sql(self, statement: str) -> None:
        with self._elsewhere() as engine, engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)

    @contextmanager
    def _elsewhere(self) -> Iterator[Engine]:
        """The database of the server that is always there."""
        elsewhere: URL = self.url.set(database="postgres")
        engine = create_engine(elsewhere)
        try:
            yield engine
        finally:
            engine.dispose()


def rename(connection: Connection, old: str, new: str) -> None:
    connection.exec_driver_sql(f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
