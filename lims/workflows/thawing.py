"""Thaw: the vials of an order, each scanned into the bath, become one suspension of a new batch."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.batch import Batch, BatchStatus
from lims.models.course import Course, CourseStatus
from lims.models.fill import Vial, VialStatus
from lims.models.order import Order, OrderStatus
from lims.models.retrieval import BatchVial, Thaw, ThawedVial
from lims.models.step import StepStatus
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    batch_state,
    benches,
    containers,
    course_doses,
    culturing,
    deviations,
    identity,
    inheriting,
    pooling,
    reserving,
    states,
    steps,
    suspensions,
    thaw_findings,
    thaw_gate,
    thaw_stops,
)
from lims.workflows.command import command
from lims.workflows.growth import pooled_passage
from lims.workflows.performing import InTheFuture
from lims.workflows.signing import Proof
from lims.workflows.since import require_after, require_said
from lims.workflows.steps import Performed
from lims.workflows.suspensions import Count


class NotThawed(LimsError):
    sentence = N_("%(code)s was not scanned into this thaw.")


class WhyAborted(LimsError):
    sentence = N_("Say why no cells were got.")


@command(Permission.PERFORM_STEP)
def start_thaw(
    session: Session,
    order: Order,
    *,
    station: benches.StoodAt,
    checker: Proof | None,
    by: User,
    aliquots: int = 0,
) -> Thaw:
    """Open a batch for the vials kept for `order`, and clear a bench for their patient."""
    vials = thaw_gate.to_come(session, order)
    for problem in thaw_gate.problems_with(session, order, vials):
        raise problem
    assert order.session is not None
    course = order.session.course
    batch = _given_up_in(session, order) or batch_state.open_batch(session, course)
    _manufacture(session, course)
    step = Thaw(order_id=order.id)
    steps.open_step(session, step, batch=batch, station=station, checker=checker, by=by)
    passage = pooled_passage([vial.fill.passage for vial in vials])
    containers.plan(session, step, "SU", 1, passage=passage)
    containers.plan(session, step, "QC", aliquots, passage=passage)
    return step


def _given_up_in(session: Session, order: Order) -> Batch | None:
    """The batch of a thaw of this order that was voided; the next try goes on in it."""
    tried = select(Thaw.batch_id).where(Thaw.order_id == order.id, Thaw.status == StepStatus.VOID)
    return session.scalars(
        select(Batch).where(Batch.id.in_(tried), Batch.status == BatchStatus.OPEN)
    ).first()


def _manufacture(session: Session, course: Course) -> None:
    """The course is in manufacture: its first dose from these vials, or its next one."""
    if course.status in (CourseStatus.CONSENTED, CourseStatus.COLLECTING):
        states.move(session, course, CourseStatus.MANUFACTURING)
    course_doses.begin(session, course)


@command(Permission.PERFORM_STEP)
def warm_vial(
    session: Session,
    step: Thaw,
    *,
    vial: Vial,
    by: User,
    at: datetime | None = None,
    second: Proof | None = None,
) -> Thaw:
    """A vial put into the bath now, or `at` where it is told later; it never goes back.

    After a mix-up a `second` person clears the stop before the next one goes in.
    """
    steps.require_open(step)
    identity.require_same_patient(session, step.patient_id, vial)
    order = session.get_one(Order, step.order_id)
    taken = thaw_gate.require_out(session, order, vial)
    if at is None:
        thaw_gate.require_fit(session, order, vial)
    if at is not None and at > clock.now():
        raise InTheFuture(at=at)
    thawed_at = at or clock.now()
    require_after(thawed_at, vial.code, taken.out_at, field="at")
    cleared_by = thaw_stops.cleared_by(session, step, second, by, done_before=at is not None)
    identity.note_check(session, step, expected=vial.code, scanned=vial.code, cleared_by=cleared_by)
    key = {"patient_id": step.patient_id, "vial_id": vial.id}
    session.add(ThawedVial(**key, step_id=step.id, thawed_at=max(thawed_at, taken.out_at)))
    session.add(BatchVial(**key, batch_id=step.batch_id))
    states.move(session, vial, VialStatus.THAWED)
    session.expire(step, ["thawed"])
    return step


@command(Permission.PERFORM_STEP)
def record_thaw(
    session: Session,
    step: Thaw,
    *,
    suspension_code: str,
    volume_ml: Decimal,
    count: Count | None,
    seconds: Mapping[str, int],
    performed: Performed,
    by: User,
    bath_temperature_c: Decimal | None = None,
    comment: str | None = None,
) -> Suspension:
    """The cells got back; their passage and doublings are the highest of the vials.

    `seconds` says for how long each vial was in the bath, by its code.
    """
    vials = _recorded(session, step, seconds, performed, by, bath_temperature_c, comment)
    tubes = [thaw_gate.tube_of(vial) for vial in vials]
    suspension = suspensions.make(
        session,
        step,
        scanned=culturing.scan_into(session, step, suspension_code),
        origin=SuspensionOrigin.THAW,
        passage=pooled_passage([vial.fill.passage for vial in vials]),
        cumulative_doublings=pooling.of_tubes(tubes),
        freeze_thaws=1 + max(tube.freeze_thaws for tube in tubes),
        volume_ml=volume_ml,
        count=count,
        by=by,
    )
    step.suspension_id = suspension.id
    found = list(thaw_findings.outside(session, step))
    require_said((told for rule, told in found if rule == thaw_findings.BALANCE), comment)
    inheriting.pass_on(session, [*vials, *tubes], [suspension], by)
    deviations.open_for_each(session, found, step, suspension, by=by)
    return suspension


@command(Permission.PERFORM_STEP)
def abort_thaw(
    session: Session,
    step: Thaw,
    *,
    reason: str,
    performed: Performed,
    by: User,
    bath_temperature_c: Decimal | None = None,
    comment: str | None = None,
) -> Thaw:
    """No cells were got: the vials are used up nevertheless, and the batch is over."""
    if not reason.strip():
        raise WhyAborted()
    step.aborted_reason = reason.strip()
    _recorded(session, step, {}, performed, by, bath_temperature_c, comment)
    deviations.open_for_each(session, thaw_findings.outside(session, step), step, by=by)
    batch_state.close_if_done(session, session.get_one(Batch, step.batch_id))
    return step


def _recorded(
    session: Session,
    step: Thaw,
    seconds: Mapping[str, int],
    performed: Performed,
    by: User,
    bath_temperature_c: Decimal | None,
    comment: str | None,
) -> list[Vial]:
    """The thaw as it was done; its vials are used, its order is fulfilled."""
    if not step.thawed:
        raise culturing.NothingScanned()
    step.bath_temperature_c, step.comment = bath_temperature_c, comment
    vials = [each.vial for each in step.thawed]
    if stranger := next((code for code in seconds if code not in [v.code for v in vials]), None):
        raise NotThawed(code=stranger)
    culturing.record(session, step, performed, by, *vials)
    for each in step.thawed:
        each.seconds_warming = seconds.get(each.vial.code)
        states.move(session, each.vial, VialStatus.USED)
    _fulfil(session, session.get_one(Order, step.order_id))
    return vials


def _fulfil(session: Session, order: Order) -> None:
    """Vials that are out still are brought back; nothing more is thawed for this order."""
    states.move(session, order, OrderStatus.FULFILLED)
    reserving.free(session, order)
