"""Everything recorded about some steps: each kind of row read once, however many steps there are.

A record of forty steps asks the database as often as a record of one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from lims.errors import LimsError
from lims.models.aliquot import Aliquot
from lims.models.audit import Action, AuditEntry
from lims.models.base import table_of
from lims.models.culture import Moving, StepVessel
from lims.models.deviation import Deviation, DeviationDecision, DeviationSubject
from lims.models.equipment import Calibration, Place
from lims.models.fill import Disposition, Dose, Fill, Vial
from lims.models.freezing import FreezingPoint, FrozenVial
from lims.models.label import Label
from lims.models.patient import Patient
from lims.models.retrieval import RetrievedVial, ThawedVial
from lims.models.step import IdentityCheck, LineClearance, Step
from lims.models.step_file import StepPaper, StepPhoto
from lims.models.suspension import CellCount, Suspension, Withdrawal
from lims.models.user import Procedure, User
from lims.models.vessel import Vessel, VesselStanding
from lims.papers import cryobank_rows
from lims.papers.by_step import ByStep, grouped, of_steps
from lims.workflows import past_checks
from lims.workflows.batch_growth import BatchGrowth
from lims.workflows.corrections import correct_step
from lims.workflows.earlier_batches import take_over_batch
from lims.workflows.earlier_vials import take_over_vials
from lims.workflows.made_values import correct_made
from lims.workflows.vehicle_corrections import correct_vehicle


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
    papers: ByStep[StepPaper]
    labels: ByStep[Label]
    looked_at: ByStep[StepVessel]
    made: ByStep[Suspension]
    counts: ByStep[CellCount]
    withdrawn: ByStep[Withdrawal]
    seeded: ByStep[Vessel]
    standings: ByStep[VesselStanding]
    aliquots: ByStep[Aliquot]
    fills: ByStep[Fill]
    frozen: ByStep[FrozenVial]
    curve: ByStep[FreezingPoint]
    thawed: ByStep[ThawedVial]
    out: Mapping[int, Decimal]
    """Seconds out of the cold, by thawed vial."""
    recovered: Mapping[int, Decimal]
    """Percent of the cells frozen, by step."""
    retrieved: ByStep[RetrievedVial]
    deviations: ByStep[Deviation]
    on_word: Mapping[int, Sequence[LimsError]]
    """Where the contraindications before an injection rest on the physician's word, by step."""
    explained: Sequence[AuditEntry]
    """Every change of anything of the patient's that was given a reason."""
    corrected: ByStep[AuditEntry]
    """Those that gave a recorded step another value."""
    remade: Mapping[tuple[str, int], Sequence[AuditEntry]]
    """Those that gave another value to what a step made, by table and row."""


CORRECTING = (correct_made.__name__, correct_vehicle.__name__)
IMPORTING = (take_over_batch.__name__, take_over_vials.__name__)
"""Their reason says where something came from; it changes nothing that was there."""


def read(
    session: Session, steps: Sequence[Step], patient: Patient, grown: BatchGrowth | None
) -> StepRows:
    """What belongs to `steps`, whose own columns, lots and equipment are read already.

    `grown` is what was read of the cells of their batch; there is none before isolation.
    """
    ids = [step.id for step in steps]
    standings = of_steps(session, VesselStanding, ids, joinedload(VesselStanding.vessel))
    explained = _explained(session, patient)
    rows: dict[str, Any] = {
        "clearances": of_steps(session, LineClearance, ids),
        "checks": of_steps(session, IdentityCheck, ids),
        "photos": of_steps(session, StepPhoto, ids),
        "papers": of_steps(session, StepPaper, ids),
        "labels": of_steps(session, Label, ids),
        "looked_at": of_steps(session, StepVessel, ids, joinedload(StepVessel.vessel)),
        "aliquots": of_steps(session, Aliquot, ids),
        "fills": _fills(session, ids),
        **cryobank_rows.read(session, steps),
        "standings": standings,
        "deviations": _deviations(session, ids),
        "on_word": past_checks.of_steps(session, patient, steps),
        "explained": explained,
        "corrected": grouped(_of_values(explained, steps), "row_id"),
        "remade": _remade(explained),
    }
    places = _places(session, steps, standings)
    _read_calibrations(session, steps, places)
    return StepRows(
        steps=steps,
        patient=patient,
        people=_people(session),
        places=places,
        procedures=_by_id(session, Procedure, [step.procedure_id for step in steps]),
        **rows,
        **_cells(grown),
    )


