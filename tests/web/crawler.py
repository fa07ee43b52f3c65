"""Looks into every page there is: follows the links as each role, then tries each code there is."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from lims.database import Database
from lims.models import Base
from lims.models.base import Coded
from lims.models.batch import Batch
from tests.web.visitor import FormFound, Visitor, forms_of

NOBODY = "nobody"
"""Who has not signed in: the forms at the door are theirs."""
DOORS = ("/", "/sign-in", "/first-password")
LOGINS = (
    "technician",
    "lead",
    "analyst",
    "qa",
    "keeper",
    "physician",
    "administrator",
    "auditor",
)
LEFT_ALONE = re.compile(r"^/(static|sign-off|healthz)")


ENOUGH_ALIKE = 6
"""Pages of one kind that each person looks at."""
ENOUGH_CODES = 5


def shape_of(path: str) -> str:
    """The path with what differs between two pages of one kind taken out."""
    return re.sub(r"[A-Z]{2}[0-9]{8}[0-9A-Z]|\d+|[0-9a-f]{64}", "#", path)


def noun_of(endpoint: str) -> str:
    """What the pages of one module are about."""
    return endpoint.partition(".")[0]


class LinkReader(HTMLParser):
    """Collects where the links of a page lead within the site."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") if tag == "a" else None
        if target and target.startswith("/") and not LEFT_ALONE.match(target):
            self.paths.append(target.partition("#")[0])


def links_of(page: str) -> list[str]:
    reader = LinkReader()
    reader.feed(page)
    return reader.paths


class Crawl:
    """Every page somebody may see, and each form once, with who may send it."""

    def __init__(self, app: Flask, visitors: dict[str, Visitor], database: Database) -> None:
        self.app, self.visitors, self.database = app, visitors, database
        self.forms: dict[str, tuple[str, str, FormFound]] = {}
        """POST endpoint to (login, page, form)."""
        self.pages: dict[str, tuple[str, str]] = {}
        """GET endpoint to (login, path) of one page of it."""
        self.failed: list[str] = []
        self.last_status = 200
        self.seen: set[tuple[str, str]] = set()
        self.alike: Counter[tuple[str, str]] = Counter()

    @classmethod
    def of(cls, app: Flask, database: Database) -> "Crawl":
        """The whole site, looked through as everybody."""
        visitors = {login: Visitor(app.test_client()).sign_in(login) for login in LOGINS}
        crawl = cls(app, {NOBODY: Visitor(app.test_client())} | visitors, database)
        crawl.make_papers()
        crawl.follow()
        crawl.try_codes()
        return crawl

    def make_papers(self) -> None:
        """Papers are kept by the site, not by the laboratory's own acts."""
        with self.database.reading() as session:
            batches = list(session.scalars(select(Batch.code)))
        for code in batches:
            answer = self.visitors["qa"].send(f"/papers/of/{code}", {})
            assert answer.status_code == 303, answer.text

    def endpoint(self, path: str, method: str = "GET") -> str | None:
        adapter = self.app.url_map.bind("localhost")
        try:
            name, _ = adapter.match(urlsplit(path).path, method=method)
        except Exception:
            return None
        return str(name)

    def follow(self) -> None:
        """From the first page on, as everyone."""
        for login in self.visitors:
            waiting = list(DOORS if login == NOBODY else DOORS[:1])
            while waiting:
                path = waiting.pop()
                waiting += [each for each in self.look(login, path) if self.is_new(login, each)]

    def is_new(self, login: str, path: str) -> bool:
        """Some pages of one kind suffice: one shows the buttons of this state, one of another."""
        if (login, path) in self.seen:
            return False
        self.seen.add((login, path))
        self.alike[login, shape_of(path)] += 1
        return self.alike[login, shape_of(path)] <= ENOUGH_ALIKE

    def look(self, login: str, path: str) -> list[str]:
        answer = self.visitors[login].open(path)
        self.last_status = answer.status_code
        if answer.status_code >= 500:
            self.failed.append(f"{login} {path}: {answer.status_code}")
        if answer.status_code != 200 or answer.mimetype != "text/html":
            return []
        if (endpoint := self.endpoint(path)) is not None:
            self.pages.setdefault(endpoint, (login, path))
        for form in forms_of(answer.text):
            posted = self.endpoint(form.action or path, "POST")
            if posted is not None:
                self.forms.setdefault(posted, (login, path, form))
        return links_of(answer.text)

    def try_codes(self) -> None:
        """Pages that no link led to: every code there is, for whoever may open them."""
        with self.database.reading() as session:
            codes = list(all_codes(session))
        for rule in self.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or not self.wanted(rule):
                continue
            barred: set[str] = set()
            for path in self.paths_of(rule, codes):
                self.try_path(rule, path, barred)

    def wanted(self, rule: Rule) -> bool:
        """Whether nobody saw such a page yet, or a form below it or beside it is still missing."""
        missing = self.posts - self.forms.keys()
        if rule.endpoint not in self.pages or noun_of(rule.endpoint) in map(noun_of, missing):
            return True
        return any(
            str(each).startswith(str(rule))
            for each in self.app.url_map.iter_rules()
            if each.endpoint in missing
        )

    def try_path(self, rule: Rule, path: str, barred: set[str]) -> None:
        """As one after another, until somebody sees the page or it turns out that none is there."""
        for login in (each for each in LOGINS if each not in barred):
            if not self.wanted(rule):
                return
            links = self.look(login, path)
            if self.last_status == 403:
                barred.add(login)
            if self.last_status == 404:
                return
            for link in links:
                endpoint = self.endpoint(link)
                if endpoint is not None and endpoint not in self.pages:
                    self.look(login, link)

    @staticmethod
    def paths_of(rule: Rule, codes: list[str]) -> Iterator[str]:
        if len(rule.arguments) != 1:
            return
        for code in codes:
            yield re.sub(r"<[^>]+>", code, str(rule))

    @property
    def posts(self) -> set[str]:
        """Every endpoint that takes a form."""
        return {
            rule.endpoint
            for rule in self.app.url_map.iter_rules()
            if "POST" in (rule.methods or ())
        }


def all_codes(session: Session) -> Iterator[str]:
    """A few codes of each kind of record, and of each kind of step, in each status."""
    for mapper in Base.registry.mappers:
        if mapper.inherits is None and issubclass(mapper.class_, Coded):
            table = mapper.local_table
            telling = [table.c[name] for name in ("kind", "status") if name in table.c]
            columns = [table.c.code, *telling]
            alike: Counter[tuple[object, ...]] = Counter()
            for row in session.execute(select(*columns)):
                alike[tuple(row[1:])] += 1
                if alike[tuple(row[1:])] <= ENOUGH_CODES:
                    yield row[0]


def rows_stored(database: Database) -> int:
    """How much the trail holds besides refusals: what a refused form must leave as it is."""
    with database.reading() as session:
        statement = "SELECT count(*) FROM audit_entry WHERE table_name <> 'refusal'"
        return int(session.execute(text(statement)).scalar_one())
