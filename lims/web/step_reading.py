"""Everything a step's page shows, in a bounded number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectin_polymorphic, selectinload

from lims.errors import N_
from lims.models.administration import OF_A_DOSE
from lims.models.batch import Batch
from lims.models.course import Course
from lims.models.culture import StepVessel
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.filling import Filling
from lims.models.freezing import Freezing, FrozenVial
from lims.models.label import Label
from lims.models.order import Order
from lims.models.patient import Patient
from lims.models.retrieval import ThawedVial
from lims.models.sample import Sample
from lims.models.specification import SpecificationVersion
from lims.models.step import (
    IdentityCheck,
    LineClearance,
    PlannedContainer,
    Step,
    StepKind,
)
from lims.models.step_file import StepPhoto
from lims.models.suspension import (
    CellCount,
    Purpose,
    Suspension,
    SuspensionStatus,
    Withdrawal,
)
from lims.models.vessel import Vessel
from lims.web import step_vials
from lims.web.corrected import corrected
from lims.web.records import find
from lims.web.step_supplies import Supply, supplies_of
from lims.web.trail_values import Told
from lims.workflows import order_steps, thaw_stops

NOT_PRINTED = N_("not printed")
WITHOUT_VESSELS = {
    kind.__mapper__.polymorphic_identity for kind in (*order_steps.OF_AN_ORDER, Filling, *OF_A_DOSE)
}
"""Steps done with tubes, syringes and vials alone."""
OF_NONE = 0
"""What no order is numbered: a database that was told NULL would read all of them."""
STOPPED_AT = {StepKind.HANDOVER, StepKind.ADMINISTRATION}
"""Steps at which the scan of another patient stops all until a second person clears it; of a thaw
its deviation says so."""


@dataclass(frozen=True)
class Container:
    """A container of the plan, and its label's newest copy."""

    planned: PlannedContainer
    label: Label | None

    @property
    def code(self) -> str:
        return self.planned.container_code

    @property
    def status(self) -> str:
        return self.label.status.value if self.label else NOT_PRINTED


@dataclass(frozen=True)
class Around:
    """A step, whose it is and what it belongs to."""

    step: Any
    patient: Patient
    batch: Batch | None
    course: Course | None
    version: SpecificationVersion | None
    sample: Sample | None
    clearance: LineClearance | None
    order: Order | None
    """The order it was done for, where it is of one."""


@dataclass(frozen=True)
class StepRead(Around):
    supplies: Sequence[Supply]
    containers: Sequence[Container]
    deviations: Sequence[Deviation]
    corrections: Sequence[Told]
    vessels: Sequence[StepVessel]
    photos: Sequence[tuple[StepPhoto, str]]
    """Each with the code of the vessel it shows."""
    tubes: Sequence[Suspension]
    """What was made, counted or taken from in the step."""
    cleared: Sequence[IdentityCheck] = ()
    """The stops that a second person cleared."""
    frozen: Sequence[FrozenVial] = ()
    """The vials of a freezing."""
    thawed: Sequence[ThawedVial] = ()
    left: Sequence[str] = ()
    recovered: Decimal | None = None
    """Percent of the viable cells frozen, got back in a thaw."""

    @property
    def counts(self) -> list[tuple[Suspension, CellCount]]:
        return [(t, each) for t in self.tubes for each in t.counts if each.step_id == self.step.id]

    @property
    def withdrawals(self) -> list[tuple[Suspension, Withdrawal]]:
        return [
            (t, each) for t in self.tubes for each in t.withdrawals if each.step_id == self.step.id
        ]

    @property
    def left_over(self) -> list[Suspension]:
        """Tubes that the step split and that still hold something: it does not close before."""
        split = [t for t, each in self.withdrawals if each.purpose is Purpose.SEEDING]
        return [t for t in dict.fromkeys(split) if t.status is SuspensionStatus.MADE]


KINDS = [each.class_ for each in Step.__mapper__.self_and_descendants if each.class_ is not Step]
BESIDE = (
    Step.started_by, Step.performed_by, Step.recorded_by, Step.verified_by,
    Step.station, Step.procedure,
)  # fmt: skip


OF_A_KIND = (
    selectin_polymorphic(Step, KINDS), joinedload(Freezing.points), joinedload(Step.papers),
)  # fmt: skip
"""The columns of its kind; of a freezing, in the same query, its curve; the papers it was written
on."""


