"""A request of a site in Minsk without a database; and the whole site with people at browsers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask_babel import Babel
from playwright.sync_api import sync_playwright
from werkzeug.datastructures import MultiDict
from wtforms import Form

from lims.database import Database
from lims.web.app import create_app
from lims.web.current import Site
from lims.web.language import CATALOGUES
from lims.workflows import people
from lims.workflows.codes import load
from tests.conftest import Server, lent, put_down
from tests.laboratory import PASSWORD
from tests.web.badges import PIN
from tests.web.crawler import Crawl
from tests.web.visitor import Visitor
from tests.worlds import a_busy_laboratory, site_settings

SWITCHES = ["--no-sandbox", "--disable-gpu"]
"""Where there is no graphics card, chromium plays one, which takes a tenth of its time."""


def beginning(stage: Any) -> pytest.MarkDecorator:
    """How far the story has gone when the test begins."""
    return pytest.mark.parametrize("stage", [stage], indirect=True)


@pytest.fixture
def speak():
    """A context of a request in the language given."""

    def speaking(language="en"):
        app = Flask(__name__)
        Babel(
            app,
            default_translation_directories=str(CATALOGUES),
            locale_selector=lambda: language,
            timezone_selector=lambda: ZoneInfo("Europe/Minsk"),
        )
        return app.test_request_context()

    return speaking


@pytest.fixture
def english(speak):
    with speak("en"):
        yield


@pytest.fixture
def russian(speak):
    with speak("ru"):
        yield


@pytest.fixture
def typed(english):
    """What a field makes of what a person typed: the field, validated."""

    def read(field, *texts):
        form = type("AForm", (Form,), {"field": field})(MultiDict([("field", t) for t in texts]))
        form.validate()
        return form.field

    return read


@pytest.fixture
def settings(tmp_path):
    return site_settings("sqlite://", tmp_path)


@pytest.fixture(scope="session")
def put_together(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, once a worker: its routes and templates are dear to compile."""
    return create_app(site_settings("sqlite://", tmp_path_factory.mktemp("site")))


@dataclass
class Committed:
    """A database of a test's own, as a story left it, and what is printed on the labels there."""

    database: Database
    codes: Any


@pytest.fixture(scope="session")
def committed_stories() -> dict[Any, tuple[str, Any]]:
    """By database, module and stage: where a story that was told once lies, and its codes."""
    return {}


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Any:
    """How far the story of the module goes: `@beginning("received")`."""
    return getattr(request, "param", None)


@pytest.fixture
def committed(
    server: Server, request: pytest.FixtureRequest, committed_stories: Any, stage: Any
) -> Committed:
    """What `story(database, stage)` of the test's module did, told once a worker."""
    key = server.dialect, request.module.__name__, stage
    if key not in committed_stories:
        database = Database(url := server.fresh())
        committed_stories[key] = url, request.module.story(database, stage)
        put_down(database)
    url, codes = committed_stories[key]
    server.renew(of=url)
    return Committed(server.own, codes)


@pytest.fixture
def codes(committed: Committed) -> Any:
    return committed.codes


@pytest.fixture
def stored(database: Database) -> Callable[[Any, str], Any]:
    """`stored(Vial, code)` is the record as it is now."""

    def stored(model: Any, code: str) -> Any:
        with database.reading() as session:
            return load(session, code, model)

    return stored


@pytest.fixture
def app(put_together, database, settings):
    """The site on a furnished database."""
    url = database.engine.url.render_as_string(hide_password=False)
    put_together.extensions["lims"] = Site(replace(settings, database_url=url), database)
    return put_together


@pytest.fixture
def new_app(database, settings):
    """The site anew, for a test that adds something to it."""
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(replace(settings, database_url=url))
    yield app
    app.extensions["lims"].database.engine.dispose()


@pytest.fixture
def visitor(app):
    """Somebody who has not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def signed_in(app):
    """`signed_in("technician")` is that person at a browser of their own."""
    return lambda login: Visitor(app.test_client()).sign_in(login)


@pytest.fixture
def badge(signed_in, database):
    """The lead's badge; its PIN is chosen."""
    values = {"present-password": PASSWORD, "pin": PIN, "pin_again": PIN}
    answer = signed_in("lead").send("/account", values, action="/account/pin")
    assert answer.status_code == 303, answer.text
    with database.reading() as session:
        return people.by_login(session, "lead").code


@pytest.fixture
def at_bench(signed_in):
    """The technician at a browser that is Bench 2."""
    person = signed_in("administrator")
    person.send("/terminals/new", {"name": "Bench 2"})
    person.send("/", {}, action="/sign-off")
    return person.sign_in("technician")


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=lent("crawl"))
def looked_through(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Crawl, datetime]]:
    """A busy laboratory, looked through once as everybody, and the time it is there."""
    server = request.getfixturevalue(f"{request.param}_server")
    app = create_app(site_settings(server.fresh(), tmp_path_factory.mktemp("crawl")))
    now = a_busy_laboratory(app.extensions["lims"].database)
    with time_machine.travel(now, tick=False):
        crawl = Crawl.of(app, server)
    yield crawl, now
    server.own.engine.dispose()


@pytest.fixture(scope="module")
def crawl(looked_through: tuple[Crawl, datetime]) -> Iterator[Crawl]:
    """What was looked through, as if nobody had touched it since."""
    crawl, now = looked_through
    with time_machine.travel(now, tick=False):
        crawl.restore()
        yield crawl
