"""Everything recorded about some steps: each kind of row read once, however many steps there are.

A record of forty steps asks the database as often as a record of one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.models.aliquot import Aliquot
from lims.models.audit import Action, AuditEntry
from lims.models.base import table_of
from lims.models.culture import Moving, StepVessel
from lims.models.deviation import Deviation, DeviationDecision, DeviationSubject
from lims.models.equipment import Equipment, Place
from lims.models.fill import Dose, Fill
from lims.models.label import Label
from lims.models.patient import Patient
from lims.models.step import IdentityCheck, LineClearance, Step, StepPhoto
from lims.models.suspension import CellCount, Suspension, Withdrawal
from lims.models.user import Procedure, User
from lims.models.vessel import Vessel, VesselStanding

Row = TypeVar("Row")


class ByStep(dict[int, list[Row]]):
    """Rows by the step they belong to; none for a step without any."""

    def __missing__(self, key: int) -> list[Row]:
        return []


def grouped(rows: Iterable[Row], key: str = "step_id") -> ByStep[Row]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return ByStep(found)


@dataclass(frozen=True)
class StepRows:
    """The steps of a record in their order, and what belongs to each."""

    steps: Sequence[Step]
    patient: Patient
    people: Mapping[int, str]
    places: Mapping[int, Place]
    procedures: Mapping[int, Procedure]
    clearances: ByStep[LineClearance]
    checks: ByStep[IdentityCheck]
    photos: ByStep[StepPhoto]
    labels: ByStep[Label]
    looked_at: ByStep[StepVessel]
    made: ByStep[Suspension]
    counts: ByStep[CellCount]
    withdrawn: ByStep[Withdrawal]
    seeded: ByStep[Vessel]
    standings: ByStep[VesselStanding]
    aliquots: ByStep[Aliquot]
    fills: ByStep[Fill]
    deviations: ByStep[Deviation]
    corrected: ByStep[AuditEntry]


def read(session: Session, steps: Sequence[Step], patient: Patient) -> StepRows:
    """What belongs to `steps`, whose own columns, lots and equipment are read already."""
    ids = [step.id for step in steps]
    standings = _of(session, VesselStanding, ids, joinedload(VesselStanding.vessel))
    seeding = joinedload(Withdrawal.suspension)
    rows: dict[str, Any] = {
        "clearances": _of(session, LineClearance, ids),
        "checks": _of(session, IdentityCheck, ids),
        "photos": _of(session, StepPhoto, ids),
        "labels": _of(session, Label, ids),
        "looked_at": _of(session, StepVessel, ids, joinedload(StepVessel.vessel)),
        "made": _of(session, Suspension, ids, key="made_by_id"),
        "counts": _of(session, CellCount, ids, joinedload(CellCount.suspension)),
        "withdrawn": _of(session, Withdrawal, ids, seeding, joinedload(Withdrawal.into)),
        "aliquots": _of(session, Aliquot, ids),
        "fills": _of(
            session,
            Fill,
            ids,
            selectinload(Fill.doses).joinedload(Dose.planned),
            selectinload(Fill.doses).joinedload(Dose.session),
            selectinload(Fill.vials),
            key="made_by_id",
        ),
        "standings": standings,
        "seeded": _seeded(session, ids),
        "deviations": _deviations(session, ids),
        "corrected": _corrected(session, steps),
    }
    _read_equipment(session, steps)
    return StepRows(
        steps=steps,
        patient=patient,
        people=_people(session),
        places=_places(session, steps, standings),
        procedures=_by_id(session, Procedure, [step.procedure_id for step in steps]),
        **rows,
    )


def _of(
    session: Session, model: Any, ids: Sequence[int], *options: Any, key: str = "step_id"
) -> ByStep[Any]:
    query = select(model).where(getattr(model, key).in_(ids)).options(*options)
    return grouped(session.scalars(query.order_by(model.id)), key)


def _by_id(session: Session, model: Any, ids: Iterable[int | None], *options: Any) -> Any:
    wanted = {each for each in ids if each is not None}
    query = select(model).where(model.id.in_(wanted)).options(*options)
    return {row.id: row for row in session.scalars(query)}


def _people(session: Session) -> dict[int, str]:
    """Everybody's name: the staff of one laboratory is a short list."""
    return dict(session.execute(select(User.id, User.full_name)).all())


def _places(
    session: Session, steps: Sequence[Step], standings: ByStep[VesselStanding]
) -> dict[int, Place]:
    """Stations and shelves, each with the cabinet or incubator it is of."""
    wanted = [step.station_id for step in steps]
    wanted += [step.to_place_id for step in steps if isinstance(step, Moving)]
    wanted += [row.place_id for rows in standings.values() for row in rows]
    within = joinedload(Place.equipment).selectinload(Equipment.calibrations)
    found: dict[int, Place] = _by_id(session, Place, wanted, within)
    return found


def _read_equipment(session: Session, steps: Sequence[Step]) -> None:
    """The calibrations of what was scanned in, into the records at hand."""
    used = {row.equipment_id for step in steps for row in step.equipment}
    calibrations = selectinload(Equipment.calibrations)
    session.scalars(select(Equipment).where(Equipment.id.in_(used)).options(calibrations)).all()


def _seeded(session: Session, ids: Sequence[int]) -> ByStep[Vessel]:
    query = (
        select(Vessel, Withdrawal.step_id)
        .join(Withdrawal, Withdrawal.id == Vessel.withdrawal_id)
        .where(Withdrawal.step_id.in_(ids))
        .order_by(Vessel.id)
    )
    found: defaultdict[int, list[Vessel]] = defaultdict(list)
    for vessel, step_id in session.execute(query):
        found[step_id].append(vessel)
    return ByStep(found)


def _deviations(session: Session, ids: Sequence[int]) -> ByStep[Deviation]:
    query = select(DeviationSubject).where(DeviationSubject.step_id.in_(ids))
    subjects = session.scalars(query.order_by(DeviationSubject.id)).all()
    read = {each.id: each for each in deviations(session, [s.deviation_id for s in subjects])}
    found: defaultdict[int, list[Deviation]] = defaultdict(list)
    for subject in subjects:
        assert subject.step_id is not None
        found[subject.step_id].append(read[subject.deviation_id])
    return ByStep(found)


def deviations(session: Session, ids: Iterable[int]) -> Sequence[Deviation]:
    """These deviations with all that was decided of them."""
    decided = selectinload(Deviation.decisions).joinedload(DeviationDecision.signature)
    query = select(Deviation).where(Deviation.id.in_(set(ids))).options(decided)
    return session.scalars(query.order_by(Deviation.id)).all()


def _corrected(session: Session, steps: Sequence[Step]) -> ByStep[AuditEntry]:
    """The entries of the trail that gave a recorded step another value."""
    tables = {"step", *(table_of(step).name for step in steps)}
    query = select(AuditEntry).where(
        AuditEntry.command == "correct_step",
        AuditEntry.action == Action.UPDATE.value,
        AuditEntry.table_name.in_(tables),
        AuditEntry.row_id.in_([step.id for step in steps]),
    )
    return grouped(session.scalars(query.order_by(AuditEntry.id)), "row_id")
