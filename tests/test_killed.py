"""A process killed with kill -9, a copy taken under load: nothing acknowledged is ever lost."""

import shutil
import time
from pathlib import Path
from random import Random

import pytest

from lims.backups import proving
from lims.backups.kinds import kind_of
from lims.backups.progress import quietly
from lims.backups.sqlite import BESIDE, Sqlite, url_of, with_ending
from lims.workflows.verifying import verify
from tests.kept import Kept
from tests.soaking import SOAK
from tests.writing import Bench, lost, size

KILLS = 100 if SOAK else 10
COPIES = 40 if SOAK else 3
A_PIECE = 2**16


@pytest.fixture(scope="module")
def bench():
    bench = Bench()
    yield bench
    bench.end()


@pytest.fixture
def site(server, tmp_path):
    site = Kept.of_its_own(server, tmp_path / "data")
    site.database.engine.dispose()
    yield site
    site.database.engine.dispose()
    server.drop(site.settings.database_url)


def test_a_killed_process_loses_nothing_it_acknowledged(site, bench, tmp_path, capsys):
    random, told = Random("kill"), tmp_path / "acknowledged"

    for _ in range(KILLS):
        with bench.at_work(site.settings.database_url, told):
            time.sleep(random.uniform(0, 1 if SOAK else 0.3))
        assert not lost(site.database, told)
        with site.database.reading() as session:
            report = verify(session, [])
        assert report.is_whole, [each.english() for each in report.named]
        site.database.engine.dispose()

    with capsys.disabled():
        print(f" {KILLS} kills, {size(told) // 37} acknowledged, 0 lost")  # noqa: T201


@pytest.mark.sqlite_first
def test_a_backup_made_while_people_work_is_good(site, bench, tmp_path, capsys):
    told, kind = tmp_path / "acknowledged", kind_of(site.settings)

    with bench.at_work(site.settings.database_url, told):
        for _ in range(COPIES):
            before = size(told)
            made = site.backs_up()
            assert made.is_good, made.about.told
            with kind.opened(made.database, quietly) as url, kind.current(url, tmp_path) as copy:
                assert not lost(copy, told, before)
            time.sleep(0.1)

    with capsys.disabled():
        print(f" {COPIES} copies good, {size(told) // 37} acknowledged meanwhile")  # noqa: T201


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize("endings", [("",), ("", BESIDE[0])], ids=["file", "file and log"])
def test_a_plain_copy_of_the_file_is_caught_by_the_proof(site, bench, tmp_path, capsys, endings):
    live, caught = Path(site.database.engine.url.database), 0

    with bench.at_work(site.settings.database_url, tmp_path / "acknowledged"):
        for number in range(COPIES):
            site.anchors()
            copy = tmp_path / f"copy{number}.sqlite"
            for ending in endings:
                copied_slowly(with_ending(live, ending), with_ending(copy, ending))
            caught += bool(faults(site, copy, tmp_path))
            shutil.rmtree(site.settings.anchor_dir)

    with capsys.disabled():
        print(f" {caught} of {COPIES} plain copies caught")  # noqa: T201
    assert caught or not SOAK


def copied_slowly(file, to):
    """As to a disk of another machine."""
    with file.open("rb") as source, to.open("wb") as copy:
        while piece := source.read(A_PIECE):
            copy.write(piece)
            time.sleep(0.001)


def faults(site, copy, work):
    anchored = proving.read_anchors(site.settings.anchor_dir)
    return proving.prove(
        Sqlite(url_of(copy)), url_of(copy), work, anchored, lambda session, report: [], quietly
    ).faults
