"""Steps that used lots and equipment, written as rows: for tests of what they were used in."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.course import Course
from lims.models.equipment import Equipment
from lims.models.isolation import Isolation
from lims.models.lot import Lot
from lims.models.sample import Sample
from lims.models.step import StepEquipment, StepLot
from lims.models.user import User
from lims.workflows import lots, states
from lims.workflows.codes import coded


def tissue(session: Session) -> Sample:
    """A sample of the first patient of the clinic."""
    course = session.scalars(select(Course).order_by(Course.id).limit(1)).one()
    sample: Sample = states.begin(Sample(patient_id=course.patient_id, course_id=course.id))
    session.add(coded(session, sample))
    session.flush()
    return sample


def isolation(session: Session, sample: Sample, by: User) -> Isolation:
    """An isolation of `sample`, open."""
    step: Isolation = states.begin(
        Isolation(patient_id=sample.patient_id, sample_id=sample.id, started_by_id=by.id)
    )
    session.add(coded(session, step))
    session.flush()
    return step


def use_lot(
    session: Session, step: Isolation, lot: Lot, quantity: str, let_by: User | None = None
) -> None:
    """`let_by` let it be used though it was not in order."""
    key = {"patient_id": step.patient_id, "step_id": step.id, "lot_id": lot.id}
    let = {"override_by_id": let_by.id, "override_reason": "nothing else is here"} if let_by else {}
    session.add(StepLot(quantity=Decimal(quantity), **key, **let))
    session.flush()
    lots.take_into_use(session, lot)


def use_equipment(session: Session, step: Isolation, piece: Equipment) -> None:
    session.add(StepEquipment(patient_id=step.patient_id, step_id=step.id, equipment_id=piece.id))
    session.flush()