def _by_id(session: Session, model: Any, ids: Iterable[int | None], *options: Any) -> Any:
    wanted = {each for each in ids if each is not None}
    query = select(model).where(model.id.in_(wanted)).options(*options)
    return {row.id: row for row in session.scalars(query)}


def _cells(grown: BatchGrowth | None) -> dict[str, Any]:
    """Suspensions, their counts, what left them and what was seeded, each by its step."""
    tubes = grown.suspensions if grown else []
    seeded: defaultdict[int, list[Vessel]] = defaultdict(list)
    for vessel in grown.vessels if grown else []:
        seeded[vessel.withdrawal.step_id].append(vessel)
    return {
        "made": grouped(tubes, "made_by_id"),
        "counts": grouped(count for tube in tubes for count in tube.counts),
        "withdrawn": grouped(taken for tube in tubes for taken in tube.withdrawals),
        "seeded": ByStep(seeded),
    }


def _fills(session: Session, ids: Sequence[int]) -> ByStep[Fill]:
    doses = selectinload(Fill.doses)
    decided = selectinload(Fill.dispositions).joinedload(Disposition.signature)
    return of_steps(
        session,
        Fill,
        ids,
        doses.joinedload(Dose.planned),
        doses.joinedload(Dose.session),
        doses.joinedload(Dose.aliquots),
        selectinload(Fill.vials).joinedload(Vial.aliquots),
        decided,
        joinedload(Fill.patient),
        key="made_by_id",
    )


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
    found: dict[int, Place] = _by_id(session, Place, wanted, joinedload(Place.equipment))
    return found


def _read_calibrations(
    session: Session, steps: Sequence[Step], places: Mapping[int, Place]
) -> None:
    """The calibrations of all that was scanned in or stood at, into the records at hand."""
    pieces = {row.equipment_id: row.equipment for step in steps for row in step.equipment}
    pieces |= {p.equipment.id: p.equipment for p in places.values() if p.equipment is not None}
    query = select(Calibration).where(Calibration.equipment_id.in_(pieces))
    found = grouped(session.scalars(query.order_by(Calibration.due_on.desc())), "equipment_id")
    for key, piece in pieces.items():
        set_committed_value(piece, "calibrations", found[key])


def _deviations(session: Session, ids: Sequence[int]) -> ByStep[Deviation]:
    decided = joinedload(DeviationSubject.deviation).selectinload(Deviation.decisions)
    query = select(DeviationSubject).where(DeviationSubject.step_id.in_(ids))
    subjects = session.scalars(
        query.options(decided.joinedload(DeviationDecision.signature)).order_by(DeviationSubject.id)
    )
    found: defaultdict[int, list[Deviation]] = defaultdict(list)
    for subject in subjects:
        assert subject.step_id is not None
        found[subject.step_id].append(subject.deviation)
    return ByStep(found)


def read_decisions(session: Session, deviations: Sequence[Deviation]) -> None:
    """What was decided of each of `deviations`, into the records at hand."""
    found = grouped(
        session.scalars(
            select(DeviationDecision)
            .where(DeviationDecision.deviation_id.in_([each.id for each in deviations]))
            .options(joinedload(DeviationDecision.signature))
            .order_by(DeviationDecision.id)
        ),
        "deviation_id",
    )
    for deviation in deviations:
        set_committed_value(deviation, "decisions", found[deviation.id])


def _of_values(explained: Sequence[AuditEntry], steps: Sequence[Step]) -> Iterator[AuditEntry]:
    """What corrections changed in the steps themselves, not in what says the same elsewhere."""
    tables = {table_of(step).name for step in steps}
    for entry in explained:
        if entry.command == correct_step.__name__ and entry.table_name in tables:
            yield entry


def _remade(explained: Sequence[AuditEntry]) -> Mapping[tuple[str, int], Sequence[AuditEntry]]:
    found: defaultdict[tuple[str, int], list[AuditEntry]] = defaultdict(list)
    for entry in explained:
        if entry.command in CORRECTING:
            found[entry.table_name, entry.row_id].append(entry)
    return found


def _explained(session: Session, patient: Patient) -> Sequence[AuditEntry]:
    return session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.patient_id == patient.id,
            AuditEntry.action == Action.UPDATE.value,
            AuditEntry.reason.is_not(None),
            AuditEntry.command.not_in(IMPORTING),
        )
        .order_by(AuditEntry.id)
    ).all()
