"""Looks into every page there is: follows the links as each role, then tries each code there is."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lims.database import Database
from lims.models import Base
from lims.models.base import Coded
from lims.models.batch import Batch
from lims.permissions import Permission
from lims.web.auth import access_of
from lims.web.told import HELD
from tests.conftest import Server, put_down
from tests.counting import looks
from tests.laboratory import person
from tests.soaking import SOAK
from tests.web.visitor import FormFound, FormReader, Visitor

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
NOT_FOUND_BY_LINKS = {
    "specification_decisions.record_shipped": "only before the first specification is approved",
    "told.misplaced": "asked by the script where a scan belongs nowhere on its page",
    "told.acknowledged": "sent by the script when the button of a stop is pressed",
    "retrievals.misplaced": "asked by the script where a scan is not waited for at the dewar",
    "qc_runs.begin_tests": "only where a run takes tubes whose days are still to be counted",
    "qc_run_reading.misplaced": "asked by the script where another tube is scanned",
    "handing_on.misplaced": "asked by the script where a vial is not among those that leave",
    "tank_keeping.retire_tank": "offered of a tank in which no box stands alone",
    "told.compare": "asked by the script what a scan into a step is",
    "drafts.save": "sent by the script while somebody types",
    "drafts.discard_listed": "only on the Today of who left a form begun",
    "drafts.discard": "sent by the script beside a draft that is shown again",
    "locking.here": "sent by the script while somebody types",
    "account.record_switch": "at a browser that is registered as a terminal alone",
}
"""Forms that no page of the busy laboratory offers, and why."""
NOT_IN_HAND = ("deviations.report",)
"""Pages that are told of cells, at a desk, and handle none."""
LEFT_ALONE = re.compile(r"/(static|sign-off|healthz)|.*[?&]as=xlsx")
"""A spreadsheet is its page again, in portions: tests/web/test_spreadsheets.py opens each."""


ENOUGH_ALIKE = 3 if SOAK else 1
"""Pages of one kind that each person looks at."""
ENOUGH_CODES = 10
Kin = tuple[object, ...]
"""Records of one table alike in kind: where one has no page, the others have none."""


def shape_of(path: str) -> str:
    """The path with what differs between two pages of one kind taken out."""
    return re.sub(r"[A-Z]{2}[0-9]{8}[0-9A-Z]|\d+|[0-9a-f]{64}", "#", path)


class PageReader(FormReader):
    """Collects the forms of a page, and where its links lead within the site."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []
        self.has_band = self.has_list = False
        self.unsaid: list[str] = []
        """The fields that take cells at whose scan the page does not say whose they are."""
        self.answered: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        given = dict(attrs)
        self.has_band = self.has_band or "data-patient" in given
        self.has_list = self.has_list or "data-list" in given
        if tag == "form":
            sends = (given.get("data-scan-sends") or "").split()
            self.answered = HELD if "data-gate" in given else set(sends)
        taken = HELD.intersection((given.get("data-kinds") or "").split())
        if taken - self.answered:
            self.unsaid.append(str(given.get("name")))
        target = dict(attrs).get("href") if tag == "a" else None
        if target and target.startswith("/") and not LEFT_ALONE.match(target):
            self.paths.append(target.partition("#")[0])


