"""Every command and every transition of the table happens, in short stories; or it is named."""

import importlib
import inspect
import json
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from lims import clock, workflows
from lims.models.audit import AuditEntry
from lims.models.base import table_of
from lims.models.step import Step
from lims.workflows import command, states
from tests import twins
from tests.conftest import Server, lent
from tests.walks import (
    banking,
    culturing,
    deciding,
    enrolling,
    freezing,
    ordering,
    printing,
    receiving,
    releasing,
    specifying,
    staffing,
    supplying,
    thawing,
)
from tests.walks.walker import Walk
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
    "aliquot.sample_id", "aliquot.vessel_id", "hold.vial_id",
    "contraindication_finding.check_id",
    "deviation_subject.qc_test_id", "outcome.session_id", "record.fill_id",
    "record.order_id", "record.step_id", "step_photo.step_id", "step_photo.vessel_id",
}  # fmt: skip
"""Keys that no story here gives a value; what is listed for them was read in the workflows."""
UNGUARDED = {"close_session", "change_password", "choose_language"}
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


def tell(database: Watched) -> None:
    """All the stories, each of a patient of its own."""
    with time_machine.travel(clock.now(), tick=False) as traveller:

        def walk(name: str) -> Walk:
            return Walk(database, traveller, name)

        specifying.a_batch_is_moved_to_the_next_version(walk("Moved"))
        releasing.fills_end_in_every_way(walk("Fills"))
        releasing.doses_go_every_way(walk("Doses"))
        freezing.vials_go_every_way(walk("Vials"))
        culturing.vessels_end_in_every_way(walk("Vessels"))
        culturing.last_cells_close_their_batch(walk("Closed"))
        receiving.tissue_ends_in_every_way(walk("Tissue"))
        receiving.tissue_comes_before_its_papers(walk("Early"))
        receiving.markers_come_late(walk("Markers"))
        deciding.deviations_go_every_way(walk("Deviations"))
        deciding.results_go_every_way(walk("Results"))
        specifying.approve(walk("Nothing"), specifying.lenient(()))
        ordering.orders_end_in_every_way(walk("Orders"))
        enrolling.a_course_rests_wherever_it_is(walk("Resting"))
        enrolling.courses_end_from_everywhere(walk("Ending"))
        enrolling.injected_after_a_recall(walk("Recalled"))
        enrolling.patients_are_put_right(walk("Right"), walk("Twice"))
        thawing.vials_are_thawed_every_way(walk("Thawed"))
        supplying.lots_end_in_every_way(walk("Lots"))
        supplying.equipment_comes_and_goes(walk("Equipment"))
        banking.tanks_come_and_go(walk("Tanks"))
        banking.a_cell_is_opened_and_closed(walk("Cells"))
        printing.labels_end_in_every_way(walk("Labels"))
        staffing.people_come_and_go(walk("People"))
        staffing.somebody_signs_in_and_out(walk("Session"))


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


@pytest.fixture(scope="module", params=lent("stories"))
def watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """All the stories told, once a module and database; only read there."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    own = Watched(server.fresh())
    tell(own)
    yield own
    own.engine.dispose()
    server.drop(own.engine.url.render_as_string(hide_password=False))


def test_every_command_and_every_transition_happens(watched: Watched) -> None:
    with watched.reading() as session:
        named = set(session.scalars(select(AuditEntry.command).distinct()))
    ran = {act for act in acts() if act in watched.ran or act.rpartition(".")[2] in named}
    assert acts() - ran == set(), "commands that no story gives"
    assert set(states.rows()) - transitions(watched) == set(), "transitions nothing makes"


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
