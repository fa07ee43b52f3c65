"""Badges scanned at a terminal, by a browser and by one without scripts."""

import time
from typing import Any

from tests.web.scanner import HAND_S, press, scan

PIN = "274951"


def switch(person, badge, pin=PIN, left="/account"):
    """Scan `badge` where `person` has `left` open, and type its PIN; the answer."""
    answer = person.client.post(
        "/scan",
        data=person.form("/account", "/scan").filled({"code": badge}),
        headers={"Referer": f"http://localhost{left}"},
    )
    return person.send(answer.location, {"pin": pin}, action="/switch")


def switched(page: Any, badge: str, coming: str) -> float:
    """The seconds from the first stroke of the scan until the person who came is in."""
    began = time.perf_counter()
    scan(page, badge)
    page.locator("[data-pin]:focus").wait_for()
    press(page, PIN, HAND_S)
    page.locator(".me").filter(has_text=coming).wait_for()
    return time.perf_counter() - began
