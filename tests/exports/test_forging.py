"""Whatever somebody changes in the folder of an export, the verifier that lies in it tells."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from lims import anchors
from lims.database import Database
from lims.exports import everything, verify
from lims.exports.folder import ExportFolder
from lims.files import FileStore
from lims.workflows.anchors import AnchorReason
from tests.exports import forging
from tests.exports.forging import Export
from tests.soaking import SOAK, by_lot
from tests.tampering import grown

ROUNDS = 500 // len(forging.ALL) + 1 if SOAK else 1
CLEAN = range(300)
Found = Callable[..., list[str]]


def exported(database: Database, folder: Path, chance: Random) -> Path:
    """All there is of a small laboratory that was anchored twice."""
    store, kept = FileStore(folder / "files"), folder / "anchors"
    for _ in range(2):
        grown(database, store, chance)
        anchors.anchor_now(database, kept, AnchorReason.DAY)
    made = ExportFolder(folder / "export")
    with database.reading() as session:
        everything.write(session, made, store, kept, lambda _: None)
    return made.path


@pytest.fixture(scope="module")
def made(sqlite_server, tmp_path_factory) -> Iterator[Path]:
    database = Database(sqlite_server.fresh())
    yield exported(database, tmp_path_factory.mktemp("made"), Random("forging"))
    database.engine.dispose()


@pytest.fixture
def found(monkeypatch, capsys) -> Found:
    """What the verifier tells of an export, line by line; it ends with 1 where it tells a fault."""

    def look(folder: Path, *more: Path) -> list[str]:
        words = ["verify.py", "--export", str(folder), *map(str, more)]
        monkeypatch.setattr("sys.argv", words)
        ended = verify.main()
        faults = [each for each in capsys.readouterr().out.splitlines() if "FAULT  " in each]
        assert ended == bool(faults)
        return faults

    return look


def forged(kind: forging.Kind, made: Path, folder: Path, seed: str) -> tuple[Path, str]:
    """A copy of the export after somebody was at it, and what is to be named."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder / "export")
    export = Export(folder / "export", Random(seed))
    place = kind(export)
    if kind in forging.CAREFUL:
        export.repair()
    return export.folder, place


@pytest.mark.parametrize("kind", forging.ALL, ids=lambda kind: kind.__name__)
def test_every_forgery_is_found_and_its_place_named(
    kind: forging.Kind, made: Path, tmp_path: Path, found: Found
) -> None:
    for number in range(ROUNDS):
        folder, place = forged(kind, made, tmp_path / "forged", f"{kind.__name__} {number}")
        elsewhere = [made.parent / "anchors"] if kind is forging.anchors_forged_too else []
        told = found(folder, *elsewhere)

        assert any(place in each for each in told), (place, told)


@pytest.mark.parametrize("kind", [forging.the_chain_written_anew, forging.moved_in_time])
def test_what_was_written_anew_is_missed_where_no_anchor_is_left(
    kind: forging.Kind, made: Path, tmp_path: Path, found: Found
) -> None:
    """The control: a chain protects nothing against whoever can hash it anew."""
    folder, _ = forged(kind, made, tmp_path / "forged", "control")
    shutil.rmtree(folder / verify.ANCHORS)
    Export(folder, Random()).repair()

    assert found(folder) == []


def test_forged_anchors_are_found_by_those_kept_elsewhere_alone(
    made: Path, tmp_path: Path, found: Found
) -> None:
    folder, _ = forged(forging.anchors_forged_too, made, tmp_path / "forged", "control")

    assert found(folder) == []
    assert found(folder, made.parent / "anchors")


def test_an_export_as_it_was_made_is_whole(made: Path, found: Found) -> None:
    assert found(made) == found(made, made.parent / "anchors") == []


@pytest.mark.parametrize("part", range(10))
def test_no_clean_export_is_suspected(server, tmp_path: Path, found: Found, part: int) -> None:
    for number in list(by_lot(CLEAN, 30, "clean exports"))[part::10]:
        database = Database(url := server.fresh())
        folder = exported(database, tmp_path / str(number), Random(number))
        database.engine.dispose()
        server.drop(url)

        assert found(folder) == [], number
        shutil.rmtree(tmp_path / str(number))
