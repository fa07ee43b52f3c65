"""The card of commands: a code that says what to do, and is never taken for material."""

import pytest
from flask import Blueprint, render_template_string, request
from playwright.sync_api import expect

from lims.web.app import create_app
from lims.web.auth import signed_in as for_everyone
from lims.web.fields import TextField, WholeField
from lims.web.forms import Form, shown
from lims.web.scans import CodeField, ScansField
from lims.workflows import codes, command_codes
from tests.web.scanner import EOT, HAND_S, press, scan, signed_in_at
from tests.web.serving import serving
from tests.web.test_scans import code
from tests.worlds import site_settings

pytestmark = pytest.mark.browser

PAGE = """{% extends "base.html" %}{% from "macros/forms.html" import form, field %}
{% block main %}{% call form(filled, "/filled") %}
{% for each in filled if each.part is defined %}{{ field(each) }}{% endfor %}
{% endcall %}
{% if printed %}<a href="/scan/card.pdf" data-print>The card</a>{% endif %}{% endblock %}"""
HEARD = """() => { window.heard = []; const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    heard.push(this.frequency.value);
    start.call(this, at);
  }; }"""
SAID = {each.word: each.code for each in command_codes.ALL}


class FilledForm(Form):
    vessels = ScansField("Vessels", "VE")
    tube = CodeField("Tube", "SU", required=False)
    live = WholeField("Live cells")
    comment = TextField("Comment", required=False)


@pytest.fixture(scope="module")
def site(sqlite_server, tmp_path_factory):
    app = create_app(site_settings(sqlite_server.fresh(), tmp_path_factory.mktemp("site")))
    bp = Blueprint("filled", __name__)

    @bp.route("/filled", methods=["GET", "POST"])
    @for_everyone
    def page():
        printed = "printed" in request.args
        return render_template_string(PAGE, filled=shown(FilledForm), printed=printed)

    app.register_blueprint(bp)
    with serving(app) as address:
        yield address


@pytest.fixture
def bench(chromium, site):
    with signed_in_at(chromium, site, "technician", "/filled") as page:
        page.evaluate(HEARD)
        yield page


def told(page):
    return page.inner_text("[data-banner]")


def test_every_command_is_a_code_of_its_own_kind_that_no_table_has():
    assert len({each.code for each in command_codes.ALL}) == len(command_codes.ALL)
    assert all(codes.is_well_formed(each.code) for each in command_codes.ALL)
    assert command_codes.KIND not in codes.models_by_kind()


def test_next_names_what_is_missing_and_sends_what_is_filled_in(bench):
    scan(bench, code("VE", 100))
    scan(bench, SAID["next"])
    assert told(bench) == "Fill this in first: Live cells"
    assert bench.evaluate("document.activeElement.name") == "live"

    for sign in "120":
        scan(bench, SAID[sign])
    assert bench.input_value("[name=live]") == "120"
    with bench.expect_navigation() as sent:
        scan(bench, SAID["next"])
    assert sent.value.request.method == "POST"


def test_cancel_takes_the_last_scan_back_and_it_can_be_scanned_again(bench):
    scan(bench, code("VE", 100))
    scan(bench, code("VE", 200))
    scan(bench, SAID["cancel"])

    assert bench.input_value("[name=vessels]").split() == [code("VE", 100)]
    assert bench.input_value("main [name=by_scanner]").split() == [code("VE", 100)]
    assert told(bench) == f"Taken back: {code('VE', 200)}"


def test_cancel_closes_a_stop_and_nothing_else_does(bench):
    bench.evaluate("""document.body.insertAdjacentHTML("beforeend",
      '<dialog open><form method="dialog"><button>Read</button></form></dialog>')""")
    scan(bench, SAID["next"])
    assert bench.locator("dialog[open]").count() == 1
    scan(bench, SAID["cancel"])
    assert bench.locator("dialog[open]").count() == 0


def test_repeat_says_the_last_answer_again(bench):
    scan(bench, code("PT", 3))
    bench.wait_for_selector(".banner.stop")
    answer = told(bench)
    scan(bench, SAID["repeat"])

    assert told(bench) == answer
    assert bench.evaluate("heard.length") == 4


