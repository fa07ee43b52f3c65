"""A batch begins; it ends with its last fill, vessel or suspension, or is abandoned by quality."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course
from lims.models.fill import Fill, FillStatus
from lims.models.order import Order, OrderStatus
from lims.models.retrieval import BatchVial, Thaw
from lims.models.signature import Meaning
from lims.models.step import Step, StepStatus
from lims.models.suspension import Suspension, SuspensionStatus
from lims.models.user import User
from lims.models.vessel import Vessel, VesselStatus
from lims.permissions import Permission
from lims.workflows import signing, specifications, states
from lims.workflows.codes import coded
from lims.workflows.command import because, command
from lims.workflows.signing import Proof

LIVING = (VesselStatus.SEEDED, VesselStatus.CULTURING, VesselStatus.CONTAMINATED)
NOT_DONE = (OrderStatus.CANCELLED, OrderStatus.LAPSED)
"""Of orders of frozen cells: those that ended before anything was thawed."""
UNDECIDED = (
    FillStatus.FILLED,
    FillStatus.QUARANTINED,
    FillStatus.PRODUCTION_REVIEWED,
    FillStatus.CONDITIONAL,
)


class BatchAbandoned(LimsError):
    sentence = N_("Batch %(code)s was abandoned.")


class ExpiredAlready(LimsError):
    sentence = N_("%(code)s expired at %(at)s; it cannot be given out.")


def ended(fill: Fill) -> Iterator[LimsError]:
    """What ended before it was released: its batch, or its shelf life."""
    if fill.batch.status is BatchStatus.ABANDONED:
        yield BatchAbandoned(code=fill.batch.code)
    undecided = fill.status in (FillStatus.QUARANTINED, FillStatus.PRODUCTION_REVIEWED)
    if undecided and fill.expires_at is not None and fill.expires_at <= clock.now():
        yield ExpiredAlready(code=fill.code, at=fill.expires_at)


def open_batch(session: Session, course: Course) -> Batch:
    """A new manufacturing run for `course`, pinned to the specification in force."""
    batch = Batch(
        patient_id=course.patient_id,
        course_id=course.id,
        specification_version_id=specifications.current(session).id,
    )
    session.add(coded(session, states.begin(batch)))
    session.flush()
    return batch


def is_done(session: Session, batch: Batch) -> bool:
    """Whether cells were made, or will never be, and nothing of it waits for an act."""
    waiting = (
        select(Vessel.id).where(Vessel.batch_id == batch.id, Vessel.status.in_(LIVING)),
        select(Suspension.id).where(
            Suspension.batch_id == batch.id, Suspension.status == SuspensionStatus.MADE
        ),
        select(Fill.id).where(Fill.batch_id == batch.id, Fill.status.in_(UNDECIDED)),
        select(Step.id).where(Step.batch_id == batch.id, Step.status == StepStatus.OPEN),
    )
    begun = (
        select(Suspension.id).where(Suspension.batch_id == batch.id),
        select(Thaw.id).where(Thaw.batch_id == batch.id, Thaw.aborted_reason.is_not(None)),
        select(Thaw.id).where(
            Thaw.batch_id == batch.id, Thaw.order.has(Order.status.in_(NOT_DONE))
        ),
    )
    if all(session.scalar(each.limit(1)) is None for each in begun):
        return False
    return all(session.scalar(each.limit(1)) is None for each in waiting)


def close_if_done(session: Session, batch: Batch) -> bool:
    """Close an open batch whose last fill, vessel or suspension has come to its end."""
    if batch.status is not BatchStatus.OPEN or not is_done(session, batch):
        return False
    _end(session, batch, BatchStatus.CLOSED)
    return True


def end_empty(session: Session, order: Order, *, any_out: bool) -> None:
    """End the batches opened to thaw for `order`, which is over, that no vial came into.

    A bench made ready stays cleared for this patient until its step is given up there; with
    `any_out` of its vials it may still be told that they are in the bath, so its batch waits.
    """
    opened = select(Thaw.batch_id).where(Thaw.order_id == order.id)
    begun = select(BatchVial.batch_id)
    for batch in session.scalars(
        select(Batch).where(
            Batch.id.in_(opened), Batch.id.not_in(begun), Batch.status == BatchStatus.OPEN
        )
    ):
        if not any_out or is_done(session, batch):
            _end(session, batch, BatchStatus.CLOSED)


@command(Permission.ABANDON_BATCH)
def abandon_batch(session: Session, batch: Batch, *, reason: str, proof: Proof, by: User) -> Batch:
    """Quality gives a batch up, with a signature; its cells are discarded by two, as ever."""
    because(session, reason)
    states.require(batch, BatchStatus.OPEN)
    signing.sign(
        session,
        batch,
        meaning=Meaning.ABANDONED,
        shown=shown_of(batch),
        proof=proof,
        by=by,
        reason=reason,
    )
    _end(session, batch, BatchStatus.ABANDONED)
    return batch


def shown_of(batch: Batch) -> dict[str, object]:
    """What the person who abandons a batch is shown."""
    return {
        "code": batch.code,
        "opened_at": batch.opened_at,
        "patient": batch.patient.code,
        "course": batch.course_id,
    }


def _end(session: Session, batch: Batch, ending: BatchStatus) -> None:
    batch.closed_at = clock.now()
    states.move(session, batch, ending)
