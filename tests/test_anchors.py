"""Anchors: written whole or not at all, outside the database, each naming the one before."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from lims import anchors, worker
from lims.config import Settings
from lims.database import Database
from lims.workflows.anchors import Anchor, AnchorReason
from lims.workflows.verifying import verify
from tests.tampering import received


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "elsewhere" / "anchors"


@pytest.fixture
def settings(tmp_path, folder):
    return Settings(
        database_url="", data_dir=tmp_path, anchor_dir=folder, secret_key="k" * 64, backup_keep=0
    )


def by_hand(database, folder):
    return anchors.anchor_now(database, folder, AnchorReason.BY_HAND)


def test_an_anchor_is_one_line_of_json_that_names_the_head(database, folder):
    anchor = by_hand(database, folder)

    (file,) = folder.iterdir()
    kept = json.loads(file.read_text())
    assert set(kept) == {"seq", "hash", "count", "utc", "reason", "previous"}
    assert (kept["seq"], kept["count"], kept["previous"]) == (anchor.seq, anchor.seq, None)
    assert file.read_text().count("\n") == 1
    assert file.stat().st_mode & 0o777 == 0o440


def test_each_anchor_names_the_one_before(database, folder):
    first = by_hand(database, folder)
    received(database)
    second = by_hand(database, folder)

    assert second.previous == first.sha256
    assert anchors.read(folder) == ([first, second], [])
    assert anchors.newest(folder) == second


def test_what_was_anchored_is_found_whole(database, folder):
    by_hand(database, folder)
    received(database)
    by_hand(database, folder)

    with database.reading() as session:
        report = verify(session, *anchors.read(folder))
    assert report.is_whole
    assert report.anchored_to == report.last_seq


@pytest.mark.parametrize("spoilt", ["", "{}", "nonsense", '{"seq": 1}', "{text} "])
def test_a_spoilt_anchor_is_named_and_does_not_stop_the_next(database, folder, spoilt):
    by_hand(database, folder)
    (file,) = folder.iterdir()
    file.chmod(0o640)
    file.write_text(spoilt.replace("{text}", file.read_text()))

    assert anchors.read(folder) == ([], [file.name])
    assert by_hand(database, folder) is not None


def test_an_anchor_edited_by_hand_is_not_an_anchor():
    anchor = Anchor(5, "a" * 64, 5, "2026-01-01T00:00:00.000000Z", "day", None)

    assert Anchor.from_text(anchor.text) == anchor
    for edited in (anchor.text.replace(":5", ": 5"), anchor.text.replace("5", '"5"')):
        with pytest.raises(ValueError, match="not an anchor"):
            Anchor.from_text(edited)


def test_a_folder_that_cannot_be_written_is_told_loudly_and_stops_nothing(database, folder, caplog):
    folder.parent.mkdir()
    folder.write_text("a file stands in the way")

    assert by_hand(database, folder) is None
    assert caplog.records[0].levelno == logging.ERROR
    assert "NOT anchored" in caplog.text


def test_an_empty_trail_is_not_anchored(tmp_path, folder):
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite")
    empty.upgrade()

    assert by_hand(empty, folder) is None
    empty.engine.dispose()


def test_the_worker_anchors_once_a_day_of_the_site(database, settings, folder):
    with time_machine.travel(datetime(2031, 5, 4, 12, tzinfo=UTC), tick=False) as held:
        for hours in (0, 1, 10, 1, 24):
            held.shift(timedelta(hours=hours))
            assert worker.Worker(database, settings).work_once()

    written = [(anchor.utc[:13], anchor.reason) for anchor in anchors.read(folder)[0]]
    assert written == [
        ("2031-05-04T12", "day"),
        ("2031-05-04T23", "day"),
        ("2031-05-06T00", "day"),
    ]
