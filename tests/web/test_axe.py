"""Every page there is, judged by axe: WCAG 2.2 A and AA and its best practice, no rule left out;
and on the screen of a tablet, by whoever wears gloves."""

from collections import defaultdict
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.soaking import by_lot
from tests.web.crawler import NOBODY
from tests.web.scanner import sign_in
from tests.web.serving import serving

pytestmark = pytest.mark.browser

LEVELS = [f"wcag{version}{level}" for version in ("2", "21", "22") for level in ("a", "aa")]
OPTIONS = {"runOnly": [*LEVELS, "best-practice"], "resultTypes": ["violations"]}
BENCH, ENLARGED = {"width": 1280, "height": 800}, {"width": 640, "height": 400}
"""The second is the bench's screen at 200 %."""
TABLET = {"width": 800, "height": 1180}
LOOK = Path(__file__).with_name("look.js").read_text()
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
"""Whatever follows the size of the screen has followed."""
HEADINGS = """[...document.querySelectorAll(".folded tbody tr:first-child > *")].map(
  (cell) => getComputedStyle(cell, "::before").content.replace(/ \\/ ""$/, ""))"""
IN_COLUMNS = """[...document.querySelectorAll("main tbody td")].every(
  (cell) => getComputedStyle(cell).display === "table-cell")"""
ONE_IN = 100
"""Of the pages, in each language and scheme."""
ON_TABLET_ONE_IN = 30


@pytest.fixture(scope="module")
def address(crawl):
    with serving(crawl.app) as address:
        yield address


@pytest.fixture
def somebody(chromium, crawl, address):
    """`somebody("keeper", "ru", "dark")` is a page before them, signed in where they have to."""
    contexts = []

    def somebody(login, language, scheme="light"):
        context = chromium.new_context(viewport=BENCH, color_scheme=scheme, locale=language)
        contexts.append(context)
        if login != NOBODY:
            crawl.visitors[login].send("/account", {"language": language}, "/account/language")
            sign_in(context, address, login)
        return context.new_page()

    yield somebody
    for context in contexts:
        context.close()


def violations(page):
    return [
        f"{page.url}: {rule['id']}: {each['html'][:120]}"
        for rule in Axe().run(page, options=OPTIONS).response["violations"]
        for each in rule["nodes"]
    ]


def pages(crawl, seed, one_in=ONE_IN):
    """By whoever may open them."""
    found = defaultdict(list)
    for login, path in by_lot(sorted(crawl.pages.values()), one_in, seed):
        if crawl.visitors[login].open(path).mimetype == "text/html":
            found[login].append(path)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_page_keeps_every_rule_as_it_is_and_enlarged(crawl, address, somebody, language, scheme):
    found = []
    for login, paths in pages(crawl, f"{language} {scheme}").items():
        page = somebody(login, language, scheme)
        for path in paths:
            page.set_viewport_size(BENCH)
            page.goto(address + path)
            found += violations(page)
            found += [f"{login} {path}: {what}" for what in page.evaluate(LOOK)]
            page.set_viewport_size(ENLARGED)
            page.evaluate(DRAWN)
            found += violations(page)

    assert found == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_page_fits_the_tablet_beside_the_tank(crawl, address, somebody, language):
    found = []
    for login, paths in pages(crawl, f"{language} tablet", one_in=ON_TABLET_ONE_IN).items():
        page = somebody(login, language)
        page.set_viewport_size(TABLET)
        for path in paths:
            page.goto(address + path)
            found += [f"{login} {path}: {what}" for what in page.evaluate(LOOK)]

    assert found == []


@pytest.fixture
def folded(crawl, address, somebody):
    """The deviations before the lead, on a tablet held upright."""
    page = somebody("lead", "ru")
    page.set_viewport_size(TABLET)
    page.goto(f"{address}/deviations/")
    return page


def test_columns_without_room_become_lines_under_their_headings(folded):
    assert folded.evaluate(HEADINGS) == [
        f'"{heading}"'
        for heading in ("Отклонение", "Степень", "Состояние", "О чём", "Сообщено", "Ответственный")
    ]


def test_a_tablet_laid_down_shows_the_columns_again(folded):
    folded.set_viewport_size(BENCH)
    folded.evaluate(DRAWN)

    assert folded.evaluate(IN_COLUMNS)


def test_a_folded_list_is_printed_in_columns(folded):
    folded.emulate_media(media="print")

    assert folded.evaluate(IN_COLUMNS)


def test_the_cover_of_a_locked_screen_keeps_every_rule(address, somebody):
    page = somebody("technician", "en")
    page.goto(f"{address}/account")
    page.click("[data-lock-now] button")
    page.wait_for_selector("[data-cover][open]")

    assert violations(page) == []


def test_a_form_that_was_refused_keeps_every_rule(address, somebody):
    page = somebody(NOBODY, "en")
    page.goto(f"{address}/sign-in")
    page.click(".send button")
    page.wait_for_selector(".problems")

    assert violations(page) == []


def test_a_page_that_is_not_there_keeps_every_rule(address, somebody):
    page = somebody("technician", "en")
    page.goto(f"{address}/no-such-page")

    assert violations(page) == []
