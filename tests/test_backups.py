"""A backup: a copy of one moment with its files, proved, or not called good."""

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import make_url

from lims import clock, locks
from lims.backups import making, night, trails
from lims.backups.folder import Backup, Proof, Reason, found
from lims.backups.progress import quietly
from lims.backups.standing import Failed, standing
from lims.backups.stored import Keeping
from lims.backups.tools import NoTool, OldTool, run
from lims.worker import Worker
from lims.workflows.verifying import Report
from tests.kept import Kept, digest_of, end_of, flipped, written

MIB = 2**20
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
PUBLIC = "age1q5zg4zdfv5jaq2sm3lcn7q6hv3xj75vjj4xz6yuehax66r0tk9vqqv2lee"


@pytest.fixture
def site(server, tmp_path):
    site = Kept.of_its_own(server, tmp_path / "data")
    yield site
    site.database.engine.dispose()
    server.drop(site.settings.database_url)


def test_a_backup_of_a_sound_database_is_proved(site):
    site.stores(b"a paper")
    site.anchors()

    made = site.backs_up()

    assert (made.about.proof, made.about.told) == (Proof.GOOD, [])
    assert made.about.seq == site.head
    assert made.about.files == 1


@pytest.mark.alike
def test_the_sums_are_such_as_sha256sum_reads(site):
    site.stores(b"a paper")
    made = site.backs_up()

    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=made.folder)

    assert done.returncode == 0
    assert len(made.sums) == 3


@pytest.mark.alike
def test_a_stored_file_is_kept_once_however_many_backups_name_it(site):
    first, second = site.stores(b"a paper"), b"another"
    site.backs_up()
    kept = site.settings.backup_dir / "files" / first[:2] / first[2:]
    before = kept.stat().st_ino
    site.stores(second)

    made = site.backs_up()

    assert kept.stat().st_ino == before
    assert {digest for digest, _ in made.stored()} == {first, digest_of(second)}


@pytest.mark.alike
@pytest.mark.parametrize("recipient", [None, PUBLIC])
def test_a_file_kept_for_the_first_time_is_read_once(site, recipient):
    site.stores(bytes(16 * MIB))
    keeping = Keeping(site.store, site.settings.backup_dir, recipient)
    before = bytes_read()

    with site.database.reading() as session:
        assert not list(keeping.faults(session, Report(), quietly))

    assert bytes_read() - before < 24 * MIB


