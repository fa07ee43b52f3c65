"""A person at a browser without scripts: opens pages, fills the forms found there, sends them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import Client, TestResponse

from tests.laboratory import PASSWORD


@dataclass
class FormFound:
    """A form as a page offers it: where it goes, and what each field holds."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def filled(self, values: dict[str, Any]) -> dict[str, list[Any]]:
        """What a browser would send once `values` were typed over what stood there."""
        sent: dict[str, list[Any]] = {}
        for name, value in self.fields:
            sent.setdefault(name, []).append(value)
        for name, value in values.items():
            known = dict(self.fields) | self.choices
            assert name in known, f"{name} is no field of {self.action}: {sorted(known)}"
            sent[name] = value if isinstance(value, list) else [value]
        return sent


class FormReader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormFound] = []
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(FormFound(given.get("action") or ""))
        if not self.forms or not given.get("name"):
            return
        name, form = given["name"], self.forms[-1]
        if tag == "input" and given.get("type") in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(given.get("value") or "y")
            if "checked" in given:
                form.fields.append((name, given.get("value") or "y"))
        elif tag == "input" and given.get("type") == "file":
            form.choices.setdefault(name, [])
        elif tag == "input":
            if given.get("type") == "hidden":
                form.hidden.add(name)
            form.fields.append((name, given.get("value") or ""))
        elif tag == "textarea":
            self.textarea = name
            form.fields.append((name, ""))

    def handle_data(self, text: str) -> None:
        if self.textarea:
            name, value = self.forms[-1].fields.pop()
            self.forms[-1].fields.append((name, (value + text).removeprefix("\r\n")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.textarea = None


def forms_of(page: str) -> list[FormFound]:
    reader = FormReader()
    reader.feed(page)
    return reader.forms


class Visitor:
    """`open(address)`, then `send(values)` fills the form of that page and returns the answer."""

    def __init__(self, client: Client) -> None:
        self.client = client
        client.environ_base.setdefault("HTTP_ACCEPT_LANGUAGE", "en")  # until somebody signs in

    def open(self, address: str) -> TestResponse:
        return self.client.get(address, buffered=True)

    def scan(self, code: str, page: str) -> dict[str, Any]:
        """What the script is answered to a scan on a page that takes none itself."""
        token = dict(self.form(page, "/scan").fields)["csrf_token"]
        said = {"code": code, "page": page, "csrf_token": token}
        answer = self.client.post("/scan", data=said, headers={"Accept": "application/json"})
        assert answer.json is not None
        return dict(answer.json)

    def form(self, page: str, action: str | None = None) -> FormFound:
        """The form of `page` that goes to `action` (to the page itself unless said)."""
        target = action or page
        found = [f for f in forms_of(self.open(page).text) if f.action.split("?")[0] == target]
        assert found, f"{page} has no form for {target}"
        return found[0]

    def post(self, form: FormFound, values: dict[str, Any]) -> TestResponse:
        """Send a form that was opened before, as it was then."""
        return self.client.post(form.action, data=form.filled(values))

    def send(self, page: str, values: dict[str, Any], action: str | None = None) -> TestResponse:
        return self.post(self.form(page, action), values)

    def sign_in(self, login: str, password: str = PASSWORD) -> "Visitor":
        answer = self.send("/sign-in", {"login": login, "password": password})
        assert answer.status_code == 303, answer.text
        return self
