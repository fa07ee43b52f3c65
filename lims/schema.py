"""The schema: migrations, then the triggers and the table of transitions derived from the code.

An upgrade drops our triggers, migrates, and makes them anew in one transaction, so no migration
can lose a trigger and a killed upgrade leaves the old schema whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Date,
    String,
    Text,
    create_engine,
    inspect,
    select,
    text,
)
from sqlalchemy.ext.compiler import compiles

from lims import resources
from lims.errors import N_, LimsError
from lims.models import Base
from lims.models.audit import GENESIS, AuditHead
from lims.models.base import table_of
from lims.models.command_run import AllowedTransition
from lims.models.triggers import triggers
from lims.workflows import states

for _type in (BigInteger, Boolean):
    compiles(_type, "sqlite")(lambda element, compiler, **options: "INTEGER")
for _text in (String, Text, Date):
    # SQLite's tables are STRICT: they know TEXT, and neither VARCHAR(11) nor DATE
    compiles(_text, "sqlite")(lambda element, compiler, **options: "TEXT")


NOTED_IN = "alembic_version"
"""The table that names the revision of the others."""


class KeysBroken(LimsError):
    sentence = N_(
        "In the table %(table)s a row points to one that is not there, so that this was undone and"
        " nothing was changed. Records were removed past the program: lims verify names them, and"
        " lims restore brings the last good backup back. Where verify finds nothing, send this to"
        " whoever keeps the program."
    )


def upgrade(connection: Connection) -> None:
    """Bring the schema to this program's revision within the transaction of `connection`."""
    drop_triggers(connection)
    configuration = alembic_config()
    configuration.attributes["connection"] = connection
    alembic.upgrade(configuration, "head")
    write_transitions(connection)
    make_triggers(connection)
    write_head(connection)
    require_keys(connection)


@contextmanager
def rebuilding(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: its keys are checked once all of that is done,
    and are switched off meanwhile, which it allows outside a transaction alone."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def require_keys(connection: Connection) -> None:
    """Raise KeysBroken where a table SQLite made anew lost what another points to."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise KeysBroken(table=broken[0])


def alembic_config() -> Config:
    """Alembic's settings, built here: an ini file's %(here)s breaks the installation."""
    configuration = Config()
    configuration.set_main_option("script_location", str(resources.MIGRATIONS))
    return configuration


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this program's migrations know, the newest first."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return tuple(script.revision for script in scripts.walk_revisions())


def newest_revision() -> str:
    """The revision this program's migrations lead to."""
    return revisions()[0]


@cache
def parts_at(revision: str) -> frozenset[str]:
    """What the migrations up to `revision` make, by name; they are run on a database in memory."""
    memory = create_engine("sqlite://")
    try:
        with memory.begin() as connection:
            configuration = alembic_config()
            configuration.attributes["connection"] = connection
            alembic.upgrade(configuration, revision)
            return parts(connection)
    finally:
        memory.dispose()


def parts_today() -> frozenset[str]:
    """What the models ask for, by name."""
    tables = Base.metadata.tables.values()
    columns = (f"{each.table.name}.{each.name}" for table in tables for each in table.columns)
    indexes = (str(index.name) for table in tables for index in table.indexes)
    return frozenset((*(table.name for table in tables), *columns, *indexes))


def parts(connection: Connection) -> frozenset[str]:
    """The names of all tables, of their columns and of their indexes."""
    found, named = inspect(connection), set()
    for (_, table), columns in found.get_multi_columns().items():
        named |= {table, *(f"{table}.{column['name']}" for column in columns)}
    for indexes in found.get_multi_indexes().values():
        named |= {str(index["name"]) for index in indexes}
    return frozenset(named)


def drop_triggers(connection: Connection) -> None:
    """Drop every trigger of ours, whatever version made it."""
    if connection.dialect.name == "sqlite":
        names = connection.execute(
            text(
                "SELECT name FROM sqlite_master"
                " WHERE type = 'trigger' AND substr(name, 1, 5) = 'lims_'"
            )
        ).scalars()
        for name in list(names):
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    names = connection.execute(
        text(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = current_schema() AND substr(p.proname, 1, 5) = 'lims_'"
        )
    ).scalars()
    for name in list(names):
        connection.exec_driver_sql(f'DROP FUNCTION "{name}"() CASCADE')


def make_triggers(connection: Connection) -> None:
    """Make every trigger the tables need."""
    for trigger in triggers(Base.metadata):
        for statement in getattr(trigger, connection.dialect.name):
            connection.exec_driver_sql(statement)


def write_transitions(connection: Connection) -> None:
    """Give the triggers the table of transitions as it is in workflows/states.py."""
    table = table_of(AllowedTransition)
    connection.execute(table.delete())
    connection.execute(
        table.insert(),
        [
            {"table_name": name, "from_status": old, "to_status": new}
            for name, old, new in states.rows()
        ],
    )


def write_head(connection: Connection) -> None:
    """The head of an empty audit chain."""
    if connection.execute(select(AuditHead.id)).first() is None:
        connection.execute(table_of(AuditHead).insert(), {"id": 1, "seq": 0, "hash": GENESIS})
