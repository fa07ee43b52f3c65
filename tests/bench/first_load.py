"""What a browser takes that was never here: until a page is painted, and how much is sent to it."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.bench import pages
from tests.bench.rounds import Bench
from tests.web.scanner import sign_in

CHROMIUM = Path("/usr/bin/chromium")
LACKING = "What a browser takes was not measured: there is no {}."
WAY, NAME = "Chromium", "First paint: {}"
LOADS = 5
"""Of each page, the first of which is not counted: the server has to be warm."""
MOST_LOOKS = 1000
"""Ten seconds and more; a page that is not painted by then is told as a fault."""
ASKED_BY_FORM = ("Scan to page, redirect included", "Search by a part of the name")
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
    """Of every page that is opened by its address, where there is a Chromium."""
    names = [name for name in pages.PAGES if name not in ASKED_BY_FORM]
    wanted = [name for name in names if bench.wanted(NAME.format(name))]
    if not wanted:
        return
    with browsing(bench, chromium) as browser:
        for name in wanted if browser else ():
            login = pages.OTHERS.get(name, pages.AS)
            newcomer = Newcomer(browser, f"http://127.0.0.1:{port}", login)
            tries: Any = pages.PAGES[name](newcomer, found)  # type: ignore[arg-type]
            for once in islice(tries, LOADS):
                once()
            note = f"{newcomer.compressed_kb:.0f} KB compressed on first load"
            bench.add(NAME.format(name), WAY, newcomer.painted_s[1:], note=note)


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
