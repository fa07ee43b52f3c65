"""Which version of the tables a database holds, and what speaks against working on it.

Older, newer, half upgraded, somebody else's: each is told in a sentence of its own.
"""

from importlib.metadata import version

from sqlalchemy import Connection, inspect, text

from lims import schema
from lims.errors import N_, LimsError

OURS = "audit_entry"
"""Every version of the tables has it."""
HALF_MADE = "_alembic_tmp_"
"""How a table is called while SQLite makes it anew."""
NAMED = 3
"""Tables named of those that are not ours."""


class NotReady(LimsError):
    """The program and its database do not fit together; nothing is served until they do."""

    status = 503


class NoTables(NotReady):
    sentence = N_("There are no tables yet. Run: lims init")


class OlderTables(NotReady):
    sentence = N_(
        "The tables are of an older version (revision %(found)s; this program needs %(wanted)s)."
        " Run: lims migrate"
    )


class NewerTables(NotReady):
    sentence = N_(
        "The database belongs to a newer version of this program: version %(version)s does not"
        " know its revision %(found)s. Install the version that made it, or a newer one."
    )


class HalfUpgraded(NotReady):
    sentence = N_(
        "An upgrade of the tables was broken off half way (%(sign)s). Nothing is served from them."
        " Go back to the backup made before it: lims restore lists the backups there are."
    )


class NotOurs(NotReady):
    sentence = N_(
        "The database holds tables that are not this program's (%(tables)s)."
        " Check LIMS_DATABASE_URL: it has to name a database of its own."
    )


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
        raise NotOurs(tables=", ".join(tables[:NAMED]))
    at = _noted(connection) if schema.NOTED_IN in tables else []
    if len(at) != 1:
        raise HalfUpgraded(sign=", ".join([schema.NOTED_IN, *at]))
    if at[0] not in schema.revisions():
        raise NewerTables(version=version("lims"), found=at[0])
    return at[0]


def _noted(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def require_current(connection: Connection) -> None:
    """Raise NotReady unless the tables are those of this program."""
    at, wanted = found(connection), schema.newest_revision()
    if at is None:
        raise NoTables
    if at != wanted:
        raise OlderTables(found=at, wanted=wanted)
