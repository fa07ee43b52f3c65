"""Pages as people open them: each try asks for another vial, batch, box or name."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from lims.database import Database
from lims.models.batch import Batch
from lims.models.fill import Vial
from lims.models.patient import Patient
from lims.models.storage import Box
from tests.bench.loading import FAMILIES
from tests.bench.rounds import Bench, Try
from tests.web.visitor import FormFound, Visitor

SAMPLED = 400
"""Of each kind, somewhere in the table."""
AS = "auditor"
"""Who asks: the auditor may see all of these pages."""


@dataclass(frozen=True)
class Things:
    """Codes of what is asked for."""

    vials: list[str]
    batches: list[str]
    boxes: list[str]
    middle: dict[str, int]
    """A row in the middle of a long list."""


def things(database: Database) -> Things:
    chance = random.Random(20)
    with database.reading() as session:

        def some(model: Any) -> list[str]:
            last = session.scalar(select(func.max(model.id))) or 0
            numbers = [chance.randint(1, last) for _ in range(SAMPLED * 2)]
            found = list(session.scalars(select(model.code).where(model.id.in_(numbers))))
            chance.shuffle(found)
            return found

        middle = {
            m.__tablename__: session.scalar(select(func.max(m.id))) or 0 for m in (Vial, Patient)
        }
        return Things(
            some(Vial),
            some(Batch),
            some(Box),
            {name: number // 2 for name, number in middle.items()},
        )


Page = Callable[[Visitor, Things], Iterator[Try]]


def opening(visitor: Visitor, addresses: Iterator[str]) -> Iterator[Try]:
    for address in addresses:
        yield lambda address=address: opened(visitor, address)  # type: ignore[misc]


def opened(visitor: Visitor, address: str) -> None:
    answer = visitor.open(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"


def scanned(visitor: Visitor, found: Things) -> Iterator[Try]:
    """The code sent, the page it leads to opened."""
    token = dict(visitor.form("/search/").fields)["csrf_token"]
    for code in itertools.cycle(found.vials):

        def scan(code: str = code) -> None:
            answer = visitor.client.post("/scan", data={"code": code, "csrf_token": token})
            assert answer.status_code == 303, answer.text
            opened(visitor, f"/vials/{code}")

        yield scan


def searched(visitor: Visitor, _: Things) -> Iterator[Try]:
    form = visitor.form("/search/")
    for name in itertools.cycle(FAMILIES):
        yield lambda name=name: looked_for(visitor, form, name[:6])  # type: ignore[misc]


def looked_for(visitor: Visitor, form: FormFound, name: str) -> None:
    assert visitor.post(form, {"name": name}).status_code == 200, name


def one_of(address: str, kind: str) -> Page:
    return lambda visitor, found: opening(
        visitor, (address.format(code) for code in itertools.cycle(getattr(found, kind)))
    )


def deep(address: str, table: str) -> Page:
    return lambda visitor, found: opening(
        visitor,
        (address.format(found.middle[table] + shift % SAMPLED) for shift in itertools.count()),
    )


def same(address: str) -> Page:
    return lambda visitor, _: opening(visitor, itertools.repeat(address))


PAGES: dict[str, Page] = {
    "Scan to page, redirect included": scanned,
    "Batch": one_of("/batches/{}", "batches"),
    "Box": one_of("/boxes/{}", "boxes"),
    "Patients, first page": same("/patients/"),
    "Patients, deep page": deep("/patients/?after={}", "patient"),
    "Vials, first page": same("/vials/"),
    "Vials, deep page": deep("/vials/?after={}", "vial"),
    "Search by a part of the name": searched,
    "History of a vial": one_of("/trail/{}", "vials"),
    "Genealogy of a vial": one_of("/genealogy/{}", "vials"),
}


def measure(bench: Bench, way: str, visitor: Visitor, found: Things, engine: Any = None) -> None:
    for name, page in PAGES.items():
        bench.round(name, way, page(visitor, found), engine=engine)
