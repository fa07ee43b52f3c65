"""The way of a dose after its release: handed over, received, asked about, injected."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.database import Database, Recording
from lims.models.administration import Administration, Handover, Receipt
from lims.models.contraindication import Occasion
from lims.models.course import Course
from lims.models.fill import Dose, Fill
from lims.models.site import Joint, Side
from lims.models.user import User
from lims.workflows import administering, contraindication_checks, issuing, releasing
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed
from tests.laboratory.cells import AtTheBench, counted
from tests.laboratory.quality import GOOD, QcRoom
from tests.laboratory.standing import scene


@dataclass
class Treatment:
    """`keeper` hands over with `technician` beside; `physician` receives and injects."""

    room: QcRoom
    physician: User

    @property
    def session(self) -> Session:
        return self.room.session

    def proof(self, person: User) -> Proof:
        return self.room.proof(person)

    @scene
    def filled(self, course: Course, number: int = 1) -> Fill:
        """Doses of 3 mL, in quarantine; every quick test is good, the cultures are running."""
        room = self.room
        vessels = room.bench.first_passage(course)
        (medium,) = room.sample(vessels[0].batch, (vessels[0], "2"))
        cells = room.bench.harvest(
            vessels, count=counted(170_000_000, 4_000_000), volume="10", close=True
        )
        (of_cells,) = room.sample(cells.batch, (cells, "0.5"))
        fill = room.fill(cells, *["3"] * number)
        (of_dose,) = room.sample(fill.batch, (fill.doses[-1], "0.1"))
        room.start_test(room.ask(medium, "in_process_sterility")[0])
        room.start_test(room.ask(of_dose, "sterility")[0])
        good = {line: text for line, text in GOOD.items() if line != "cd34_pct"}
        room.settle_all(of_cells, good)
        room.look_at(fill)
        return fill

    @scene
    def release(self, fill: Fill) -> list[Dose]:
        qa = self.room.qa
        releasing.release_conditionally(
            self.session, fill, proof=self.proof(qa), reason="seen", by=qa
        )
        return fill.doses

    @scene
    def released(self, course: Course, number: int = 1) -> list[Dose]:
        return self.release(self.filled(course, number))

    def done(self, at: datetime | None = None) -> Performed:
        return self.room.bench.done(at)

    def hand_over(self, dose: Dose, **instead: Any) -> Handover:
        by = instead.get("by", self.room.keeper)
        values: dict[str, Any] = {
            "sitting": dose.session,
            "scanned_patient": dose.patient.code,
            "carrier": "Courier 4",
            "transport_box": "BOX-7",
            "temperature_c": Decimal(5),
            "performed": self.done(),
            "proof": self.proof(by),
            "witness": self.proof(self.room.bench.technician),
            "by": by,
        }
        return issuing.hand_over(self.session, dose, **values | instead)

    def receive(self, dose: Dose, **instead: Any) -> Receipt:
        values: dict[str, Any] = {
            "scanned_patient": dose.patient.code,
            "intact": True,
            "temperature_c": Decimal(6),
            "performed": self.done(),
            "by": self.physician,
        }
        return issuing.receive_dose(self.session, dose, **values | instead)

    def ask(self, dose: Dose) -> None:
        """The contraindications of the day, none present."""
        contraindication_checks.record_check(
            self.session,
            dose.session.course,
            occasion=Occasion.INJECTION,
            found=[],
            transplantation_session=dose.session,
            by=self.physician,
        )

    @scene
    def at_the_clinic(self, dose: Dose) -> Dose:
        """Handed over, received and asked about: all is in order for the injection."""
        self.hand_over(dose)
        self.receive(dose)
        self.ask(dose)
        return dose

    def inject(self, dose: Dose, **instead: Any) -> Administration:
        values: dict[str, Any] = {
            "scanned_patient": dose.patient.code,
            "joint": Joint.KNEE,
            "side": Side.LEFT,
            "volume_ml": Decimal("2.9"),
            "injected_by": "Dr. Belova",
            "guidance": "ultrasound",
            "comment": "the patient came early",
            "performed": self.done(),
            "proof": self.proof(self.physician),
            "by": self.physician,
        }
        return administering.record_administration(self.session, dose, **values | instead)


@contextmanager
def treating(database: Database) -> Iterator[Treatment]:
    """The same people in a database of their own; what they did is kept."""
    with Recording(database.engine, expire_on_commit=False) as session:
        session.info.update(command="test", key="test", schema_revision="test")

        def of(login: str) -> User:
            return session.scalars(select(User).where(User.login == login)).one()

        bench = AtTheBench(session, of("technician"), of("lead"))
        room = QcRoom(session, bench, of("analyst"), of("keeper"), of("qa"))
        yield Treatment(room, of("physician"))
        session.commit()
