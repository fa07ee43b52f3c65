"""However many rows there are, an export needs the same memory."""

import tracemalloc

import pytest
from sqlalchemy import insert

from lims import clock
from lims.database import Database
from lims.exports import everything
from lims.exports.folder import ExportFolder
from lims.files import FileStore
from lims.models.base import table_of
from lims.models.user import LoginAttempt, LoginOutcome

FEW, MANY = 1_000, 10_000
ROOM = 300_000
"""Bytes; the rows that are more would take twenty times as much."""


@pytest.mark.alike
def test_memory_does_not_grow_with_the_rows(server, tmp_path):
    database, peaks = Database(server.fresh()), []
    for number, rows in enumerate((FEW, FEW, MANY)):  # once before, for what is kept for ever
        put_in(database, rows)
        peaks.append(peak_of(database, tmp_path / str(number)))
    database.engine.dispose()

    assert peaks[2] - peaks[1] < ROOM, peaks


def put_in(database, rows):
    tried = {"login": "x" * 50, "outcome": LoginOutcome.WRONG, "address": "y", "tried_at": None}
    with database.engine.begin() as connection:
        connection.execute(
            insert(table_of(LoginAttempt)), [tried | {"tried_at": clock.now()}] * rows
        )


def peak_of(database, folder):
    with database.reading() as session:
        to = ExportFolder(folder / "export")
        tracemalloc.start()
        everything.write(session, to, FileStore(folder), folder / "anchors", lambda _: None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak
