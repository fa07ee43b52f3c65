"""A browser's part over a connection that is kept: cookies, forms, no more."""

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE_S = 60


@dataclass(frozen=True)
class Answer:
    status_code: int
    data: bytes
    location: str

    @property
    def text(self) -> str:
        return self.data.decode()


class Wire:
    """What a Visitor asks of Flask's own client, over HTTP."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self.environ_base = {"HTTP_ACCEPT_LANGUAGE": "en"}
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, address: str, *, buffered: bool = True) -> Answer:
        return self._ask("GET", address)

    def post(self, address: str, *, data: dict[str, Any]) -> Answer:
        return self._ask("POST", address, urlencode(data, doseq=True))

    def _ask(self, method: str, address: str, body: str | None = None) -> Answer:
        headers = {"Accept-Language": "en", "Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{m.key}={m.value}" for m in self.cookies.values())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, _path(address), body, headers)
        answer = self.connection.getresponse()
        self._keep_cookies(answer)
        return Answer(answer.status, answer.read(), answer.getheader("Location") or "")

    def _keep_cookies(self, answer: HTTPResponse) -> None:
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                self.cookies.load(value)


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