def bytes_read():
    """By this process, since it began."""
    lines = (line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(dict(lines)["rchar"])


@pytest.mark.alike
def test_a_stored_file_that_rotted_among_the_backups_is_written_anew(site):
    digest = site.stores(b"a paper")
    made = site.backs_up()
    flipped(next(path for _, path in made.stored()), 3)

    again = site.backs_up()

    assert again.is_good
    assert digest_of(next(path for _, path in again.stored()).read_bytes()) == digest


@pytest.mark.alike
def test_a_stored_file_that_was_altered_makes_the_backup_not_good(site):
    flipped(site.store.path(site.stores(b"a paper")), 3)

    made = site.backs_up()

    assert made.about.proof == Proof.FAULTS
    assert "was altered after it was stored" in made.about.told[0]


@pytest.mark.alike
def test_a_row_changed_past_the_trail_makes_the_backup_not_good(site):
    site.by_hand("UPDATE user_account SET full_name = 'Somebody else' WHERE id = 1")

    made = site.backs_up()

    assert made.about.proof == Proof.FAULTS
    assert "full_name" in made.about.told[0]


@pytest.mark.alike
def by_hand(site, *statements):
    """What somebody does past the program, in the file of the database."""
    with closing(sqlite3.connect(site.database.engine.url.database)) as connection:
        for (name,) in connection.execute(TRIGGERS).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for each in statements:
            connection.execute(each)
        connection.commit()


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_backup_with_broken_references_names_them_and_the_row_that_is_gone(site):
    by_hand(site, "DELETE FROM user_account WHERE id = (SELECT max(id) FROM user_account)")

    told = " ".join(site.backs_up().about.told)

    assert "points by" in told
    assert re.search(r"user_account, row \d+ \(US\w+\) is gone", told)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_copy_that_cannot_be_read_through_is_still_known_as_of_this_laboratory(site):
    by_hand(site, "DROP TABLE placement")

    made = site.backs_up()

    assert not made.is_good
    with site.database.reading() as session:
        assert trails.ours(session, [made]) == [made]


def test_a_table_that_is_not_ours_makes_the_backup_not_good(site):
    site.by_hand("CREATE TABLE stowaway (id INTEGER)")

    made = site.backs_up()

    assert "stowaway" in made.about.told[0]


@pytest.mark.alike
def test_a_trail_shorter_than_its_anchors_makes_the_backup_not_good(site, server):
    site.works()
    site.anchors()
    older = Kept.at(url := server.fresh(), site.settings.data_dir)
    older.settings = type(older.settings)(**{**vars(site.settings), "database_url": url})

    made = older.backs_up()
    older.database.engine.dispose()

    assert made.about.proof == Proof.FAULTS
    assert "its end was cut off" in made.about.told[0]


@pytest.mark.alike
def test_an_encrypted_backup_shows_nothing_of_the_patients(site):
    site.chooses(backup_recipient=PUBLIC)
    site.stores(b"Ivanova's card")

    made = site.backs_up()

    files = [path for path in site.settings.backup_dir.rglob("*") if path.is_file()]
    assert made.is_good
    assert sorted(path.suffix for path in files) == ["", ".age", ".age", ".json"]
    secrets = (b"Ivanova", "Иванова".encode(), b"SQLite format", b"PGDMP")
    assert not [path for path in files for each in secrets if each in path.read_bytes()]
    assert not list(site.settings.data_dir.glob(".backup*"))


@pytest.mark.alike
def test_an_encrypted_file_is_written_once(site):
    site.chooses(backup_recipient=PUBLIC)
    site.stores(b"a paper")
    first, second = site.backs_up(), site.backs_up()

    assert dict(first.stored()) == dict(second.stored())
    assert [first.sums[name] == second.sums[name] for name in first.sums if "files" in name] == [1]


@pytest.mark.alike
def test_what_a_killed_backup_left_is_removed_by_the_next(site):
    left = (
        site.settings.backup_dir / "2026-01-01T02-00-00Z.partial",
        site.settings.data_dir / ".backup-abc",
    )
    for folder in left:
        folder.mkdir(parents=True)

    site.backs_up()

    assert not [folder for folder in left if folder.exists()]


@pytest.mark.alike
def test_two_backups_are_not_made_at_once(site):
    with locks.backing_up(site.settings.data_dir), pytest.raises(locks.AnotherBackup):
        site.backs_up()


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_missing_or_an_old_pg_dump_is_told_by_its_package(site, tmp_path):
    site.chooses(pg_bin=tmp_path)
    with pytest.raises(NoTool, match="postgresql-client-1"):
        site.backs_up()

    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (tmp_path / "pg_dump").chmod(0o755)
    with pytest.raises(OldTool, match="version 9, the server of version 1"):
        site.backs_up()
    assert os.listdir(site.settings.backup_dir) == []


def test_the_password_stands_where_no_list_of_processes_shows_it(tmp_path):
    (tool := tmp_path / "pg_dump").write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/words\necho $PGPASSWORD > {tmp_path}/password\n'
    )
    tool.chmod(0o755)

    run(str(tool), url=make_url("postgresql+psycopg://lims:word@host:5433/lims?sslmode=require"))

    words = (tmp_path / "words").read_text()
    assert words == "--no-password --dbname=postgresql://lims@host:5433/lims?sslmode=require\n"
    assert (tmp_path / "password").read_text() == "word\n"


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_where_no_database_may_be_made_the_backup_is_kept_and_said_to_be_unproved(site, server):
    role = f"plain_{site.database.engine.url.database}"
    site.by_hand(f"CREATE ROLE {role} LOGIN", f"GRANT pg_read_all_data TO {role}")
    site.stores(b"a paper")
    own = site.database.engine.url.set(username=role)
    site.chooses(database_url=own.render_as_string(hide_password=False))

    made = site.backs_up()

    assert (made.about.proof, made.about.files) == (Proof.MISSING, 1)
    assert f'ALTER ROLE "{role}" CREATEDB;' in made.about.told[0]


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_nothing_is_left_on_the_server_of_a_proof(site):
    site.backs_up()

    with site.database.engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars()
        assert not [name for name in names if "proof" in name or "rehearsal" in name]


@pytest.mark.alike
def test_a_night_without_a_backup_is_made_good_at_once_and_only_once(site):
    for _ in range(2):
        assert Worker(site.database, site.settings).work_once()

    assert [each.about.reason for each in found(site.settings.backup_dir)] == [Reason.NIGHT]


@pytest.fixture
def nights(site):
    """Backups nine days ago and each day after, as they are listed."""
    start, end = clock.now() - timedelta(days=9), end_of(site.database)

    def made(days, entry=end, **how):
        return [written(site.settings, entry, start + timedelta(days=d), **how) for d in days]

    return made


def left(site, **choices):
    """What stays of the backups once the oldest were let go."""
    site.chooses(**choices)
    night.let_go(site.database, site.settings)
    return [each.folder for each in found(site.settings.backup_dir)]


ANOTHERS = 9999, "a" * 64
"""An entry that no database here has."""


