"""What a browser takes that was never here: until a page is painted, and how much is sent to it."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from lims.web.navigation import ENTRIES
from tests.bench import pages
from tests.bench.rounds import Bench
from tests.web.scanner import sign_in

CHROMIUM = Path("/usr/bin/chromium")
LACKING = "What a browser takes was not measured: there is no {}."
WAY, PAINTS = "Chromium", "First paint: "
NAME = PAINTS + "{}"
LOADS = 5
"""Of each page, the first of which is not counted: the server has to be warm."""
MOST_LOOKS = 1000
"""Ten seconds and more; a page that is not painted by then is told as a fault."""
ASKED_BY_FORM = ("Scan to page, redirect included", "Search by a part of the name")
LED = ("lead", "keeper", "auditor", "administrator")
"""Who together are led to every page of the bar."""
PAINTED = "performance.getEntriesByName('first-contentful-paint')"


@dataclass
class Newcomer:
    """Opens each page in a browser that keeps nothing from the last."""

    browser: Browser
    site: str
    login: str
    painted_s: list[float] = field(default_factory=list)
    compressed_kb: float = 0
    """Of the last page with all that it asks for, as a proxy that compresses sends it."""

    def open(self, address: str) -> Any:
        with self.browser.new_context() as context:
            sign_in(context, self.site, self.login)
            page = context.new_page()
            came: list[Any] = []
            page.on("response", lambda answer: came.append(answer))
            answer = page.goto(f"{self.site}{address}", wait_until="load")
            for _ in range(MOST_LOOKS):  # to wait for it in the page its own policy forbids
                if page.evaluate(f"{PAINTED}.length"):
                    break
                page.wait_for_timeout(10)
            self.painted_s.append(page.evaluate(f"{PAINTED}[0].startTime") / 1000)
            self.compressed_kb = sum(len(gzip.compress(each.body())) for each in came) / 1000
            page.goto("about:blank")
        return _Status(answer.status if answer else 0)


@dataclass(frozen=True)
class _Status:
    status_code: int


def measure(bench: Bench, port: int, found: pages.Things, chromium: Path = CHROMIUM) -> None:
    """Of every page that is opened by its address, and of those that the bar at the top leads to,
    where there is a Chromium."""
    names = *pages.PAGES, *(entry.label for entry in ENTRIES)
    if not any(bench.wanted(NAME.format(name)) for name in names):
        return
    with browsing(bench, chromium) as browser:
        if browser is None:
            return
        site = f"http://127.0.0.1:{port}"
        for name, page in pages.PAGES.items():
            if name not in ASKED_BY_FORM:
                _load(
                    bench,
                    name,
                    Newcomer(browser, site, pages.OTHERS.get(name, pages.AS)),
                    page,
                    found,
                )
        for name, (login, address) in in_the_bar(browser, site).items():
            _load(bench, name, Newcomer(browser, site, login), pages.same(address), found)


def _load(
    bench: Bench, name: str, newcomer: Newcomer, page: pages.Page, found: pages.Things
) -> None:
    if not bench.wanted(NAME.format(name)):
        return
    for once in islice(page(newcomer, found), LOADS):  # type: ignore[arg-type]
        once()
    sent = f"{newcomer.compressed_kb:.0f} KB"
    bench.add(NAME.format(name), WAY, newcomer.painted_s[1:], note=sent)


def in_the_bar(browser: Browser, site: str) -> dict[str, tuple[str, str]]:
    """(who, address) of each page by its name in the bar, of the first who is led there."""
    found: dict[str, tuple[str, str]] = {}
    for login in LED:
        with browser.new_context() as context:
            sign_in(context, site, login)
            page = context.new_page()
            page.goto(site)
            for link in page.locator("header nav a").all():
                name, address = link.text_content() or "", link.get_attribute("href") or ""
                found.setdefault(name.strip(), (login, address))
            page.goto("about:blank")
    return found


@contextmanager
def browsing(bench: Bench, chromium: Path = CHROMIUM) -> Iterator[Browser | None]:
    """A browser; None where there is none, which the run then tells."""
    if not chromium.exists():
        if (lacking := LACKING.format(chromium)) not in bench.lacking:
            bench.lacking.append(lacking)
        yield None
        return
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
