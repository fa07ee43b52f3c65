"""Tubes of several patients tested together: cultures read over days, endotoxin in one go."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from lims import clock
from lims.demo import stockroom, supplies, week
from lims.demo.chance import Chance
from lims.demo.quality import CULTURE_DAYS, SPIKED, WORDS
from lims.demo.telling import Teller, at, named
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.qc_run import QcRun, QcRunStatus
from lims.models.specification import SpecificationTest
from lims.workflows import (
    agenda_runs,
    qc_readings,
    qc_run_members,
    qc_run_reading,
    qc_run_stays,
    qc_run_supplies,
    qc_runs,
)
from lims.workflows.qc_entries import Entry

CULTURES = "sterility"
SINCE = timedelta(days=400)
"""Before that each culture was read by itself."""
READ_AT = time(9)
MOST = 8
"""Tubes of one run of cultures: what the reader takes."""
WITHIN_MIN = 25
"""Nobody begins on the hour."""
TO_SCAN_IN_MIN, TO_LOOK_MIN, A_CARTRIDGE_MIN = 6, 2, 18


@dataclass(frozen=True)
class Kind:
    """How runs of one test are done: by which procedure, with which kit, in which device."""

    line: str
    procedure: str
    kit: str
    device: str


OF_CULTURES = Kind(CULTURES, "SOP-QC-07, edition 3", "sterility_test", "bottle_reader")
OF_ENDOTOXIN = Kind(SPIKED, "SOP-QC-11, edition 2", "endotoxin_test", "analyser")


@dataclass(frozen=True)
class Tube:
    """One that is to be read: whose it is, and by when."""

    code: str
    patient: int
    due: bool


@dataclass(frozen=True)
class UnderWay:
    """A run that waits for the days of its cultures."""

    code: str
    tubes: Sequence[Tube]
    takes_more: bool


def cultures_are_read(teller: Teller, ends: datetime) -> Iterator[datetime]:
    """Every morning: what came since is scanned into a run, what is due is read, and the run is
    set aside until the next of its days."""
    yield clock.moment_of(week.not_before(clock.day_of(ends - SINCE)), READ_AT)
    while True:
        running = waiting(teller, CULTURES, QcTestStatus.RUNNING)
        fresh = [tube for tube in running if not tube.due]  # what is, is read by itself
        for run in runs_under_way(teller):
            joining = fresh[: MOST - len(run.tubes)] if run.takes_more else []
            fresh = fresh[len(joining) :]
            if joining or any(tube.due for tube in run.tubes):
                taken_up(teller, run, joining)
        if len({tube.patient for tube in fresh}) > 1:
            begun = begin(teller, OF_CULTURES, fresh[:MOST])
            leave(teller, qc_run_stays.set_aside, begun)
        day = week.not_before(clock.today() + week.A_DAY)
        later = Chance(f"cultures {day}").between(0, WITHIN_MIN)
        yield clock.moment_of(day, READ_AT) + timedelta(minutes=later)


def taken_up(teller: Teller, run: UnderWay, joining: Sequence[Tube]) -> None:
    """The tubes of a run at the station again, until nothing is to be read there today."""
    act(teller, qc_run_stays.take_up, run.code, station=named(supplies.place, "qc_station"))
    scan_in(teller, OF_CULTURES, run.code, joining)
    due = [tube for tube in run.tubes if tube.due]
    if due and run.takes_more:
        act(teller, qc_run_reading.begin_reading, run.code, comment=None)
    for tube in due:
        teller.wait(minutes=TO_LOOK_MIN)
        read(teller, run.code, tube, "no growth", days_read=CULTURE_DAYS[CULTURES])
    if len(due) == len(run.tubes) + len(joining):
        leave(teller, qc_run_stays.close_run, run.code, comment=None)
    else:
        leave(teller, qc_run_stays.set_aside, run.code)


def endotoxin_is_read(teller: Teller, on_the_day: datetime) -> Iterator[datetime]:
    """What was left for a run of today: all but one of its tubes are read, then who tells this
    goes home."""
    yield on_the_day
    tubes = waiting(teller, SPIKED, QcTestStatus.SAMPLED)
    if not tubes:
        return
    run = begin(teller, OF_ENDOTOXIN, tubes)
    act(teller, qc_run_reading.begin_reading, run, comment=None)
    for tube in tubes[:-1]:
        yield clock.now() + timedelta(minutes=A_CARTRIDGE_MIN)
        read(teller, run, tube, WORDS[SPIKED], spike_recovery_pct=Decimal(102))


def begin(teller: Teller, kind: Kind, tubes: Sequence[Tube]) -> str:
    """The code of a new run with its device, its kits and its tubes."""
    run: str = teller.act(
        "analyst", qc_runs.begin_run, line=kind.line, procedure=kind.procedure,
        station=named(supplies.place, "qc_station"),
    ).code  # fmt: skip
    device = named(supplies.equipment, kind.device)
    act(teller, qc_run_supplies.use_equipment_in_run, run, item=device)
    scan_in(teller, kind, run, tubes)
    return run


def scan_in(teller: Teller, kind: Kind, run: str, tubes: Sequence[Tube]) -> None:
    if not tubes:
        return
    used = Decimal(len(tubes))
    kit = stockroom.lot_of(teller, kind.kit, used)
    act(teller, qc_run_supplies.use_lot_in_run, run, lot=kit, quantity=used)
    for tube in tubes:
        act(teller, qc_runs.scan_into_qc_run, run, aliquot=at(Aliquot, tube.code))
    teller.wait(minutes=TO_SCAN_IN_MIN)


def read(teller: Teller, run: str, tube: Tube, text: str, **more: Any) -> None:
    act(
        teller, qc_run_reading.read_in_run, run, asked=at(Aliquot, tube.code), scanned=tube.code,
        entry=Entry({"": text}, clock.now(), **more),
    )  # fmt: skip


def leave(teller: Teller, command: Callable[..., Any], run: str, **more: Any) -> None:
    """The station is clear: the keeper, who worked in none of it, looks."""
    act(teller, command, run, checker=teller.proof("keeper"), **more)


def act(teller: Teller, command: Callable[..., Any], run: str, **values: Any) -> None:
    teller.act("analyst", command, run=at(QcRun, run), **values)


def waiting(teller: Teller, line: str, status: QcTestStatus) -> list[Tube]:
    """The tubes whose test stands so, and is in no run."""
    query = (
        select(QcTest)
        .join(SpecificationTest, SpecificationTest.id == QcTest.specification_test_id)
        .where(SpecificationTest.code == line, QcTest.status == status, agenda_runs.in_no_run())
        .order_by(QcTest.id)
    )
    with teller.database.reading() as session:
        return [tube_of(test) for test in session.scalars(query).unique()]


def tube_of(test: QcTest) -> Tube:
    assert test.aliquot is not None
    due = qc_readings.due_on(test)
    return Tube(test.aliquot.code, test.patient_id, due is not None and due <= clock.today())


def runs_under_way(teller: Teller) -> list[UnderWay]:
    query = select(QcRun).where(QcRun.status == QcRunStatus.PAUSED).order_by(QcRun.id)
    with teller.database.reading() as session:
        return [
            UnderWay(run.code, [tube_of(each.qc_test) for each in unread], not run.reading_since)
            for run in session.scalars(query).unique()
            if (unread := qc_run_members.unread(qc_run_members.of(session, run)))
        ]
