"""How much is asked of a database meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

MOST = 10
"""The queries that a page may take."""
OF_SIGNING_IN = 1
"""The session with its person and their roles."""
LOOKING = {("sqlite_begin", "DEFERRED"), ("isolation_level", "REPEATABLE READ")}
"""How connections are told apart on which nothing is written: lims/database.py."""


@contextmanager
def reads(engine: Engine) -> Iterator[list[str]]:
    """Every query."""
    with _queries(engine, only_looking=False) as found:
        yield found


@contextmanager
def looks(engine: Engine) -> Iterator[list[str]]:
    """Those of a page; who looked at a patient is asked and noted beside it."""
    with _queries(engine, only_looking=True) as found:
        yield found


@contextmanager
def _queries(engine: Engine, *, only_looking: bool) -> Iterator[list[str]]:
    found: list[str] = []

    def note(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        looking = LOOKING & connection.get_execution_options().items()
        counts = (looking or not only_looking) and "FROM patient_view" not in statement
        if counts and statement.startswith(("SELECT", "WITH")):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)