def test_print_without_anything_to_print_says_so(bench):
    scan(bench, SAID["print"])

    assert "nothing to print" in told(bench)


def test_print_shows_the_paper_within_the_page_which_hears_the_next_scan(bench):
    bench.goto(bench.url + "?printed")
    scan(bench, SAID["print"])
    expect(bench.frame_locator(".paper iframe").locator("body")).to_be_attached()
    scan(bench.context.pages[-1], code("VE", 100))

    assert bench.input_value("[name=vessels]").split() == [code("VE", 100)]
    assert "/filled" in bench.url


def test_print_prints_a_paper_that_is_shown_once(bench):
    bench.goto(bench.url + "?printed")
    scan(bench, SAID["print"])
    # a browser without a screen dies of its own print
    bench.evaluate("""() => { window.pressed = 0;
      document.querySelector(".paper iframe").remove();
      document.querySelector("[data-print-shown]").addEventListener("click", () => pressed++); }""")
    scan(bench, SAID["print"])
    scan(bench, SAID["print"])

    assert bench.evaluate("pressed") == 1


def test_sign_off_leaves_the_terminal(bench):
    scan(bench, SAID["leave"])

    bench.wait_for_url("**/sign-in*")


def test_a_command_meant_for_the_page_before_is_not_done_on_the_next(bench):
    bench.evaluate("lims.apply = null; lims.scans.length = 0")
    bench.evaluate(f"lims.scans.push({{code: '{SAID['leave']}', known: true}})")
    bench.reload()

    assert told(bench) == f"Not applied: {SAID['leave']}"
    assert bench.url.endswith("/filled")


def test_right_and_wrong_sound_differently_and_off_is_silent(bench):
    scan(bench, code("VE", 100))
    right = bench.evaluate("heard.splice(0)")
    scan(bench, code("PT", 3))
    bench.wait_for_selector(".banner.stop")
    wrong = bench.evaluate("heard.splice(0)")
    bench.evaluate("lims.setVolume(0)")
    scan(bench, code("VE", 200))

    assert right
    assert wrong
    assert not set(right) & set(wrong)
    assert bench.evaluate("heard") == []


def test_where_a_preamble_is_set_only_what_follows_it_is_a_scan(bench):
    bench.evaluate('localStorage.setItem(\'lims.preamble\', \'[{"key": "~", "code": ""}]\')')
    bench.reload()
    bench.click("[name=comment]")
    scan(bench, code("VE", 100))
    assert bench.input_value("[name=comment]") == code("VE", 100)
    press(bench, "~" + code("VE", 200) + "\r", HAND_S)

    assert bench.input_value("[name=vessels]").split() == [code("VE", 200)]
    assert bench.input_value("[name=comment]") == code("VE", 100)


@pytest.fixture
def tested(bench, site):
    """The page on which a scanner is tried."""
    bench.goto(f"{site}/scan/test")
    return bench


@pytest.mark.parametrize(
    ("sent", "verdict"),
    [
        (code("VE", 100) + "\t", "reads rightly"),
        (code("VE", 100) + EOT, "ends a scan with EOT"),
        ("~" + code("VE", 100) + "\r", "Before the code it sends: ~"),
        ("4601234567890\r", "It read 4601234567890"),
        (code("VE", 100), "sends nothing after the code"),
    ],
    ids=["tab", "eot", "preamble", "foreign", "endless"],
)
def test_the_self_test_says_what_the_scanner_does(tested, sent, verdict):
    press(tested, sent, 0.005)

    expect(tested.locator("[data-verdict]")).to_contain_text(verdict)


def test_a_slow_scanner_is_told_and_a_preamble_found_is_set(tested):
    press(tested, code("VE", 100) + "\r", HAND_S)
    assert "Too slow" in tested.inner_text("[data-verdict]")
    press(tested, "~" + code("VE", 100) + "\r", 0.005)
    with tested.expect_navigation():
        tested.click("[data-set-preamble]")
    press(tested, "~" + code("VE", 100) + "\r", HAND_S)

    expect(tested.locator("[data-verdict]")).to_contain_text("reads rightly")
    assert tested.inner_text("[data-shown=preamble]") == "~"
