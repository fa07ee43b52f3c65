"""A link between two patients cannot be stored: not by the ORM, not by SQL typed by hand.

data/links.toml lists the commands that write each; test_every_transition.py checks it by stories.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.database import Database
from lims.models import Base
from lims.models.container_triggers import BY_CODE
from lims.workflows import states
from tests import twins
from tests.conftest import Server, put_down
from tests.twins import FIRST, SECOND, SPARE

LINKS = list(twins.links())
NEW = 7_000_000


def new_row(table: Any, number: int, **bent: int) -> dict[str, Any]:
    """A new row of the first patient, every key of which leads to a row of theirs, but `bent`."""
    row = twins.row_of(table, FIRST, number)
    own = {
        key.column_keys[0]: FIRST + SPARE
        for key in table.foreign_key_constraints
        if "patient_id" in key.referred_table.c
    }
    return {**row, **own, **bent}


@pytest.fixture(scope="module")
def settled() -> dict[str, str]:
    """By kind of database: where two patients stand with a row each in every table."""
    return {}


@pytest.fixture
def database(server: Server, settled: dict[str, str]) -> Database:
    """A copy of theirs, of this test's own."""
    if server.dialect not in settled:
        made = Database(url := server.fresh())
        twins.settle(made)
        put_down(made)
        settled[server.dialect] = url
    server.renew(of=settled[server.dialect])
    return server.own


@pytest.fixture
def rows(database: Database) -> Iterator[Connection]:
    """Where rows are held to their keys and triggers, and none stays."""
    with twins.keys_only(database) as connection:
        yield connection


def refusal(rows: Connection, table: Any, row: dict[str, Any]) -> str:
    """Why the row was not stored, empty where it was."""
    tried = rows.begin_nested()
    try:
        rows.execute(insert(table).values(row))
    except IntegrityError as error:
        return str(error.orig).lower()
    finally:
        tried.rollback()
    return ""


def test_no_key_between_two_patients_can_be_stored_by_sql(rows: Connection) -> None:
    stored = [
        f"{table.name}.{column} -> {parent.name}"
        for number, (table, column, parent) in enumerate(LINKS, start=NEW)
        if "foreign key"
        not in refusal(rows, table, new_row(table, number, **{column: SECOND + SPARE}))
    ]

    assert stored == []


def test_the_same_rows_are_stored_where_the_patient_is_one(rows: Connection) -> None:
    tables = {table.name: table for table, _, _ in LINKS}

    wrongly_refused = [
        name
        for number, (name, table) in enumerate(tables.items(), start=NEW)
        if "foreign key" in refusal(rows, table, new_row(table, number))
    ]

    assert wrongly_refused == []


def test_no_relationship_to_another_patients_material_can_be_flushed(rows: Connection) -> None:
    stored = []
    for number, (model, relation) in enumerate(related(), start=NEW):
        values = new_row(inspect(model).local_table, number)
        columns = {c.name: a.key for a in inspect(model).column_attrs for c in a.columns}
        with Session(rows, join_transaction_mode="create_savepoint") as session:
            theirs = session.get(relation.mapper.class_, SECOND + SPARE)
            record = model(**{columns[name]: value for name, value in values.items()})
            setattr(record, relation.key, theirs)
            session.add(record)
            try:
                session.flush()
            except IntegrityError as error:
                if "foreign key" in str(error.orig).lower():
                    continue
            stored.append(f"{model.__name__}.{relation.key}")

    assert stored == []


def related() -> list[tuple[type, Any]]:
    """Every writable relationship from a patient's material to a patient's material."""
    found = []
    for mapper in Base.registry.mappers:
        if mapper.inherits is not None or "patient_id" not in mapper.local_table.c:
            continue
        for relation in mapper.relationships:
            target = relation.mapper.local_table
            if not relation.viewonly and not relation.uselist and "patient_id" in target.c:
                found.append((mapper.class_, relation))
    return found


BEARING = [table for table in twins.OF_MATERIAL if "code" in table.c]
"""Tables whose rows bear a code that may have been planned or printed before."""
PLAIN = "SU290000XXX"
BEGINNING = {table: {"status": first} for table, before, first in states.rows() if not before}
"""The status a new row of a table has, where it has one."""


@pytest.mark.parametrize("name", list(BY_CODE))
def test_nothing_is_stored_under_a_code_given_out_for_another_patient(
    database: Database, name: str
) -> None:
    plan = Base.metadata.tables[name]
    with twins.unguarded(database) as connection:
        connection.execute(insert(plan).values({**new_row(plan, NEW), BY_CODE[name]: PLAIN}))

    with twins.keys_only(database) as rows:
        stored = [
            table.name
            for table in BEARING
            for mine in [{**new_row(table, NEW + 1), **BEGINNING.get(table.name, {})}]
            for theirs in [{**mine, "patient_id": SECOND, "code": PLAIN}]
            if "another patient" not in refusal(rows, table, theirs)
        ]

    assert stored == []


@pytest.mark.parametrize("name", list(BY_CODE))
def test_no_label_and_no_plan_is_stored_for_what_is_another_patients(
    rows: Connection, name: str
) -> None:
    plan = Base.metadata.tables[name]
    codes = {
        table.name: rows.scalar(select(table.c.code).where(table.c.id == SECOND))
        for table in [*BEARING, Base.metadata.tables["patient"]]
        if table.name not in twins.CHILDREN
    }

    stored = [
        table
        for number, (table, code) in enumerate(codes.items(), start=NEW)
        for row in [{**new_row(plan, number), BY_CODE[name]: code}]
        if "another patient" not in refusal(rows, plan, row)
    ]

    assert stored == []


def test_without_the_key_the_link_is_stored(database: Database) -> None:
    """The control: it is the key that refuses, not something else."""
    table, column, _ = next(link for link in LINKS if link[0].name == "vial")

    with twins.unguarded(database) as connection:
        connection.execute(insert(table).values(new_row(table, NEW, **{column: SECOND + SPARE})))


def test_every_key_between_material_carries_the_patient() -> None:
    without = [
        f"{table.name}.{key.name}"
        for table in twins.OF_MATERIAL
        for key in table.foreign_key_constraints
        if "patient_id" in key.referred_table.c and not twins.carries_patient(key)
    ]

    assert without == [], "write same_patient(table, column) instead of ForeignKey(...)"


def test_every_table_that_points_to_material_has_a_patient() -> None:
    without = [
        f"{table.name} -> {key.referred_table.name}"
        for table in twins.TABLES
        if "patient_id" not in table.c
        for key in table.foreign_key_constraints
        if "patient_id" in key.referred_table.c
    ]

    assert without == [], "make it a Material"


def test_every_patient_of_material_is_given() -> None:
    nullable = [table.name for table in twins.OF_MATERIAL if table.c.patient_id.nullable]

    assert nullable == [], "a NULL would switch the composite keys off"


def test_no_relationship_writes_the_patient() -> None:
    """But that of the patient's own children: documents, consents, courses."""
    writing = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if not relation.viewonly
        for source, target in relation.synchronize_pairs
        if target.name == "patient_id" and source.table.name != "patient"
    ]

    assert writing == [], "name the id column alone in foreign_keys"


def test_the_links_covered_are_many(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(LINKS)} keys between patients' material, {len(related())} relationships")  # noqa: T201

    assert len(LINKS) > 60
