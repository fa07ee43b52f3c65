"""A day of each person, told by their hands: by the bar, the buttons and the scanner, on a tablet;
at the bench's size as well in a soak. What a technician does is in test_inputs.py."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import expect

from lims import clock
from lims.database import Database
from lims.models.suspension import Suspension
from lims.models.user import Language
from lims.web.app import create_app
from lims.workflows import signing_in
from lims.workflows.codes import load
from tests.laboratory import PASSWORD
from tests.soaking import SOAK
from tests.walks import freezing, ordering, specifying
from tests.walks.walker import Walk
from tests.web import test_qc
from tests.web.hands import hands_at
from tests.web.serving import serving
from tests.web.test_courses import ORDER
from tests.web.test_patients import NEWCOMER
from tests.web.test_staff import INVITED
from tests.worlds import site_settings

pytestmark = pytest.mark.browser

TABLET, BENCH = {"width": 800, "height": 1280}, {"width": 1280, "height": 800}
BESIDE_THE_DEWAR = {"viewport": {"width": 800, "height": 1180}, "has_touch": True}
IN_FORCE = "2"
"""The version of the consent forms."""
NOTE = "Feed the second vessel first."
SAID = {"verify": "verified", "approve": "approved"}


story = test_qc.story


@pytest.fixture
def database(committed):
    return committed.database


@pytest.fixture(params=[TABLET, BENCH] if SOAK else [TABLET], ids=str)
def day(request, chromium, app):
    """`with day("physician") as hands` is that person, who has just signed in."""
    with serving(app) as site:

        @contextmanager
        def day(login):
            with hands_at(chromium, site, login, "/") as hands:
                hands.page.set_viewport_size(request.param)
                yield hands

        yield day


@pytest.fixture
def batch(committed):
    with committed.database.reading() as session:
        return load(session, committed.codes[0], Suspension).batch.code


@pytest.fixture
def patient(committed):
    with committed.database.reading() as session:
        return load(session, committed.codes[0], Suspension).patient.code


class Bank:
    """What waits for the keeper, and where the site is."""


@pytest.fixture
def bank(sqlite_server, tmp_path):
    """A vial that waits for its place, an order of another that is planned; in Russian."""
    url, bank = sqlite_server.fresh(), Bank()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(Database(url), traveller, "Bank")
        specifying.approve(walk, specifying.lenient(()))
        ordering.with_vials(walk, 1)
        bank.order = ordering.scheduled(walk, ordering.drafted(walk, 1))
        [bank.kept], bank.badge = ordering.kept(walk, bank.order), walk.badge("technician")
        fill, [bank.vial] = freezing.vials_filled(walk, freezing.cells(walk), 1)
        freezing.frozen(walk, fill, [bank.vial])
        walk.act("keeper", signing_in.choose_language, language=Language.RUSSIAN)
        with walk.database.reading() as session:
            bank.box = freezing.next_place(bank.vial)(session).box.code
        now = clock.now()
    app = create_app(site_settings(url, tmp_path))
    with time_machine.travel(now, tick=True), serving(app) as bank.site:
        yield bank


def code_in(hands):
    """What the page that is open is about."""
    return re.search(r"/([A-Z]{2}\d{8}\w)", hands.page.url).group(1)


def test_a_physician_registers_a_patient_and_brings_the_course_to_its_kit(day):
    with day("physician") as hands:
        hands.go("/patients/")
        hands.follow("main a[href='/patients/register']")
        for name in ("sex", "document_kind"):
            hands.choose(name, NEWCOMER[name])
        for name in ("full_name", "birth_date", "number"):
            hands.type(name, NEWCOMER[name])
        hands.send()
        patient = code_in(hands)
        for kind in ("production", "storage", "use"):
            hands.follow(f"main a[href='/patients/{patient}/consents']")
            hands.choose("kind", kind)
            hands.type("form_version", IN_FORCE)
            hands.send()
        hands.follow(f"main a[href='/courses/order/{patient}']")
        for name in ("indication", "grading"):
            hands.choose(name, ORDER[name])
        for name in ("grade", "prescribed_cells", "prescribed_volume_ml"):
            hands.type(name, ORDER[name])
        hands.send()
        course = code_in(hands)
        hands.follow(f"main a[href='/courses/{course}/contraindications/enrolment']")
        for each in hands.page.locator("main [value=absent]").all():
            each.check()
        hands.send()
        hands.follow(f"main a[href='/sessions/plan/{course}']")
        hands.type("planned_on", f"{clock.today() + timedelta(days=50):%d.%m.%Y}")
        hands.choose("injections-0-joint", "knee")
        hands.choose("injections-0-side", "left")
        hands.send()

        expect(hands.page.locator("main")).to_contain_text("knee")


def test_a_result_is_entered_verified_and_approved_by_three(day, committed):
    _cells, aliquot = committed.codes
    with day("analyst") as hands:
        with hands.page.expect_navigation():
            hands.scan(aliquot)
        hands.follow(f"main a[href='/aliquots/{aliquot}/tests']")
        hands.choose("lines", "viability_pct")
        hands.send()
        with hands.page.expect_navigation():
            hands.scan(aliquot)
        hands.follow("main a[href^='/qc/QT']")
        test = code_in(hands)
        hands.follow(f"main a[href='/qc/{test}/result']")
        hands.type("result", "97,96")
        hands.send()
    for login, act in (("keeper", "verify"), ("qa", "approve")):
        with day(login) as hands:
            hands.follow(f"main a[href='/qc/to-{act}']")
            hands.follow(f"main a[href^='/qc/{test}']")
            hands.follow(f"main a[href='/qc/{test}/{act}']")
            hands.page.fill("main [name=signature-password]", PASSWORD)
            hands.send()
            expect(hands.page.locator("main .head")).to_contain_text(SAID[act])


def test_an_administrator_registers_the_browser_and_invites_a_person(day):
    with day("administrator") as hands:
        hands.go("/terminals/")
        hands.follow("main a[href='/terminals/new']")
        hands.type("name", "Clean room tablet")
        hands.send()
        expect(hands.page.locator("header .at b")).to_have_text("Clean room tablet")
        hands.go("/people")
        hands.follow("main a[href='/people/new']")
        for name in ("full_name", "login"):
            hands.type(name, INVITED[name])
        hands.choose("language", INVITED["language"])
        hands.choose("roles", *INVITED["roles"])
        hands.send()

        expect(hands.page.locator("main dl")).to_contain_text(INVITED["login"])


def test_an_auditor_narrows_the_trail_to_a_patient_and_reads_one_history(day, patient):
    with day("auditor") as hands:
        hands.go("/trail/")
        hands.type("code", patient)
        hands.follow("main form.narrowing button")
        hands.follow("main .card a[href^='/trail/']")

        expect(hands.page.locator("h1")).to_contain_text("History of")


def test_a_lead_leaves_a_note_that_the_technician_takes_over(day, batch):
    with day("lead") as hands:
        hands.go("/calendar/")
        with hands.page.expect_navigation():
            hands.scan(batch)
        hands.page.click("summary:has-text('Leave a note')")
        hands.type("text", NOTE)
        hands.send("main form[action$='/notes'] .send button")
    with day("technician") as hands:
        hands.follow(f"main a[href='/batches/{batch}']")
        expect(hands.page.locator("main li", has_text=NOTE)).to_contain_text("open")
        hands.follow("main form[action*='/notes/'] button")

        expect(hands.page.locator("main li", has_text=NOTE)).to_contain_text("taken over by")


def test_a_keeper_reads_a_tank_places_a_vial_and_takes_one_out_by_touch_in_russian(chromium, bank):
    with hands_at(chromium, bank.site, "keeper", "/", **BESIDE_THE_DEWAR) as hands:
        main = hands.page.locator("main")
        hands.go("/tanks/")
        hands.follow("main a[href^='/tanks/TK']")
        hands.follow("main table.map thead a")
        expect(hands.page.locator("h1")).to_have_text("Башня A")
        assert hands.page.evaluate("document.documentElement.scrollWidth") == 800
        hands.follow("main a[href^='/tanks/TK']:not(.btn), main .head a[href^='/tanks/TK']")
        hands.follow("main a[href$='/readings/new']")
        hands.type("temperature_c", "-172,5")
        hands.send()
        expect(main).to_contain_text("−172,5")
        hands.go("/")
        hands.follow("main a[href='/vials/to-place']")
        with hands.page.expect_navigation():
            hands.scan(bank.vial)
        hands.follow(f"main a[href='/placing/place?vial={bank.vial}']")
        hands.scan(bank.vial)
        with hands.page.expect_navigation():
            hands.scan(bank.box)
        with hands.page.expect_navigation():
            hands.scan(bank.order)
        hands.follow(f"main a[href='/retrievals/of/{bank.order}']")
        if main.locator("[name=comment]").count():
            hands.type("comment", "сеанс перенесён")
        hands.prove("own")
        hands.prove("witness", "technician")
        hands.send()
        with hands.page.expect_navigation():
            hands.scan(bank.kept, bank.badge)
        hands.follow("main a[href$='/record']")
        hands.send()

        expect(main).to_contain_text(bank.kept)
