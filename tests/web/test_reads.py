"""What a command reads does not grow with what is scanned into it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from lims.database import Database, Recording
from lims.models.audit import AuditEntry
from lims.models.batch import Batch
from lims.models.course import Course
from lims.models.step import Step
from tests import laboratory
from tests.counting import reads
from tests.laboratory import PASSWORD, clinic, supplies
from tests.laboratory.cells import NONE_SCANNED, AtTheBench, counted, planned
from tests.web.visitor import Visitor

pytestmark = pytest.mark.alike

FEW, MANY = 2, 20
A_LINE = {"/split/seed": 1, "/aliquots/record": 1, "/vessels/discard": 3}
"""What these read a line: what is left in the tube after it; of a vessel that two people sign for,
the first signature that may wait, and the second person with their roles."""
CHECKED = {"checker-login": "lead", "checker-password": PASSWORD}
WASTED = {"comment": "x", "second-login": "lead", "second-password": PASSWORD}
BY_TWO = {"own-password": PASSWORD, "second-login": "lead", "second-password": PASSWORD}
COUNT = {"method": "automated", "meant": "cells_per_mL", "live": "9 000 000", "dead": "10 000"}


class Shift:
    """A technician's work with so many containers at each step, and what each command took."""

    def __init__(self, app: Flask, technician: Visitor, name: str, lines: int) -> None:
        self.database: Database = app.extensions["lims"].database
        self.engine = self.database.engine
        self.technician, self.lines = technician, lines
        self.taken: dict[str, tuple[int, int]] = {}
        """By address without its code: queries, and rows written."""
        with self.recording() as session:
            course = clinic.course(session, name)
            self.sitting = course.sessions[0].code
            self.vessels = first_vessels(session, course, lines)
            self.codes = {each: supplies.place(session, each).code for each in supplies.PLACES}

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        with Recording(self.engine, expire_on_commit=False) as session:
            session.info.update(command="test", key="test", schema_revision="test")
            yield session
            session.commit()

    @property
    def step(self) -> str:
        return str(self.scalar(select(Step.code).order_by(Step.id.desc()).limit(1)))

    @property
    def batch(self) -> str:
        return str(self.scalar(select(Batch.code).order_by(Batch.id.desc()).limit(1)))

    def planned(self, kind: str) -> list[str]:
        with self.database.reading() as session:
            step = session.scalars(select(Step).where(Step.code == self.step)).one()
            return planned(session, step, kind)

    def scalar(self, query: Any) -> Any:
        with self.database.reading() as session:
            return session.scalar(query)

    def written(self) -> int:
        return int(self.scalar(select(func.max(AuditEntry.id))))

    def sends(self, page: str, values: dict[str, Any], action: str | None = None) -> None:
        """A form filled in and sent; what the command took is kept."""
        form, before = self.technician.form(page, action), self.written()
        with reads(self.engine) as queries:
            answer = self.technician.post(form, values)
        assert answer.status_code == 303, answer.text
        name = "/".join(part for part in form.action.split("/") if len(part) != 11)
        self.taken[name] = len(queries), self.written() - before

    def at_bench(self, page: str, values: dict[str, Any], bench: str = "bench") -> None:
        self.sends(page, {"station": self.codes[bench], **CHECKED, **values})

    def prints(self) -> None:
        page = f"/steps/{self.step}"
        while f"{page}/labels/print" in self.technician.open(page).text:
            self.sends(page, {}, action=f"{page}/labels/print")

    def closes(self, step: str = "", **told: str) -> None:
        page = f"/steps/{step or self.step}/close"
        if 'name="comment"' in self.technician.open(page).text:
            told["comment"] = NONE_SCANNED
        self.sends(page, {**CHECKED, **told})


def first_vessels(session: Recording, course: Course, number: int) -> list[str]:
    people = (laboratory.person(session, login) for login in ("technician", "lead"))
    bench = AtTheBench(session, *people)
    svf = bench.isolate(course, count=counted(8_000_000), vessels=number)
    return [vessel.code for vessel in bench.split(svf, *["0.4"] * number)]


