"""A scanner is a fast keyboard: what it types anywhere goes where it belongs, once, in order."""

import re
import threading

import pytest
from flask import Blueprint, render_template_string, request
from playwright.sync_api import expect

from lims.web.app import create_app
from lims.web.auth import signed_in as for_everyone
from lims.web.fields import LongTextField
from lims.web.forms import Form, shown
from lims.web.scans import CodeField, ScansField
from tests.laboratory import STAFF
from tests.web.scanner import (
    EOT,
    HAND_S,
    RUSSIAN,
    SCANNER_S,
    press,
    scan,
    scan_again,
    signed_in_at,
    stumble,
)
from tests.web.serving import serving
from tests.web.test_scans import code
from tests.worlds import site_settings

pytestmark = pytest.mark.browser

FRENCH = dict(zip("1234567890AQZWM", "&é\"'(-è_çàqawz,", strict=True))
"""What a French layout types with them, where it differs."""
MAY_ANSWER = threading.Event()
SLOWLY_AWAY = """(() => { const form = document.querySelector("main form");
  form.action = "/waits?slow"; setTimeout(() => form.requestSubmit()); })()"""
PAGE = """{% extends "base.html" %}{% from "macros/forms.html" import form, field %}
{% block main %}{% call form(waiting, "/waits") %}
{% for each in waiting if each.part is defined %}{{ field(each) }}{% endfor %}
{% endcall %}{% endblock %}"""


class WaitingForm(Form):
    comment = LongTextField("Comment", required=False)
    vessels = ScansField("Vessels", "VE")
    tube = CodeField("Tube", "SU")
    sources = ScansField("From the tubes", "SU", required=False)


def waiting():
    form = shown(WaitingForm)
    form.tube.expects = [code("SU", 7)]
    return form


@pytest.fixture(scope="module")
def site(sqlite_server, tmp_path_factory):
    """The site, served, with one page that waits for scans."""
    app = create_app(site_settings(sqlite_server.fresh(), tmp_path_factory.mktemp("site")))
    bp = Blueprint("waits", __name__)

    @bp.route("/waits", methods=["GET", "POST"])
    @for_everyone
    def page():
        if "slow" in request.args:
            MAY_ANSWER.wait(2)
        return render_template_string(PAGE, waiting=waiting())

    app.register_blueprint(bp)
    with serving(app) as address:
        yield address


@pytest.fixture
def bench(chromium, site):
    """A technician at the page that waits."""
    with signed_in_at(chromium, site, "technician", "/waits") as page:
        yield page


def test_scans_from_within_a_comment_go_where_they_are_waited_for(bench):
    bench.click("[name=comment]")
    press(bench, "two small ", HAND_S)
    for each in (code("VE", 100), code("SU", 7), code("VE", 200)):
        scan(bench, each)

    assert bench.input_value("[name=comment]") == "two small "
    assert bench.input_value("[name=vessels]").split() == [code("VE", 100), code("VE", 200)]
    assert bench.input_value("[name=tube]") == code("SU", 7)


def test_what_is_filled_in_beforehand_is_confirmed_by_its_scan(bench):
    bench.evaluate(f"document.querySelector('[name=vessels]').defaultValue = '{code('VE', 100)}'")
    scan(bench, code("VE", 100))

    assert bench.inner_text("[data-banner]") == f"✓ {code('VE', 100)} · 1 / 1"


def test_a_tube_labelled_for_the_step_is_the_target_and_any_other_a_source(bench):
    bench.click("[name=sources]")
    for serial in (20, 7, 30):
        scan(bench, code("SU", serial))

    assert bench.input_value("[name=tube]") == code("SU", 7)
    assert bench.input_value("[name=sources]").split() == [code("SU", 20), code("SU", 30)]


@pytest.mark.parametrize("end", ["\r", "\t", EOT], ids=["enter", "tab", "eot"])
def test_a_scan_neither_sends_the_form_nor_leaves_the_field(bench, end):
    bench.click("[name=tube]")
    scan(bench, code("SU", 7), end)

    assert bench.url.endswith("/waits")
    assert bench.evaluate("document.activeElement.name") == "tube"


