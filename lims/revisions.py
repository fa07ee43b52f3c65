"""Which version of the tables a database holds, and what speaks against working on it.

Older, newer, half upgraded, somebody else's: each is told in a sentence of its own.
"""

from importlib.metadata import version

from sqlalchemy import Connection, inspect, text

from lims import schema
from lims.models import Base
from lims.not_ready import (
    HalfUpgraded,
    NewerTables,
    NoTables,
    NotOurs,
    OlderTables,
    TablesAhead,
    TablesLost,
)

OURS = "audit_entry"
"""Every version of the tables has it."""
HALF_MADE = "_alembic_tmp_"
"""How a table is called while SQLite makes it anew."""
NAMED = 3
"""Tables named of those that are not ours, or lost."""


def found(connection: Connection) -> str | None:
    """The revision of the tables, None where there is no table; NotReady where it cannot be
    known, or is none of this program's."""
    tables = sorted(inspect(connection).get_table_names())
    if not tables:
        return None
    half_made = [name for name in tables if name.startswith(HALF_MADE)]
    if half_made:
        raise HalfUpgraded(sign=half_made[0])
    if OURS not in tables:
        raise NotOurs(database=connection.engine.url.database, tables=", ".join(tables[:NAMED]))
    at = _noted(connection) if schema.NOTED_IN in tables else []
    if len(at) != 1:
        raise HalfUpgraded(sign=", ".join([schema.NOTED_IN, *at]))
    if at[0] not in schema.revisions():
        raise NewerTables(version=version("lims"), found=at[0])
    if at[0] != schema.newest_revision():
        _require_not_ahead(connection, at[0])
    return at[0]


def _noted(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def _require_not_ahead(connection: Connection, revision: str) -> None:
    """Raise TablesAhead where a later upgrade's work is there already: it cannot be done twice."""
    later = schema.parts_today() - schema.parts_at(revision)
    if done := sorted(later & schema.parts(connection)):
        raise TablesAhead(found=revision, sign=done[0])


def require_current(connection: Connection) -> None:
    """Raise NotReady unless the tables are those of this program."""
    at, wanted = found(connection), schema.newest_revision()
    if at is None:
        raise NoTables(database=connection.engine.url.database)
    if at != wanted:
        raise OlderTables(found=at, wanted=wanted)
    require_every_table(connection)


def require_every_table(connection: Connection) -> None:
    """Raise TablesLost; of the newest version only, which the models are of."""
    there = set(inspect(connection).get_table_names())
    if lost := sorted(set(Base.metadata.tables) - there):
        raise TablesLost(tables=", ".join(lost[:NAMED]))
