"""Every command and every transition of the table happens, in short stories; or it is named."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import select

from lims import clock, workflows
from lims.models.audit import AuditEntry
from lims.models.base import table_of
from lims.models.step import Step
from lims.workflows import command, states
from tests.conftest import Server
from tests.walks import (
    culturing,
    deciding,
    enrolling,
    printing,
    receiving,
    releasing,
    specifying,
    staffing,
    supplying,
)
from tests.walks.walker import Walk
from tests.walks.watched import Watched

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
        culturing.vessels_end_in_every_way(walk("Vessels"))
        culturing.last_cells_close_their_batch(walk("Closed"))
        receiving.tissue_ends_in_every_way(walk("Tissue"))
        receiving.tissue_comes_before_its_papers(walk("Early"))
        receiving.markers_come_late(walk("Markers"))
        deciding.deviations_go_every_way(walk("Deviations"))
        deciding.results_go_every_way(walk("Results"))
        specifying.approve(walk("Nothing"), specifying.lenient(()))
        enrolling.a_course_rests_wherever_it_is(walk("Resting"))
        enrolling.courses_end_from_everywhere(walk("Ending"))
        enrolling.injected_after_a_recall(walk("Recalled"))
        enrolling.patients_are_put_right(walk("Right"), walk("Twice"))
        supplying.lots_end_in_every_way(walk("Lots"))
        supplying.equipment_comes_and_goes(walk("Equipment"))
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


@pytest.fixture
def watched(server: Server) -> Iterator[Watched]:
    own = Watched(server.fresh())
    yield own
    own.engine.dispose()


def test_every_command_and_every_transition_happens(watched: Watched) -> None:
    tell(watched)

    with watched.reading() as session:
        named = set(session.scalars(select(AuditEntry.command).distinct()))
    ran = {act for act in acts() if act in watched.ran or act.rpartition(".")[2] in named}
    assert acts() - ran == set(), "commands that no story gives"
    assert set(states.rows()) - transitions(watched) == set(), "transitions nothing makes"
