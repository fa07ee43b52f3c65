"""The demonstration, told once by the program itself: a share of its courses; all of them in a
soak, and on PostgreSQL too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from lims.config import Settings
from lims.database import Database
from lims.demo import accounts, filling
from lims.demo.people import COURSES, Course
from lims.web.app import create_app
from tests.conftest import DIALECTS, Server
from tests.soaking import SOAK
from tests.web.visitor import Visitor
from tests.worlds import site_settings

TOLD = (
    "Новікава", "Юрченко", "Ермаков", "Борисевич", "Andersen", "Лапко", "Tamm",
    "Horvat", "Третьяк", "Kask", "Яковлева", "O’Brien", "Virtanen", "Савчук", "Беляев",
    "Zielińska", "Евсеенко", "Гончар Виктор", "Wójcik", "Schneider",
)  # fmt: skip
"""Of those told each time, how the name begins: between them nearly every stage."""
EVERY: tuple[Course, ...] = (
    COURSES if SOAK else tuple(c for c in COURSES if c.who.full_name.startswith(TOLD))
)


@pytest.fixture(scope="session", params=DIALECTS if SOAK else DIALECTS[:1])
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Settings]]:
    """The database and its settings, once it is filled."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    folder = tmp_path_factory.mktemp("demonstration")
    database = Database(empty(server, folder))
    database.upgrade()
    url = database.engine.url.render_as_string(hide_password=False)
    settings = site_settings(url, folder)
    filling.fill(database, settings, lambda made: None, EVERY)
    yield database, settings
    database.engine.dispose()


def empty(server: Server, folder: Path) -> str:
    """The address of a database without tables."""
    if server.dialect == "sqlite":
        return f"sqlite:///{folder / 'demonstration.sqlite'}"
    engine = server.shared.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE demonstration TEMPLATE template0"))
    url = make_url(server.shared.engine.url).set(database="demonstration")
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def database(told: tuple[Database, Settings]) -> Database:
    return told[0]


@pytest.fixture(scope="session")
def settings(told: tuple[Database, Settings]) -> Settings:
    return told[1]


@pytest.fixture(scope="session")
def site(settings: Settings) -> Iterator[object]:
    app = create_app(settings)
    yield app
    app.extensions["lims"].database.engine.dispose()


@pytest.fixture
def signed_in(site):
    """`signed_in("qa")`, with the password that is on the sign-in page."""
    return lambda login: Visitor(site.test_client()).sign_in(login, accounts.PASSWORD)
