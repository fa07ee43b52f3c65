"""Runs at QC: tubes of two patients tested together, by the analyst, looked after by the keeper."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims import clock
from lims.models.aliquot import Aliquot
from lims.models.qc_run import QcRun, QcRunMember, QcRunStatus
from lims.workflows import qc_run_reading, qc_run_stays, qc_run_supplies, qc_runs
from lims.workflows.qc_entries import Entry
from lims.workflows.signing import Proof
from tests.laboratory import supplies
from tests.laboratory.quality import GOOD, SPIKED, QcRoom
from tests.laboratory.standing import scene

LINE = "endotoxin_eu_ml"


@dataclass
class QcRuns:
    """Whatever it takes from tubes with a test asked to a run that is closed."""

    room: QcRoom

    @property
    def session(self) -> Session:
        return self.room.session

    @scene
    def tube(self, course: Any, *lines: str) -> Aliquot:
        """Half a millilitre of harvested cells of this course, its tests asked."""
        cells = self.room.cells(course)
        (aliquot,) = self.room.sample(cells.batch, (cells, "0.5"))
        self.room.ask(aliquot, *(lines or (LINE,)))
        return aliquot

    def begin(self, *, line: str = LINE, station: str = "qc_station") -> QcRun:
        return qc_runs.begin_run(
            self.session, line=line, station=supplies.place(self.session, station),
            procedure="SOP-QC-7, edition 2", by=self.room.analyst,
        )  # fmt: skip

    def scan(self, run: QcRun, *tubes: Aliquot) -> list[QcRunMember]:
        analyst = self.room.analyst
        return [
            qc_runs.scan_into_qc_run(self.session, run, aliquot=each, by=analyst) for each in tubes
        ]

    def supply(self, run: QcRun) -> None:
        """The cartridges and the reader, both in order."""
        by: dict[str, Any] = {"by": self.room.analyst}
        kit = supplies.lot(self.session, "endotoxin_test")
        reader = supplies.equipment(self.session, "analyser")
        qc_run_supplies.use_lot_in_run(self.session, run, lot=kit, quantity=Decimal(2), **by)
        qc_run_supplies.use_equipment_in_run(self.session, run, item=reader, **by)

    def reading(self, *tubes: Aliquot, line: str = LINE) -> QcRun:
        """A run with its lots, its device and these tubes, about to be read."""
        run = self.begin(line=line)
        self.supply(run)
        self.scan(run, *tubes)
        return qc_run_reading.begin_reading(self.session, run, comment=None, by=self.room.analyst)

    def entry(self, line: str = LINE, text: str | None = None) -> Entry:
        spike = Decimal(101) if line == SPIKED else None
        return Entry({"": text or GOOD[line]}, clock.now(), spike_recovery_pct=spike)

    def read(self, run: QcRun, asked: Aliquot, scanned: str | None = None) -> QcRunMember:
        return qc_run_reading.read_in_run(
            self.session, run, asked=asked, scanned=scanned or asked.code,
            entry=self.entry(run.line.code), by=self.room.analyst,
        )  # fmt: skip

    def checked(self) -> Proof:
        """The keeper, who did not work in it, looks whether the station is clear."""
        return self.room.proof(self.room.keeper)

    def close(self, run: QcRun) -> QcRun:
        return qc_run_stays.close_run(
            self.session, run, checker=self.checked(), comment=None, by=self.room.analyst
        )

    def closed(self, *tubes: Aliquot) -> QcRun:
        """A run in which each of `tubes` was read."""
        run = self.reading(*tubes)
        for tube in tubes:
            self.read(run, tube)
        assert self.close(run).status is QcRunStatus.CLOSED
        return run
