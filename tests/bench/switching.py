"""People who change places at a terminal: badge, PIN, and the page of who came, in a browser."""

from collections.abc import Iterator
from itertools import cycle, islice
from uuid import uuid4

from playwright.sync_api import Browser

from lims.database import Database
from lims.models.user import User
from lims.workflows import people, pins
from lims.workflows.signing import Proof
from tests.bench.first_load import WAY, browsing
from tests.bench.rounds import Bench
from tests.web.badges import PIN, switched
from tests.web.scanner import registered, sign_in

SWITCH = "Switch user, badge and PIN"
PEOPLE = ("lead", "technician")
"""Who come in turn, the second is there first."""
TIMES = 11
"""The first is not counted: the server has to be warm."""


def measure(bench: Bench, database: Database, port: int) -> None:
    """From the first stroke of the scan until the one who came is signed in."""
    if not bench.wanted(SWITCH):
        return
    with browsing(bench) as browser:
        if browser:
            coming = [with_pin(database, login) for login in PEOPLE]
            changes = list(_changes(browser, f"http://127.0.0.1:{port}", coming))
            bench.add(SWITCH, WAY, changes[1:])


def _changes(browser: Browser, site: str, coming: list[User]) -> Iterator[float]:
    with browser.new_context() as context:
        registered(context, site, f"Bench {uuid4().hex[:8]}")
        sign_in(context, site, PEOPLE[-1])
        page = context.new_page()
        page.goto(site)
        for person in islice(cycle(coming), TIMES):
            yield switched(page, person.code, person.full_name)
        page.goto("about:blank")


def with_pin(database: Database, login: str) -> User:
    with database.reading() as session:
        person = people.by_login(session, login)
        session.expunge(person)
    proof = Proof(user_id=person.id, name=person.full_name)
    chosen = {"proof": proof, "pin": PIN}
    database.run(pins.choose_pin, person.id, key=str(uuid4()), arguments=lambda _: chosen)
    return person
