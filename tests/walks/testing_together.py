"""Runs at QC through every status: tubes scanned in, taken out, read in the run and outside it."""

from decimal import Decimal
from typing import Any

from lims import clock
from lims.models.aliquot import Aliquot, QcTest
from lims.models.qc_run import QcRun
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel
from lims.workflows import (
    qc_results,
    qc_run_out,
    qc_run_reading,
    qc_run_sheets,
    qc_run_stays,
    qc_run_supplies,
    qc_runs,
)
from lims.workflows.on_paper import OnPaper
from lims.workflows.qc_entries import Entry
from lims.workflows.qc_read_outside import Outside
from lims.workflows.qc_run_sheets import SheetMade
from tests.laboratory import supplies
from tests.walks.walker import Walk, at, named

LINE, CULTURED = "viability_pct", "in_process_sterility"
STATION, OTHER = "qc_station", "reception"


def do(walk: Walk, command: Any, run: str, **also: Any) -> Any:
    return walk.act("analyst", command, run=at(QcRun, run), **also)


def begun(walk: Walk, line: str = LINE, station: str = STATION) -> str:
    code: str = walk.act(
        "analyst", qc_runs.begin_run, line=line, station=named(supplies.place, station),
        procedure="SOP-QC-3, edition 1",
    ).code  # fmt: skip
    return code


def scanned(walk: Walk, run: str, *tubes: str) -> None:
    for tube in tubes:
        do(walk, qc_runs.scan_into_qc_run, run, aliquot=at(Aliquot, tube))


def supplied(walk: Walk, run: str) -> None:
    """A kit scanned by mistake and taken off, the right one, and the counter."""
    wrong, kit = named(supplies.lot, "sterility_test"), named(supplies.lot, "endotoxin_test")
    for lot in (wrong, kit):
        do(walk, qc_run_supplies.use_lot_in_run, run, lot=lot, quantity=Decimal(2))
    do(walk, qc_run_supplies.take_off_run, run, supply=wrong)
    counter = named(supplies.equipment, "counter")
    do(walk, qc_run_supplies.use_equipment_in_run, run, item=counter)


def reading(walk: Walk, run: str) -> None:
    do(walk, qc_run_reading.begin_reading, run, comment="looked at")


def read(walk: Walk, run: str, tube: str, text: str = "95", **how: Any) -> None:
    do(
        walk, qc_run_reading.read_in_run, run, asked=at(Aliquot, tube), scanned=tube,
        entry=Entry({"": text}, clock.now(), **how),
    )  # fmt: skip


def aside(walk: Walk, run: str) -> None:
    do(walk, qc_run_stays.set_aside, run, checker=walk.proof("keeper"))


def taken_up(walk: Walk, run: str, station: str = STATION) -> None:
    do(walk, qc_run_stays.take_up, run, station=named(supplies.place, station))


def closed(walk: Walk, run: str) -> None:
    do(walk, qc_run_stays.close_run, run, checker=walk.proof("keeper"), comment=None)


def read_elsewhere(walk: Walk, tube: str) -> None:
    """While the program was down, written on paper."""
    test = walk.tests(aliquot=tube)[LINE]
    walk.act(
        "analyst", qc_results.enter_result, test=at(QcTest, test),
        entry=Entry({"": "95"}, clock.now()),
        outside=Outside("power cut", OnPaper(sha256=walk.picture)),
    )  # fmt: skip


def tubes(walk: Walk, number: int) -> list[str]:
    cells = walk.cells()
    batch = walk.batch_of(cells)
    return [walk.sample(batch, cells, Suspension, "0.5", [LINE]) for _ in range(number)]


def runs_go_every_way(walk: Walk) -> None:
    walk.begin()
    first, second, third = tubes(walk, 3)
    given_up = begun(walk)
    scanned(walk, given_up, first)
    do(
        walk, qc_run_stays.give_up_run, given_up, reason="the counter broke",
        checker=walk.proof("keeper"),
    )  # fmt: skip
    run = begun(walk)
    scanned(walk, run, first, second, third)
    supplied(walk, run)
    do(walk, qc_run_out.take_out_of_run, run, aliquot=at(Aliquot, third), reason="it is cracked")
    reading(walk, run)
    read(walk, run, first)
    read_elsewhere(walk, second)
    closed(walk, run)
    do(walk, qc_run_sheets.keep_sheet, run, made=SheetMade("en", 1, *["a" * 64] * 2, 1, "b" * 64))
    for_days(walk)


def for_days(walk: Walk) -> None:
    """Medium of a vessel: begun, set aside, looked at, set aside once more, read."""
    vessel = walk.isolate(walk.tissue())[0]
    with walk.database.reading() as session:
        batch = at(Vessel, vessel)(session).batch.code
    tube = walk.sample(batch, vessel, Vessel, "2", [CULTURED])
    run = begun(walk, CULTURED)
    scanned(walk, run, tube)
    do(walk, qc_runs.begin_tests_of_run, run, started_at=clock.now())
    aside(walk, run)
    walk.wait(days=7)
    taken_up(walk, run)
    reading(walk, run)
    aside(walk, run)
    taken_up(walk, run)
    read(walk, run, tube, "no growth", days_read=7)
    closed(walk, run)


def runs_stand_everywhere(walk: Walk) -> None:
    """One taking tubes, one that is read, one set aside, one that is closed; a tube waits."""
    walk.begin()
    first, second, third, fourth, *_waiting = tubes(walk, 5)
    done = begun(walk)
    scanned(walk, done, first)
    supplied(walk, done)
    reading(walk, done)
    read(walk, done, first)
    closed(walk, done)
    set_aside = begun(walk)
    scanned(walk, set_aside, second)
    aside(walk, set_aside)
    read_now = begun(walk)
    scanned(walk, read_now, third)
    supplied(walk, read_now)
    reading(walk, read_now)
    taking = begun(walk, station=OTHER)
    scanned(walk, taking, fourth)
    do(
        walk, qc_run_supplies.use_equipment_in_run, taking,
        item=named(supplies.equipment, "counter"),
    )  # fmt: skip
