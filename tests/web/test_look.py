"""Every page without a subject, in a browser: readable, large enough, nothing blocked."""

from pathlib import Path

import pytest

from lims.web.app import create_app
from tests.laboratory import PASSWORD, STAFF
from tests.soaking import by_lot
from tests.web.scanner import sign_in
from tests.web.serving import serving
from tests.web.visitor import Visitor

pytestmark = pytest.mark.browser

LOOK = Path(__file__).with_name("look.js").read_text()
ROOM_TO_SCAN = """(() => {
  const field = document.getElementById("scan");
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = getComputedStyle(field).font;
  return field.clientWidth - pen.measureText(field.placeholder).width;
})()"""
"""What is left of the scan field beside its placeholder, px."""
NAME_IS_CUT = """(() => {
  const name = document.querySelector(".who .me");
  return name.scrollWidth > name.clientWidth;
})()"""
TO_PRESS = """(() => {
  const each = [...document.querySelectorAll(".top, button, .btn")];
  return each.filter((one) => one.checkVisibility()).length;
})()"""
OPENED_WITHIN = """(() => {
  document.querySelector(".seldom").open = true;
  const { left, right } = document.querySelector(".seldom > div").getBoundingClientRect();
  return left >= 0 && right <= innerWidth;
})()"""
STEPS_BEGIN_AT = """(() => {
  const box = document.querySelector(".wide");
  box.scrollLeft = box.scrollWidth;
  const step = document.querySelector(".matrix th[scope=row]").getBoundingClientRect();
  return step.left - box.getBoundingClientRect().left;
})()"""
"""With the last column in sight, px from the left edge."""
INK_AND_PAPER = """(() => {
  const { color, backgroundColor } = getComputedStyle(document.body);
  return [color, backgroundColor];
})()"""
BENCH, TABLET, ENLARGED = (1280, 800), (800, 1180), (640, 400)
"""The last is the bench's screen at 200 %."""
FOR_PROGRAMS = ("home.healthz", "drafts.of_page")
ONE_IN = {BENCH: 2, TABLET: 4, ENLARGED: 4}
"""Of the pages, on each screen."""


@pytest.fixture(scope="module")
def site(sqlite_server, tmp_path_factory):
    from lims.config import Settings

    folder = tmp_path_factory.mktemp("site")
    app = create_app(
        Settings(
            database_url=sqlite_server.fresh(),
            data_dir=folder,
            anchor_dir=folder,
            secret_key="k" * 64,
        )
    )
    with serving(app) as address:
        yield app, address


@pytest.fixture(scope="module")
def readers(site):
    """Each page that needs no code of something, by who is the first that may open it."""
    app, _ = site
    unseen = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.arguments and rule.endpoint not in FOR_PROGRAMS
    ]
    found = {}
    for login in [*STAFF, "administrator"]:
        visitor = Visitor(app.test_client()).sign_in(login)
        found[login] = [each for each in unseen if visitor.open(each).status_code < 400]
        unseen = [each for each in unseen if each not in found[login]]
    assert not unseen
    return found


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(BENCH, "light"), (TABLET, "light"), (ENLARGED, "dark")],
    ids=["bench", "tablet", "enlarged-dark"],
)
def test_every_page_can_be_read_and_touched(chromium, site, readers, size, scheme):
    _, address = site
    found = []
    context = chromium.new_context(
        viewport=dict(zip(("width", "height"), size, strict=True)), color_scheme=scheme
    )
    page = context.new_page()
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda said: found.append(said.text) if "Content Security" in said.text else None,
    )
    for login, pages in readers.items():
        sign_in(context, address, login)
        for each in by_lot(pages, ONE_IN[size], f"{size} {scheme}") if pages else ():
            assert page.goto(address + each).ok, each
            found += [f"{each}: {what}" for what in page.evaluate(LOOK)]
    context.close()

    assert not found


@pytest.mark.parametrize(
    ("login", "language"),
    by_lot([(each, said) for each in STAFF for said in ("en", "ru")], 2, "bar"),
)
def test_the_bar_is_one_row_at_the_bench_and_says_what_may_be_scanned(
    chromium, site, login, language
):
    app, address = site
    speaker = Visitor(app.test_client()).sign_in(login)
    speaker.send("/account", {"language": language}, "/account/language")
    page = chromium.new_page(viewport={"width": 1200, "height": 800})
    sign_in(page.context, address, login)
    page.goto(f"{address}/account")

    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.querySelector('header.top').offsetHeight") < 80
    assert page.evaluate(ROOM_TO_SCAN) > 0
    assert not page.evaluate(NAME_IS_CUT)
    page.close()


@pytest.fixture
def tablet(chromium, site):
    """The lead's, upright, in Russian."""
    app, address = site
    speaker = Visitor(app.test_client()).sign_in("lead")
    speaker.send("/account", {"language": "ru"}, "/account/language")
    page = chromium.new_page(viewport={"width": 800, "height": 1280})
    sign_in(page.context, address, "lead")
    yield page
    page.close()


def test_the_seldom_ways_open_within_the_screen_of_a_tablet(tablet, site):
    tablet.goto(f"{site[1]}/account")

    assert tablet.evaluate(OPENED_WITHIN)


def test_the_steps_stay_in_sight_beside_the_training_of_the_last_person(tablet, site):
    tablet.goto(f"{site[1]}/training")

    assert tablet.evaluate(STEPS_BEGIN_AT) == 0


@pytest.fixture
def printed(chromium, site):
    """The calendar on paper, of somebody whose screen is dark."""
    page = chromium.new_page(color_scheme="dark")
    sign_in(page.context, site[1], "technician")
    page.goto(f"{site[1]}/calendar/")
    page.emulate_media(media="print", color_scheme="dark")
    yield page
    page.close()


def test_on_paper_there_is_no_bar_and_nothing_to_press(printed):
    assert printed.evaluate(TO_PRESS) == 0


def test_paper_is_black_on_white_even_where_the_screen_is_dark(printed):
    assert printed.evaluate(INK_AND_PAPER) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_the_door_and_the_choice_of_a_language_open_to_mouse_and_keys(chromium, site):
    page = chromium.new_page()
    page.goto(f"{site[1]}/sign-in?next=/account")
    page.fill("[name=login]", "returning")
    page.fill("[name=password]", PASSWORD)
    page.click(".send button")
    page.wait_for_url("**/account")
    page.check("[name=language][value=ru]")
    page.click("form[action='/account/language'] .send button")
    page.wait_for_selector("html[lang=ru]")
    page.wait_for_load_state()  # its scripts too: a file left half read is a warning
    page.close()
