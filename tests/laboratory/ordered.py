"""Orders of frozen cells: who orders, checks, approves; vials taken out by two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.course import Course, TransplantationSession
from lims.models.fill import Fill, Vial
from lims.models.order import Order, OrderKind
from lims.models.patient import Patient
from lims.models.retrieval import Destruction, Retrieval, RetrievedVial, Transfer
from lims.models.storage import Box
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.workflows import (
    bringing_back,
    drafting,
    handing_on,
    order_decisions,
    ordering,
    retrieving,
    signing,
    vial_places,
)
from lims.workflows.drafting import Ask, Paper
from lims.workflows.signing import Proof
from tests.laboratory.desk import Desk
from tests.laboratory.frozen import Bank
from tests.laboratory.standing import scene

PAPER = Paper("Application of the patient, No. 17", "a" * 64)
MEANWHILE = "the bench is made ready meanwhile"
ASK = {"needed_on", "reason", "vials"}


@dataclass
class Orders:
    """`physician` orders, the bank's keeper checks and takes out, `witness` reads with them."""

    bank: Bank
    physician: User

    @property
    def session(self) -> Session:
        return self.bank.session

    @property
    def keeper(self) -> User:
        return self.bank.keeper

    @property
    def qa(self) -> User:
        return self.bank.room.qa

    @property
    def witness(self) -> User:
        return self.bank.room.bench.technician

    def proof(self, person: User) -> Proof:
        return self.bank.room.proof(person)

    # what there is to be ordered

    def judged(self, fill: Fill) -> Fill:
        """Every result of a fill of vials is in, that of its cultures too."""
        room, desk = self.bank.room, Desk(self.session, self.bank.room)
        (aliquot,) = room.sample(fill.batch, (fill.withdrawal.suspension, "0.2"))
        room.settle_all(aliquot)
        for test in room.ask(fill, "appearance", "label_identity"):
            room.settle(test, "conforms")
        tube = fill.withdrawal.suspension_id
        grown = self.session.scalars(select(Vessel).where(Vessel.harvested_into_id == tube))
        (spent,) = room.sample(fill.batch, (grown.first(), "1"))
        (vial,) = room.sample(fill.batch, (fill.vials[-1], "0.1"))
        cultures = [*room.ask(spent, "in_process_sterility"), *room.ask(vial, "sterility")]
        desk.read([room.start_test(test) for test in cultures])
        return fill

    @scene
    def released(self, course: Course, number: int = 3) -> list[Vial]:
        """Vials of 1 mL and 5 million viable cells each, released and in their places."""
        return self.in_store(self.bank.filled(course, *["1"] * number))

    def in_store(self, fill: Fill) -> list[Vial]:
        """The vials of `fill`, frozen, released and in their places."""
        self.judged(fill)
        self.bank.freeze(fill)
        Desk(self.session, self.bank.room).release(fill)
        return [self.bank.place(vial) for vial in fill.vials]

    def sitting(self, course: Course) -> TransplantationSession:
        """The second session of the course: what frozen cells are for."""
        found: TransplantationSession = course.sessions[-1]
        return found

    # an order on its way

    def ask(self, **changed: Any) -> Ask:
        return Ask(
            **{"needed_on": clock.today() + timedelta(days=7), "reason": "second dose"} | changed
        )

    def thaw(self, course: Course, cells: int | None = 7_000_000, **changed: Any) -> Order:
        """A draft; two vials of five million do for seven at 80 %."""
        values = {"viable_cells": cells, "expand": False, "by": self.physician, **changed}
        asked = {name: values.pop(name) for name in ASK & set(values)}
        return drafting.draft_thaw(
            self.session, self.sitting(course), ask=self.ask(**asked), **values
        )

    def other(self, patient: Patient, kind: OrderKind, number: int = 1, **changed: Any) -> Order:
        """A draft of a transfer, a test or a destruction."""
        values = {"destination": "Bank of Gomel", "paper": PAPER, "by": self.physician, **changed}
        return drafting.draft_order(
            self.session, patient, kind=kind, ask=self.ask(vials=number), **values
        )

    def submit(self, order: Order, by: User | None = None) -> Order:
        by = by or self.physician
        return ordering.submit_order(self.session, order, proof=self.proof(by), by=by)

    def check(self, order: Order, vials: Sequence[Vial] | None = None) -> Order:
        """With these vials, or with those proposed."""
        if vials is None:
            vials = order_decisions.proposed(self.session, order)
        return order_decisions.check_order(
            self.session, order, vials=vials, by=self.keeper, proof=self.proof(self.keeper),
            seen=signing.sha256_of(ordering.shown_of(order)),
        )  # fmt: skip

    def approve(self, order: Order, by: User | None = None) -> Order:
        by = by or self.qa
        return order_decisions.approve_order(self.session, order, proof=self.proof(by), by=by)

    def schedule(self, order: Order) -> Order:
        at = clock.now() + timedelta(minutes=1)
        return order_decisions.schedule_order(self.session, order, at=at, by=self.keeper)

    def checked(self, order: Order) -> Order:
        return self.check(self.submit(order))

    def scheduled(self, order: Order) -> Order:
        """A draft, signed, checked, approved and planned."""
        return self.schedule(self.approve(self.checked(order)))

    def kept(self, order: Order) -> list[Vial]:
        return [each.vial for each in order.reservations if each.ended_at is None]

    # out of the cold

    def start(self, order: Order, **instead: Any) -> Retrieval:
        values = {
            "proof": self.proof(self.keeper),
            "witness": self.proof(self.witness),
            "by": self.keeper,
            "comment": MEANWHILE,
        }
        return retrieving.start_retrieval(self.session, order, **values | instead)

    def take(self, step: Retrieval, vial: Vial, **instead: Any) -> RetrievedVial:
        values = {"second_scan": self.witness.code, "by": self.keeper}
        return retrieving.take_vial(self.session, step, vial, **values | instead)

    def record(self, step: Retrieval) -> Retrieval:
        return retrieving.record_retrieval(
            self.session, step, performed=self.bank.room.bench.done(), by=self.keeper
        )

    def retrieve(self, order: Order, vials: Sequence[Vial] | None = None) -> Retrieval:
        """The vials told, or everything kept for `order`, out of the cold; recorded."""
        step = self.start(order)
        for vial in self.kept(order) if vials is None else vials:
            self.take(step, vial)
        return self.record(step)

    @scene
    def awaited(self, course: Course, number: int = 2, **changed: Any) -> Order:
        """An order of so many vials of a new fill for the second session, planned."""
        self.released(course, number)
        return self.scheduled(self.thaw(course, None, vials=number, **changed))

    def retrieved(self, course: Course, number: int = 2, **changed: Any) -> Order:
        """The same; all are out. Never a scene: from now on they grow warm."""
        order = self.awaited(course, number, **changed)
        self.retrieve(order)
        return order

    def bring_back(self, vial: Vial, box: Box | None = None, **also: Any) -> Vial:
        """Into the box it stood in, or the one told."""
        stood = vial_places.history(self.session, vial)[-1].allocation.position.box
        return bringing_back.return_vial(
            self.session, vial, box=box or stood, by=self.keeper, **also
        )

    def transfer(self, order: Order, vials: Sequence[Vial], **instead: Any) -> Transfer:
        values = {
            "receiver": "Dr. Koval",
            "courier": "Courier 4",
            "temperature_c": None,
            **self.signed_by_two(),
        }
        return handing_on.record_transfer(self.session, order, vials=vials, **values | instead)

    def destroy(self, order: Order, vials: Sequence[Vial], **instead: Any) -> Destruction:
        values = {"how": "autoclave, 134 °C", **self.signed_by_two()}
        return handing_on.record_destruction(self.session, order, vials=vials, **values | instead)

    def signed_by_two(self) -> dict[str, Any]:
        return {
            "performed": self.bank.room.bench.done(),
            "proof": self.proof(self.keeper),
            "witness": self.proof(self.witness),
            "by": self.keeper,
        }
