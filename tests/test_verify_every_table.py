"""What somebody changed by hand in any column of any table of the laboratory is named by verify."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import Column, Connection, Table, delete, func, select, update
from sqlalchemy.orm import Session

from lims import clock, schema
from lims.database import Database
from lims.models import Base, agreement, freezing, order, retrieval, storage
from lims.models.audit import UNAUDITED
from lims.models.step import Step
from lims.models.types import Closed
from lims.workflows import findings, reconciling
from lims.workflows.verifying import Report
from tests import twins
from tests.stuffing import TABLES, value_of
from tests.walks import banking, ordering, specifying, thawing
from tests.walks.walker import Walk

AUDITED = [table for table in TABLES if table.name not in UNAUDITED]
OF_THE_BANK = {
    mapper.local_table.name
    for mapper in Base.registry.mappers
    if mapper.class_.__module__
    in {module.__name__ for module in (agreement, freezing, order, retrieval, storage)}
}


@pytest.fixture
def banked(database: Database) -> Database:
    """Cells frozen, ordered, thawed, handed on and destroyed; nobody's triggers guard them."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        walk = Walk(database, traveller, "Banked")
        specifying.approve(walk, specifying.lenient(()))
        ordering.with_vials(walk, 5)
        for kind in ordering.AWAY:
            away = ordering.scheduled(walk, ordering.away(walk, kind))
            ordering.leave(walk, away, kind, ordering.retrieved(walk, away))
        thawing.thawed(walk, 2)
        ordering.checked(walk, ordering.drafted(walk))
        banking.a_cell_is_kept(Walk(database, traveller, "Kept"))
    database.engine.dispose()
    return database


def another(column: Column[Any], value: Any) -> Any:
    """Another value that the column could hold."""
    if value is None:
        return value_of(column, 1)
    if isinstance(column.type, Closed):
        return next((word for word in column.type.words if word != value), None)
    if isinstance(value, bool):
        return not value
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, (int, Decimal)):
        return value + 1_000_000
    return value[:-1] + ("1" if value[-1:] == "0" else "0")


def left_alone(table: Table) -> set[str]:
    """By these the rows are found: with another one the row is gone, and that is what is told."""
    return {"id", "version"} | (
        {"patient_id"} if table.name in twins.CHILDREN | {"step"} else set()
    )


def tampered(connection: Connection, table: Table) -> Iterator[tuple[str, str]]:
    """The first row of `table` with another value in every column: (table, column) of each."""
    row = connection.execute(select(table).order_by(table.c.id).limit(1)).mappings().first()
    if row is None:
        return
    new = {
        column.name: other
        for column in table.c
        if column.name not in left_alone(table)
        and (other := another(column, row[column.name])) is not None
    }
    connection.execute(update(table).where(table.c.id == row["id"]).values(new))
    kinds = Step.__mapper__.polymorphic_map
    told_under = kinds[row["kind"]].class_.__tablename__ if table.name == "step" else table.name
    yield from ((told_under, name) for name in new)


def found(database: Database, kind: type[findings.Finding]) -> list[findings.Finding]:
    with Session(database.engine) as session:
        named = list(reconciling.differences(session, Report()))
    return [each for each in named if isinstance(each, kind)]


def test_another_value_in_any_column_of_any_table_is_named(banked: Database) -> None:
    with twins.unguarded(banked) as connection:
        schema.drop_triggers(connection)
        changed = {each for table in AUDITED for each in tampered(connection, table)}

    told = {
        (each.parameters["table"], each.parameters["column"])
        for each in found(banked, findings.ValueDiffers)
    }
    assert changed - told == set()
    assert {table for table, _ in changed} >= OF_THE_BANK


def test_a_row_of_any_table_taken_out_is_named(banked: Database) -> None:
    with twins.unguarded(banked) as connection:
        schema.drop_triggers(connection)
        gone = {table.name for table in AUDITED if taken_out(connection, table)}

    told = {each.parameters["table"] for each in found(banked, findings.RowMissing)}
    assert gone - told - {"step"} == set()
    assert gone >= OF_THE_BANK


def taken_out(connection: Connection, table: Table) -> bool:
    last = select(func.max(table.c.id)).scalar_subquery()
    return bool(connection.execute(delete(table).where(table.c.id == last)).rowcount)