def scans(codes: list[str]) -> str:
    return "\n".join(codes)


def a_day(shift: Shift) -> None:
    """Fed, moved, looked at, harvested, split, filled, sampled; the vessels of the split thrown."""
    vessels = {"vessels": scans(shift.vessels)}
    fed = {**vessels, "medium_ml": "25", "comment": NONE_SCANNED}
    shift.at_bench("/culture/feed", vessels)
    shift.sends(f"/culture/feedings/{shift.step}", fed)
    shift.closes()
    shift.sends("/vessels/move", {**vessels, "shelf": shift.codes["third_shelf"]})
    shift.sends("/vessels/observe", {**vessels, "confluence_pct": "80"})
    step, tube = harvested(shift, vessels)
    filled(shift, tube)
    sampled(shift, tube)
    page = f"/suspensions/split/{step}"
    shift.sends(page, {"tube": tube, "purpose": "waste", **WASTED}, action=f"{page}/aside")
    shift.closes(step)


def harvested(shift: Shift, vessels: dict[str, str]) -> tuple[str, str]:
    following = {"next_vessels": str(shift.lines), "aliquots": "0"}
    shift.at_bench("/culture/harvest", {**vessels, **following})
    shift.prints()
    tube, made = shift.planned("SU")[0], scans(shift.planned("VE"))
    into = {"tube": tube, "volume_ml": "100", "confluence_pct": "80", **COUNT}
    shift.sends(f"/culture/harvests/{shift.step}", {**vessels, **into})
    step = shift.step
    page = f"/suspensions/split/{step}"
    shelf = {"shelf": shift.codes["shelf"]}
    sown = {"source": tube, "vessels": made, "volume_ml": "0.1", **shelf}
    shift.sends(page, sown, action=f"{page}/seed")
    shift.sends("/vessels/discard", {"vessels": made, "why": "damage", "reason": "x", **BY_TWO})
    return step, tube


def filled(shift: Shift, tube: str) -> None:
    doses = {"kind": "doses", "number": str(shift.lines), "sitting": shift.sitting}
    doses["comment"] = "in good time"
    shift.at_bench(f"/fills/from/{tube}", doses, "second_bench")
    shift.prints()
    into = {
        f"portions-{row}-{name}": value
        for row, code in enumerate(shift.planned("DS"))
        for name, value in (("container", code), ("volume_ml", "0.5"))
    }
    good = {"vehicle": "saline", "appearance_good": "yes", "containers_intact": "yes"}
    shift.sends(f"/fills/record/{shift.step}", {"source": tube, **good, **into})
    shift.closes(left_over="destroyed")


def sampled(shift: Shift, tube: str) -> None:
    number = {"number": str(shift.lines)}
    shift.at_bench(f"/aliquots/from/{shift.batch}", number, "second_bench")
    shift.prints()
    drawn = {
        f"drawn-{row}-{name}": value
        for row, code in enumerate(shift.planned("QC"))
        for name, value in (("source", tube), ("container", code), ("volume_ml", "0.1"))
    }
    shift.sends(f"/aliquots/record/{shift.step}", drawn)
    shift.closes()


@pytest.fixture
def taken(app, signed_in):
    """By command: what it took with few lines, and what with many."""
    technician, found = signed_in("technician"), defaultdict(list)
    for name, lines in (("ivanova", FEW), ("schmidt", MANY)):
        shift = Shift(app, technician, name, lines)
        a_day(shift)
        for command, each in shift.taken.items():
            found[command].append(each)
    return found


def test_no_command_reads_more_the_more_is_scanned(taken):
    growing = {}
    for command, (few, many) in taken.items():
        reads, written = many[0] - few[0], many[1] - few[1]
        if reads > min(A_LINE.get(command, 0) * (MANY - FEW), written):
            growing[command] = (few, many)

    assert growing == {}
