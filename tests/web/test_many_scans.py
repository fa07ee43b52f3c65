"""Hundreds of scans as a scanner types them at its worst: none lost, doubled, misplaced, applied
after a stop. Ten thousand in a soak."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
import time_machine
from playwright.sync_api import expect

from lims import clock
from lims.database import Database
from lims.web.app import create_app
from lims.workflows import command_codes
from tests.soaking import SOAK
from tests.walks.walker import Walk
from tests.web.scanner import (
    EOT,
    FORGET,
    HAND_S,
    RUSSIAN,
    press,
    scan,
    scan_again,
    signed_in_at,
)
from tests.web.serving import Served
from tests.worlds import site_settings

pytestmark = pytest.mark.browser

SCANS, PARTS = 300, 34 if SOAK else 1
VESSELS, MOST_AT_ONCE = 25, 5
LAG_S = 0.15
CANCEL = next(each.code for each in command_codes.COMMANDS if each.word == "cancel")
WRITE_DOWN = """() => {
  const banner = document.querySelector("[data-banner]");
  window.told = [];
  new MutationObserver(() => told.push(banner.textContent)).observe(banner, { childList: true });
}"""
IDLE = "() => !lims.asking && !lims.scans.length"


class Slowly:
    """The site, answering after `lag_s` what a scan asks it."""

    def __init__(self, wsgi: Callable) -> None:
        self.wsgi, self.lag_s = wsgi, 0.0

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/scan"):
            time.sleep(self.lag_s)
        return self.wsgi(environ, start_response)


class Bench:
    """A technician's page that waits for vessels, and what ought to stand in it."""

    def __init__(self, page, served, slowly, own, foreign, seed) -> None:
        self.page, self.served, self.slowly = page, served, slowly
        self.own, self.foreign, self.lot = own, foreign, Random(seed)
        self.scans, self.kept = 0, []
        self.left = list(own)

    def take(self, number: int) -> list[str]:
        """Codes that were not scanned into this page yet."""
        assert number <= MOST_AT_ONCE
        return [self.left.pop(self.lot.randrange(len(self.left))) for _ in range(number)]

    def make_room(self) -> None:
        """A page of nothing, before the vessels are used up."""
        if len(self.left) < 2 * MOST_AT_ONCE:
            self.page.evaluate(FORGET)
            self.page.reload()
            self.page.evaluate(WRITE_DOWN)
            self.kept, self.left = [], list(self.own)

    def give_back(self, codes: list[str]) -> None:
        self.left += codes

    def scan(self, code: str) -> None:
        self.scans += 1
        scan(self.page, code, self.lot.choice("\r\t" + EOT))

    def burst(self) -> None:
        for code in self.take(self.lot.randint(1, MOST_AT_ONCE)):
            self.scan(code)
            self.kept.append(code)

    def russian(self) -> None:
        [code] = self.take(1)
        self.scan("".join(RUSSIAN.get(sign, sign) for sign in code))
        self.kept.append(code)

    def caps_lock(self) -> None:
        [code] = self.take(1)
        self.scan(code.lower())
        self.kept.append(code)

    def doubled(self) -> None:
        [code] = self.take(1)
        self.scan(code)
        scan_again(self.page, code)
        self.scans += 1
        self.kept.append(code)

    def scanned_before(self) -> None:
        if self.kept:
            self.scan(self.lot.choice(self.kept))
            self.settled()
            assert "was read already" in self.page.inner_text("[data-banner]")

    def half_typed(self) -> None:
        field = self.page.locator("[name=checker-login]")
        field.fill("")
        field.click()
        press(self.page, "an", HAND_S)
        self.burst()
        self.settled()
        assert field.input_value() == "an"

    def slow_server(self) -> None:
        self.slowly.lag_s = LAG_S
        self.burst()
        self.settled()
        self.slowly.lag_s = 0.0

    def server_gone(self) -> None:
        codes = self.take(3)
        self.served.stop()
        for code in codes:
            self.scan(code)
        self.settled()
        self.named(codes)
        self.compare()
        self.served.start()
        self.give_back(codes)

    def cancelled(self) -> None:
        [code] = self.take(1)
        self.scan(code)
        self.scan(CANCEL)
        self.give_back([code])

    def stopped(self) -> None:
        """Another patient's vessel or tissue: what came behind it before anybody looked is not
        applied."""
        codes = self.take(2)
        self.burst()
        self.scan(self.lot.choice(self.foreign))
        for code in codes:
            self.scan(code)
        self.settled()
        self.named(codes)
        self.page.click("dialog[open] button")
        self.give_back(codes)

    def named(self, codes: list[str]) -> None:
        """Each of what was dropped was told by its code."""
        told = self.page.evaluate("told.join('\\n')")
        assert [code for code in codes if code not in told] == []

    def settled(self) -> None:
        self.page.wait_for_function(IDLE)

    def compare(self) -> None:
        self.settled()
        shown = self.page.input_value("main [name=vessels]").split()
        told = self.page.evaluate("told.splice(0).join('\\n')")
        assert shown == self.kept, f"{self.done.__name__}, after {self.scans} scans:\n{told}"
        band = self.page.locator("[data-patient]").count()
        assert band == bool(self.kept), "whose cells these are is said from the first scan on"

    def whatever(self) -> None:
        """One of these, by lot; then the page holds what was scanned into it, in that order."""
        usual = [self.burst, self.russian, self.caps_lock, self.doubled, self.half_typed]
        seldom = [self.scanned_before, self.cancelled, self.slow_server, self.stopped]
        self.make_room()
        self.done = self.lot.choice([*usual * 2, *seldom, self.server_gone])
        self.done()
        self.compare()


@pytest.fixture(scope="module")
def laboratory(sqlite_server, tmp_path_factory):
    """The site served where it can be slow and gone, and the vessels of two patients."""
    url = sqlite_server.fresh()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        vessels = []
        for name, number in (("Own", VESSELS), ("Foreign", 2)):
            walk = Walk(Database(url), traveller, name)
            walk.begin()
            tissue = walk.tissue()
            vessels.append(walk.isolate(tissue, vessels=number))
        vessels[1].append(tissue)
        now = clock.now()
    app = create_app(site_settings(url, tmp_path_factory.mktemp("many")))
    app.wsgi_app = slowly = Slowly(app.wsgi_app)
    with time_machine.travel(now, tick=True), Served(app) as served:
        yield served, slowly, *vessels


def test_a_vessel_that_is_due_goes_into_the_form_that_its_scan_opens(chromium, laboratory):
    served, _slowly, [vessel, *_rest], _foreign = laboratory
    due = time_machine.travel(clock.now() + timedelta(days=5), tick=True)
    with due, signed_in_at(chromium, served.address, "technician", "/culture/") as page:
        scan(page, vessel)
        page.wait_for_url("**/culture/feed?code=*")

        expect(page.locator("main [name=vessels]")).to_have_value(re.compile(vessel))


@pytest.mark.parametrize("part", range(PARTS))
def test_no_scan_is_lost_doubled_misplaced_or_applied_after_a_stop(chromium, laboratory, part):
    served, slowly, own, foreign = laboratory
    with signed_in_at(chromium, served.address, "technician", "/culture/feed") as page:
        bench = Bench(page, served, slowly, own, foreign, seed=f"scans {part}")
        page.evaluate(WRITE_DOWN)
        while bench.scans < SCANS:
            bench.whatever()
