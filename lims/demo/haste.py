"""Haste: commits that do not wait for the disk, where whoever is cut off begins anew anyway."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from lims.database import Database

PAGES_OF_A_LOG = 1000
"""SQLite's own; no worker is there to empty the log, and a long one is slow to read."""


@contextmanager
def in_haste(database: Database) -> Iterator[None]:
    """Only for filling what was empty; at the end all of it is on the disk."""
    database.engine.dispose()
    event.listen(database.engine, "connect", _hasten)
    try:
        yield
    finally:
        event.remove(database.engine, "connect", _hasten)
        database.engine.dispose()
        database.checkpoint()


def _hasten(dbapi: Any, _record: object) -> None:
    if isinstance(dbapi, sqlite3.Connection):
        dbapi.execute("PRAGMA synchronous=OFF")
        dbapi.execute(f"PRAGMA wal_autocheckpoint={PAGES_OF_A_LOG}")
        return
    dbapi.execute("SET synchronous_commit TO off")
    dbapi.commit()
