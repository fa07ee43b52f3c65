"""Whatever somebody changes in the folder of an export, the verifier that lies in it tells."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lims import anchors
from lims.database import Database
from lims.exports import everything, verify
from lims.exports.folder import ExportFolder
from lims.files import FileStore
from lims.workflows.anchors import RESTORED, AnchorReason
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


def test_anchors_of_work_given_up_by_a_restore_are_not_missed(
    made: Path, tmp_path: Path, found: Found
) -> None:
    """Of a backup that was restored: what was anchored after it was made is in no trail."""
    folder = Path(shutil.copytree(made, tmp_path / "restored"))
    export = Export(folder, Random(1))
    last = json.loads(export.anchors()[-1].read_text())
    before = last | {"utc": "2020-01-01T00:00:00.000000Z", "previous": None}
    given_up = before | {"seq": last["seq"] + 9, "utc": "2020-01-02T00:00:00.000000Z"}
    back = before | {"utc": "2020-01-03T00:00:00.000000Z"}
    back["reason"] = f"{RESTORED}2020-01-01T00:00:00+00:00"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def kept(*anchors: dict[str, Any]) -> list[str]:
        for number, each in enumerate(anchors):
            text = verify.canonical(each) + "\n"
            (elsewhere / f"{number}{verify.SUFFIX}").write_text(text)
        return found(folder, elsewhere)

    assert any("is cut short" in each for each in kept(before, given_up))
    assert kept(before, given_up, back) == []


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
