"""A day at Bench 2, in a browser: people change places, leave and come back, and lose nothing."""

import re

import pytest
from flask import Blueprint, render_template_string
from playwright.sync_api import expect

from lims.web.app import create_app
from lims.web.auth import signed_in as for_everyone
from lims.web.bench_forms import Recorded
from lims.web.forms import shown
from lims.workflows import people, pins
from lims.workflows.signing import Proof
from tests.laboratory.staff import told
from tests.web.badges import PIN, switched
from tests.web.scanner import HAND_S, press, registered, scan, sign_in
from tests.web.serving import serving
from tests.worlds import site_settings

pytestmark = pytest.mark.browser

MAIL = "#ownmailform-address"
UNSEEN_BY_THE_BROWSER = "({ form }) => { form.noValidate = true; form.requestSubmit(); }"
SWITCHED_WITHIN_S = 20
WAITED_MS = 16 * 60 * 1000
RECORDING = """{% extends "base.html" %}{% from "macros/forms.html" import form %}
{% from "culture/parts.html" import done_by %}
{% block main %}{% call form(told, "/done") %}{{ done_by(told) }}{% endcall %}{% endblock %}"""


@pytest.fixture(scope="module")
def site(sqlite_server, tmp_path_factory):
    """The site, served, with one page that records what was done by whom."""
    app = create_app(site_settings(sqlite_server.fresh(), tmp_path_factory.mktemp("site")))
    bp = Blueprint("done", __name__)

    @bp.route("/done", methods=["GET", "POST"])
    @for_everyone
    def page():
        return render_template_string(RECORDING, told=shown(Recorded))

    app.register_blueprint(bp)
    with serving(app) as address:
        yield app.extensions["lims"].database, address


@pytest.fixture(scope="module")
def badges(site):
    """The badges of the technician and the lead, by sign-in name; both chose a PIN."""
    found = {}
    for login in ("technician", "lead"):
        with site[0].reading() as session:
            person = people.by_login(session, login)
        proof = Proof(user_id=person.id, name=person.full_name)
        told(site[0], login, pins.choose_pin, proof=proof, pin=PIN)
        found[login] = person.code
    return found


@pytest.fixture
def bench(site, chromium):
    """A page at a browser that is Bench 2, where the technician is signed in."""
    context, address = chromium.new_context(), site[1]
    registered(context, address, "Bench 2")
    sign_in(context, address, "technician")
    opened = context.new_page()
    yield opened
    opened.goto("about:blank")
    context.close()


@pytest.fixture
def elsewhere(site, chromium):
    """`elsewhere(login)` is a page of that person at a browser that is no terminal."""
    contexts = []

    def opened(login):
        contexts.append(chromium.new_context())
        sign_in(contexts[-1], site[1], login)
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


def kept(page):
    return page.expect_response(lambda answer: "/drafts/" in answer.url and answer.status == 204)


def test_users_change_in_two_seconds_and_the_form_left_behind_waits(site, bench, badges):
    bench.goto(f"{site[1]}/account")
    bench.locator(MAIL).type("olga@cl")
    took = switched(bench, badges["lead"], "Коваленко")
    bench.goto(f"{site[1]}/account")

    assert took < SWITCHED_WITHIN_S
    expect(bench.locator(MAIL)).to_have_value("")
    switched(bench, badges["technician"], "Сидорова")
    expect(bench).to_have_url(f"{site[1]}/account")
    expect(bench.locator(MAIL)).to_have_value("olga@cl")


def test_a_draft_returns_at_another_browser_to_its_owner_alone(site, bench, elsewhere):
    bench.goto(f"{site[1]}/account")
    with kept(bench):
        bench.locator(MAIL).fill("olga@clinic.example")
    other, own = elsewhere("lead"), elsewhere("technician")
    other.goto(f"{site[1]}/account")
    own.goto(f"{site[1]}/account")

    expect(own.locator(MAIL)).to_have_value("olga@clinic.example")
    expect(own.locator(".draft")).to_contain_text("restored")
    expect(other.locator(MAIL)).to_have_value("")
    own.locator(".draft button").click()
    expect(own.locator(".draft")).to_have_count(0)
    expect(own.locator(MAIL)).to_have_value("")


def test_what_was_sent_at_once_and_refused_is_kept_though_nothing_more_is_typed(
    site, bench, elsewhere
):
    bench.goto(f"{site[1]}/account")
    bench.locator(MAIL).fill("olga.at.clinic@")
    with kept(bench):
        bench.locator(MAIL).evaluate(UNSEEN_BY_THE_BROWSER)
    own = elsewhere("technician")
    own.goto(f"{site[1]}/account")

    expect(own.locator(MAIL)).to_have_value("olga.at.clinic@")
    own.locator(".draft button").click()
    expect(own.locator(".draft")).to_have_count(0)


