"""One small batch from tissue to release, made once a module and database and only read there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lims.database import Database
from lims.models.label import RecordKind
from tests.conftest import Server, lent, put_down
from tests.papers import making
from tests.papers.making import Made
from tests.reading import text_of


@pytest.fixture(scope="session", params=lent("papers"))
def released(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Server, str, Made]:
    """A released batch, and the address of the database it stands in, to be copied."""
    server = request.getfixturevalue(f"{request.param}_server")
    database = Database(url := server.fresh())
    made = making.settle(database, tmp_path_factory.mktemp("papers"))
    put_down(database)
    return server, url, made


def copied(made: Made, database: Database, folder: Path) -> Made:
    return replace(made, database=database, archive=making.archive_in(database, folder))


@pytest.fixture(scope="module")
def made(
    released: tuple[Server, str, Made], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    """A released batch that the tests of a module share and leave as it is."""
    server, url, made = released
    database = Database(server.fresh(url))
    yield copied(made, database, tmp_path_factory.mktemp("papers"))
    database.engine.dispose()


@pytest.fixture
def own(released: tuple[Server, str, Made], tmp_path: Path) -> Made:
    """A released batch of this test's own."""
    server, url, made = released
    server.renew(url)
    return copied(made, server.own, tmp_path)


@pytest.fixture
def kept() -> Callable[..., object]:
    """`kept(made, kind, code)` is the paper's row and its text, asked for by quality."""
    from lims.papers import keeping

    def keep(made: Made, kind: RecordKind, code: str, language: str = "en") -> object:
        with made.database.reading() as session:
            qa = making.person(session, "qa")
        record = keeping.make(made.archive, kind, code, by=qa, language=language)
        return record, text_of(made.archive.store.get(record.pdf_sha256))

    return keep
