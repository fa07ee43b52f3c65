"""What a release will ask for, said while it can still be taken: at a harvest and at a fill."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims.errors import N_
from lims.models.batch import Batch
from lims.models.culture import Harvest
from lims.models.fill import Fill
from lims.models.filling import Filling
from lims.models.step import Step, StepStatus
from lims.models.suspension import Suspension
from lims.models.vessel import Vessel, VesselStatus
from lims.workflows import containers, fill_results
from lims.workflows.fill_lineage import Filled
from lims.workflows.growth import pooled_passage
from lims.workflows.lines import FillKind, Line, TakenFrom

MEDIUM = N_("spent medium")
"""What is said on the label of the aliquot that it goes into, before it is poured away."""


def at_harvest(session: Session, batch: Batch) -> list[Line]:
    """What is to be taken of the spent medium, should the next harvest of `batch` be the last."""
    query = select(Vessel).where(
        Vessel.batch_id == batch.id,
        Vessel.status.in_((VesselStatus.SEEDED, VesselStatus.CULTURING)),
    )
    living = session.scalars(query).all()
    passage = pooled_passage([vessel.passage for vessel in living]) if living else None
    vessels = tuple(each.id for each in living if each.passage == passage)
    return _of_medium(session, Filled(batch, FillKind.DOSES, passage, vessels=vessels))


def at_fill(session: Session, suspension: Suspension, kind: FillKind) -> list[Line]:
    """What is to be taken of `suspension`, of its containers and of what it was grown in."""
    passage, tubes = suspension.passage, (suspension.id,)
    return fill_results.to_take(session, Filled(suspension.batch, kind, passage, tubes))


def of_step(session: Session, step: Step) -> list[Line]:
    """What is still to be taken in a harvest or a filling under way; of other steps nothing."""
    if step.status not in (StepStatus.OPEN, StepStatus.RECORDED, StepStatus.CLOSED):
        return []
    if isinstance(step, Harvest):
        return _of_harvest(session, step)
    return _of_filling(session, step) if isinstance(step, Filling) else []


def _of_harvest(session: Session, step: Harvest) -> list[Line]:
    batch = session.get_one(Batch, step.batch_id)
    made = session.scalars(
        select(Suspension)
        .join(Harvest, Harvest.suspension_id == Suspension.id)
        .where(Harvest.id == step.id)
    ).one_or_none()
    if made is None:
        return at_harvest(session, batch)
    return _of_medium(session, Filled(batch, FillKind.DOSES, made.passage, (made.id,)))


def _of_filling(session: Session, step: Filling) -> list[Line]:
    if step.status is not StepStatus.OPEN:
        made = select(Fill).where(Fill.made_by_id == step.id)
        fill = session.scalars(made.options(joinedload(Fill.withdrawal))).one()
        return fill_results.to_take(session, Filled.as_made(fill))
    vials = any(each.kind == "VL" for each in containers.planned_for(session, step))
    suspension = session.get_one(Suspension, step.suspension_id)
    return at_fill(session, suspension, FillKind.VIALS if vials else FillKind.DOSES)


def _of_medium(session: Session, filled: Filled) -> list[Line]:
    lines = fill_results.to_take(session, filled)
    return [line for line in lines if line.taken_from is TakenFrom.SPENT_MEDIUM]
