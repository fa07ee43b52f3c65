"""What a fill comes from, or one that could be filled now: its tubes, its steps, its tests."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    case,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from lims.models.aliquot import Aliquot, AliquotUse, QcTest
from lims.models.batch import Batch
from lims.models.culture import StepVessel
from lims.models.fill import Dose, Fill, Vial
from lims.models.isolation import Isolation
from lims.models.retrieval import ThawedVial
from lims.models.step import Step
from lims.models.suspension import CellCount, Suspension, SuspensionOrigin, Withdrawal
from lims.models.vessel import Vessel
from lims.workflows import qc_readings
from lims.workflows.lines import FillKind
from lims.workflows.qc_readings import Source, source_of

Tubes = Collection[int] | Select[Any]
"""The keys of suspensions, or the walk to them."""
TUBE, THAWED, STEP = "tube", "thawed", "step"


@dataclass(frozen=True)
class Lineage:
    """What a fill comes from, by its keys, read once for any number of questions about it."""

    tubes: Collection[int]
    """The suspensions behind it."""
    is_thawed: bool
    steps: Collection[int]
    """In which they were made, cared for, counted or drawn from."""


@dataclass(frozen=True)
class Filled:
    """A fill, or what would be one if these cells were filled now."""

    batch: Batch
    kind: FillKind
    passage: int | None
    tubes: Sequence[int] = ()
    """The keys of the suspensions it comes from."""
    vessels: Sequence[int] = ()
    """The keys of vessels still to be harvested for it."""
    fills: Sequence[int] = ()
    """The key of the fill, once there is one."""
    lineage: Lineage | None = None
    """Where it was read already; else each question walks it by itself."""

    @classmethod
    def as_made(cls, fill: Fill) -> "Filled":
        tubes = (fill.withdrawal.suspension_id,)
        return cls(fill.batch, FillKind(fill.kind.value), fill.passage, tubes, fills=(fill.id,))


def is_thawed(session: Session, filled: Filled) -> bool:
    """Whether any of the cells it comes from were frozen before."""
    if filled.lineage is not None:
        return filled.lineage.is_thawed
    behind = Suspension.id.in_(tubes(filled))
    thawed = select(Suspension.id).where(behind, Suspension.origin == SuspensionOrigin.THAW)
    return session.scalar(thawed.limit(1)) is not None


def tests(session: Session, filled: Filled) -> Sequence[QcTest]:
    """Every test made of `filled`, of its containers, or of its lineage; one look-up."""
    of_fill = QcTest.fill_id.in_(filled.fills)
    return (
        session.scalars(
            select(QcTest)
            .outerjoin(Aliquot, Aliquot.id == QcTest.aliquot_id)
            .where(QcTest.patient_id == filled.batch.patient_id, or_(of_fill, _behind(filled)))
            .options(*qc_readings.with_readings())
            .order_by(QcTest.id)
        )
        .unique()
        .all()
    )


def sources(session: Session, filled: Filled) -> list[Source]:
    """What aliquots for testing were taken from, of `filled` and of its lineage."""
    taken = session.scalars(
        select(Aliquot)
        .where(
            Aliquot.patient_id == filled.batch.patient_id,
            Aliquot.use == AliquotUse.TESTING,
            _behind(filled),
        )
        .options(*qc_readings.with_source())
    )
    return [source_of(aliquot) for aliquot in taken]


def read(session: Session, filled: Filled) -> Lineage:
    """The lineage of `filled`, for who asks more than one question about it; one look-up."""
    lineage = tubes(filled)
    kind = case((Suspension.origin == SuspensionOrigin.THAW, THAWED), else_=TUBE)
    worked = _steps(filled, lineage).subquery()
    rows = union_all(
        select(kind, Suspension.id).where(Suspension.id.in_(lineage)),
        select(literal(STEP), *worked.c),
    )
    found = defaultdict(set)
    for what, key in session.execute(rows):
        found[what].add(key)
    thawed = found[THAWED]
    return Lineage(found[TUBE] | thawed, bool(thawed), found[STEP])


def _steps(filled: Filled, lineage: Tubes) -> CompoundSelect[Any]:
    """The keys of the steps in which `lineage` was made, cared for, counted or drawn from."""
    tissue = select(Isolation.sample_id).where(Isolation.suspension_id.in_(lineage))
    grown = Vessel.harvested_into_id.in_(lineage)
    poured = select(Withdrawal.step_id)
    seen = select(StepVessel.step_id).join(Vessel, Vessel.id == StepVessel.vessel_id)
    return union(
        select(Suspension.made_by_id).where(Suspension.id.in_(lineage)),
        select(CellCount.step_id).where(CellCount.suspension_id.in_(lineage)),
        select(Step.id).where(Step.sample_id.in_(tissue)),
        poured.where(Withdrawal.into_id.in_(lineage)),
        poured.join(Vessel, Vessel.withdrawal_id == Withdrawal.id).where(grown),
        seen.where(grown),
        select(Aliquot.step_id).where(_behind(filled, lineage)),
    )


def _behind(filled: Filled, lineage: Tubes | None = None) -> ColumnElement[bool]:
    """Of the aliquots, those of `filled`, of its containers, or of anything in its lineage."""
    lineage = tubes(filled) if lineage is None else lineage
    of = Aliquot
    return or_(
        of.withdrawal_id.in_(select(Withdrawal.id).where(Withdrawal.suspension_id.in_(lineage))),
        of.vessel_id.in_(select(Vessel.id).where(Vessel.harvested_into_id.in_(lineage))),
        of.vessel_id.in_(filled.vessels),
        of.sample_id.in_(select(Isolation.sample_id).where(Isolation.suspension_id.in_(lineage))),
        of.dose_id.in_(select(Dose.id).where(Dose.fill_id.in_(filled.fills))),
        of.vial_id.in_(select(Vial.id).where(Vial.fill_id.in_(filled.fills))),
    )


def tubes(filled: Filled) -> Tubes:
    """The suspensions behind `filled`."""
    return filled.lineage.tubes if filled.lineage else select(_walk(filled).c.id)


def _walk(filled: Filled) -> CTE:
    """The suspensions a fill comes from, those poured, harvested or thawed into them, and so on."""
    patient_id = filled.batch.patient_id
    poured = select(Withdrawal.into_id.label("child"), Withdrawal.suspension_id.label("parent"))
    grown = select(Vessel.harvested_into_id, Withdrawal.suspension_id).join(
        Withdrawal, Withdrawal.id == Vessel.withdrawal_id
    )
    frozen = (
        select(Suspension.id, Withdrawal.suspension_id)
        .join(ThawedVial, ThawedVial.step_id == Suspension.made_by_id)
        .join(Vial, Vial.id == ThawedVial.vial_id)
        .join(Fill, Fill.id == Vial.fill_id)
        .join(Withdrawal, Withdrawal.id == Fill.withdrawal_id)
    )
    edge = union_all(
        poured.where(Withdrawal.patient_id == patient_id, Withdrawal.into_id.is_not(None)),
        frozen.where(ThawedVial.patient_id == patient_id),
        grown.where(Vessel.patient_id == patient_id, Vessel.harvested_into_id.is_not(None)),
    ).subquery("edge")
    start = select(Suspension.id.label("id")).where(Suspension.id.in_(filled.tubes))
    lineage = start.cte("lineage", recursive=True)
    return lineage.union(select(edge.c.parent).join(lineage, edge.c.child == lineage.c.id))
