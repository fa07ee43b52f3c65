"""Vials taken out for an order, put into the bath at a technician's bench, and what is got back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.models.course import Course
from lims.models.fill import Vial
from lims.models.order import Order
from lims.models.retrieval import Thaw
from lims.models.suspension import Suspension
from lims.workflows import thaw_gate, thawing
from tests.laboratory.cells import AtTheBench, counted, planned
from tests.laboratory.ordered import Orders
from tests.laboratory.standing import scene


@dataclass
class Thaws:
    """From an order of which the vials are out to the cells of a new batch."""

    orders: Orders

    @property
    def session(self) -> Session:
        return self.orders.session

    @property
    def bench(self) -> AtTheBench:
        return self.orders.bank.room.bench

    def out(self, order: Order) -> list[Vial]:
        return thaw_gate.out_of_the_cold(self.session, order)

    def start(self, order: Order, **also: Any) -> Thaw:
        return thawing.start_thaw(self.session, order, **self.bench.opening() | also)

    def warm(self, step: Thaw, *vials: Vial, **also: Any) -> None:
        for vial in vials:
            thawing.warm_vial(self.session, step, vial=vial, by=self.bench.technician, **also)

    def begun(self, order: Order) -> Thaw:
        """All its vials in the bath."""
        vials, step = self.out(order), self.start(order)
        self.warm(step, *vials)
        return step

    def record(
        self, step: Thaw, *, live: int = 8_000_000, dead: int = 400_000, **instead: Any
    ) -> Suspension:
        """8 of the 10 million of two vials got back, 95 % of them viable, after 100 s at 37 °C."""
        values = {
            "suspension_code": planned(self.session, step, "SU")[0],
            "volume_ml": Decimal(2),
            "count": counted(live, dead),
            "seconds": {each.vial.code: 100 for each in step.thawed},
            "bath_temperature_c": Decimal(37),
            "performed": self.bench.done(),
            "by": self.bench.technician,
        }
        return thawing.record_thaw(self.session, step, **values | instead)

    def abort(self, step: Thaw, reason: str = "the bath leaked into the vials") -> Thaw:
        return thawing.abort_thaw(
            self.session, step, reason=reason, performed=self.bench.done(),
            by=self.bench.technician,
        )  # fmt: skip

    @scene
    def thawed(self, course: Course, number: int = 2, **counts: int) -> Suspension:
        """The cells of so many vials of a new fill; the step is closed."""
        step = self.begun(self.orders.retrieved(course, number))
        made = self.record(step, **counts)
        self.bench.close(step)
        return made

    def sources(self, made: Suspension) -> Sequence[Vial]:
        assert isinstance(made.made_by, Thaw)
        return [each.vial for each in made.made_by.thawed]
