"""What one patient's cells go through: told by the workflows once, and copied from then on."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import time_machine
from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.files import FileStore
from lims.models.audit import AuditHead
from lims.models.culture import DiscardReason
from lims.models.equipment import Equipment, EquipmentKind
from lims.models.patient import ConsentKind
from lims.models.storage import Phase, Tank, Zone
from lims.models.suspension import Suspension
from lims.workflows import cryobank, discarding
from lims.workflows import equipment as registers
from lims.workflows.codes import load
from tests import test_course as course
from tests.conftest import furnish
from tests.laboratory import supplies
from tests.story import Story
from tests.walks import freezing, ordering, thawing
from tests.walks.walker import Walk, at


@dataclass(frozen=True)
class Laboratory:
    """How many vials are frozen of a patient, and how the tanks are laid out."""

    vials: int = 80
    towers: str = "ABCDE"
    levels: int = 10

    @property
    def positions(self) -> int:
        """Of a tank."""
        return len(self.towers) * self.levels * SIDE**2


SIDE = 10
"""Rows and columns of a box."""
THAWED = 4
"""Vials of a patient that are used for the second dose."""
BEGUN = timedelta(days=120)
"""Before now: all lots and training are in date when the work goes on."""
A_MONTH = 30
HARVESTED_ML = 82
"""For the bank: 2 million cells in each mL."""
GOT_BACK = 1_900_000
"""Viable cells of each vial thawed."""
LABEL = b"%!PS a label that was printed once"


class Life(Walk):
    """A walk whose steps name their lots and equipment, and whose labels have a file."""

    supply, close = Story.supply, Story.close

    def __init__(
        self, database: Database, traveller: time_machine.Traveller, store: FileStore, name: str
    ) -> None:
        self.picture = store.put(LABEL)
        super().__init__(database, traveller, name)


@dataclass(frozen=True)
class Told:
    """Where the laboratory lies in SQLite, and the last audit entry of each part of its story."""

    url: str
    laboratory: Laboratory
    settled: int
    treated: int
    furnished: int
    """With a tank more."""


def tell(folder: Path, laboratory: Laboratory) -> Told:
    """A laboratory in which one patient was treated twice, and a tank came that is still empty."""
    url = f"sqlite:///{folder / 'lims.sqlite'}"
    with time_machine.travel(clock.now() - BEGUN, tick=False) as traveller:
        furnish(url)
        database = Database(url)
        settled = last_entry(database)
        treated_twice(
            Life(database, traveller, FileStore(folder / "files"), "Pattern"), laboratory.vials
        )
    treated = last_entry(database)
    a_tank_comes(database, laboratory)
    furnished = last_entry(database)
    database.checkpoint()
    database.engine.dispose()
    return Told(url, laboratory, settled, treated, furnished)


def last_entry(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(AuditHead.seq)).one()


def a_tank_comes(database: Database, laboratory: Laboratory) -> None:
    supplies.does(database, "lead", registers.register_equipment, lambda s, by: {
        "name": "Tank", "kind": EquipmentKind.STORAGE_TANK, "serial_number": "SN",
        "needs_calibration": False,
    })  # fmt: skip
    tank = supplies.does(database, "administrator", cryobank.add_tank, lambda s, by: {
        "name": "TK", "phase": Phase.VAPOUR, "room": supplies.place(s, "cryobank"),
        "equipment": s.scalars(select(Equipment).where(Equipment.name == "Tank")).one(),
    }).code  # fmt: skip
    levels = range(1, laboratory.levels + 1)
    for tower, level in itertools.product(laboratory.towers, levels):
        where = {"tower": tower, "levels": [level], "rows": SIDE, "columns": SIDE}
        supplies.does(database, "administrator", cryobank.add_boxes, lambda s, by, where=where: {
            "tank": load(s, tank, Tank), "zone": Zone.STANDARD, **where,
        })  # fmt: skip


def treated_twice(life: Life, vials: int) -> None:
    """A dose of fresh cells; those of a second collection are frozen, some of them thawed."""
    life.begin()
    life.agree(ConsentKind.STORAGE)
    later = life.plan(4 * A_MONTH)
    batch, tube = course.grown(life)
    course.analysed(life, batch, tube)
    fill = given(life, batch, tube, None)
    codes = banked(life, vials)
    settled(life, batch, fill)
    batch, tube = thawed(life, later, codes[:THAWED])
    tube = course.expanded(life, batch, tube, each_ml="0.4")
    course.analysed(life, batch, tube)
    fill = given(life, batch, tube, later)
    settled(life, batch, fill)


def given(life: Life, batch: str, tube: str, sitting: str | None) -> str:
    """The fill of a dose that was tested, released on the day, injected."""
    fill, doses = life.fill(tube, ["3.1"], sitting)
    course.sterility_begun(life, batch, doses[0])
    course.checked(life, fill)
    course.released(life, fill, conditionally=True)
    course.injected(life, doses[0])
    emptied(life, tube)
    return fill


def settled(life: Life, batch: str, fill: str) -> None:
    """The cultures of a dose are read, its release is made final, and with that its batch ends."""
    course.sterile(life, batch)
    course.released(life, fill, conditionally=False)


def emptied(life: Life, tube: str) -> None:
    """What is left in a tube is discarded by two."""
    life.act(
        "technician", discarding.discard_suspension, suspension=at(Suspension, tube),
        why=DiscardReason.EXCESS, reason="more than is needed", proof=life.proof("technician"),
        second=life.proof("lead"),
    )  # fmt: skip


def banked(life: Life, number: int) -> list[str]:
    """So many vials of another collection, in their places, released."""
    batch, tube = course.grown(life, volume=str(HARVESTED_ML))
    course.analysed(life, batch, tube)
    fill, vials = freezing.vials_filled(life, tube, number)
    course.sterility_begun(life, batch, vials[-1])
    course.checked(life, fill, course.OF_VIALS)
    freezing.frozen(life, fill, vials)
    freezing.placed(life, vials)
    course.sterile(life, batch)
    course.released(life, fill, conditionally=False)
    emptied(life, tube)
    return vials


def thawed(life: Life, sitting: str, vials: Sequence[str]) -> tuple[str, str]:
    """(batch, tube) of vials ordered, taken out and thawed to be grown for this session."""
    order = ordering.drafted(life, len(vials), sitting)
    ordering.retrieved(life, ordering.scheduled(life, order))
    step = thawing.begun(life, order)
    thawing.warm(life, step, vials)
    tube = thawing.recorded(life, step, vials, each=GOT_BACK)
    return life.batch_of(tube), tube
