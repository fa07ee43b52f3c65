"""The QC room: an analyst who reads, a keeper who verifies, an officer who approves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.aliquot import Aliquot, AliquotUse, QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.course import TransplantationSession
from lims.models.deviation import Deviation, Grade
from lims.models.fill import Fill, FillKind
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.permissions import Role
from lims.workflows import deviation_decisions as decisions
from lims.workflows import (
    dose_share,
    filling,
    qc_deciding,
    qc_readings,
    qc_results,
    qc_tests,
    roles,
    sampling,
    signing,
)
from lims.workflows.filling import Portion
from lims.workflows.qc_entries import Entry
from lims.workflows.sampling import Drawn
from lims.workflows.signing import Proof
from tests.laboratory.cells import AtTheBench, counted, planned
from tests.laboratory.standing import scene

GOOD: dict[str, Any] = {
    "viability_pct": "96,4",
    "cd73_pct": "99.1",
    "cd90_pct": "99.4",
    "cd105_pct": "98.2",
    "cd34_pct": "0.9",
    "cd45_pct": "0.3",
    "cd14_or_cd11b_pct": {"cd14_pct": "0.4"},
    "cd79a_or_cd19_pct": {"cd19_pct": "0.2"},
    "hla_dr_pct": "1.1",
    "endotoxin_eu_ml": "<0,05",
    "mycoplasma": "negative",
    "gram_stain": "no organisms",
}
"""Good results of a suspension that is filled, as an analyst types them."""
SPIKED = "endotoxin_eu_ml"


@dataclass
class QcRoom:
    """Whatever it takes from cells to an approved result, by the people who would do it."""

    session: Session
    bench: AtTheBench
    analyst: User
    keeper: User
    qa: User

    def proof(self, person: User) -> Proof:
        return Proof(user_id=person.id, name=person.full_name)

    @scene
    def cells(self, course: Any, live: int = 85_000_000) -> Suspension:
        """5 mL of P0 with enough viable cells for a dose; its harvest is closed."""
        return self.bench.harvest(
            self.bench.first_passage(course), count=counted(live, 2_000_000), volume="5", close=True
        )

    @scene
    def fill(self, suspension: Suspension, *volumes: str, kind: FillKind = FillKind.DOSES) -> Fill:
        """Doses for the first session of the course (or vials), of 3 mL where nothing is said."""
        volumes = volumes or ("3",)
        sitting = self.session.scalars(
            select(TransplantationSession)
            .where(TransplantationSession.course_id == suspension.batch.course_id)
            .order_by(TransplantationSession.id)
        ).first()
        doses = kind is FillKind.DOSES
        step = filling.start_filling(
            self.session, suspension, kind=kind, number=len(volumes),
            sitting=sitting if doses else None, comment="in good time", **self.bench.opening(),
        )  # fmt: skip
        codes = planned(self.session, step, "DS" if doses else "VL")
        injection = sitting.administrations[0] if doses else None
        made = filling.record_filling(
            self.session, step, suspension=suspension, kind=kind, vehicle="Sodium chloride 0.9 %",
            appearance_good=True, containers_intact=True, performed=self.bench.done(),
            by=self.bench.technician, comment="as they were filled",
            portions=[
                Portion(code, Decimal(volume), injection)
                for code, volume in zip(codes, volumes, strict=True)
            ],
        )  # fmt: skip
        self.bench.close(step)
        return made

    def start(self, batch: Batch, number: int) -> Any:
        return sampling.start_sampling(
            self.session, batch, number=number, **self.bench.opening("second_bench")
        )

    def sample(
        self, batch: Batch, *taken: tuple[Any, str | None], use: AliquotUse = AliquotUse.TESTING
    ) -> list[Aliquot]:
        """An aliquot of each source, with its volume, in a sampling step that is closed."""
        step = self.start(batch, len(taken))
        codes = planned(self.session, step, "QC")
        drawn = [
            Drawn(source, code, Decimal(volume) if volume else None, use)
            for code, (source, volume) in zip(codes, taken, strict=True)
        ]
        sampling.record_sampling(
            self.session, step, drawn=drawn, performed=self.bench.done(), by=self.bench.technician
        )
        self.bench.close(step)
        return list(
            self.session.scalars(
                select(Aliquot).where(Aliquot.step_id == step.id).order_by(Aliquot.id)
            )
        )

    def ask(self, what: Aliquot | Fill, *lines: str) -> list[QcTest]:
        """These lines of the specification, requested of an aliquot or of a fill itself."""
        if isinstance(what, Fill):
            qc_tests.request_fill_tests(self.session, what, lines=lines, by=self.analyst)
            of = QcTest.fill_id == what.id
        else:
            qc_tests.request_tests(self.session, what, lines=lines, by=self.analyst)
            of = QcTest.aliquot_id == what.id
        found = select(QcTest).where(of).order_by(QcTest.id)
        asked = {test.line.code: test for test in self.session.scalars(found)}
        return [asked[line] for line in lines]

    def start_test(self, test: QcTest) -> QcTest:
        return qc_tests.start_test(self.session, test, started_at=clock.now(), by=self.analyst)

    def enter(
        self,
        test: QcTest,
        text: str | Mapping[str, str],
        *,
        by: User | None = None,
        spike: str | None = None,
        **read: Any,
    ) -> QcTest:
        """The reading as the analyst types it; the spike of endotoxin was got back whole."""
        if spike is None and test.line.code == SPIKED:
            spike = "101"
        entry = Entry(
            texts={"": text} if isinstance(text, str) else text,
            read_at=clock.now(),
            spike_recovery_pct=Decimal(spike) if spike else None,
            **read,
        )
        return qc_results.enter_result(self.session, test, entry=entry, by=by or self.analyst)

    def seen(self, test: QcTest) -> str:
        return signing.sha256_of(qc_readings.shown_of(test))

    def verify(self, test: QcTest, by: User | None = None) -> QcTest:
        by = by or self.keeper
        return qc_deciding.verify_result(
            self.session, test, seen=self.seen(test), proof=self.proof(by), by=by
        )

    def approve(self, test: QcTest, by: User | None = None) -> QcTest:
        by = by or self.qa
        return qc_deciding.approve_result(
            self.session, test, seen=self.seen(test), proof=self.proof(by), by=by
        )

    def settle(self, test: QcTest, text: str | Mapping[str, str], **read: Any) -> QcTest:
        """Read, verified and approved."""
        self.enter(test, text, **read)
        if test.status is QcTestStatus.ENTERED:
            self.approve(self.verify(test))
        return test

    def settle_all(self, aliquot: Aliquot, results: Mapping[str, Any] | None = None) -> None:
        """Every good result of a suspension, or those given, approved."""
        results = results or {line: GOOD[line] for line in GOOD if line != "cd34_pct"}
        for test in self.ask(aliquot, *results):
            self.settle(test, results[test.line.code])

    def look_at(self, fill: Fill) -> None:
        """The tests of the fill itself, all good, approved."""
        share = dose_share.proposed(fill)
        texts = {
            "appearance": "conforms",
            "label_identity": "conforms",
            dose_share.LINE: "102" if share is None else f"{share:.2f}",
        }
        for test in self.ask(fill, *texts):
            self.settle(test, texts[test.line.code])

    def also(self, person: User, role: Role) -> None:
        """Give a person one more role."""
        roles.give(self.session, person, role, None)

    def investigate(self, deviation: Deviation, *, grade: Grade = Grade.MAJOR) -> None:
        """The lead looks into a deviation, quality approves what was found."""
        say: dict[str, Any] = {"text": "found and explained", "by": self.bench.lead}
        decisions.classify_deviation(
            self.session, deviation, grade=grade, owner=self.bench.lead, **say
        )
        decisions.investigate_deviation(self.session, deviation, **say)
        decisions.propose_decision(self.session, deviation, **say)
        decisions.approve_decision(
            self.session, deviation, text="agreed", proof=self.proof(self.qa), by=self.qa
        )


def days_later(days: int) -> Any:
    """So many days from now."""
    return time_machine.travel(clock.now() + timedelta(days=days))
