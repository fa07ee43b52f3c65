"""One small batch from tissue to release, made once a module and database and only read there."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from pypdf import PdfReader

from lims.database import Database
from lims.models.label import RecordKind
from tests.conftest import lent
from tests.papers import making
from tests.papers.making import Made


@pytest.fixture(scope="module", params=lent("papers"))
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    """A released batch that the tests of a module share and leave as it is."""
    server = request.getfixturevalue(f"{request.param}_server")
    database = Database(server.fresh())
    yield making.settle(database, tmp_path_factory.mktemp("papers"))
    database.engine.dispose()


@pytest.fixture
def own(database: Database, tmp_path) -> Made:
    """A released batch of this test's own."""
    return making.settle(database, tmp_path)


def text_of(pdf: bytes) -> str:
    """The text of all pages, lines joined by single spaces."""
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


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
