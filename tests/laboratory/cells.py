"""One technician and a lead at a bench: tissue becomes cells, cells become the next passage."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.models.course import Course, CourseStatus
from lims.models.equipment import Place
from lims.models.sample import Sample, SampleStatus
from lims.models.step import PlannedContainer, Step
from lims.models.suspension import CountMethod, Purpose, Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.workflows import (
    containers,
    harvesting,
    isolating,
    labelling,
    seeding,
    splitting,
    states,
    steps,
    unscanned,
)
from lims.workflows.codes import coded
from lims.workflows.isolating import Digestion
from lims.workflows.label_balance import LeftOver
from lims.workflows.seeding import Sown
from lims.workflows.signing import Proof
from lims.workflows.steps import Performed
from lims.workflows.suspensions import Count
from tests.laboratory import supplies
from tests.laboratory.standing import scene

T175 = Decimal(175)
DIGESTION = Digestion(
    tissue_used_g=Decimal("7.5"),
    enzyme_pct=Decimal("0.075"),
    digestion_min=60,
    digestion_c=Decimal(37),
    spin_g=400,
    spin_min=5,
    washes=3,
)


def counted(live: int, dead: int = 0) -> Count:
    """An automated count of the whole volume."""
    return Count(live=live, dead=dead, method=CountMethod.AUTOMATED)


def opened_before(step: Step, **ago: float) -> Step:
    """As if the bench had been cleared so long before, two hours where nothing is said."""
    step.started_at -= timedelta(**(ago or {"hours": 2}))
    return step


def given_out(session: Session, step: Step, kind: str) -> list[str]:
    """The codes of this kind that `step` gave out, in order."""
    return list(
        session.scalars(
            select(PlannedContainer.container_code)
            .where(PlannedContainer.step_id == step.id, PlannedContainer.kind == kind)
            .order_by(PlannedContainer.id)
        )
    )


def planned(session: Session, step: Step, kind: str) -> list[str]:
    """Those codes, each with a label printed by whoever opened the step."""
    codes = given_out(session, step, kind)
    printed = containers.current_labels(session, codes)
    if bare := [code for code in codes if code not in printed]:
        labelling.record_printed(
            session, step=step, patient_id=step.patient_id, codes=bare, layout="bench",
            content_sha256="0" * 64, by=session.get_one(User, step.started_by_id),
        )  # fmt: skip
    return codes


NONE_SCANNED = "the scanner lay at the other bench"


def said(step: Step) -> str | None:
    """Why no lot and no device was scanned into a step, where none was."""
    return NONE_SCANNED if any(unscanned.found(step)) else None


@dataclass
class AtTheBench:
    """Everything done by `technician` and checked by `lead`; each step is closed after it."""

    session: Session
    technician: User
    lead: User

    def place(self, name: str) -> Place:
        return supplies.place(self.session, name)

    def checker(self) -> Proof:
        return Proof(user_id=self.lead.id, name=self.lead.full_name)

    def done(self, at: datetime | None = None, late: str | None = None) -> Performed:
        moment = at or clock.now()
        ago = clock.now() - moment
        return Performed(
            at=moment, late_reason=late or ("entered later" if ago > timedelta(hours=1) else None)
        )

    def opening(self, bench: str = "bench") -> dict[str, object]:
        """What every start at a bench is given."""
        return {"station": self.place(bench), "checker": self.checker(), "by": self.technician}

    def close(self, step: Step) -> None:
        """What was not used of its labels is destroyed; where nothing was scanned, it is said."""
        steps.close_step(
            self.session, step, checker=self.checker(), left_over=LeftOver.DESTROYED,
            by=self.technician, comment=said(step),
        )  # fmt: skip

    def tissue(self, course: Course, at: datetime | None = None) -> Sample:
        """Tissue of `course` that was received and accepted, at that time or now."""
        now = at or clock.now()
        sample = Sample(patient_id=course.patient_id, course_id=course.id)
        self.session.add(coded(self.session, states.begin(sample)))
        self.session.flush()
        sample.mass_g, sample.collected_at, sample.received_at = Decimal("7.5"), now, now
        for status in ("collected", "in_transit", "received", "accepted"):
            states.move(self.session, sample, SampleStatus(status))
        if course.status is CourseStatus.CONSENTED:
            states.move(self.session, course, CourseStatus.COLLECTING)
        return sample

    @scene
    def isolate(
        self,
        course: Course,
        *,
        count: Count | None = None,
        vessels: int = 2,
        at: datetime | None = None,
        close: bool = False,
    ) -> Suspension:
        """10 mL of stromal vascular fraction; the step stays open for seeding unless `close`."""
        step = isolating.start_isolation(
            self.session, self.tissue(course, at), vessels=vessels, **self.opening()
        )
        suspension = isolating.record_isolation(
            self.session,
            opened_before(step),
            tissue=self.session.get_one(Sample, step.sample_id),
            suspension_code=planned(self.session, step, "SU")[0],
            digestion=DIGESTION,
            volume_ml=Decimal(10),
            count=count,
            performed=self.done(at),
            by=self.technician,
        )
        if close:
            self.close(step)
        return suspension

    def sown(self, step: Step, *volumes: str) -> list[Sown]:
        """The first planned vessels of `step` that are still empty, one for each volume."""
        used = set(self.session.scalars(select(Vessel.code)))
        free = [code for code in planned(self.session, step, "VE") if code not in used]
        return [
            Sown(code, Decimal(volume), "T-175", T175)
            for code, volume in zip(free, volumes, strict=False)
        ]

    def split(
        self, suspension: Suspension, *volumes: str, at: datetime | None = None
    ) -> list[Vessel]:
        """Vessels seeded in the very step that made `suspension`; the rest is waste, it closes."""
        step = suspension.made_by
        sown = self.sown(step, *volumes)
        seeding.seed_vessels(
            self.session,
            step,
            suspension=suspension,
            sown=sown,
            shelf=self.place("shelf"),
            at=at,
            by=self.technician,
        )
        if suspension.remaining_ml:
            self.waste(step, suspension)
        self.close(step)
        return self.vessels(*[each.code for each in sown])

    def waste(self, step: Step, suspension: Suspension) -> None:
        """All that is left of it; a second person signs, for it may be much."""
        splitting.put_aside(
            self.session, step, suspension=suspension, purpose=Purpose.WASTE,
            comment="more than is needed", second=self.checker(), by=self.technician,
        )  # fmt: skip

    def vessels(self, *codes: str) -> list[Vessel]:
        found = select(Vessel).where(Vessel.code.in_(codes)).order_by(Vessel.id)
        return list(self.session.scalars(found))

    def harvest(
        self,
        vessels: list[Vessel],
        *,
        count: Count | None,
        next_vessels: int = 0,
        volume: str = "20",
        confluence: str | None = "80",
        at: datetime | None = None,
        close: bool = False,
        comment: str | None = None,
    ) -> Suspension:
        """`vessels` pooled into one tube; the step stays open for splitting unless `close`."""
        step = harvesting.start_harvest(
            self.session, vessels, next_vessels=next_vessels, **self.opening()
        )
        suspension = harvesting.record_harvest(
            self.session,
            step,
            vessels=vessels,
            suspension_code=planned(self.session, step, "SU")[0],
            volume_ml=Decimal(volume),
            count=count,
            confluence_pct=Decimal(confluence) if confluence else None,
            performed=self.done(at),
            comment=comment,
            by=self.technician,
        )
        if close:
            self.close(step)
        return suspension

    @scene
    def first_passage(self, course: Course, *, vessels: int = 2) -> list[Vessel]:
        """P0 vessels in culture, seeded from counted stromal vascular fraction."""
        svf = self.isolate(course, count=counted(8_000_000, 1_000_000), vessels=vessels)
        return self.split(svf, *["2"] * vessels)

    @scene
    def second_passage(self, course: Course, *, vessels: int = 2) -> list[Vessel]:
        """P1 vessels in culture, each seeded with 500 000 cells."""
        p0 = self.first_passage(course)
        made = self.harvest(p0, count=counted(5_000_000, 100_000), next_vessels=vessels)
        return self.split(made, *["2"] * vessels)