def test_the_same_vessel_twice_is_said_and_kept_once(bench):
    scan(bench, code("VE", 100))
    scan(bench, code("VE", 100))

    assert bench.input_value("[name=vessels]").split() == [code("VE", 100)]
    assert "was read already" in bench.inner_text("[data-banner]")


def test_a_code_whose_place_is_taken_says_what_is_to_be_finished_first(bench):
    bench.evaluate("document.querySelector('[name=tube]').dataset.expects = ''")
    bench.evaluate("document.querySelector('[name=sources]').disabled = true")
    scan(bench, code("SU", 7))
    scan(bench, code("SU", 8))

    told = re.compile(rf"^\s*{code('SU', 8)} · Its place holds {code('SU', 7)}\.")
    expect(bench.locator("[data-banner]")).to_have_text(told)
    assert bench.input_value("[name=tube]") == code("SU", 7)


def test_a_code_the_page_does_not_wait_for_opens_nothing_and_says_what_it_is(bench):
    scan(bench, bench.get_attribute("[data-cover]", "data-own"))

    told = expect(bench.locator(".banner.stop"))
    told.to_contain_text(f"This is: person · {STAFF['technician'][0]}.")
    told.to_contain_text("This page waits for: vessel, suspension.")
    assert bench.url.endswith("/waits")


@pytest.mark.parametrize("layout", [RUSSIAN, FRENCH], ids=["russian", "french"])
def test_another_layout_is_read_by_the_places_of_its_keys(bench, layout):
    text = "".join(layout.get(sign, sign) for sign in code("VE", 100))
    scan(bench, text, keys=code("VE", 100))

    assert bench.input_value("[name=vessels]").split() == [code("VE", 100)]


def test_a_scan_that_is_one_code_by_its_keys_and_another_by_its_signs_is_refused(bench):
    scan(bench, code("VE", 200), keys=code("VE", 100))

    told = bench.inner_text(".banner.stop")
    assert told.startswith(code("VE", 200))
    assert "makes this scan ambiguous" in told
    assert bench.input_value("[name=vessels]") == ""


def test_a_russian_layout_is_read_where_the_browser_tells_no_key(bench):
    bench.evaluate(
        """([text, russian]) => {
          const type = (key) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
          for (const sign of text) type(russian[sign] || sign);
          type("Enter");
        }""",
        [code("VE", 100), RUSSIAN],
    )

    assert bench.input_value("[name=vessels]").split() == [code("VE", 100)]


def test_a_misread_scan_is_told_and_what_was_queued_behind_it_is_dropped(bench):
    held = []
    bench.route("**/scan", lambda route: held.append(route))  # kept until both are typed
    scan(bench, "4601234567890")
    scan(bench, code("VE", 100))
    held[0].continue_()
    bench.wait_for_selector(".banner.stop")

    assert "4601234567890" in bench.inner_text("[data-banner]")
    assert f"Not applied: {code('VE', 100)}" in bench.inner_text("[data-banner]")
    assert bench.input_value("[name=vessels]") == ""


@pytest.mark.parametrize(
    ("page", "field"), [("/sign-in", "login"), ("/first-password", "one_time_code")]
)
def test_a_scan_before_anybody_signed_in_is_told_so_and_typed_into_nothing(
    chromium, site, page, field
):
    at_door = chromium.new_page()
    at_door.goto(f"{site}{page}")
    at_door.click(f"[name={field}]")
    press(at_door, "an", HAND_S)
    scan(at_door, code("VE", 100))

    assert at_door.input_value(f"[name={field}]") == "an"
    assert at_door.inner_text(".banner.stop").endswith("The scan was not applied. Sign in first.")
    assert at_door.url.endswith(page)
    at_door.close()


