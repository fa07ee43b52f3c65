"""People at work at the same time, each at a browser: none writes over another, and what is scanned
at one terminal is never another's."""

from contextlib import ExitStack

import pytest
import time_machine
from playwright.sync_api import expect
from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.models.equipment import PlaceKind
from lims.models.patient import Patient
from lims.models.step import IdentityCheck, Step
from lims.models.terminal import Terminal
from lims.models.user import User
from lims.permissions import Role
from lims.web.app import create_app
from lims.workflows import places
from lims.workflows.codes import load
from tests.laboratory import PASSWORD, supplies
from tests.laboratory.staff import join, train
from tests.walks.walker import Walk
from tests.web.hands import Hands
from tests.web.scanner import registered, sign_in, signed_in_at
from tests.web.serving import serving
from tests.worlds import site_settings

pytestmark = pytest.mark.browser

VESSELS = 2
NAMES = [f"Terminal {number}" for number in range(1, 6)]


def at(terminal):
    """The sign-in name of who works there."""
    return terminal.lower().replace(" ", "-")


@pytest.fixture(scope="module")
def laboratory(sqlite_server, tmp_path_factory):
    """The site, and for each terminal a person, a bench and the vessels of a patient of its own."""
    url = sqlite_server.fresh()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        database = Database(url)
        rows = []
        for name in NAMES:
            walk = Walk(database, traveller, name)
            walk.begin()
            join(database, at(name), f"Technician of {name}", (Role.TECHNICIAN,), PASSWORD)
            taught = {"login": at(name), "as_": "technician"}
            supplies.does(database, "qa", train, lambda *_, taught=taught: taught)
            bench = supplies.does(
                database, "administrator", places.add_place,
                lambda session, _by, name=name: {
                    "name": f"Bench of {name}", "kind": PlaceKind.PROCESSING_BENCH,
                    "within": supplies.place(session, "bench").within, "equipment": None,
                },
            )  # fmt: skip
            rows.append((walk.patient, walk.isolate(walk.tissue(), vessels=VESSELS), bench.code))
        now = clock.now()
    app = create_app(site_settings(url, tmp_path_factory.mktemp("together")))
    with time_machine.travel(now, tick=True), serving(app) as address:
        yield app.extensions["lims"].database, address, rows


def test_five_people_scan_at_once_and_each_keeps_their_own_patient(chromium, laboratory):
    database, address, rows = laboratory
    with ExitStack() as opened:
        hands = []
        for name in NAMES:
            page = opened.enter_context(signed_in_at(chromium, address, at(name), "/culture/feed"))
            registered(page.context, address, name)
            sign_in(page.context, address, at(name))
            page.goto(f"{address}/culture/feed")
            hands.append(Hands(page))
        for scan in range(VESSELS):
            for each, (_patient, vessels, _bench) in zip(hands, rows, strict=True):
                each.scan(vessels[scan])
        for each, (_patient, _vessels, bench) in zip(hands, rows, strict=True):
            each.scan(bench)
            each.click("main summary:has-text('password instead')")
            each.prove("checker", "lead")
        for each in hands:
            each.page.evaluate("document.querySelector('main form.form').requestSubmit()")
        for each, (patient, _vessels, _bench) in zip(hands, rows, strict=True):
            each.page.wait_for_url("**/feedings/*")
            expect(each.page.locator("[data-patient]")).to_contain_text(patient)
        steps = [each.page.url.rpartition("/")[2] for each in hands]

    with database.reading() as session:
        terminals = dict(session.execute(select(Terminal.code, Terminal.name)).all())
        for number, (code, (patient, vessels, _bench)) in enumerate(zip(steps, rows, strict=True)):
            step = load(session, code, Step)
            checked = select(IdentityCheck.scanned).where(IdentityCheck.step_id == step.id)
            assert set(vessels) <= set(session.scalars(checked))
            owner = session.get_one(Patient, step.patient_id)
            performer = session.get_one(User, step.started_by_id)
            told = owner.code, terminals[step.terminal], performer.login
            assert told == (patient, NAMES[number], at(NAMES[number]))


def test_of_two_who_correct_one_patient_the_second_is_told_and_keeps_what_was_typed(
    chromium, laboratory
):
    _database, address, [(patient, _vessels, _bench), *_others] = laboratory
    page = f"/patients/{patient}/correct"
    with (
        signed_in_at(chromium, address, "physician", page) as first,
        signed_in_at(chromium, address, "second_physician", page) as second,
    ):
        for hands, name in ((Hands(first), "First Name"), (Hands(second), "Second Name")):
            hands.type("full_name", name)
            hands.type("reason", "as in the passport")
        Hands(first).send()
        Hands(second).follow("main form.form .send button")

        expect(second.locator("main .problems")).to_be_visible()
        expect(second.locator("main [name=full_name]")).to_have_value("Second Name")
