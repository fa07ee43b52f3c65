"""A small laboratory is loaded and looked at: what it holds is whole, a run is written down."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from lims import schema
from lims.config import Settings
from lims.database import Database
from lims.models.batch import Batch, BatchStatus
from lims.models.fill import Vial
from lims.models.lot import Lot
from lims.models.step import Step, StepLot
from lims.rehashing import verify_all
from lims.workflows.codes import is_well_formed
from tests.bench import __main__ as bench
from tests.bench import first_load, life, loading, page, ready, report
from tests.bench.loading import Loaded
from tests.bench.pages import Things
from tests.bench.rounds import Bench
from tests.bench.site import Site
from tests.laboratory import supplies
from tests.worlds import site_settings

VIALS = 24
NOTHING = Things([], [], [], {})
SMALL = life.Laboratory(vials=6, towers="A", levels=1)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> tuple[life.Told, Path]:
    folder = tmp_path_factory.mktemp("pattern")
    return life.tell(folder, SMALL), folder


@pytest.fixture
def settings(server, tmp_path: Path) -> Iterator[Settings]:
    """Of a site whose database is empty."""
    url = f"sqlite:///{tmp_path / 'lims.sqlite'}"
    if server.dialect == "postgresql":
        url = server.fresh(of=make_url(server.own.engine.url).set(database="template0"))
    yield site_settings(url, tmp_path)
    server.drop(url)


@pytest.fixture
def loaded(settings: Settings, pattern: tuple[life.Told, Path]) -> Loaded:
    return loading.copied(settings, VIALS, *pattern)


def test_what_is_loaded_is_whole_and_every_code_is_well_formed(settings, loaded):
    database = Database(settings.database_url)

    with database.reading() as session:
        told = verify_all(session, settings.store, [])
        codes = list(session.scalars(select(Vial.code)))

    assert told.is_whole, [each.english() for each in told.named[:5]]
    assert (told.entries, len(set(codes))) == (loaded.entries, VIALS)
    assert all(map(is_well_formed, codes))
    with database.engine.begin() as connection:
        schema.require_keys(connection)
    database.engine.dispose()


@pytest.mark.alike
def test_a_run_writes_its_table_its_picture_and_what_it_could_not_measure(
    settings, loaded, tmp_path
):
    run = report.Run.of("sqlite", VIALS, site := Site(settings, loaded, 1.0))
    run.figures = bench.looked_at(site, Bench("Box|Search", most=3))

    first_load.measure(Bench(lacking=run.lacking), 0, NOTHING, chromium=tmp_path / "chromium")
    page.write(report.keep(run, tmp_path, whole=True), tmp_path)

    assert "What a browser takes was not measured" in (tmp_path / page.TABLE).read_text()
    assert "| Box | in process |" in (tmp_path / page.TABLE).read_text()
    assert (tmp_path / page.PICTURE).read_text().startswith("<?xml")
    kept = json.loads((tmp_path / report.FIGURES).read_text())
    assert {f["tries"] for f in kept[f"sqlite {VIALS}"]["figures"]} == {3}


@pytest.mark.parametrize(
    ("only", "keep", "written"), [("", "", True), ("Batch", "", False), ("Batch", "1", True)]
)
def test_some_rounds_alone_are_written_down_only_where_that_is_asked_for(
    monkeypatch, tmp_path, only, keep, written
):
    monkeypatch.setenv("KEEP", keep)

    assert (bench.written_to(tmp_path, only) is not None) is written


def test_a_round_uses_up_lots_of_its_own(settings, loaded):
    database = Database(settings.database_url)
    with database.reading() as session:
        buffer = supplies.lot(session, "buffer").code

    made = ready.ready(database, Site(settings, loaded, None), vessels=1, vials=1)

    with database.reading() as session:
        of_batch = select(StepLot.lot_id).join(Step).join(Batch).where(Batch.code == made.batch)
        used = set(session.scalars(select(Lot.code).where(Lot.id.in_(of_batch))))
    database.engine.dispose()
    assert used
    assert buffer not in used


def test_no_batch_of_the_pattern_is_left_open(pattern):
    told, _ = pattern
    database = Database(told.url)

    with database.reading() as session:
        assert set(session.scalars(select(Batch.status))) == {BatchStatus.CLOSED}
    database.engine.dispose()
