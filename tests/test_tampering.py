"""Whatever somebody changes past the program, in a live database or among its files, is found."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import pytest

from lims import rehashing
from lims.database import Database
from lims.files import FileStore
from lims.workflows.anchors import AnchorReason, anchor_of
from tests import live_tampering as live
from tests.live_tampering import Ground
from tests.soaking import SOAK, by_lot
from tests.tampering import grown

ROUNDS = 500 // len(live.ALL) + 1 if SOAK else 1
"""Of every kind on each database: 500 in all, or one."""
CLEAN = {"sqlite": range(1000), "postgresql": range(200)}


@pytest.fixture(scope="module")
def prepared() -> Iterator[tuple[ExitStack, dict[str, Ground]]]:
    """Of each database one small laboratory, in a transaction that is never committed."""
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def ground(server, prepared, tmp_path_factory) -> Iterator[Ground]:
    stack, made = prepared
    if server.dialect not in made:
        database = Database(server.fresh())
        stack.callback(database.engine.dispose)
        folder = tmp_path_factory.mktemp(server.dialect)
        ready = live.laboratory(database, folder, server.dialect)
        made[server.dialect] = stack.enter_context(ready)
    return made[server.dialect]


@pytest.mark.parametrize("kind", live.ALL, ids=lambda kind: kind.__name__)
def test_every_tampering_is_found_and_its_place_named(ground: Ground, kind) -> None:
    for _ in range(ROUNDS):
        with undone(ground):
            place = kind(ground)
            found = ground.found(*ground.anchors)

        assert any(place in each for each in found), (place, found)


@contextmanager
def undone(ground: Ground) -> Iterator[None]:
    """All that is done meanwhile is undone, in the database, among the files and the anchors."""
    anchors = list(ground.anchors)
    files = {path: path.read_bytes() for path in map(ground.store.path, ground.store.digests())}
    savepoint = ground.session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        ground.anchors[:] = anchors
        for path, content in files.items():
            if not path.exists() or path.read_bytes() != content:
                live.rewrite(path, content)


@pytest.mark.parametrize("kind", live.REWRITTEN, ids=lambda kind: kind.__name__)
def test_what_was_written_anew_is_missed_where_no_anchor_was_kept(ground: Ground, kind) -> None:
    """The control: the chain alone protects nothing against whoever can hash it anew."""
    for _ in range(ROUNDS):
        with undone(ground):
            kind(ground)

            assert ground.found() == []


def test_an_end_cut_off_with_all_it_told_of_is_missed_where_no_anchor_was_kept(
    ground: Ground,
) -> None:
    with undone(ground):
        live.end_never_was(ground)
        assert ground.found() == []
        assert any("was anchored" in each for each in ground.found(*ground.anchors))


def test_the_ground_itself_is_clean(ground: Ground) -> None:
    assert ground.found(*ground.anchors) == []


@pytest.mark.parametrize("part", range(10))
def test_no_clean_history_is_suspected(server, tmp_path: Path, part: int) -> None:
    for number in list(by_lot(CLEAN[server.dialect], 30, "clean"))[part::10]:
        database, store = Database(url := server.fresh()), FileStore(tmp_path / str(number))
        chance, anchors = Random(number), []
        for _ in range(chance.randint(1, 2)):
            grown(database, store, chance)
            with database.reading() as session:
                last = anchors[-1] if anchors else None
                anchors.append(anchor_of(session, AnchorReason.DAY, last))
        with database.reading() as session:
            report = rehashing.verify_all(session, store, anchors)
        database.engine.dispose()
        server.drop(url)

        assert report.is_whole, (number, [each.english() for each in report.named])
