"""What a task takes: scans, fields typed, clicks and passwords, counted as a person makes them.

LIMS_WRITE_INPUTS=1 writes the table in docs/performance.md from what was counted.
"""

import os
from collections.abc import Iterator
from functools import partial

import pytest
import time_machine
from playwright.sync_api import expect

from lims import clock
from lims.database import Database
from lims.models.step import Step
from lims.models.vessel import Vessel
from lims.web.app import create_app
from lims.workflows import containers
from lims.workflows.codes import load
from tests.bench import inputs, page
from tests.bench.report import DOCS, kept_in
from tests.bench.switching import with_pin
from tests.laboratory import clinic, supplies, working
from tests.laboratory.desk import Desk
from tests.papers import making
from tests.walks import freezing, ordering, specifying
from tests.walks.walker import Walk
from tests.web.badges import switched
from tests.web.hands import Hands, hands_at
from tests.web.scanner import registered, scan, sign_in
from tests.web.serving import serving
from tests.worlds import site_settings

pytestmark = pytest.mark.browser


class Bench:
    """Codes of what stands ready for each task, and where the site is."""


def told(database: Database, walk: Walk) -> Bench:
    bench = Bench()
    specifying.approve(walk, specifying.lenient(()))
    ordering.with_vials(walk, PICKED // 2)
    ordering.released(walk, PICKED // 2)
    order = ordering.scheduled(walk, ordering.drafted(walk, PICKED))
    bench.kept, bench.retrieval = ordering.kept(walk, order), ordering.begun(walk, order)
    bench.badge = walk.badge("technician")
    bench.fill, [bench.vial] = freezing.vials_filled(walk, freezing.cells(walk), 1)
    freezing.frozen(walk, bench.fill, [bench.vial])
    bench.clean = clean_fill(database)
    bench.fed = walk.isolate(walk.tissue(), vessels=1)
    bench.grown = walk.isolate(walk.tissue(), vessels=2)
    bench.tissue, bench.patient = walk.collect(), walk.patient
    with database.reading() as session:
        bench.shelf = load(session, bench.grown[0], Vessel).standing.place.code
        bench.serum = supplies.lot(session, "expired").code
        bench.medium = supplies.lot(session, "medium").code
        bench.first_cabinet = supplies.equipment(session, "cabinet").code
        bench.cabinet = supplies.equipment(session, "second_cabinet").code
        position = freezing.next_place(bench.vial)(session)
        bench.box = position.box.code
    return bench


def clean_fill(database: Database) -> str:
    """A fill of which nothing is missing and nothing is to be said."""
    with working(database) as session:
        desk = Desk(session, making.room(session))
        return desk.supplied(desk.ready(clinic.course(session, "ivanova"))).code


PICKED = 12


@pytest.fixture(scope="module")
def bench(sqlite_server, tmp_path_factory) -> Iterator[Bench]:
    url = sqlite_server.fresh()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        database = Database(url)
        bench = told(database, Walk(database, traveller, "Inputs"))
        now = clock.now()
    app = create_app(site_settings(url, tmp_path_factory.mktemp("inputs")))
    bench.database = app.extensions["lims"].database
    with time_machine.travel(now, tick=True), serving(app) as bench.site:
        yield bench


@pytest.fixture(scope="module")
def counted() -> Iterator[dict[str, tuple[Hands, str]]]:
    """What each task took, and what is the most it may take."""
    tasks: dict[str, tuple[Hands, str]] = {}
    yield tasks
    if os.environ.get("LIMS_WRITE_INPUTS") and len(tasks) == TASKS:
        rows = [
            inputs.Task(task, h.scans, h.fields, h.clicks, h.passwords, most)
            for task, (h, most) in tasks.items()
        ]
        inputs.keep(rows, DOCS)
        page.write(kept_in(DOCS), DOCS)


TASKS = 7


@pytest.fixture
def at(chromium, bench):
    """`with at("technician", "/culture/feed") as hands`: that person at that page."""

    return partial(hands_at, chromium, bench.site)


def test_users_change_at_a_terminal_with_a_scan_and_a_pin(chromium, bench, counted):
    keeper = with_pin(bench.database, "keeper")
    context = chromium.new_context()
    registered(context, bench.site, "Bench 2")
    sign_in(context, bench.site, "technician")
    opened = context.new_page()
    opened.goto(bench.site)

    hands = Hands(opened, scans=1, fields=1)
    switched(opened, keeper.code, keeper.full_name)

    counted["Switch user at a terminal"] = hands, "2 s"
    opened.goto("about:blank")
    context.close()


def test_tissue_is_received_with_eight_inputs(at, bench, counted):
    with at("technician", "/") as hands:
        with hands.page.expect_navigation():
            hands.scan(bench.tissue)
        hands.scan(bench.patient, bench.tissue)
        hands.type("mass_g", "7.5")
        hands.type("temperature_min_c", "3")
        hands.type("temperature_max_c", "6")
        hands.click("main [name=container_intact][value=yes]")
        hands.send()

        counted["Receive tissue"] = hands, "8 inputs"
        assert hands.inputs <= 8


def test_a_vessel_is_fed_with_three_scans(at, bench, counted):
    with at("technician", "/culture/feed") as hands:
        hands.scan(*bench.fed, bench.first_cabinet)
        hands.prove("checker", "lead")
        hands.send()
        hands.type("medium_ml", "25")
        scan(hands.page, bench.serum)
        expect(hands.page.locator("[data-banner]")).to_contain_text("medium is expected")
        expect(hands.page.locator("[name=medium]")).to_have_value("")
        hands.scan(bench.medium)
        hands.send()

        counted["Feed a vessel"] = hands, "3 scans"
        assert hands.scans <= 3


def test_two_vessels_are_harvested_and_split_with_ten_scans(at, bench, counted):
    with at("technician", "/culture/harvest") as hands:
        hands.scan(*bench.grown, bench.cabinet)
        hands.type("next_vessels", "2")
        hands.prove("checker", "lead")
        hands.send()
        step = hands.page.url.rsplit("/", 1)[1]
        with hands.page.expect_navigation():
            hands.click("main form[data-then] button")
        planned = planned_in(bench, step)
        hands.follow(f"main a[href='/culture/harvests/{step}']")
        hands.scan(planned["SU"][0])
        hands.type("volume_ml", "10")
        hands.type("confluence_pct", "80")
        hands.send()
        hands.follow(f"main a[href='/suspensions/split/{step}']")
        hands.scan(planned["SU"][0], *planned["VE"], bench.shelf)
        hands.type("volume_ml", "5")
        hands.send("main form[action$='/seed'] .send button")

        counted["Harvest two vessels, split into two"] = hands, "10 scans"
        assert hands.scans <= 10


def planned_in(bench, step):
    """What the step gave out, by kind."""
    with bench.database.reading() as session:
        planned = containers.planned_for(session, load(session, step, Step))
    found = {}
    for each in planned:
        found.setdefault(each.kind, []).append(each.code)
    return found


def test_a_vial_is_placed_with_two_scans(at, bench, counted):
    with at("keeper", "/placing/place") as hands:
        hands.scan(bench.vial)
        with hands.page.expect_navigation():
            hands.scan(bench.box)

        counted["Place a vial"] = hands, "2 scans"
        assert (hands.scans, hands.inputs) == (2, 2)


def test_twelve_vials_are_taken_out_with_a_witness_with_thirty_scans(at, bench, counted):
    with at("keeper", f"/retrievals/{bench.retrieval}") as hands:
        for number, vial in enumerate(bench.kept, start=1):
            hands.scan(vial, bench.badge)
            expect(hands.page.locator("h1")).to_contain_text(f"Taken out: {number} of")

        counted["Take out twelve vials with a witness"] = hands, "30 scans"
        assert hands.scans <= 30


def test_a_clean_fill_is_released_with_six_clicks_and_one_password(at, bench, counted):
    with at("qa", f"/fills/{bench.clean}") as hands:
        expect(hands.page.locator("main")).to_contain_text("Nothing late, overridden")
        hands.follow("main .btns a[href$='/release']")
        hands.prove("password")
        hands.send()

        counted["Release a clean fill"] = hands, "6 clicks, 1 password"
        assert hands.clicks <= 6
        assert hands.passwords == 1