@pytest.mark.alike
def test_the_oldest_nights_go_and_what_was_made_by_hand_stays(site, nights):
    made = [*nights([0], reason=Reason.BY_HAND), *nights(range(1, 5))]

    assert left(site, backup_keep=2) == [made[number].folder for number in (0, 3, 4)]


@pytest.mark.alike
def test_nights_of_another_laboratory_are_neither_counted_nor_removed(site, nights):
    own, others = nights([0, 2]), nights([1, 3, 4], ANOTHERS)

    assert left(site, backup_keep=1) == [each.folder for each in (others[0], own[1], *others[1:])]


@pytest.mark.alike
def test_nights_of_an_empty_database_drive_none_of_a_laboratory_out(site, nights):
    real, empty = nights([0]), nights([1, 2], (0, ""))

    assert left(site, backup_keep=1) == [each.folder for each in (*real, *empty)]


@pytest.mark.alike
def test_the_newest_good_one_stays_whatever_its_age(site, nights):
    good, bad = nights([0]), nights([1, 2], proof=Proof.FAULTS)

    assert left(site, backup_keep=1) == [good[0].folder, bad[1].folder]


def test_only_backups_of_this_trail_count_for_its_age_and_its_lateness(site, nights):
    own, _ = nights([0]), nights([8], ANOTHERS)

    with site.database.reading() as session:
        stands = standing(site.settings, session)

    assert stands.last == own[0]
    assert [type(each).__name__ for each in stands.warnings] == ["TooOld", "AnothersToo"]


@pytest.mark.alike
def test_where_no_backup_is_of_this_trail_that_is_told(site, nights):
    nights([8], ANOTHERS)

    with site.database.reading() as session:
        stands = standing(site.settings, session)

    assert stands.last is None
    assert [type(each).__name__ for each in stands.warnings] == ["NoneOfOurs"]


@pytest.mark.alike
def test_a_faulty_backup_makes_the_last_good_one_no_younger(site, nights):
    good, _ = nights([0]), nights([9], proof=Proof.FAULTS)

    with site.database.reading() as session:
        stands = standing(site.settings, session)

    assert stands.last == good[0]
    assert [type(each).__name__ for each in stands.warnings] == ["TooOld", "FoundFaulty"]


@pytest.mark.alike
def test_the_backup_of_another_laboratory_is_not_taken_for_tonights(site):
    written(site.settings, ANOTHERS, clock.now())

    assert night.made_since(site.database, site.settings, clock.now() - timedelta(hours=1)) is None


@pytest.mark.sqlite_first
def test_whose_a_backup_is_shows_by_its_first_and_its_last_entry(site, server):
    older, made = site.backs_up(), (site.works(), site.backs_up())[1]
    given_up = replace(made.about, seq=made.about.seq + 1)
    another = replace(given_up, first="a" * 64)
    all_of_them = [older, made, *(Backup(made.folder, each) for each in (given_up, another))]

    seen = trails.seen_from(site.settings, all_of_them)

    assert [whose.name for _, whose in seen] == ["OURS", "OURS", "AHEAD", "ANOTHERS"]


def warnings(site):
    with site.database.reading() as session:
        return standing(site.settings, session).warnings


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_failed_night_is_tried_again_and_told_meanwhile(site, tmp_path):
    way = tmp_path / "in the way"
    way.touch()
    site.chooses(backups=way / "backups")

    assert not Worker(site.database, site.settings).work_once()
    assert any(isinstance(each, Failed) for each in warnings(site))
    way.unlink()
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert Worker(site.database, site.settings).work_once()
        assert not warnings(site)


@pytest.mark.alike
@pytest.mark.parametrize("filled", [0, 2])
def test_a_full_disk_is_told_and_leaves_no_half_backup(site, small_disk, filled):
    (small_disk / "other").write_bytes(bytes(filled * 2**20))
    for number in range(3):
        site.stores(bytes([number]) * (2**20 - 4096))
    site.chooses(backups=small_disk / "backups")

    with pytest.raises((making.NoRoom, making.NotWritten), match="another folder: LIMS_BACKUP"):
        site.backs_up()

    left = [path for path in (small_disk / "backups").rglob("*") if "files" not in path.parts]
    assert not left


@pytest.mark.alike
def test_a_stored_file_spoilt_since_the_last_backup_is_told_while_a_good_one_is_kept(site):
    digest = site.stores(b"a paper")
    site.backs_up()
    path = site.store.path(digest)
    path.chmod(0o600)
    path.write_bytes(b"a pager")

    made = site.backs_up()

    assert made.is_good
    (told,) = made.about.told
    assert str(path) in told
    assert "put it back" in told
    assert [type(each).__name__ for each in warnings(site)] == ["FilesSpoilt"]