def test_a_scan_at_a_locked_screen_is_told_so(bench):
    bench.evaluate("document.querySelector('[data-lock-now]').submit()")
    bench.wait_for_url("**/locked*")
    scan(bench, code("VE", 100))

    expect(bench.locator(".banner.stop")).to_contain_text("Unlock the screen first.")
    assert bench.input_value("[name=password]") == ""


def test_slow_typing_is_never_taken_for_a_scan(bench):
    bench.click("[name=comment]")
    press(bench, code("VE", 100), HAND_S)

    assert bench.input_value("[name=comment]") == code("VE", 100)
    assert bench.input_value("[name=vessels]") == ""


@pytest.mark.parametrize("at", [1, 4, 8])
def test_a_slow_stroke_does_not_split_a_scan(bench, at):
    bench.click("[name=comment]")
    stumble(bench, code("VE", 100), at)

    assert bench.input_value("[name=vessels]").split() == [code("VE", 100)]
    assert bench.input_value("[name=comment]") == ""


def test_what_is_left_of_a_scan_is_told_and_sends_nothing(bench):
    bench.click("[name=tube]")
    scan(bench, code("SU", 7)[-4:])
    bench.wait_for_selector(".banner.stop")

    assert bench.url.endswith("/waits")
    assert bench.input_value("[name=tube]") == ""


def test_a_doubled_scan_is_one(bench):
    scan(bench, code("VE", 100))
    scan_again(bench, code("VE", 100))

    assert bench.input_value("[name=vessels]").split() == [code("VE", 100)]
    assert bench.inner_text("[data-banner]") == f"✓ {code('VE', 100)}"


def test_a_code_typed_by_hand_and_enter_leads_on_and_sends_nothing(bench):
    bench.click("[name=tube]")
    press(bench, code("SU", 7) + "\r", HAND_S)

    assert bench.url.endswith("/waits")
    assert bench.input_value("[name=tube]") == code("SU", 7)
    assert bench.evaluate("document.activeElement.name") == "sources"


def test_enter_sends_a_form_that_is_filled_in(bench):
    scan(bench, code("VE", 100))
    scan(bench, code("SU", 20))
    bench.click("[name=tube]")
    with bench.expect_navigation() as shown:
        press(bench, code("SU", 7) + "\r", HAND_S)

    assert shown.value.request.method == "POST"
    assert shown.value.url.endswith("/waits")


def test_a_scan_while_the_page_is_left_is_the_next_pages(bench):
    scan(bench, code("VE", 200))
    MAY_ANSWER.clear()
    bench.evaluate(SLOWLY_AWAY)
    scan(bench, code("VE", 100))
    MAY_ANSWER.set()

    expect(bench.locator("[name=vessels]")).to_have_value(re.compile(rf"{code('VE', 100)}\s*$"))


A_SLOW_RELOAD_S = 10
"""So late strokes are made that no busy machine makes the first half too old for the second."""


def test_half_a_scan_on_one_page_is_finished_on_the_next(bench):
    first, rest = code("VE", 100)[:5], code("VE", 100)[5:] + "\r"
    scan(bench, code("VE", 200))
    press(bench, first, SCANNER_S, after_s=A_SLOW_RELOAD_S)
    bench.reload(wait_until="domcontentloaded")
    press(bench, rest, SCANNER_S, after_s=0.02)

    expect(bench.locator("[name=vessels]")).to_have_value(re.compile(rf"{code('VE', 100)}\s*$"))


def test_the_form_says_which_codes_a_scanner_read(bench):
    bench.fill("[name=vessels]", code("VE", 1) + "\n")
    scan(bench, code("VE", 2))
    scan(bench, code("SU", 7))

    read = bench.input_value("main [name=by_scanner]")
    assert read.split() == [code("VE", 2), code("SU", 7)]


def test_a_form_half_filled_in_is_not_left_by_a_stray_scan(chromium, site):
    with signed_in_at(chromium, site, "technician", "/account") as page:
        page.fill("main [type=password] >> nth=0", "half typed")
        scan(page, code("VE", 100))

        assert page.url.endswith("/account")
        assert "is not sent yet" in page.inner_text("[data-banner]")
