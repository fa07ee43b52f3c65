"""The freezer and the cryobank, with a technician who freezes and a keeper who places."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.course import Course
from lims.models.fill import Fill, FillKind, Vial
from lims.models.freezing import Freezing
from lims.models.patient import Patient
from lims.models.storage import Allocation, Box, Position, StorageCell
from lims.models.user import User
from lims.workflows import freezing, placing, storage_cells, vial_places
from lims.workflows.freezing_run import Run
from tests.laboratory import cryobank, supplies
from tests.laboratory.cells import said
from tests.laboratory.quality import QcRoom
from tests.laboratory.standing import scene


def a_run(**changed: Any) -> Run:
    """A run as it should be, from the cryoprotectant to the program; its end was not noted."""
    now = clock.now()
    values: dict[str, Any] = {
        "cryoprotectant": "CryoStor CS10",
        "cryoprotectant_pct": Decimal(10),
        "cryoprotectant_added_at": now,
        "program": "MSC 1 °C/min",
        "program_started_at": now,
        "program_ended_at": None,
        "end_temperature_c": Decimal(-100),
        "as_programmed": True,
        "points": [(Decimal(0), Decimal(4)), (Decimal("0.5"), Decimal("3.5"))],
    }
    return Run(**values | changed)


@dataclass
class Bank:
    """Whatever it takes from filled vials to vials in their places."""

    session: Session
    room: QcRoom
    keeper: User

    def box(self, name: str = "box") -> Box:
        return cryobank.box(self.session, name)

    def cell(self, patient: Patient) -> StorageCell:
        return cryobank.cell(self.session, patient, by=self.keeper)

    def reserve(self, patient: Patient, number: int, box: str = "box") -> list[Position]:
        """The first positions of a box that nobody has, for this patient."""
        cell = self.cell(patient)
        taken = select(Allocation.position_id).where(Allocation.to_at.is_(None))
        free = self.session.scalars(
            select(Position)
            .where(Position.box_id == self.box(box).id, Position.id.not_in(taken))
            .order_by(Position.id)
            .limit(number)
        ).all()
        storage_cells.allocate(self.session, cell, free, by=self.keeper)
        return list(free)

    @scene
    def filled(self, course: Course, *volumes: str, live: int = 25_000_000) -> Fill:
        """A fill of vials, two of 1 mL where nothing is said, at 5 million cells in a mL."""
        cells = self.room.cells(course, live=live)
        return self.room.fill(cells, *(volumes or ("1", "1")), kind=FillKind.VIALS)

    def start(self, fill: Fill) -> Freezing:
        return freezing.start_freezing(
            self.session, fill, station=supplies.place(self.session, "freezing_station"),
            by=self.room.bench.technician,
        )  # fmt: skip

    def scan(self, step: Freezing, *vials: Vial) -> None:
        for vial in vials:
            freezing.scan_into_run(self.session, step, vial=vial, by=self.room.bench.technician)

    def record(self, step: Freezing, run: Run | None = None, **also: Any) -> Freezing:
        return freezing.record_freezing(
            self.session, step, run=run or a_run(), performed=self.room.bench.done(),
            by=self.room.bench.technician, **{"comment": said(step), **also},
        )  # fmt: skip

    def freeze(self, fill: Fill, **run: Any) -> Freezing:
        """Positions reserved, a run of all the vials of `fill`, recorded; `run` is what differs."""
        self.reserve(fill.patient, len(fill.vials))
        step = self.start(fill)
        self.scan(step, *fill.vials)
        return self.record(step, a_run(**run))

    @scene
    def frozen(self, course: Course, *volumes: str) -> list[Vial]:
        """Vials that wait to be placed, with a position for each."""
        fill = self.filled(course, *volumes)
        self.freeze(fill)
        return fill.vials

    def place(self, vial: Vial, position: Position | None = None, **also: Any) -> Vial:
        """Into the position told, or the one proposed."""
        if position is None:
            proposal = vial_places.proposed(self.session, vial)
            assert proposal is not None
            position = proposal.position
        values = {"at": clock.now(), "by": self.keeper, **also}
        return placing.place_vial(self.session, vial, position=position, **values)

    @scene
    def stored(self, course: Course, *volumes: str) -> list[Vial]:
        """Vials in their places."""
        return [self.place(vial) for vial in self.frozen(course, *volumes)]
