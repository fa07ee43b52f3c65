"""A page of the site in a real browser, and a scanner: a keyboard that is faster than a hand."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import time_machine
from playwright.sync_api import Browser

from tests.laboratory import PASSWORD

KEYS = {"\r": "Enter", "\t": "Tab"}
SCANNER_S, HAND_S, PAUSE_S = 0.005, 0.06, 0.7


@contextmanager
def signed_in_at(chromium: Browser, site: str, login: str, page: str) -> Iterator[Any]:
    """Somebody at a page of the site; whatever the browser complains of fails the test."""
    context = chromium.new_context()
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{site}/sign-in?next={page}")
    opened.fill("[name=login]", login)
    opened.fill("[name=password]", PASSWORD)
    opened.click(".send button")
    opened.wait_for_url(f"**{page}")
    yield opened
    context.close()
    assert not complaints


def press(page: Any, text: str, apart_s: float) -> None:
    """Key strokes that say themselves when they were made: no busy machine makes them slower.

    By the browser's clock, wherever the test has travelled to.
    """
    keyboard = page.context.new_cdp_session(page)
    hatch = time_machine.escape_hatch
    real = hatch.time.time() if hatch.is_travelling() else time.time()
    page.made_at = max(getattr(page, "made_at", 0), real) + PAUSE_S
    for sign in text:
        page.made_at += apart_s
        printed = {} if sign == "\t" else {"text": sign}
        stroke = {"key": KEYS.get(sign, sign), "timestamp": page.made_at, **printed}
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", **stroke})
    keyboard.detach()


def scan(page: Any, text: str, end: str = "\r") -> None:
    press(page, text + end, SCANNER_S)


def stumble(page: Any, text: str, at: int) -> None:
    """A scan with one slow stroke: the machine was busy after the first `at` of them."""
    press(page, text[:at], SCANNER_S)
    page.made_at -= PAUSE_S - 0.2
    press(page, text[at:] + "\r", SCANNER_S)


def scan_again(page: Any, text: str) -> None:
    """The same once more, two tenths of a second after."""
    page.made_at -= PAUSE_S - 0.2
    scan(page, text)
