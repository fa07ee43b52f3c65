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
from lims.models.equipment import Equipment, EquipmentKind
from lims.models.patient import ConsentKind
from lims.models.storage import Phase, Tank, Zone
from lims.workflows import cryobank
from lims.workflows import equipment as registers
from lims.workflows.codes import load
from tests import test_course as course
from tests.conftest import furnish
from tests.laboratory import supplies
from tests.story import Story
from tests.walks import freezing, ordering, thawing
from tests.walks.walker import Walk

VIALS, THAWED = 80, 4
"""Frozen of a patient, and of these used for the second dose."""
KEPT = VIALS - THAWED
BEGUN = timedelta(days=120)
"""Before now: all lots and training are in date when the work goes on."""
TOWERS, LEVELS, SIDE = "ABCDE", 10, 10
"""Of each tank, and the rows and columns of each box in it."""
POSITIONS = len(TOWERS) * LEVELS * SIDE**2
A_MONTH = 30
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
    settled: int
    treated: int
    furnished: int
    """With a tank more."""


def tell(folder: Path) -> Told:
    """A laboratory in which one patient was treated twice, and a tank came that is still empty."""
    url = f"sqlite:///{folder / 'lims.sqlite'}"
    with time_machine.travel(clock.now() - BEGUN, tick=False) as traveller:
        furnish(url)
        database = Database(url)
        settled = last_entry(database)
        treated_twice(Life(database, traveller, FileStore(folder / "files"), "Pattern"))
    treated = last_entry(database)
    a_tank_comes(database)
    furnished = last_entry(database)
    database.checkpoint()
    database.engine.dispose()
    return Told(url, settled, treated, furnished)


def last_entry(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(AuditHead.seq)).one()


def a_tank_comes(database: Database) -> None:
    supplies.does(database, "lead", registers.register_equipment, lambda s, by: {
        "name": "Tank", "kind": EquipmentKind.STORAGE_TANK, "serial_number": "SN",
        "needs_calibration": False,
    })  # fmt: skip
    tank = supplies.does(database, "administrator", cryobank.add_tank, lambda s, by: {
        "name": "TK", "phase": Phase.VAPOUR, "room": supplies.place(s, "cryobank"),
        "equipment": s.scalars(select(Equipment).where(Equipment.name == "Tank")).one(),
    }).code  # fmt: skip
    for tower, level in itertools.product(TOWERS, range(1, LEVELS + 1)):
        where = {"tower": tower, "level": level, "rows": SIDE, "columns": SIDE}
        supplies.does(database, "administrator", cryobank.add_box, lambda s, by, where=where: {
            "tank": load(s, tank, Tank), "zone": Zone.STANDARD, **where,
        })  # fmt: skip


def treated_twice(life: Life) -> None:
    """A dose of fresh cells; those of a second collection are frozen, some of them thawed."""
    life.begin()
    life.agree(ConsentKind.STORAGE)
    later = life.plan(2 * A_MONTH)
    batch, tube = course.grown(life)
    course.analysed(life, batch, tube)
    given(life, batch, tube, None)
    vials = banked(life)
    course.sterile(life, batch)
    batch, tube = thawed(life, later, vials[:THAWED])
    tube = course.expanded(life, batch, tube, each_ml="0.4")
    course.analysed(life, batch, tube)
    given(life, batch, tube, later)
    course.sterile(life, batch)


def given(life: Life, batch: str, tube: str, sitting: str | None) -> None:
    """A dose filled, tested, released on the day, injected."""
    fill, doses = life.fill(tube, ["3.1"], sitting)
    course.sterility_begun(life, batch, doses[0])
    course.checked(life, fill)
    course.released(life, fill, conditionally=True)
    course.injected(life, doses[0])


def banked(life: Life) -> list[str]:
    """Vials of another collection, in their places, released."""
    batch, tube = course.grown(life, volume=str(VIALS + 2))
    course.analysed(life, batch, tube)
    fill, vials = freezing.vials_filled(life, tube, VIALS)
    course.sterility_begun(life, batch, vials[-1])
    course.checked(life, fill, course.OF_VIALS)
    freezing.frozen(life, fill, vials)
    freezing.placed(life, vials)
    course.sterile(life, batch)
    course.released(life, fill, conditionally=False)
    return vials


def thawed(life: Life, sitting: str, vials: Sequence[str]) -> tuple[str, str]:
    """(batch, tube) of vials ordered, taken out and thawed to be grown for this session."""
    order = ordering.drafted(life, len(vials), sitting)
    ordering.retrieved(life, ordering.scheduled(life, order))
    step = thawing.begun(life, order)
    thawing.warm(life, step, vials)
    tube = thawing.recorded(life, step, vials, each=GOT_BACK)
    return life.batch_of(tube), tube
