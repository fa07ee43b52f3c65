"""Engines, transactions and upgrades: the only file that knows SQLite from PostgreSQL."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from lims import locks, revisions, schema
from lims.errors import N_, LimsError, Stale
from lims.models import Base
from lims.models.base import table_of
from lims.models.broken import rule_of
from lims.models.command_run import CommandRun
from lims.models.recording import listen
from lims.models.user import User
from lims.workflows import entered_codes, refusals

SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "recursive_triggers": "ON",
    "trusted_schema": "OFF",
    "wal_autocheckpoint": "0",  # the worker's, so that nobody's request waits for it
}
_PERSON = select(User).where(User.id == bindparam("id")).options(joinedload(User.roles))
_FIRST_RUN = select(CommandRun).where(
    CommandRun.user_id == bindparam("user_id"), CommandRun.idempotency_key == bindparam("key")
)
"""What every command asks, put together once."""
BUSY_SECONDS = 30
CHECKPOINT_SECONDS = 1
"""How long a checkpoint may wait for readers: meanwhile nobody writes."""
TRIES = 5
RETRIED_STATES = frozenset({"40001", "40P01"})


class Recording(Session):
    """A session that keeps the audit trail."""


listen(Recording)


class KeyReused(LimsError):
    sentence = N_("This form was already sent for something else. Open the page again.")
    status = 409


class RuleOfTheDatabase(LimsError):
    """A constraint refused what no gate had foreseen."""

    sentence = N_("This contradicts what is recorded already (%(rule)s). Nothing was stored.")
    recorded = True
    status = 409


class Database:
    """One database: its engine, its transactions, its schema."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._turns = locks.Turns(BUSY_SECONDS)
        if self.is_sqlite:
            self._readers = self.engine.execution_options(sqlite_begin="DEFERRED")
        else:  # as SQLite's readers do, see one moment, however long they look
            self._readers = self.engine.execution_options(isolation_level="REPEATABLE READ")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking: it never waits for a writer and never writes."""
        with Session(self._readers, autoflush=False, expire_on_commit=False) as session:
            session.info["reading"] = True
            yield session

    @contextmanager
    def _recording(self, info: Mapping[str, Any]) -> Iterator[Recording]:
        turn = self._turns.one() if self.is_sqlite else nullcontext()
        with turn, Recording(self.engine, expire_on_commit=False) as session:
            session.info.update(info)
            session.info["schema_revision"] = schema.newest_revision()
            yield session

    def run(
        self,
        command: Callable[..., Any],
        user_id: int | None,
        *,
        key: str,
        arguments: Callable[[Session], Mapping[str, Any]],
        terminal: str | None = None,
    ) -> Any:
        """Carry out `command` in one transaction and return the record it made.

        The same person's same `key` again answers with the first result. A conflict between two
        transactions is retried; a refusal worth remembering is written after the rollback.
        """
        info = {
            "user_id": user_id,
            "terminal": terminal,
            "command": command.__name__,
            "key": key,
        }
        for attempt in range(1, TRIES + 1):
            try:
                with self._recording(info) as session:
                    return self._once(session, command, user_id, key, arguments)
            except LimsError as error:
                self._remember(error, info)
                raise
            except (StaleDataError, DBAPIError) as conflict:
                if attempt == TRIES or not self._retriable(conflict):
                    refusal = _explained(conflict)
                    self._remember(refusal, info)
                    raise refusal from conflict
                time.sleep(random.uniform(0.01, 0.05) * attempt)
        raise AssertionError("unreachable")

    def _once(
        self,
        session: Session,
        command: Callable[..., Any],
        user_id: int | None,
        key: str,
        arguments: Callable[[Session], Mapping[str, Any]],
    ) -> Any:
        user = None
        if user_id is not None:
            user = session.scalars(_PERSON, {"id": user_id}).unique().one()
            if (first := _first_run(session, user_id, key)) is not None:
                return _first_result(session, first, command.__name__)
        result = command(session, **arguments(session), by=user)
        session.flush()
        if user_id is not None:
            run = _command_run(user_id, key, command.__name__, result)
            session.add(run)
            entered_codes.note(session, run)
        session.commit()
        return result

    def _retriable(self, conflict: Exception) -> bool:
        if isinstance(conflict, StaleDataError):
            return True
        state = getattr(getattr(conflict, "orig", None), "sqlstate", None)
        if state in RETRIED_STATES:
            return True
        if isinstance(conflict, IntegrityError):
            # the same form sent twice at once: the second finds the first one's result
            return "idempotency_key" in str(conflict.orig) or "code_serial" in str(conflict.orig)
        return isinstance(conflict, OperationalError) and "locked" in str(conflict.orig)

    def _remember(self, refusal: LimsError, info: Mapping[str, Any]) -> None:
        if refusal.recorded:
            with self._recording(info) as session:
                refusals.remember(session, refusal)
                session.commit()

    def current_revision(self) -> str | None:
        """The revision of the tables, None without tables; NotReady where it is none we know."""
        with self._readers.connect() as connection:
            return revisions.found(connection)

    def require_current_schema(self) -> None:
        """Raise NotReady unless the tables are at this program's revision."""
        with self._readers.connect() as connection:
            revisions.require_current(connection)

    def checkpoint(self) -> None:
        """Write SQLite's log back into the database and empty it; who still reads leaves a rest."""
        if self.is_sqlite:
            with closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()  # outside transactions: it takes the write lock itself
                cursor.execute(f"PRAGMA busy_timeout={CHECKPOINT_SECONDS * 1000}")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    def upgrade(self) -> None:
        """Bring the schema to this program's revision: all of it, or nothing."""
        with self.engine.connect() as connection, schema.rebuilding(connection), connection.begin():
            schema.upgrade(connection)


def make_engine(url: str) -> Engine:
    """An engine whose transactions begin when SQLAlchemy says so, on both databases."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None  # sqlite3 would begin only at the first write
        for pragma, value in SQLITE_PRAGMAS.items():
            dbapi.execute(f"PRAGMA {pragma}={value}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _first_run(session: Session, user_id: int, key: str) -> CommandRun | None:
    return session.scalars(_FIRST_RUN, {"user_id": user_id, "key": key}).one_or_none()


def _first_result(session: Session, first: CommandRun, command: str) -> Any:
    if first.command != command:
        raise KeyReused()
    if first.result_table is None:
        return None
    for mapper in Base.registry.mappers:
        if table_of(mapper.class_).name == first.result_table:
            return session.get(mapper.class_, first.result_id)
    return None


def _command_run(user_id: int, key: str, command: str, result: Any) -> CommandRun:
    table = table_of(result).name if isinstance(result, Base) else None
    return CommandRun(
        user_id=user_id,
        idempotency_key=key,
        command=command,
        result_table=table,
        result_id=result.id if isinstance(result, Base) else None,
    )


def _explained(conflict: Exception) -> LimsError:
    if isinstance(conflict, StaleDataError):
        return Stale(code="")
    if isinstance(conflict, IntegrityError):
        return RuleOfTheDatabase(rule=rule_of(str(conflict.orig).splitlines()[0]))
    raise conflict
