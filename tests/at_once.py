"""Many clients at once: careful ones by commands, careless ones past them, against the database."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from lims.database import Database
from lims.models.fill import Vial
from tests.multiplied import new_code

CLIENTS = 16
Asked, Met = TypeVar("Asked"), TypeVar("Met")


def at_once(client: Callable[[Asked], Met], what: Iterable[Asked]) -> list[Met]:
    """What each client met that was asked for one of `what`, all of them at the same time."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(client, what))


def all_careless(
    database: Database,
    table: Table,
    chosen: Callable[[Connection, int], Sequence[dict[str, Any]]],
) -> None:
    """Clients who look first and write later, whatever others do in between.

    `chosen(connection, number)` are the rows that a client means to write into `table`.
    """
    barrier = Barrier(CLIENTS)

    def careless(number: int) -> None:
        with database.engine.connect() as connection:
            rows = chosen(connection, number)
            connection.rollback()
        barrier.wait()
        with suppress(IntegrityError), database.engine.begin() as connection:
            connection.execute(insert(table), rows)

    at_once(careless, range(CLIENTS))


def more_vials(connection: Connection, first: str, number: int) -> list[str]:
    """Rows beside the vial `first`, as it is, in a database without triggers; their codes."""
    vial = Vial.__table__
    row = dict(connection.execute(select(vial).where(vial.c.code == first)).one()._mapping)
    rows = [{**row, "id": 9_000 + n, "code": new_code(row["code"])} for n in range(1, number + 1)]
    connection.execute(insert(vial), rows)
    return [each["code"] for each in rows]


def held(database: Database, by: Any, *now: Any) -> Counter[int]:
    """How many rows there are for one of `by`, of those that hold `now`; how often that is so."""
    with database.reading() as session:
        return Counter(session.scalars(select(func.count()).where(*now).group_by(by)))


def drop_index(database: Database, name: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"DROP INDEX {name}"))
