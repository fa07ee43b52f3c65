"""Haste: what is filled in it does not wait for the disk; what comes after does."""

from lims.database import Database
from lims.demo.haste import in_haste

ASKED = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}
WAITS = {"sqlite": 2, "postgresql": "on"}


def waits(database: Database) -> bool:
    kind = database.engine.dialect.name
    with database.engine.connect() as connection:
        return connection.exec_driver_sql(ASKED[kind]).scalar_one() == WAITS[kind]


def test_commits_wait_for_the_disk_but_in_haste(database):
    before = waits(database)

    with in_haste(database):
        meanwhile = waits(database)

    assert (before, meanwhile, waits(database)) == (True, False, True)
