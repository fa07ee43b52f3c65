"""What is scanned on a page of what is due opens the form that it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from lims import clock
from lims.models.aliquot import Aliquot, QcTest
from lims.models.base import Coded
from lims.models.qc_run import QcRunStatus
from lims.models.vessel import Vessel
from lims.web.doors import may_open
from lims.web.qc_at_once import tests_of
from lims.workflows import care, qc_at_once, qc_readings, qc_run_members
from lims.workflows.care import Care

DUE = ("home.show", "culture.index", "calendar.index")
"""The pages that say what is due."""
FED, PASSAGED = "culture.feed", "culture.harvest"
ASKED_FOR = "qc_run_reading.tube"
BEGUN, READ = "qc_at_once.begin", "qc_together.enter"


@dataclass(frozen=True)
class Form:
    """What opens: its address, and whether the scan that opens it is the first it asks for."""

    address: str
    takes_it: bool


def awaited(session: Session, found: Coded, page: str) -> Form | None:
    """The one form that `found` waits for, where it was scanned on a page of what is due; None
    where there is none, or more than one."""
    if page not in {url_for(each) for each in DUE}:
        return None
    if isinstance(found, Aliquot) and (in_run := _of_run(session, found)) is not None:
        return in_run
    waits = [each for each in _due(session, found) if may_open(each)]
    if len(waits) != 1:
        return None
    code = found.batch.code if isinstance(found, Vessel) else found.code  # a bench works on a batch
    return Form(url_for(waits[0], code=code), takes_it=waits[0] != READ)


def _of_run(session: Session, found: Aliquot) -> Form | None:
    """A tube of a run is read there: where it is read now, by this very scan."""
    member = qc_run_members.open_of_tube(session, found)
    if member is None or not may_open(ASKED_FOR):
        return None
    if member.run.status is not QcRunStatus.READING or qc_run_members.done(member):
        return Form(url_for("qc_runs.show", code=member.run.code), takes_it=False)
    return Form(url_for(ASKED_FOR, code=member.run.code, tube=found.code), takes_it=True)


def _due(session: Session, found: Coded) -> list[str]:
    match found:
        case Vessel():
            return _of_vessel(care.of_vessel(session, found))
        case Aliquot():
            return _of_aliquot(tests_of(found))
    return []


def _of_vessel(own: Care | None) -> list[str]:
    """A passage feeds as well: of a vessel that is due for both, the passage."""
    if own is None:
        return []
    if own.ready:
        return [PASSAGED]
    return [FED] if own.due_today else []


def _of_aliquot(tests: Sequence[QcTest]) -> list[str]:
    found = [BEGUN] if qc_at_once.to_begin(tests) else []
    running = [test for test in tests if test.status in qc_readings.UNDER_WAY]
    if any((qc_readings.due_on(test) or clock.today()) <= clock.today() for test in running):
        found.append(READ)
    return found
