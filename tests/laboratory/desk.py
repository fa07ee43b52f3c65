"""The desk of quality: a fill with everything behind it, ready to be decided on."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.aliquot import QcTest
from lims.models.course import Course
from lims.models.deviation import Deviation, Grade
from lims.models.fill import Disposition, Fill
from lims.models.user import User, UserRole
from lims.models.vessel import Vessel
from lims.permissions import Role
from lims.workflows import deviation_decisions, deviations, record_steps, releasing
from lims.workflows.signing import Proof
from lims.workflows.step_kinds import KINDS
from tests.laboratory import supplies, uses
from tests.laboratory.quality import QcRoom, days_later
from tests.laboratory.standing import scene


@dataclass
class Desk:
    """Whatever it takes to bring a fill to its release, and to decide on what stands in the way."""

    session: Session
    room: QcRoom

    @property
    def qa(self) -> User:
        return self.room.qa

    def proof(self, person: User) -> Proof:
        return self.room.proof(person)

    @scene
    def judged(self, course: Course) -> Fill:
        """One dose; every result in but those of the cultures, of which none was asked."""
        cells = self.room.cells(course)
        fill = self.room.fill(cells)
        (aliquot,) = self.room.sample(fill.batch, (cells, "0.2"))
        self.room.settle_all(aliquot)
        self.room.look_at(fill)
        return fill

    @scene
    def cultured(self, fill: Fill) -> list[QcTest]:
        """The two sterility tests of `fill`, begun."""
        vessel = self.session.scalars(
            select(Vessel).where(Vessel.batch_id == fill.batch_id).order_by(Vessel.id)
        ).first()
        (spent,) = self.room.sample(fill.batch, (vessel, "1"))
        (dose,) = self.room.sample(fill.batch, (fill.doses[0], "0.1"))
        started = []
        for aliquot, line in ((spent, "in_process_sterility"), (dose, "sterility")):
            (test,) = self.room.ask(aliquot, line)
            started.append(self.room.start_test(test))
        return started

    def read(self, tests: list[QcTest], **read: Any) -> None:
        """Each is read on its day, the last two weeks later, verified and approved."""
        for test in tests:
            days = test.line.days_to_read
            with days_later(days):
                self.room.settle(test, "no growth", days_read=days, **read)

    @scene
    def ready(self, course: Course) -> Fill:
        """A fill of which everything is in place."""
        fill = self.judged(course)
        self.read(self.cultured(fill))
        return fill

    def supplied(self, fill: Fill) -> Fill:
        """With a lot and a device in each step that takes them: of them nothing is to be said."""
        for step in record_steps.of_batch(self.session, fill.batch):
            if KINDS[step.kind].supplied:
                uses.use_lot(self.session, step, supplies.lot(self.session, "medium"), "1")
                cabinet = supplies.equipment(self.session, "cabinet")
                uses.use_equipment(self.session, step, cabinet)
                self.session.expire(step, ["lots", "equipment"])
        fill.vehicle_lot_id = supplies.lot(self.session, "vehicle").id
        self.session.flush()
        return fill

    def release(self, fill: Fill, by: User | None = None) -> Disposition:
        by = by or self.qa
        return releasing.release_fill(
            self.session, fill, proof=self.proof(by), reason="seen", by=by
        )

    def release_conditionally(self, fill: Fill, by: User | None = None) -> Disposition:
        by = by or self.qa
        return releasing.release_conditionally(
            self.session, fill, proof=self.proof(by), reason="seen", by=by
        )

    def officer(self, person: User) -> User:
        """`person`, who is an officer of quality as well from now on."""
        self.session.add(UserRole(user_id=person.id, role=Role.QA_OFFICER))
        self.session.flush()
        self.session.expire(person, ["roles"])
        return person

    def report(self, *subjects: Any) -> Deviation:
        return deviations.report_deviation(
            self.session, title="Door open", description="40 min", subjects=subjects,
            by=self.room.bench.lead,
        )  # fmt: skip

    def decide(self, deviation: Deviation) -> None:
        """Classified, investigated, proposed by the lead; approved by quality."""
        session, lead = self.session, self.room.bench.lead
        told = {"text": "told"}
        deviation_decisions.classify_deviation(
            session, deviation, grade=Grade.MINOR, owner=lead, by=lead, **told
        )
        deviation_decisions.investigate_deviation(session, deviation, by=lead, **told)
        deviation_decisions.propose_decision(session, deviation, by=lead, **told)
        deviation_decisions.approve_decision(
            session, deviation, proof=self.proof(self.qa), by=self.qa, **told
        )
