"""When a step was performed is said by what it made or moved, too: corrected, all say the same."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lims.models.aliquot import Aliquot
from lims.models.culture import StepVessel
from lims.models.fill import Dose, DoseStatus, Fill
from lims.models.label import LabelStatus
from lims.models.sample import Sample
from lims.models.step import Step, StepKind
from lims.models.suspension import Withdrawal
from lims.models.vessel import Vessel, VesselStanding
from lims.workflows import containers, shelf_life, states

OF_THE_TISSUE = {StepKind.COLLECTION: "collected_at", StepKind.RECEPTION: "received_at"}
NOT_GIVEN_OUT = (DoseStatus.LABELLED, DoseStatus.QUARANTINED, DoseStatus.AVAILABLE)


def follow(session: Session, step: Step, before: datetime, at: datetime) -> None:
    """Where `before` was copied from `step`, the right moment stands; expiry is counted anew."""
    for query, column in _copies(step):
        for record in session.scalars(query):
            if getattr(record, column) == before:
                setattr(record, column, at)
    for fill in session.scalars(select(Fill).where(Fill.made_by_id == step.id)):
        fill.filled_at = at
        if fill.expires_at is not None:
            fill.expires_at = shelf_life.expiry(session, fill.withdrawal.suspension, at)
        for dose in fill.doses:
            _label_is_wrong(session, dose)


def _copies(step: Step) -> list[tuple[Select[Any], str]]:
    """Which records may say when `step` was performed, and in which column."""
    seen = select(StepVessel.vessel_id).where(StepVessel.step_id == step.id)
    stood = select(VesselStanding.vessel_id).where(VesselStanding.step_id == step.id)
    left = VesselStanding.vessel_id.in_(seen) | VesselStanding.vessel_id.in_(stood)
    sown = select(Vessel).join(Vessel.withdrawal).where(Withdrawal.step_id == step.id)
    copies: list[tuple[Select[Any], str]] = [
        (sown, "seeded_at"),
        (select(VesselStanding).where(VesselStanding.step_id == step.id), "stood_at"),
        (select(VesselStanding).where(left), "left_at"),
        (select(Aliquot).where(Aliquot.step_id == step.id), "taken_at"),
    ]
    if (column := OF_THE_TISSUE.get(step.kind)) is not None:
        copies.append((select(Sample).where(Sample.id == step.sample_id), column))
    return copies


def _label_is_wrong(session: Session, dose: Dose) -> None:
    """What is printed on a dose that is still here is not so any more: it gets another label."""
    label = containers.current_label(session, dose.code)
    if label is None or dose.status not in NOT_GIVEN_OUT:
        return
    if states.may_become(label, LabelStatus.VOID):
        states.move(session, label, LabelStatus.VOID)
