"""The story with nothing left out: labels read back from their dots, records from their PDF."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import select

from lims.database import Database
from lims.models.label import RecordKind
from lims.models.step import Step, StepKind, StepStatus
from lims.models.user import User
from lims.papers import keeping
from lims.papers.label_maker import Facility
from tests.laboratory import person
from tests.papers.making import archive_in
from tests.reading import text_of
from tests.story import Story
from tests.walks.walker import Walk

NAME = "Ivanova Walk"
READ: dict[StepKind, tuple[str, ...]] = {
    StepKind.COLLECTION: ("born 1 Jan 1970 SA", "Body site abdomen", "surgeon Dr. Belova"),
    StepKind.DISPATCH: ("born 1 Jan 1970 SA", "courier Courier 4"),
    StepKind.RECEPTION: (
        "born 1 Jan 1970 SA", "Mass of tissue 7.5 g 5–10 g ✓ pass", "6 °C 2–8 °C ✓ pass",
    ),
    StepKind.ISOLATION: (
        "sample SA", "Tissue digested 7.5 g", "live cells 1 500 000", "seeded with 750 000",
        "ENZYME-1", "vessel 3 2 1 1 0",
    ),
    StepKind.FEEDING: ("vessel VE", "fresh medium 25 mL", "MEM α with 5 % lysate"),
    StepKind.OBSERVATION: ("passage P0 VE", "confluence 85 %", "spindle-shaped"),
    StepKind.HARVEST: (
        "vessel VE", "suspension SU", "live cells", "viability 96.2", "TRYPSIN-1", "Centrifuge",
    ),
    StepKind.SAMPLING: ("aliquot QC", "aliquot, testing", "aliquot 1 1 0 0 0 ✓ balanced"),
    StepKind.SEEDING: ("suspension SU", "vessel VE", "P3", "density", "✓ pass"),
    StepKind.FILLING: ("suspension SU", "taken for filling"),
    StepKind.FREEZING: (
        "vial VL", "viable cells frozen 18 000 000 cells", "Cryoprotectant in the vial 10 %",
        "CryoStor CS10", "Controlled-rate freezer",
    ),
    StepKind.RETRIEVAL: ("vial VL", "Order RQ", "out of the cold"),
    StepKind.THAW: (
        "vial VL", "suspension SU", "Order RQ", "time in the bath 90 s ≤ 180 s ✓ pass",
        "Temperature of the bath 37 °C 36–38 °C ✓ pass", "Viable cells got back of those frozen",
    ),
    StepKind.HANDOVER: ("Dose DS", "Temperature 5 °C", "carrier Courier 4"),
    StepKind.RECEIPT: ("Dose DS", "Temperature 6 °C 2–8 °C ✓ pass"),
    StepKind.ADMINISTRATION: ("Dose DS", "Joint knee Side left Volume injected 3 mL"),
}  # fmt: skip
"""What the record of each kind of step says besides its code, its patient and its performer."""


class Whole(Walk):
    """A walk that leaves nothing out: papers too are made, and read as a person would."""

    supply, print_plan, print = Story.supply, Story.print_plan, Story.print
    close, proof = Story.close, Story.proof

    def __init__(self, database: Database, traveller: time_machine.Traveller, folder: Path) -> None:
        self.records: dict[str, str] = {}
        """The text of each step's record, by the step's code."""
        self.kinds: set[StepKind] = set()
        self.archive = archive_in(database, folder)
        self.facility = Facility("Laboratory", self.archive.settings.time_zone)
        super().__init__(database, traveller, "Ivanova")

    def does(self, login: str, command: Callable[..., Any], of: Any) -> Any:
        result = super().does(login, command, of)
        for step, kind, performer in self.done_since():
            text = self.records[step] = self.paper(RecordKind.STEP, step)
            missing = unsaid(text, step, self.patient, NAME, performer, *READ[kind])
            assert not missing, f"{kind}: {missing}"
            self.kinds.add(kind)
        return result

    def done_since(self) -> list[Any]:
        """(code, kind, performer) of each step whose record was not read yet."""
        query = (
            select(Step.code, Step.kind, User.full_name)
            .join(User, User.id == Step.performed_by_id)
            .where(Step.status == StepStatus.CLOSED, Step.code.not_in(self.records))
        )
        with self.database.reading() as session:
            return list(session.execute(query.order_by(Step.id)))

    def paper(self, kind: RecordKind, code: str) -> str:
        """The text of the newest edition."""
        with self.database.reading() as session:
            quality = person(session, "qa")
        record = keeping.make(self.archive, kind, code, by=quality, language="en")
        return text_of(self.archive.store.get(record.pdf_sha256))


def unsaid(text: str, *said: str) -> list[str]:
    """What of `said` the text of a paper does not say."""
    return [each for each in said if each not in text]
