"""What a fill comes from, or one that could be filled now: its tubes, its steps, its tests."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
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
from lims.models.base import table_of
from lims.models.batch import Batch
from lims.models.culture import StepVessel
from lims.models.fill import Dose, Fill, Vial
from lims.models.isolation import Isolation
from lims.models.retrieval import ThawedVial
from lims.models.step import Step
from lims.models.suspension import CellCount, Suspension, SuspensionOrigin, Withdrawal
from lims.models.vessel import Vessel
from lims.workflows import abreast, qc_readings
from lims.workflows.lines import FillKind
from lims.workflows.qc_readings import Source, source_of

Tubes = Collection[int] | Select[Any]
"""The keys of suspensions, or the walk to them."""
TUBE, THAWED, STEP, ALIQUOT = "tube", "thawed", "step", "aliquot"
"""What is kept by the tube it is behind."""
OWN_STEP, OWN_ALIQUOT = "own step", "own aliquot"
"""By the fill of whose containers it is."""
ISOLATED, ISOLATION = table_of(Isolation), table_of(Step).alias("isolation_step")
"""An isolation is two rows; its tissue is that of the step."""


@dataclass(frozen=True)
class Lineage:
    """What a fill comes from, by its keys, read once for any number of questions about it."""

    tubes: Collection[int]
    """The suspensions behind it."""
    is_thawed: bool
    steps: Collection[int]
    """In which they were made, cared for, counted or drawn from."""
    aliquots: Collection[int]
    """Of anything behind it, of itself and of its containers."""


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

    @property
    def walked(self) -> Lineage:
        """Its lineage, where that was read."""
        assert self.lineage is not None
        return self.lineage

    def has(self, test: QcTest) -> bool:
        """Whether `test` is of itself, of its containers or of its lineage, which was read."""
        return test.fill_id in self.fills or test.aliquot_id in self.walked.aliquots

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


def tests_of(session: Session, fills: Sequence[Filled]) -> list[list[QcTest]]:
    """`tests` of each of `fills`, whose lineage was read; one look-up for all."""
    found = tests(session, *fills)
    return [[test for test in found if filled.has(test)] for filled in fills]


def tests(session: Session, *fills: Filled) -> Sequence[QcTest]:
    """Every test made of `fills`, of their containers, or of their lineage; one look-up."""
    patients = {filled.batch.patient_id for filled in fills}
    of_fill = [key for filled in fills for key in filled.fills]
    theirs = or_(QcTest.fill_id.in_(of_fill), *map(_behind, fills))
    made = (
        select(QcTest)
        .outerjoin(Aliquot, Aliquot.id == QcTest.aliquot_id)
        .where(QcTest.patient_id.in_(patients), theirs)
        .options(*qc_readings.with_readings())
    )
    return session.scalars(made.order_by(QcTest.id)).unique().all()


def tests_and_sources(session: Session, filled: Filled) -> tuple[list[QcTest], list[Source]]:
    """`tests` of `filled`, whose lineage was read, and what aliquots for testing were taken from,
    of it and of its lineage; one look-up."""
    taken = (Aliquot.patient_id == filled.batch.patient_id) & _behind(filled)
    made = QcTest.fill_id.in_(filled.fills) | QcTest.aliquot_id.in_(select(Aliquot.id).where(taken))
    asked = abreast.abreast(
        (QcTest, (QcTest.patient_id == filled.batch.patient_id) & made),
        (Aliquot, taken & (Aliquot.use == AliquotUse.TESTING)),
    ).options(*qc_readings.with_readings(), *qc_readings.with_source())
    tests, aliquots = abreast.read(session, asked)
    return tests, [source_of(aliquot) for aliquot in aliquots]


def read(session: Session, fills: Sequence[Filled]) -> list[Filled]:
    """`fills`, each with its lineage, for who asks more than one question; one look-up for all,
    none where nothing was poured yet."""
    if not any(filled.tubes or filled.fills for filled in fills):
        return [replace(filled, lineage=_lineage({}, filled)) for filled in fills]
    walked, own = _walk(fills), [key for filled in fills for key in filled.fills]
    kind = case((Suspension.origin == SuspensionOrigin.THAW, THAWED), else_=TUBE)
    reached = select(kind, walked.c.origin, walked.c.id)
    behind, contained = _taken(walked).cte(), _taken_of_containers(own).cte()
    rows = union_all(
        reached.outerjoin(Suspension, Suspension.id == walked.c.id),
        select(literal(STEP), *_steps(walked).subquery().c),
        select(literal(STEP), behind.c.of, behind.c.step_id),
        select(literal(ALIQUOT), behind.c.of, behind.c.id),
        select(literal(OWN_STEP), contained.c.of, contained.c.step_id),
        select(literal(OWN_ALIQUOT), contained.c.of, contained.c.id),
    )
    found: dict[tuple[str, int], set[int]] = defaultdict(set)
    for what, of, key in session.execute(rows):
        if key is not None:
            found[what, of].add(key)
    return [replace(filled, lineage=_lineage(found, filled)) for filled in fills]


def _lineage(found: Mapping[tuple[str, int], set[int]], filled: Filled) -> Lineage:
    def keys(behind: str, own: str = "") -> set[int]:
        asked = [*((behind, key) for key in filled.tubes), *((own, key) for key in filled.fills)]
        return set().union(*(found.get(each, ()) for each in asked))

    thawed, steps, aliquots = keys(THAWED), keys(STEP, OWN_STEP), keys(ALIQUOT, OWN_ALIQUOT)
    return Lineage(keys(TUBE) | thawed, bool(thawed), steps, aliquots)


def _steps(walked: CTE) -> CompoundSelect[Any]:
    """By tube of origin, the steps in which what is behind it was made, cared for, counted or
    drawn from; none where there is no such. Outer joins, so that SQLite begins with the tubes."""
    columns = Suspension.made_by_id, CellCount.step_id, Withdrawal.step_id, StepVessel.step_id
    made, counted, poured, cared = (select(walked.c.origin, each) for each in columns)
    grown = Vessel.harvested_into_id == walked.c.id
    seeded = poured.outerjoin(Vessel, grown)
    return union(
        made.outerjoin(Suspension, Suspension.id == walked.c.id),
        counted.outerjoin(CellCount, CellCount.suspension_id == walked.c.id),
        select(walked.c.origin, Step.id)
        .outerjoin(ISOLATED, ISOLATED.c.suspension_id == walked.c.id)
        .outerjoin(ISOLATION, ISOLATION.c.id == ISOLATED.c.id)
        .outerjoin(Step, Step.sample_id == ISOLATION.c.sample_id),
        poured.outerjoin(Withdrawal, Withdrawal.into_id == walked.c.id),
        seeded.outerjoin(Withdrawal, Withdrawal.id == Vessel.withdrawal_id),
        cared.outerjoin(Vessel, grown).outerjoin(StepVessel, StepVessel.vessel_id == Vessel.id),
    )


def _taken(walked: CTE) -> CompoundSelect[Any]:
    """The aliquots of anything behind a tube of origin, with their steps; the same joins."""
    of = walked.c.origin.label("of"), Aliquot.id, Aliquot.step_id
    drawn = select(*of).outerjoin(Withdrawal, Withdrawal.suspension_id == walked.c.id)
    grown = select(*of).outerjoin(Vessel, Vessel.harvested_into_id == walked.c.id)
    isolated = select(*of).outerjoin(ISOLATED, ISOLATED.c.suspension_id == walked.c.id)
    tissue = isolated.outerjoin(ISOLATION, ISOLATION.c.id == ISOLATED.c.id)
    return union(
        drawn.outerjoin(Aliquot, Aliquot.withdrawal_id == Withdrawal.id),
        grown.outerjoin(Aliquot, Aliquot.vessel_id == Vessel.id),
        tissue.outerjoin(Aliquot, Aliquot.sample_id == ISOLATION.c.sample_id),
    )


def _taken_of_containers(fills: Sequence[int]) -> CompoundSelect[Any]:
    """The aliquots of the doses and vials of a fill, with their steps."""
    of = Aliquot.id, Aliquot.step_id
    doses = select(Dose.fill_id.label("of"), *of).join(Aliquot, Aliquot.dose_id == Dose.id)
    vials = select(Vial.fill_id.label("of"), *of).join(Aliquot, Aliquot.vial_id == Vial.id)
    return union(doses.where(Dose.fill_id.in_(fills)), vials.where(Vial.fill_id.in_(fills)))


def _behind(filled: Filled) -> ColumnElement[bool]:
    """Of the aliquots, those of `filled`, of its containers, or of anything in its lineage."""
    if filled.lineage is not None:
        of_vessels = Aliquot.vessel_id.in_(filled.vessels)
        return or_(Aliquot.id.in_(filled.lineage.aliquots), of_vessels)
    taken = (_taken(_walk([filled])), _taken_of_containers(filled.fills))
    return or_(
        Aliquot.vessel_id.in_(filled.vessels),
        *(Aliquot.id.in_(select(each.subquery().c.id)) for each in taken),
    )


def tubes(filled: Filled) -> Tubes:
    """The suspensions behind `filled`."""
    return filled.lineage.tubes if filled.lineage else select(_walk([filled]).c.id)


def _walk(fills: Sequence[Filled]) -> CTE:
    """By tube of origin the suspensions `fills` come from, those poured, harvested or thawed into
    them, and so on."""
    patients = {filled.batch.patient_id for filled in fills}
    origins = {key for filled in fills for key in filled.tubes}
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
        poured.where(Withdrawal.patient_id.in_(patients), Withdrawal.into_id.is_not(None)),
        frozen.where(ThawedVial.patient_id.in_(patients)),
        grown.where(Vessel.patient_id.in_(patients), Vessel.harvested_into_id.is_not(None)),
    ).subquery("edge")
    start = select(Suspension.id.label("origin"), Suspension.id.label("id"))
    walked = start.where(Suspension.id.in_(origins)).cte("lineage", recursive=True)
    further = select(walked.c.origin, edge.c.parent)
    return walked.union(further.join(walked, edge.c.child == walked.c.id))
