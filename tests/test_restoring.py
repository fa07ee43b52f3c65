"""A restore: proved before anything is replaced, everything replaced is kept, nothing between."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pyrage
import pytest
from sqlalchemy import make_url

from lims import anchors, locks
from lims.backups import files_alone, present, restoring, sealing
from lims.backups.folder import ABOUT, FILES, Altered, Backup, Gone, NoBackup, Proof, unreadable
from lims.backups.postgresql import StillConnected
from lims.database import Database
from lims.workflows.findings import RestoredOlder
from tests.kept import NEVER, Kept, flipped
from tests.soaking import SOAK

FLIPS = 100 if SOAK else 10


@pytest.fixture
def site(server, tmp_path):
    site = Kept.of_its_own(server, tmp_path / "data")
    yield site
    site.database.engine.dispose()
    server.drop(site.settings.database_url)


def names(site):
    """What lies in the folder or on the server beside the database."""
    name = Path(site.database.engine.url.database)
    if site.database.is_sqlite:
        return {path.name for path in name.parent.iterdir()}
    with site.database.engine.connect() as connection:
        all_there = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars()
        return {each for each in all_there if each.startswith(f"{name}_")}


def test_a_restore_brings_back_what_there_was(site):
    digest = site.stores(b"a paper")
    made, head = site.backs_up(), site.head
    site.works()
    site.store.path(digest).unlink()

    done = site.restores(made)

    assert done.report.is_whole, [each.english() for each in done.report.named]
    assert (site.head, done.files) == (head, 1)
    assert site.store.get(digest) == b"a paper"


@pytest.mark.sqlite_first
def test_what_was_replaced_is_kept_and_whole(site):
    made = site.backs_up()
    site.works()
    head = site.head

    done = site.restores(made)

    url = make_url(site.settings.database_url).set(database=done.kept)
    kept = Kept(site.settings, Database(url.render_as_string(hide_password=False)))
    assert kept.head == head
    kept.database.engine.dispose()


@pytest.mark.alike
def test_what_will_be_lost_is_told_before_anybody_agrees(site):
    made, head = site.backs_up(), site.head
    site.works()
    told = []

    done = site.restores(made, agree=lambda sentence: told.append(sentence))

    assert done is None
    assert f"entries {head + 1}–{site.head} will be lost" in told[0].english()


@pytest.mark.alike
def test_the_history_of_another_laboratory_is_told(site):
    site.works("one")
    made = site.backs_up()

    forged = replace(made.about, hash="0" * 64)
    of_another = replace(forged, first="1" * 64)
    for about, refusal in ((forged, present.OtherHistory), (of_another, present.OtherLaboratory)):
        told = present.present(site.settings, about, f"sqlite:///{made.database}")
        assert isinstance(told, refusal)


@pytest.mark.alike
def test_a_database_that_lost_its_trail_is_not_taken_for_none(site):
    made = site.backs_up()
    site.by_hand("DROP TABLE audit_head")

    told = present.present(site.settings, made.about, f"sqlite:///{made.database}")

    assert isinstance(told, present.CannotBeRead)


@pytest.mark.alike
def test_an_empty_database_is_told_to_lose_nothing(site, tmp_path):
    made = site.backs_up()
    empty = Kept.at(f"sqlite:///{tmp_path / 'empty.sqlite'}", tmp_path / "empty")
    empty.database.upgrade()

    told = present.present(empty.settings, made.about, f"sqlite:///{made.database}")

    empty.database.engine.dispose()
    assert isinstance(told, present.NothingEntered)


@pytest.mark.alike
def test_who_does_not_agree_leaves_everything_as_it_was(site):
    made = site.backs_up()
    site.works()
    head = site.head

    assert site.restores(made, agree=NEVER) is None

    assert site.head == head
    assert not [name for name in names(site) if "replaced" in name or "restoring" in name]


@pytest.mark.sqlite_first
def test_after_a_restore_verify_tells_of_it_and_finds_the_rest_whole(site):
    made = site.backs_up()
    site.works()
    site.anchors()
    lost = site.head

    site.restores(made)
    report = site.verified()

    assert report.is_whole, [each.english() for each in report.named]
    assert f"Entries up to {lost} that were anchored before" in report.noted[0].english()


@pytest.mark.alike
def test_an_end_cut_off_without_a_restore_is_still_found(site):
    made = site.backs_up()
    site.works()
    site.anchors()
    site.restores(made)
    for file in site.settings.anchor_dir.glob("*.json"):
        if "restored" in file.read_text():
            file.unlink()

    assert "its end was cut off" in site.verified().named[0].english()


@pytest.mark.alike
def test_work_goes_on_after_a_restore_and_is_anchored(site):
    made = site.backs_up()
    site.works()
    site.anchors()
    site.restores(made)
    site.works("again")
    site.anchors()

    report = site.verified()

    assert report.is_whole, [each.english() for each in report.named]
    assert report.anchored_to == report.last_seq == site.head


@pytest.mark.alike
def test_anchors_that_the_site_lost_come_back(site):
    site.anchors()
    made = site.backs_up()
    for file in site.settings.anchor_dir.iterdir():
        file.unlink()

    site.restores(made)

    reasons = [each.reason.split()[0] for each in anchors.read(site.settings.anchor_dir)[0]]
    assert reasons == ["by", "by", "restored"]


def test_a_restore_to_a_place_where_nothing_is(site, server, tmp_path):
    made, head = site.backs_up(), site.head
    url = make_url(site.settings.database_url)
    nowhere = url.set(database=f"{url.database}_new").render_as_string(hide_password=False)
    fresh = Kept.at(nowhere, tmp_path / "new")

    told = []

    done = fresh.restores(made, agree=lambda sentence: told.append(sentence) or True)

    assert "no database yet" in told[0].english()
    assert (fresh.head, done.report.is_whole, done.kept) == (head, True, "-")
    fresh.database.engine.dispose()
    server.drop(nowhere)


@pytest.mark.alike
def test_an_encrypted_backup_opens_with_its_key_alone(site, tmp_path):
    key, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    files = [tmp_path / "key.txt", tmp_path / "other.txt"]
    for file, each in zip(files, (key, other), strict=True):
        file.write_text(f"# created by age-keygen\n{each}\n")
    site.chooses(backup_recipient=str(key.to_public()))
    digest = site.stores(b"a paper")
    made, head = site.backs_up(), site.head
    site.works()
    site.store.path(digest).unlink()

    for identity, refusal in ((None, sealing.NoIdentity), (files[1], sealing.NotForThisKey)):
        with pytest.raises(refusal):
            site.restores(made, identity=identity)
    site.restores(made, identity=files[0])

    assert (site.head, site.store.get(digest)) == (head, b"a paper")


def test_a_file_without_a_key_is_told(tmp_path):
    (tmp_path / "key.txt").write_text("AGE-SECRET-KEY-1\n")

    with pytest.raises(sealing.BadIdentity):
        sealing.identity_in(tmp_path / "key.txt")


NO_LONGER = (
    restoring.NotWhole, restoring.FilesNotWhole, restoring.NewerBackup, restoring.OtherKind,
    Altered, NoBackup, Gone, sealing.NoIdentity,
)  # fmt: skip
"""How a backup is refused whose bytes are not those that were written."""


@pytest.mark.sqlite_first
def test_a_backup_with_one_bit_changed_anywhere_is_refused(site):
    digest = site.stores(b"a paper")
    site.anchors()
    made, random = site.backs_up(), Random("flips")
    files = [path for path in sorted(site.settings.backup_dir.rglob("*")) if path.is_file()]
    site.store.path(digest).unlink()

    for _ in range(FLIPS):
        file, bit = random.choice(files), random.randrange(8)
        flipped(file, at := random.randrange(file.stat().st_size), bit)
        with pytest.raises(NO_LONGER):
            site.restores(made)
        flipped(file, at, bit)

    assert not [name for name in names(site) if "replaced" in name]
    assert site.restores(made).report.is_whole


@pytest.mark.alike
def test_a_backup_that_lacks_any_file_is_refused(site):
    digest = site.stores(b"a paper")
    site.anchors()
    made = site.backs_up()
    site.store.path(digest).unlink()
    files = [path for path in site.settings.backup_dir.rglob("*") if path.is_file()]

    assert len(files) == 5
    for file in files:
        away = file.rename(site.settings.data_dir / "away")
        with pytest.raises(NO_LONGER):
            site.restores(made)
        away.rename(file)


@pytest.fixture
def spoilt(site):
    """A backup beside which a stored file was altered, and the digest of that file."""
    digest = site.stores(b"a paper")
    made = site.backs_up()
    flipped(site.settings.backup_dir / FILES / digest[:2] / digest[2:], 3, 1)
    return made, digest


@pytest.mark.alike
def test_a_stored_file_that_is_still_good_here_is_not_needed_of_the_backup(site, spoilt):
    made, digest = spoilt

    assert site.restores(made).report.is_whole
    assert site.store.get(digest) == b"a paper"


@pytest.mark.alike
def test_a_stored_file_that_nobody_has_does_not_hold_back_the_rest(site, spoilt):
    made, digest = spoilt
    site.store.path(digest).unlink()
    with pytest.raises(restoring.FilesNotWhole, match="--despite-faults"):
        site.restores(made)

    done = site.restores(made, despite_faults=True)

    assert [type(each).__name__ for each in done.report.named] == ["FileGone"]


def test_stored_files_alone_are_brought_back_while_people_work_on(site):
    missing, altered = site.stores(b"a paper"), site.stores(b"another")
    made = site.backs_up()
    site.works()
    head = site.head
    site.store.path(missing).unlink()
    flipped(site.store.path(altered), 3)

    with locks.shared(site.settings.data_dir):
        done = files_alone.bring_back(site.settings, made)

    assert (done.files, done.lacking, site.head) == (2, [], head)
    assert (site.store.get(missing), site.store.get(altered)) == (b"a paper", b"another")
    assert (done.kept / altered).read_bytes() == b"anouher"


@pytest.mark.alike
def test_a_stored_file_that_the_backup_has_not_either_is_told(site):
    made = site.backs_up()
    newer = site.stores(b"a paper of later")
    site.store.path(newer).unlink()

    done = files_alone.bring_back(site.settings, made)

    assert (done.files, [type(each).__name__ for each in done.lacking]) == (0, ["FileGone"])


@pytest.mark.alike
def test_nothing_is_brought_back_that_no_row_names(site):
    digest = site.stores(b"a paper")
    made = site.backs_up()
    other = Kept.at(f"sqlite:///{site.settings.data_dir / 'other.sqlite'}", site.settings.data_dir)
    other.database.upgrade()
    site.store.path(digest).unlink()

    assert files_alone.bring_back(other.settings, made).files == 0
    other.database.engine.dispose()


@pytest.mark.alike
def test_what_a_restore_gave_up_is_told_also_where_nobody_had_anchored_it(site):
    made = site.backs_up()
    site.works()
    last = site.head
    site.restores(made)

    (told,) = [each for each in site.verified().noted if isinstance(each, RestoredOlder)]
    assert told.parameters["last"] == last


@pytest.mark.alike
def test_what_a_later_restore_brought_back_is_not_told_as_lost(site):
    older = site.backs_up()
    site.works()
    newer = site.backs_up()
    site.restores(older)
    asked = []
    site.restores(newer, agree=lambda present: asked.append(present) or True)

    assert isinstance(asked[0], present.Behind)
    assert not [each for each in site.verified().noted if isinstance(each, RestoredOlder)]


@pytest.mark.alike
def test_a_backup_that_cannot_be_read_is_told_of(site):
    made = site.backs_up()
    (made.folder / ABOUT).write_text("{")

    (broken,) = unreadable(site.settings.backup_dir)
    assert str(made.folder) in broken.english()


@pytest.mark.alike
def test_a_file_put_into_a_backup_is_told(site):
    made = site.backs_up()
    (made.folder / "notes.txt").touch()

    (made.folder / "more.txt").touch()

    with pytest.raises(
        restoring.NotWhole, match=r"who put it there\. notes.txt lies in the backup"
    ):
        site.restores(made)


@pytest.mark.alike
def test_a_backup_whose_proof_found_faults_is_restored_on_demand_alone(site):
    site.by_hand("UPDATE user_account SET full_name = 'Somebody else' WHERE id = 1")
    made = site.backs_up()

    with pytest.raises(restoring.NotProved, match="full_name"):
        site.restores(made)
    done = site.restores(made, despite_faults=True)

    assert (made.about.proof, done.report.faults) == (Proof.FAULTS, 1)


@pytest.mark.alike
def test_nothing_is_restored_while_a_server_runs(site):
    made = site.backs_up()

    with locks.shared(site.settings.data_dir), pytest.raises(locks.Served):
        site.restores(made)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_nothing_is_restored_while_somebody_is_connected_from_elsewhere(site):
    made, elsewhere = site.backs_up(), Database(site.settings.database_url)
    with elsewhere.engine.connect(), pytest.raises(StillConnected, match="1 others"):
        site.restores(made)
    elsewhere.engine.dispose()


@pytest.mark.alike
def test_a_backup_of_the_other_kind_or_of_a_newer_version_is_told(site, tmp_path):
    made = site.backs_up()
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[made.about.kind]
    for change, refusal in (
        ({"kind": other}, restoring.OtherKind),
        ({"revision": "9999"}, restoring.NewerBackup),
    ):
        with pytest.raises(refusal):
            restoring.require_fitting(
                site.settings, Backup(made.folder, replace(made.about, **change))
            )


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_and_nothing_was_replaced(site, small_disk):
    made = site.backs_up()
    (small_disk / "other").write_bytes(bytes(2 * 2**20))
    full = Kept.at(f"sqlite:///{small_disk / 'lims.sqlite'}", site.settings.data_dir)

    with pytest.raises(restoring.NotRestored, match="No space left on device"):
        full.restores(made)

    assert [path.name for path in small_disk.iterdir()] == ["other"]


STEPS = ("bring_back", "_bring_back_anchors", "replace", "anchor_now") if SOAK else ("replace",)
KILLED = """
import os, signal, sys
from pathlib import Path
from lims.backups import restoring, stored, sqlite, postgresql
from lims.backups.folder import Backup
from lims.config import Settings
step, when, folder = sys.argv[1:]
place = {"bring_back": stored, "_bring_back_anchors": restoring, "anchor_now": restoring.anchors}
for home in [place[step]] if step in place else [sqlite.Sqlite, postgresql.Postgresql]:
    def killed(*words, act=getattr(home, step), **more):
        if when == "after":
            act(*words, **more)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(home, step, killed)
settings = Settings.from_environment(os.environ)
restoring.restore(settings, Backup.read(Path(folder)), agree=lambda _: True)
"""


@pytest.mark.sqlite_first
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_restore_killed_at_any_step_leaves_the_old_or_the_new_and_is_done_again(site, step, when):
    made, head = site.backs_up(), site.head
    site.works()
    worked = site.head
    site.database.engine.dispose()

    done = subprocess.run(
        [sys.executable, "-c", KILLED, step, when, made.folder], env=environment(site)
    )

    assert done.returncode == -9
    replaced = (step, when) == ("replace", "after") or step == "anchor_now"
    assert site.head == (head if replaced else worked)
    site.restores(made)
    assert (site.head, site.verified().is_whole) == (head, True)


def environment(site):
    settings = site.settings
    return {name: value for name, value in os.environ.items() if "LIMS_" not in name} | {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "LIMS_DATABASE_URL": settings.database_url,
        "LIMS_DATA_DIR": str(settings.data_dir),
        "LIMS_PG_BIN": str(settings.pg_bin),
    }
