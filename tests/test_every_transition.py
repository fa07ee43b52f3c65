"""Every command and every transition of the table happens, in short stories; or it is named."""

import importlib
import inspect
import json
import pkgutil
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from lims import workflows
from lims.models.audit import UNAUDITED, AuditEntry
from lims.models.base import table_of
from lims.models.step import Step
from lims.workflows import command, states
from tests import twins
from tests.conftest import Server, put_down
from tests.laboratory.standing import address_of
from tests.walks import every
from tests.walks.watched import Watched

LISTED = Path(__file__).parent / "data" / "links.toml"
WRITERS: dict[str, list[str]] = {
    f"{table}.{column}": commands
    for table, columns in tomllib.loads(LISTED.read_text()).items()
    for column, commands in columns.items()
}
LINKS = {
    f"{table.name}.{column}"
    for table, column, _ in twins.links()
    if table.name not in twins.CHILDREN or column != "id"
}
"""Keys between patients' material, but that of a kind of step to its own step."""
NOT_TOLD = {
    "aliquot.sample_id", "hold.vial_id",
    "deviation_subject.qc_test_id", "record.fill_id", "record.order_id",
    "record.step_id", "step_photo.step_id", "step_photo.vessel_id",
}  # fmt: skip
"""Keys that no story here gives a value; what is listed for them was read in the workflows."""
OF_AN_EMPTY_DATABASE = {f"lims.workflows.demonstrating.{name}" for name in ("begin", "finish")}
"""What the demonstration alone is told by: tests/demo."""
UNGUARDED = {"close_session", "change_password", "choose_language", "choose_mail_address"}
"""What everybody may do with their own account: no command asks a permission for it."""


def modules() -> Iterator[object]:
    for found in pkgutil.iter_modules(workflows.__path__):
        yield importlib.import_module(f"{workflows.__name__}.{found.name}")


def acts() -> set[str]:
    """Every command, and what the system does by itself, by module and name."""
    return {
        f"{module.__name__}.{name}"
        for module in modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and is_act(name, function)
    }


def is_act(name: str, function: object) -> bool:
    by = inspect.signature(function).parameters.get("by")  # type: ignore[arg-type]
    alone = by is not None and by.default is None and not name.startswith("_")
    return name in command.COMMANDS or name in UNGUARDED or alone


def transitions(database: Watched) -> set[tuple[str, str, str]]:
    """(table, from, to) of every status in the trail; from is empty where a row begins."""
    with database.reading() as session:
        entries = session.execute(select(AuditEntry.table_name, AuditEntry.changes)).all()
    of_step = {table_of(kind.class_).name for kind in Step.__mapper__.self_and_descendants}
    return {
        ("step" if table in of_step else table, old or "", new)
        for table, changes in entries
        if (pair := json.loads(changes).get("status")) is not None
        for old, new in [pair]
    }


@pytest.fixture(scope="module")
def watched(signed: tuple[Watched, datetime], request: pytest.FixtureRequest) -> Iterator[Watched]:
    """All the stories told, once a database; only read there."""
    before, now = signed
    server: Server = request.getfixturevalue(f"{before.engine.dialect.name}_server")
    put_down(before)
    own = Watched(server.fresh(address_of(before)))
    own.ran |= before.ran
    every.others(own, now)
    yield own
    own.engine.dispose()
    server.drop(address_of(own))


def test_every_command_and_every_transition_happens(watched: Watched) -> None:
    with watched.reading() as session:
        named = set(session.scalars(select(AuditEntry.command).distinct()))
    ran = {act for act in acts() if act in watched.ran or act.rpartition(".")[2] in named}
    assert acts() - ran == OF_AN_EMPTY_DATABASE, "commands that no story gives"
    told = {row for row in states.rows() if row[0] not in UNAUDITED}
    assert told - transitions(watched) == set(), "transitions nothing makes"


def test_every_key_between_material_is_written_by_the_commands_listed_for_it(
    watched: Watched,
) -> None:
    unlisted = {
        f"{key}: {command_name}"
        for key, command_name in written(watched)
        if command_name not in WRITERS.get(key, ())
    }

    assert unlisted == set(), f"is it the same patient's? then add it to {LISTED.name}"


def test_the_stories_give_every_key_between_material_a_value(watched: Watched) -> None:
    assert LINKS - {key for key, _ in written(watched)} == NOT_TOLD


def test_the_list_names_every_key_between_material_and_commands_that_there_are() -> None:
    acts_named = {act.rpartition(".")[2] for act in acts()}

    assert WRITERS.keys() == LINKS
    assert {each for listed in WRITERS.values() for each in listed} - acts_named == set()


def written(database: Watched) -> set[tuple[str, str]]:
    """(key between pieces of patients' material, command that gave it a value), by the trail."""
    columns = AuditEntry.table_name, AuditEntry.command, AuditEntry.changes
    with database.reading() as session:
        entries = session.execute(select(*columns)).all()
    return {
        (key, command_name)
        for table, command_name, changes in entries
        for column, (_, new) in json.loads(changes).items()
        for key in (f"{table}.{column}", f"step.{column}" if table in twins.CHILDREN else "")
        if key in LINKS and new is not None
    }