def test_a_screen_left_alone_is_covered_and_uncovered_as_it_was(site, bench, badges):
    bench.clock.install()
    bench.goto(f"{site[1]}/account")
    bench.locator(MAIL).fill("olga@clinic.example")
    with bench.expect_response(re.compile("/lock$")):  # the server is told once it is covered
        bench.clock.run_for(WAITED_MS)
    expect(bench.locator(".cover")).to_be_visible()
    assert "/locked" in bench.context.request.get(f"{site[1]}/account").url

    bench.locator("#cover-pin").fill("111222")
    expect(bench.locator(".cover [role=alert]")).to_be_visible()
    bench.locator("#cover-pin").fill(PIN)

    expect(bench.locator(".cover")).to_be_hidden()
    expect(bench.locator(MAIL)).to_have_value("olga@clinic.example")
    bench.locator(MAIL).press("Enter")
    expect(bench.locator(".flash.ok")).to_be_visible()


def test_what_was_typed_right_before_the_lock_waits_behind_it(site, bench, badges):
    bench.goto(f"{site[1]}/account")
    bench.locator(MAIL).fill("olga@clinic.example")
    with bench.expect_response(re.compile("/lock$")):
        bench.locator("[data-lock-now] button").click()
    bench.reload()
    bench.locator("[name=pin]").first.fill(PIN)

    expect(bench.locator(MAIL)).to_have_value("olga@clinic.example")


def test_a_scan_at_a_covered_screen_is_a_badge_or_nothing(site, bench, badges):
    bench.goto(f"{site[1]}/account")
    bench.locator("[data-lock-now] button").click()
    bench.locator("#cover-pin").wait_for()
    scan(bench, "LT260000019")
    expect(bench.locator(".cover")).to_be_visible()

    assert switched(bench, badges["lead"], "Коваленко") < SWITCHED_WITHIN_S


def test_a_badge_scanned_twice_is_no_wrong_pin(bench, site, badges):
    bench.goto(f"{site[1]}/account")
    scan(bench, badges["lead"])
    bench.locator("[data-pin]:focus").wait_for()
    sent = []
    bench.on("request", lambda request: sent.append(request.method))
    scan(bench, badges["lead"])
    expect(bench.locator("[data-pin]")).to_have_value("")

    assert "POST" not in sent


FILLED_IN = """
document.addEventListener("DOMContentLoaded", () => {
  const { login, password } = document.querySelector("form[action^='/sign-in']").elements;
  [login.value, password.value] = ["technician", "filled in"];
  const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
  window.taken = password.dispatchEvent(enter);
});
"""


def test_who_is_filled_in_by_a_password_manager_is_in_at_the_first_enter(site, chromium):
    page = chromium.new_page()
    page.add_init_script(FILLED_IN)

    page.goto(f"{site[1]}/sign-in")

    assert page.evaluate("window.taken")
    page.context.close()


def test_a_badge_confirms_where_a_form_asks_for_one_and_changes_nobody(site, bench, badges):
    bench.goto(f"{site[1]}/culture/feed")
    bench.focus("#scan")
    scan(bench, badges["lead"])

    expect(bench.locator("[data-banner]")).to_contain_text(
        "Line clearance checked by: Андрей Коваленко"
    )
    expect(bench.locator("#checker-badge")).to_have_value(badges["lead"])
    expect(bench.locator("#checker-pin")).to_be_focused()
    expect(bench).to_have_url(f"{site[1]}/culture/feed")


def test_the_own_badge_is_told_at_its_scan_to_check_nothing_of_ones_own(site, bench, badges):
    bench.goto(f"{site[1]}/culture/feed")
    scan(bench, badges["technician"])

    expect(bench.locator("[data-banner].stop")).to_contain_text("took part in this step")
    expect(bench.locator("#checker-badge")).not_to_have_value(badges["technician"])


def test_a_draft_of_one_batch_does_not_appear_where_another_is_begun(site, bench):
    page = f"{site[1]}/done?batch="
    bench.goto(f"{page}A")
    bench.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    with bench.expect_response(lambda answer: "/drafts/" in answer.url and answer.ok):
        bench.fill("[name=comment]", "of batch A")
    bench.goto(f"{page}B")
    bench.wait_for_load_state("networkidle")
    assert bench.input_value("[name=comment]") == ""

    bench.goto(f"{page}A")

    expect(bench.locator("[name=comment]")).to_have_value("of batch A")


def test_another_badge_takes_the_place_of_the_one_before(site, bench, badges):
    bench.goto(f"{site[1]}/done")
    for login, name in (("technician", "Ольга Сидорова"), ("lead", "Андрей Коваленко")):
        scan(bench, badges[login])
        expect(bench.locator("[data-banner].ok")).to_contain_text(f"Performed by: {name}")
        expect(bench.locator("#performer-badge")).to_have_value(badges[login])
        press(bench, PIN, HAND_S)

    expect(bench.locator("#performer-pin")).to_have_value(PIN)


def test_enter_after_a_pin_leads_into_no_text(site, bench, badges):
    bench.goto(f"{site[1]}/done")
    scan(bench, badges["lead"])
    expect(bench.locator("#performer-pin")).to_be_focused()
    press(bench, PIN, HAND_S)
    with bench.expect_request(lambda request: request.method == "POST" and "/done" in request.url):
        press(bench, "\r", HAND_S)
