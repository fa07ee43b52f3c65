"""A person's hands at a page: scans, keys and clicks, each counted as it is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from tests.laboratory import PASSWORD
from tests.web.scanner import scan, signed_in_at

IDLE = "() => !window.lims || !lims.asking && !lims.scans.length"


@dataclass
class Hands:
    """A person at a page; every input is counted."""

    page: Any
    scans: int = 0
    fields: int = 0
    clicks: int = 0
    passwords: int = 0
    touch: bool = False

    @property
    def inputs(self) -> int:
        return self.scans + self.fields + self.clicks + self.passwords

    def scan(self, *codes: str) -> None:
        for code in codes:
            self.scans += 1
            scan(self.page, code)
            self.page.wait_for_function(IDLE)

    def type(self, name: str, text: str) -> None:
        self.fields += 1
        self.page.fill(f"main [name={name}]", text)

    def prove(self, name: str, login: str = "") -> None:
        self.passwords += 1
        if login:
            self.page.fill(f"main [name={name}-login]", login)
        self.page.fill(f"main [name={name}-password]", PASSWORD)

    def click(self, selector: str) -> None:
        self.clicks += 1
        (self.page.tap if self.touch else self.page.click)(selector)

    def choose(self, name: str, value: str) -> None:
        self.click(f"main [name={name}][value={value!r}]")

    def follow(self, selector: str) -> None:
        """Click on a link, and scan nothing before its page is there."""
        with self.page.expect_navigation():
            self.click(selector)

    def go(self, address: str) -> None:
        """By the bar at the top, opening what is folded there."""
        link = self.page.locator(f"header nav a[href='{address}']")
        if not link.is_visible():
            self.click("header nav summary")
        self.follow(f"header nav a[href='{address}']")

    def send(self, selector: str = "main form.form .send button") -> None:
        self.follow(selector)
        assert not self.page.query_selector(".problems"), self.page.inner_text("main")


@contextmanager
def hands_at(
    chromium: Browser, site: str, login: str, address: str, **device: Any
) -> Iterator[Hands]:
    """The hands of somebody at a page of the site; on a device with touch they tap."""
    with signed_in_at(chromium, site, login, address, **device) as page:
        yield Hands(page, touch="has_touch" in device)
