"""What is made ready, by the workflows, for acts that are measured: vessels to harvest, vials to
place, a long batch record, a large genealogy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import time_machine
from sqlalchemy import select

from lims import clock
from lims.database import Database
from lims.models.equipment import Place, PlaceKind
from lims.models.lot import Lot
from lims.models.step import Step
from lims.models.storage import Allocation, Box, Position
from lims.models.vessel import Vessel
from lims.workflows import lot_decisions, lots, places, storage_cells, supplying
from lims.workflows.codes import load
from tests.bench.life import Life
from tests.bench.site import Site
from tests.laboratory import supplies
from tests.story import Of
from tests.walks import freezing
from tests.walks.walker import at, found, named

BEFORE = timedelta(hours=2)
STEPS = 40
"""Of the batch whose record is printed."""
AT_ONCE, FILLS, FULL_ML = 199, 5, 1000
"""Vials of each fill of the large genealogy, and what they are filled from."""


class Beginning(Life):
    """At a bench of its own: a run that was cut off may have left another open. With lots of its
    own too: those of the story are used up by as many copies of it as there are."""

    def begin(self) -> None:
        super().begin()
        self.lots: dict[str, str] = {}
        self.station: str = self.act(
            "administrator", places.add_place, name=self.name,
            equipment=named(supplies.equipment, "cabinet"),
            kind=PlaceKind.PROCESSING_BENCH, within=named(supplies.place, "clean_room"),
        ).code  # fmt: skip

    def _received(self, name: str) -> str:
        """The code of a new lot, released."""
        kind, number = supplies.LOTS[name]
        lot = self.act(
            "technician", lots.receive_lot, item=named(supplies.item, kind),
            maker_number=f"{number} {self.name}", received_on=clock.today(),
            expires_on=clock.today() + supplies.A_MONTH, quantity=supplies.AMPLE,
            storage="2–8 °C", certificate_seen=True,
        )  # fmt: skip
        self.act(
            "qa", lot_decisions.release_lot, lot=at(Lot, lot.code), version=lot.version,
            certificate_seen=True, proof=self.proof("qa"),
        )  # fmt: skip
        return str(lot.code)

    def supply(self, step: str, *lots: str, equipment: Sequence[str] = ()) -> None:
        for name in lots:
            if name not in self.lots:
                self.lots[name] = self._received(name)
            self.act(
                "technician", supplying.use_lot, step=at(Step, step),
                lot=at(Lot, self.lots[name]), quantity=Decimal(1),
            )  # fmt: skip
        super().supply(step, equipment=equipment)

    def bench(self, bench: str = "", checker: str = "lead") -> dict[str, Any]:
        return {"station": at(Place, self.station), "checker": self.proof(checker)}

    def at_bench(self, login: str, command: Callable[..., Any], of: Of, **_: Any) -> Any:
        own = self.bench()
        return self.does(login, command, lambda s: {**of(s), **found(s, own)})


@dataclass(frozen=True)
class Ready:
    life: Life
    vessels: Sequence[str]
    batch: str
    vials: Sequence[tuple[str, str, str]]
    """(vial, box, position) that nothing stands in."""


def ready(database: Database, site: Site, *, vessels: int, vials: int) -> Ready:
    """A new patient with so many vessels in culture and so many frozen vials."""
    with time_machine.travel(clock.now() - BEFORE, tick=False) as traveller:
        life = begun(database, traveller, site)
        flasks = life.isolate(life.tissue(), vessels=vessels)
        with database.reading() as session:
            batch = load(session, flasks[0], Vessel).batch.code
        tube = life.cells(volume=str(vials + 1))
        fill, codes = freezing.vials_filled(life, tube, vials)
        freezing.frozen(life, fill, codes)
    return Ready(life, flasks, batch, list(_places(database, life, codes)))


def begun(database: Database, traveller: time_machine.Traveller, site: Site) -> Life:
    life = Beginning(database, traveller, site.settings.store, f"Bench {uuid4().hex[:8]}")
    life.begin()
    return life


def _places(database: Database, life: Life, vials: Sequence[str]) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        cell = storage_cells.open_cell_of(session, life.read_patient())
        assert cell is not None
        query = (
            select(Position, Box.code)
            .join(Box, Box.id == Position.box_id)
            .join(Allocation, Allocation.position_id == Position.id)
            .where(Allocation.cell_id == cell.id, Allocation.to_at.is_(None))
            .order_by(Allocation.id)
        )
        free = session.execute(query).all()
    return [(vial, box, spot.name) for vial, (spot, box) in zip(vials, free, strict=True)]


def observed(made: Ready) -> None:
    """The batch has `STEPS` steps or more, by being looked at."""
    with time_machine.travel(clock.now() - BEFORE / 2, tick=False):
        for _ in range(STEPS - 3):
            made.life.look_at(made.vessels[-1:], 40)


def of_many(database: Database, site: Site) -> str:
    """The code of a vial in whose genealogy there are a thousand things."""
    with time_machine.travel(clock.now() - BEFORE, tick=False) as traveller:
        life = begun(database, traveller, site)
        tube = life.cells(volume=str(FULL_ML))
        for _ in range(FILLS):
            _, codes = freezing.vials_filled(life, tube, AT_ONCE)
    return codes[0]
