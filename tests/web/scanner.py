"""A page of the site in a real browser, and a scanner: a keyboard that is faster than a hand."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import time_machine
from playwright.sync_api import Browser, BrowserContext

from tests.laboratory import PASSWORD
from tests.web.visitor import forms_of

EOT = "\x04"
KEYS = {
    "\r": {"key": "Enter", "code": "Enter", "text": "\r"},
    "\t": {"key": "Tab", "code": "Tab"},
}
"""And the end of a transmission, which a keyboard types as Ctrl and D."""
KEYS[EOT] = {"key": "d", "code": "KeyD", "modifiers": 2}
RUSSIAN = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "йцукенгшщзфывапролдячсмить", strict=True))
"""What a Russian layout types with the keys of a scan."""
LATIN = {russian: latin for latin, russian in RUSSIAN.items()}
FORGET = """async () => {
  await window.lims?.draftsSent?.();
  for (const form of document.querySelectorAll("form[data-draft]")) {
    form.reset();
    const said = { address: new URL(form.action).pathname, form: form.dataset.draft };
    const headers = { "X-CSRFToken": document.querySelector("[name=csrf_token]").value };
    await fetch("/drafts/discard", { method: "POST", headers, body: new URLSearchParams(said) });
  }
  for (;;) {
    const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
    const stop = page.querySelector(".stop-screen form");
    if (!stop) break;
    const headers = { "X-CSRFToken": page.querySelector("[name=csrf_token]").value };
    const sent = { method: "POST", headers, body: new URLSearchParams(new FormData(stop)) };
    if (!(await fetch(stop.dataset.acknowledged, sent)).ok) break;
  }
}"""
"""What was typed would wait for the same person in the next test, a stop would stand before it."""
SCANNER_S, HAND_S, PAUSE_S, SOON_S = 0.005, 0.06, 0.7, 0.2


@contextmanager
def signed_in_at(
    chromium: Browser, site: str, login: str, page: str, **device: Any
) -> Iterator[Any]:
    """Somebody at a page of the site; whatever the browser complains of fails the test."""
    context = chromium.new_context(**device)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(context, site, login)
    opened.goto(f"{site}{page}")
    yield opened
    opened.evaluate(FORGET)
    opened.goto("about:blank")  # a browser closed on its way to a page may never end
    context.close()
    assert not complaints


def sign_in(context: BrowserContext, site: str, login: str) -> None:
    """Let somebody in before there is a page to look at: quicker than to draw the form."""
    door = forms_of(context.request.get(f"{site}/sign-in").text())
    form = next(each for each in door if "login" in dict(each.fields))
    typed = form.filled({"login": login, "password": PASSWORD})
    sent = {name: value for name, [value] in typed.items()}
    answer = context.request.post(f"{site}/sign-in", form=sent, max_redirects=0)
    assert answer.status == 303, answer.text()


def registered(context: BrowserContext, site: str, name: str) -> None:
    """Make the browser a terminal; the administrator is signed in there then."""
    sign_in(context, site, "administrator")
    page = context.request.get(f"{site}/terminals/new").text()
    form = next(each for each in forms_of(page) if each.action == "/terminals/new")
    sent = {field: values[0] for field, values in form.filled({"name": name}).items()}
    assert context.request.post(f"{site}/terminals/new", form=sent).ok


def place_of(sign: str) -> str:
    """The key that types `sign`, by the name browsers have for its place; "" of no letter or
    digit."""
    key = LATIN.get(sign, sign.upper())
    if not (key.isascii() and key.isalnum()):
        return ""
    return f"Digit{key}" if key.isdigit() else f"Key{key}"


def press(
    page: Any, text: str, apart_s: float, after_s: float | None = None, keys: str = ""
) -> None:
    """Key strokes that say themselves when they were made: no busy machine makes them slower.

    So long after the last one, else after a pause; by the browser's clock, wherever the test has
    travelled to. `keys`: the keys pressed, where their layout types `text` with them.
    """
    keyboard = page.context.new_cdp_session(page)
    hatch = time_machine.escape_hatch
    real = hatch.time.time() if hatch.is_travelling() else time.time()
    if after_s is None:
        page.made_at = max(getattr(page, "made_at", 0), real) + PAUSE_S
    else:
        page.made_at += after_s
    strokes = []
    for sign, key in zip(text, keys or text, strict=True):
        page.made_at += apart_s
        typed = {"key": sign, "code": place_of(key), "text": sign}
        strokes.append({"type": "keyDown", "timestamp": page.made_at, **KEYS.get(sign, typed)})
    keyboard._sync(struck(keyboard, strokes))
    keyboard.detach()


async def struck(keyboard: Any, strokes: list[dict[str, Any]]) -> None:
    """In their order, none waiting for the browser's answer to the one before: as keys come."""
    send = keyboard._impl_obj.send
    await asyncio.gather(*(send("Input.dispatchKeyEvent", stroke, None) for stroke in strokes))


def scan(page: Any, text: str, end: str = "\r", keys: str = "") -> None:
    press(page, text + end, SCANNER_S, keys=keys and keys + end)


def stumble(page: Any, text: str, at: int) -> None:
    """A scan with one slow stroke: the machine was busy after the first `at` of them."""
    press(page, text[:at], SCANNER_S)
    press(page, text[at:] + "\r", SCANNER_S, SOON_S)


def scan_again(page: Any, text: str) -> None:
    """The same once more, two tenths of a second after."""
    press(page, text + "\r", SCANNER_S, SOON_S)
