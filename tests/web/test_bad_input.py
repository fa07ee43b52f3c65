"""Every form there is, sent wrong: refused in words, nothing stored, what was typed still there."""

import html
import re
from collections.abc import Iterator
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select
from wtforms import Form

from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, OrderStatus
from lims.models.storage import CellStatus, StorageCell
from lims.web.errors import SECRET
from lims.web.fields import PasswordField
from tests.soaking import SOAK, by_lot
from tests.web.crawler import NOT_FOUND_BY_LINKS, Crawl, rows_stored
from tests.web.visitor import FormFound

WRONG = (
    "",
    "x" * 10_000,
    "-1",
    "99999999999999999999999",
    "2026-13-45",
    "<script>alert(1)</script>",
    "Ў☣\u202e'; --",
    "VL260000019",
    "a\0",
)
"""Nothing, too much, negative, absurd, no date, markup, foreign letters, a code misread, a NUL."""
ABSURD_PARTS = (str(2**31), "9" * 23, "%00", "x" * 300)
ABSURD_QUERIES = (
    f"?after={2**63}",
    "?after=-" + "9" * 23,
    "?after=many",
    *(f"?{name}=%00" for name in ("q", "table", "status", "%00")),
)
ONE_IN = 5
"""Of the absurd addresses; the others are for a soak."""
FIELDS_ONE_IN = 4
"""Of the fields of each form; all of them in a soak."""

REFUSED = (400, 404, 409, 422, 429)
"""By what was typed; 401 and 403 would be by who sends it, and prove nothing."""


def typed(form: FormFound) -> dict[str, str]:
    """The fields a person types into."""
    return {
        name: value
        for name, value in form.fields
        if name not in form.hidden | form.choices.keys() and not SECRET.search(name)
    }


def typed_into(crawl: Crawl) -> Iterator[tuple[str, list[str]]]:
    """Each form and its fields; a mere button would, pressed, do what it says."""
    for endpoint, (_, _, form) in crawl.forms.items():
        if fields := list(typed(form)):
            yield endpoint, fields


def kinds_of_form(kind: type[Form] = Form) -> Iterator[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds_of_form(each)


def test_no_password_is_given_back_by_a_page_that_tells_what_was_typed(app: Flask) -> None:
    secret = {
        name
        for kind in kinds_of_form()
        for name, made in vars(kind).items()
        if getattr(made, "field_class", None) is PasswordField
    }

    assert "again" in secret
    assert [name for name in secret if not SECRET.search(name)] == []


def test_no_page_fails(crawl: Crawl) -> None:
    assert crawl.failed == []


NOT_THERE = {VialStatus.VOID, OrderStatus.LAPSED}
"""What no vial becomes; and what looks like an order that was cancelled."""


def test_a_page_that_takes_cells_says_whose_they_are_at_the_first_scan(crawl: Crawl) -> None:
    assert crawl.unsaid == []


def test_the_laboratory_has_cells_orders_and_vials_in_every_status(crawl: Crawl) -> None:
    with crawl.database.reading() as session:
        there = {
            status
            for model in (StorageCell, Order, Vial)
            for status in session.scalars(select(model.status).distinct())
        }

    assert {*CellStatus, *OrderStatus, *VialStatus} - there == NOT_THERE


def test_every_form_is_found_on_some_page(crawl: Crawl) -> None:
    missing = set(crawl.posts.values()) - set(crawl.forms) - set(NOT_FOUND_BY_LINKS)

    assert sorted(missing) == [], "offer it on a page, or say in NOT_FOUND_BY_LINKS why not"


@pytest.mark.alike
def test_what_was_typed_is_still_there_after_a_refusal(crawl: Crawl) -> None:
    lost = []
    for endpoint, fields in typed_into(crawl):
        values = {name: f"typed {number}" for number, name in enumerate(fields)}
        answer = crawl.send(endpoint, values)
        if answer.status_code in REFUSED:
            shown = html.unescape(answer.text)
            lost += [f"{endpoint} {name}" for name, value in values.items() if value not in shown]
        else:
            crawl.restore()  # or the next would meet what this one did

    assert lost == []


def absurd_addresses(crawl: Crawl) -> Iterator[tuple[str, str]]:
    """Of each page, with who may open it: every number and code in its address bent, in turn."""
    for login, path in crawl.pages.values():
        path = path.partition("?")[0]
        yield from ((login, path + query) for query in ABSURD_QUERIES)
        for found in re.finditer(r"[A-Z]{2}\d{8}[0-9A-Z]|(?<=/)\d+", path):
            ends = path[: found.start()], path[found.end() :]
            yield from ((login, part.join(ends)) for part in ABSURD_PARTS)


def test_no_absurd_address_fails(crawl: Crawl) -> None:
    addresses = by_lot(list(absurd_addresses(crawl)), ONE_IN, crawl.server.dialect)
    failed = [
        (path, answer.status_code)
        for login, path in addresses
        if (answer := crawl.visitors[login].open(path)).status_code >= 500
    ]

    assert failed == []


def in_turn(fields: list[str], seed: str) -> Iterator[tuple[str, str]]:
    """Every field with every wrong text: each field once before any is tried again."""
    luck = Random(seed)
    texts = {field: luck.sample(WRONG, len(WRONG)) for field in luck.sample(fields, len(fields))}
    for turn in range(len(WRONG)):
        yield from ((field, text[turn]) for field, text in texts.items())


def test_a_form_sent_wrong_never_fails_and_what_is_refused_stores_nothing(crawl: Crawl) -> None:
    wrong, refused = [], set()
    dialect = crawl.server.dialect
    for endpoint, fields in typed_into(crawl):
        enough = len(fields) / FIELDS_ONE_IN
        for turn, (field, value) in enumerate(in_turn(fields, dialect + endpoint)):
            if turn >= enough and endpoint in refused and not SOAK:
                break
            before = rows_stored(crawl.database)
            status = crawl.send(endpoint, {field: value}).status_code
            if status < 400:
                crawl.restore()
            elif status not in REFUSED:
                wrong.append(f"{endpoint} {field}={value[:20]!r}: {status}")
            elif rows_stored(crawl.database) != before:
                wrong.append(f"{endpoint} {field}={value[:20]!r}: refused, and stored")
            else:
                refused.add(endpoint)

    assert wrong == []
    assert [endpoint for endpoint, _ in typed_into(crawl) if endpoint not in refused] == []