def read(session: Session, code: str) -> StepRead:
    """The step with this code and what belongs to it; twelve queries, however much that is."""
    step = find(Step, code, *map(joinedload, BESIDE), *OF_A_KIND)
    about = select(DeviationSubject.deviation_id).where(DeviationSubject.step_id == step.id)
    found = session.scalars(
        select(Deviation).where(Deviation.id.in_(about)).order_by(Deviation.id)
    ).all()
    stopped = step.kind in STOPPED_AT or any(each.rule == thaw_stops.RULE for each in found)
    return StepRead(
        **vars(around(session, step)),
        supplies=supplies_of(session, step),
        containers=containers_of(session, step),
        deviations=found,
        corrections=corrected(step),
        vessels=vessels_of(session, step),
        photos=photos_of(session, step),
        tubes=tubes_of(session, step),
        cleared=cleared_in(session, step) if stopped else (),
        frozen=step_vials.frozen_in(session, step),
        thawed=step_vials.thawed_in(session, step),
        left=step_vials.left_in(session, step),
        recovered=step_vials.recovered_in(session, step),
    )


def around(session: Session, step: Step) -> Around:
    """Whose it is, what it belongs to, and its bench; one query."""
    people = (LineClearance.open_checked_by, LineClearance.close_checked_by)
    query = (
        select(Patient, Batch, Course, SpecificationVersion, Sample, LineClearance, Order)
        .select_from(Step)
        .join(Patient, Patient.id == Step.patient_id)
        .outerjoin(Batch, Batch.id == Step.batch_id)
        .outerjoin(Sample, Sample.id == Step.sample_id)
        .outerjoin(Course, (Course.id == Batch.course_id) | (Course.id == Sample.course_id))
        .outerjoin(SpecificationVersion, SpecificationVersion.id == Batch.specification_version_id)
        .outerjoin(LineClearance, LineClearance.step_id == Step.id)
        .outerjoin(Order, Order.id == (order_steps.order_id_of(step) or OF_NONE))
        .where(Step.id == step.id)
        .options(*map(joinedload, people), joinedload(LineClearance.station))
        .limit(1)
    )
    return Around(step, *session.execute(query).one())


def containers_of(session: Session, step: Step) -> list[Container]:
    """The plan of the step in its order, each container with its newest label."""
    rows = session.execute(
        select(PlannedContainer, Label)
        .outerjoin(Label, Label.subject_code == PlannedContainer.container_code)
        .where(PlannedContainer.step_id == step.id)
        .order_by(PlannedContainer.id, Label.copy)
    )
    newest: dict[int, Container] = {}
    for planned, label in rows:
        newest[planned.id] = Container(planned, label)
    return list(newest.values())


def tubes_of(session: Session, step: Step) -> Sequence[Suspension]:
    counted = select(CellCount.suspension_id).where(CellCount.step_id == step.id)
    taken = select(Withdrawal.suspension_id).where(Withdrawal.step_id == step.id)
    query = (
        select(Suspension)
        .where(
            (Suspension.made_by_id == step.id)
            | Suspension.id.in_(counted)
            | Suspension.id.in_(taken)
        )
        .options(
            joinedload(Suspension.counts),
            selectinload(Suspension.withdrawals).joinedload(Withdrawal.into),
        )
        .order_by(Suspension.id)
    )
    return session.scalars(query).unique().all()


def vessels_of(session: Session, step: Step) -> Sequence[StepVessel]:
    if step.kind in WITHOUT_VESSELS:
        return ()
    query = select(StepVessel).where(StepVessel.step_id == step.id).order_by(StepVessel.id)
    return session.scalars(query.options(joinedload(StepVessel.vessel))).all()


def cleared_in(session: Session, step: Step) -> Sequence[IdentityCheck]:
    cleared = IdentityCheck.step_id == step.id, IdentityCheck.cleared_by_id.is_not(None)
    query = select(IdentityCheck).where(*cleared).options(joinedload(IdentityCheck.cleared_by))
    return session.scalars(query.order_by(IdentityCheck.id)).all()


def photos_of(session: Session, step: Step) -> list[tuple[StepPhoto, str]]:
    if step.kind is not StepKind.OBSERVATION:
        return []
    query = (
        select(StepPhoto, Vessel.code)
        .join(Vessel, Vessel.id == StepPhoto.vessel_id)
        .where(StepPhoto.step_id == step.id)
        .order_by(StepPhoto.id)
    )
    return [(taken, code) for taken, code in session.execute(query)]
