"""A day of each person, told by their hands: by the bar, the buttons and the scanner, on a tablet;
at the bench's size as well in a soak. What technician and keeper do is in test_inputs.py."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from lims import clock
from lims.models.suspension import Suspension
from lims.workflows.codes import load
from tests.laboratory import PASSWORD
from tests.soaking import SOAK
from tests.web import test_qc
from tests.web.hands import hands_at
from tests.web.serving import serving
from tests.web.test_courses import ORDER
from tests.web.test_patients import NEWCOMER
from tests.web.test_staff import INVITED

pytestmark = pytest.mark.browser

TABLET, BENCH = {"width": 800, "height": 1280}, {"width": 1280, "height": 800}
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
        hands.type("patient", patient)
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
