"""A database of a released version becomes one of today: every row of it, its trail whole."""

import json
import lzma
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command as alembic
from sqlalchemy import Connection, inspect, text

from lims import inventory, schema
from lims.database import Database
from lims.workflows.verifying import verify

RELEASED = sorted((Path(__file__).parent / "data" / "released").glob("*.sqlite.xz"))
EMPTY = "postgresql:///template0"


def revision_of(file: Path) -> str:
    return file.name.split(".")[0]


@pytest.fixture(params=RELEASED, ids=revision_of)
def released(request, server, tmp_path) -> Iterator[Database]:
    """What a released version left, on this kind of database."""
    old = tmp_path / "released.sqlite"
    old.write_bytes(lzma.decompress(request.param.read_bytes()))
    url = f"sqlite:///{old}" if server.dialect == "sqlite" else server.fresh(EMPTY)
    database = Database(url)
    if server.dialect != "sqlite":
        with database.engine.begin() as connection:
            carry_over(old, connection, revision_of(request.param))
    yield database
    database.engine.dispose()
    server.drop(url)


def carry_over(old: Path, connection: Connection, revision: str) -> None:
    """Every row of the file, into the tables that the migrations made at its revision."""
    configuration = schema.alembic_config()
    configuration.attributes["connection"] = connection
    alembic.upgrade(configuration, revision)
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    source = sqlite3.connect(old)
    source.row_factory = sqlite3.Row
    for table in inspect(connection).get_table_names():
        rows = [dict(row) for row in source.execute(f"SELECT * FROM {table}")]
        connection.execute(
            text(
                f"INSERT INTO {table} SELECT * FROM"
                f" jsonb_populate_recordset(NULL::public.{table}, :rows) ON CONFLICT DO NOTHING"
            ),
            {"rows": json.dumps(rows)},
        )
        if rows and "id" in rows[0]:
            serial = f"pg_get_serial_sequence('{table}', 'id')"
            connection.execute(
                text(f"SELECT setval({serial}, (SELECT max(id) FROM {table})) WHERE {serial} != ''")
            )
    source.close()


def counted(database: Database) -> dict[str, int]:
    """The rows of each table."""
    with database.engine.connect() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0
            for table in inspect(connection).get_table_names()
            if table != "allowed_transition"
        }


def test_a_released_schema_becomes_todays(released):
    released.upgrade()

    with released.engine.connect() as connection:
        difference = inventory.difference(connection)
    assert not difference, difference


def test_an_upgrade_keeps_every_row_of_a_released_version(released):
    before = counted(released)
    released.upgrade()

    assert counted(released).items() >= before.items()


def test_the_trail_of_a_released_version_is_whole_after_the_upgrade(released):
    released.upgrade()

    with released.reading() as session:
        report = verify(session, [])
    assert report.is_whole, [each.english() for each in report.named]
    assert report.entries > 1000


def test_another_joint_of_a_released_version_stays_as_it_was(released):
    """No words are made up for it: nobody was asked then."""
    sited = ("planned_administration", "administration")
    with released.engine.begin() as connection:
        schema.drop_triggers(connection)
        for table in sited:
            assert connection.execute(text(f"UPDATE {table} SET joint = 'other'")).rowcount
    released.upgrade()

    with released.engine.connect() as connection:
        for table in sited:
            query = f"SELECT DISTINCT joint, joint_named FROM {table}"
            assert connection.execute(text(query)).all() == [("other", None)]
