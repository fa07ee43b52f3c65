"""A cryobank of two tanks, and one technician and a keeper who freeze and place vials in it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.course import Course
from lims.models.equipment import Equipment, EquipmentKind
from lims.models.fill import Fill, FillKind, Vial
from lims.models.freezing import Freezing
from lims.models.patient import Patient
from lims.models.storage import Allocation, Box, Phase, Position, StorageCell, Tank, Zone
from lims.models.user import User
from lims.workflows import freezing, placing, states, vial_places
from lims.workflows.codes import coded
from lims.workflows.freezing import Run
from tests.laboratory import supplies
from tests.laboratory.quality import QcRoom

ROWS, COLUMNS = 3, 3


def a_run(**changed: Any) -> Run:
    """A run as it should be: ten minutes from the cryoprotectant to the program, an hour's cold."""
    now = clock.now()
    values: dict[str, Any] = {
        "cryoprotectant": "CryoStor CS10",
        "cryoprotectant_pct": Decimal(10),
        "cryoprotectant_added_at": now,
        "program": "MSC 1 °C/min",
        "program_started_at": now,
        "program_ended_at": now,
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

    def box(self, tank: str = "Tank A") -> Box:
        """The one box of a tank, made when it is first asked for."""
        found = self.session.scalars(
            select(Box).join(Tank, Tank.id == Box.tank_id).where(Tank.name == tank)
        ).one_or_none()
        return found or self._new_box(tank)

    def _new_box(self, name: str) -> Box:
        dewar = Equipment(
            name=name, kind=EquipmentKind.STORAGE_TANK, serial_number=f"SN-{name}",
            needs_calibration=False,
        )  # fmt: skip
        self.session.add(coded(self.session, states.begin(dewar)))
        self.session.flush()
        room = supplies.place(self.session, "qc_room")
        tank = Tank(name=name, phase=Phase.VAPOUR, room_id=room.id, equipment_id=dewar.id)
        self.session.add(coded(self.session, tank))
        self.session.flush()
        box = Box(
            tank_id=tank.id, tower="1", level=1, rows=ROWS, columns=COLUMNS, zone=Zone.STANDARD
        )
        self.session.add(coded(self.session, box))
        self.session.flush()
        self.session.add_all(
            Position(box_id=box.id, row_number=row, column_number=column)
            for row in range(1, ROWS + 1)
            for column in range(1, COLUMNS + 1)
        )
        self.session.flush()
        return box

    def cell(self, patient: Patient) -> StorageCell:
        """The open cell of a patient, opened when it is first asked for."""
        found = self.session.scalars(
            select(StorageCell).where(StorageCell.patient_id == patient.id)
        ).one_or_none()
        if found is None:
            found = StorageCell(
                patient_id=patient.id, name=patient.full_name, opened_by_id=self.keeper.id
            )
            self.session.add(coded(self.session, states.begin(found)))
            self.session.flush()
        return found

    def reserve(self, patient: Patient, number: int, tank: str = "Tank A") -> list[Allocation]:
        """The first positions of the tank's box that nobody has, for this patient."""
        cell = self.cell(patient)
        taken = select(Allocation.position_id).where(Allocation.to_at.is_(None))
        free = self.session.scalars(
            select(Position)
            .where(Position.box_id == self.box(tank).id, Position.id.not_in(taken))
            .order_by(Position.id)
            .limit(number)
        )
        made = [
            Allocation(patient_id=patient.id, position_id=position.id, cell_id=cell.id)
            for position in free
        ]
        self.session.add_all(made)
        self.session.flush()
        return made

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

    def record(self, step: Freezing, run: Run | None = None) -> Freezing:
        return freezing.record_freezing(
            self.session, step, run=run or a_run(), performed=self.room.bench.done(),
            by=self.room.bench.technician,
        )  # fmt: skip

    def freeze(self, fill: Fill, run: Run | None = None) -> Freezing:
        """Positions reserved, a run of all the vials of `fill`, recorded."""
        self.reserve(fill.patient, len(fill.vials))
        step = self.start(fill)
        self.scan(step, *fill.vials)
        return self.record(step, run)

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

    def stored(self, course: Course, *volumes: str) -> list[Vial]:
        """Vials in their places."""
        return [self.place(vial) for vial in self.frozen(course, *volumes)]