class Crawl:
    """Every page somebody may see, and each form once, with who may send it."""

    def __init__(self, app: Flask, server: Server) -> None:
        self.app, self.server = app, server
        self.visitors = {login: Visitor(app.test_client()) for login in (NOBODY, *LOGINS)}
        self.forms: dict[str, tuple[str, str, FormFound]] = {}
        """POST endpoint to (login, page, form)."""
        self.pages: dict[str, tuple[str, str]] = {}
        """GET endpoint to (login, path) of one page of it."""
        self.lists: dict[str, tuple[str, str]] = {}
        """Those of them that are lists, which are offered as spreadsheets."""
        self.most: dict[str, tuple[int, str, str]] = {}
        """GET endpoint to the most queries that any page of it took, whose, and its path."""
        self.failed: list[str] = []
        self.unsaid: list[str] = []
        """Fields that take cells on pages which do not say whose these are."""
        self.last_status = 200
        self.posts = {str(rule): rule.endpoint for rule in self.rules("POST")}
        """Every address that takes a form, and its endpoint."""
        self.below = {
            page: [endpoint for address, endpoint in self.posts.items() if address.startswith(page)]
            for page in map(str, self.rules("GET"))
        }
        """The forms at and below the address of each page."""
        self.rights: dict[str, set[Permission]] = {NOBODY: set()}
        """What each person may."""
        self.seen: set[tuple[str, str]] = set()
        """Links met by each person, and those of them that were followed."""
        self.looked: set[tuple[str, str]] = set()
        self.alike: Counter[tuple[str, str]] = Counter()

    @classmethod
    def of(cls, app: Flask, server: Server) -> "Crawl":
        """The whole site, looked through as everybody."""
        crawl = cls(app, server)
        for login in LOGINS:
            crawl.visitors[login].sign_in(login)
        crawl.note_rights()
        crawl.make_papers()
        for login in crawl.visitors:
            for door in DOORS if login == NOBODY else DOORS[:1]:
                crawl.follow(login, [door])
        crawl.try_codes()
        crawl.look_further()
        crawl.keep()
        return crawl

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["lims"].database
        return found

    def keep(self) -> None:
        """Remember the laboratory and the browsers as they are now."""
        put_down(self.database)
        self.kept = self.database
        self.cookies = {
            login: cookie.value
            for login, visitor in self.visitors.items()
            if (cookie := visitor.client.get_cookie("sid"))
        }

    def restore(self) -> None:
        """Undo all that was done since: nobody is signed out, no form is sent already."""
        self.server.renew(of=url_of(self.kept))
        site = replace(self.app.extensions["lims"], database=self.server.own)
        self.app.extensions["lims"] = site
        for login, value in self.cookies.items():
            self.visitors[login].client.set_cookie("sid", value)

    def send(self, endpoint: str, values: dict[str, str]) -> TestResponse:
        """The answer to a form with `values` typed into it."""
        login, page, form = self.forms[endpoint]
        data = form.filled(values)
        return self.visitors[login].client.post(form.action or page, data=data)

    def note_rights(self) -> None:
        with self.database.reading() as session:
            for login in LOGINS:
                found = person(session, login)
                self.rights[login] = {each for each in Permission if found.may(each)}

    def make_papers(self) -> None:
        """Papers are kept by the site, not by the laboratory's own acts."""
        with self.database.reading() as session:
            batches = list(session.scalars(select(Batch.code)))
        for code in batches:
            answer = self.visitors["qa"].send(f"/papers/of/{code}", {})
            assert answer.status_code == 303, answer.text

    def rule(self, path: str, method: str = "GET") -> Rule | None:
        adapter = self.app.url_map.bind("localhost")
        try:
            rule, _ = adapter.match(urlsplit(path).path, method=method, return_rule=True)
        except HTTPException:
            return None
        return rule

    def endpoint(self, path: str, method: str = "GET") -> str | None:
        rule = self.rule(path, method)
        return rule and str(rule.endpoint)

    def follow(self, login: str, waiting: list[str]) -> None:
        """All that these pages lead to."""
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
        self.looked.add((login, path))
        with looks(self.database.engine) as queries:
            answer = self.visitors[login].open(path)
        self.last_status = answer.status_code
        if answer.status_code >= 500:
            self.failed.append(f"{login} {path}: {answer.status_code}")
        if answer.status_code != 200:
            return []
        if (endpoint := self.endpoint(path)) is not None:
            self.pages.setdefault(endpoint, (login, path))
            most = len(queries), login, path
            self.most[endpoint] = max(self.most.get(endpoint, most), most)
        if answer.mimetype != "text/html":
            return []
        page = PageReader()
        page.feed(answer.text)
        if page.has_list and self.pages.get(endpoint or "") == (login, path):
            self.lists[str(endpoint)] = login, path
        if not page.has_band and self.endpoint(path) not in NOT_IN_HAND:
            self.unsaid += [f"{login} {path}: {name}" for name in page.unsaid]
        for form in page.forms:
            posted = self.endpoint(form.action or path, "POST")
            if posted is not None:
                self.forms.setdefault(posted, (login, path, form))
        return page.paths

    def try_codes(self) -> None:
        """Pages that no link led to: every code there is, for whoever may open them; those of one
        act before those of a record, which lead to the acts."""
        with self.database.reading() as session:
            codes = list(all_codes(session))
        for rule in sorted(self.rules("GET"), key=lambda each: -str(each).count("/")):
            barred: set[str] = set()
            strange: set[Kin] = set()
            for kin, path in self.paths_of(rule, codes):
                if kin not in strange and not self.try_path(rule, path, barred):
                    strange.add(kin)

    def look_further(self) -> None:
        """Links that were passed over as alike, while a form is missing that may be there."""
        for login, path in sorted(self.seen - self.looked):
            rule = self.rule(path)
            if rule is not None and self.wanted(rule, login):
                self.follow(login, [path])

    def missing(self, rule: Rule) -> list[str]:
        """Such a page where nobody saw one yet, and the forms at and below it that nobody did."""
        page = [] if rule.endpoint in self.pages else [str(rule.endpoint)]
        known = (self.forms, NOT_FOUND_BY_LINKS)
        return page + [
            each for each in self.below[str(rule)] if not any(each in of for of in known)
        ]

    def wanted(self, rule: Rule, login: str) -> bool:
        """Whether something is missing there that this person may open or send; in a soak
        whether it is that anybody may."""
        return any(SOAK or self.is_for(login, endpoint) for endpoint in self.missing(rule))

    def is_for(self, login: str, endpoint: str) -> bool:
        access = access_of(self.app.view_functions[endpoint])
        asked = access.permissions if access else ()
        return not asked or bool(self.rights[login].intersection(asked))

    def try_path(self, rule: Rule, path: str, barred: set[str]) -> bool:
        """As one after another, while such a page is wanted; false where none is there."""
        for login in (each for each in LOGINS if each not in barred):
            if not self.wanted(rule, login):
                continue
            links = self.look(login, path)
            if self.last_status == 403:
                barred.add(login)
            if self.last_status == 404:
                return False
            self.follow(login, [each for each in links if self.leads_on(login, each)])
        return True

    def leads_on(self, login: str, path: str) -> bool:
        """Whether to look there too, be it one more of its kind: what is missing may be there."""
        if self.is_new(login, path):
            return True
        rule = self.rule(path)
        return (login, path) not in self.looked and rule is not None and self.wanted(rule, login)

    def paths_of(self, rule: Rule, codes: list[tuple[str, Kin]]) -> Iterator[tuple[Kin, str]]:
        """Each code there is, those first of the kinds that links of this beginning lead to."""
        if len(rule.arguments) != 1:
            return
        stem, _, rest = re.split(r"(<[^>]+>)", str(rule))
        linked = {path.removeprefix(stem)[:2] for _, path in self.seen if path.startswith(stem)}
        for code, kin in sorted(codes, key=lambda each: each[0][:2] not in linked):
            if self.rule(path := f"{stem}{code}{rest}") is rule:  # and no page of another kind
                yield kin, path

    def rules(self, method: str) -> list[Rule]:
        return [each for each in self.app.url_map.iter_rules() if method in (each.methods or ())]


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def all_codes(session: Session) -> Iterator[tuple[str, Kin]]:
    """A few codes of each kind of record, and of each kind of step, in each status: the newest
    first, for what is under way began last."""
    for mapper in Base.registry.mappers:
        if mapper.inherits is None and issubclass(mapper.class_, Coded):
            table = mapper.local_table
            telling = [table.c[name] for name in ("kind", "status") if name in table.c]
            columns = [table.c.code, *telling]
            alike: Counter[Kin] = Counter()
            for code, *told in session.execute(select(*columns).order_by(table.c.id.desc())):
                alike[tuple(told)] += 1
                if alike[tuple(told)] <= ENOUGH_CODES:
                    yield code, (table.name, *told[: "kind" in table.c])


def rows_stored(database: Database) -> int:
    """How much the trail holds besides refusals: what a refused form must leave as it is."""
    with database.reading() as session:
        statement = "SELECT count(*) FROM audit_entry WHERE table_name <> 'refusal'"
        return int(session.execute(text(statement)).scalar_one())
