"""Retrieving: the vials of an order taken out of the cold by two people.

Two sign before the box is lifted, so that nobody types while vials are warming; then one reads
each vial and the other their own badge.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.order import Order, OrderStatus, Reservation
from lims.models.retrieval import Retrieval, RetrievedVial
from lims.models.signature import Meaning
from lims.models.step import StepStatus
from lims.models.storage import Removal
from lims.models.suspension import Withdrawal
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    at_the_dewar,
    deviations,
    drawn,
    identity,
    off_plan,
    order_gate,
    performing,
    placing,
    reserving,
    signing,
    specifications,
    states,
    steps,
)
from lims.workflows.command import command
from lims.workflows.signing import Proof
from lims.workflows.since import A_MINUTE, require_said
from lims.workflows.steps import Performed


class NothingKept(LimsError):
    sentence = N_("No vial is kept for %(order)s any more. Cancel it and draft another.")
    status = 409


class UnderWayAlready(LimsError):
    sentence = N_("The vials of %(order)s are being taken out in %(step)s. Go on there.")
    status = 409


class NothingTaken(LimsError):
    sentence = N_("No vial was taken out in %(code)s. Scan one, or give the step up.")


class TakenBefore(LimsError):
    sentence = N_(
        "%(code)s: vials were taken out at %(at)s; both people signed for it here only at"
        " %(signed_at)s."
    )


def shown_of(session: Session, step: Retrieval) -> dict[str, object]:
    """What the two people who take vials out are shown, and sign."""
    order = session.get_one(Order, step.order_id)
    return {"step": step.code, **_kept(order, reserving.all_of(session, order))}


def shown_before(session: Session, order: Order) -> dict[str, object]:
    """What the page shows before they sign: what is kept for the order still."""
    return _kept(order, reserving.open_of(session, order))


def _kept(order: Order, kept: Sequence[Reservation]) -> dict[str, object]:
    codes = [each.vial.code for each in kept]
    return {"order": order.code, "patient": order.patient_id, "kept": codes}


@command(Permission.RETRIEVE_VIAL)
def start_retrieval(
    session: Session,
    order: Order,
    *,
    proof: Proof,
    witness: Proof,
    by: User,
    comment: str | None = None,
) -> Retrieval:
    """Two people sign that they take the vials of `order` out; if it does not fit, and why."""
    states.require(order, OrderStatus.SCHEDULED)
    kept = reserving.open_of(session, order)
    if not any(each.vial.status is VialStatus.RESERVED for each in kept):
        raise NothingKept(order=order.code)
    order_gate.require(session, order, [each.vial for each in kept])
    if (other := open_retrieval(session, order)) is not None:
        raise UnderWayAlready(order=order.code, step=other.code)
    require_said(off_plan.found(session, order), comment)
    step = Retrieval(
        patient_id=order.patient_id,
        order_id=order.id,
        session_id=order.session_id,
        comment=comment,
    )
    steps.open_step(session, step, by=by)
    shown, seen = shown_of(session, step), shown_before(session, order)
    signing.sign(
        session, step, meaning=Meaning.RETRIEVED, shown=shown, seen=seen, proof=proof, by=by
    )
    second = signing.second_person(session, witness, not_these=[by], permission=Permission.WITNESS)
    signing.sign(session, step, meaning=Meaning.RETRIEVED, shown=shown, proof=witness, by=second)
    step.verified_by_id, step.verified_at = second.id, clock.now()
    session.flush()
    return step


def open_retrieval(session: Session, order: Order) -> Retrieval | None:
    """The retrieval of `order` in which vials are still taken out."""
    return session.scalars(
        select(Retrieval).where(Retrieval.order_id == order.id, Retrieval.status == StepStatus.OPEN)
    ).one_or_none()


@command(Permission.RETRIEVE_VIAL)
def take_vial(
    session: Session,
    step: Retrieval,
    vial: Vial,
    *,
    second_scan: str | None,
    by: User,
    at: datetime | None = None,
    witness: Proof | None = None,
    performer: Proof | None = None,
    performer_id: int | None = None,
) -> RetrievedVial:
    """A vial out of its place, before the second person's eyes, whose badge is the second scan, or
    their password where it does not read; another's vial or an unordered one is a stop.

    Who took it, where another types, confirms it with the step.
    """
    steps.require_open(step)
    person = performing.who(session, performer, performer_id, Permission.RETRIEVE_VIAL, by)
    _require_not_witness(step, person)
    identity.require_same_patient(session, step.patient_id, vial)
    at_the_dewar.require_kept(session, step, vial)
    states.require(vial, VialStatus.RESERVED)
    at_the_dewar.require_witnessed(session, step, vial, second_scan, witness)
    out_at = at or clock.now()
    if out_at > clock.now():
        raise performing.InTheFuture(at=out_at)
    placing.end_placement(session, vial, Removal.RETRIEVED, at=out_at, by=person)
    assert step.verified_by_id is not None
    taken = RetrievedVial(
        patient_id=step.patient_id,
        step_id=step.id,
        vial_id=vial.id,
        out_at=out_at,
        taken_by_id=person.id,
        witnessed_by_id=step.verified_by_id,
    )
    session.add(taken)
    identity.note_check(session, step, expected=vial.code, scanned=vial.code)
    states.move(session, vial, VialStatus.RETRIEVED)
    session.expire(step, ["vials"])
    return taken


def _require_not_witness(step: Retrieval, by: User) -> None:
    """The second person does not take them out as well."""
    if by.id == step.verified_by_id:
        raise signing.SamePerson(name=by.full_name)


@command(Permission.RETRIEVE_VIAL)
def record_retrieval(
    session: Session,
    step: Retrieval,
    *,
    performed: Performed,
    by: User,
    comment: str | None = None,
) -> Retrieval:
    """Everything that is taken out now is out; the step ends."""
    if not step.vials:
        raise NothingTaken(code=step.code)
    told = performed.performer, performed.performer_id
    _require_not_witness(step, performing.who(session, *told, Permission.RETRIEVE_VIAL, by))
    step.add_comment(comment)
    late = specifications.whole_limit(specifications.current(session), "late_entry_minutes")
    steps.record(session, step, performed, late, by)
    before = [each for each in step.vials if each.out_at < step.started_at - A_MINUTE]
    if before:
        first = min(each.out_at for each in before)
        found = TakenBefore(code=step.code, at=first, signed_at=step.started_at)
        vials = [each.vial for each in before]
        deviations.open_by_rule(session, "late", step, *vials, description=found, by=by)
    return step


def out_now(session: Session, vial: Vial) -> RetrievedVial:
    """When `vial` was taken out and by whom; it is out still."""
    return session.scalars(
        select(RetrievedVial).where(
            RetrievedVial.vial_id == vial.id, RetrievedVial.back_at.is_(None)
        )
    ).one()


def out() -> tuple[ColumnElement[bool], ...]:
    """Neither in its place nor used, and there is something in it that grows warm."""
    return (
        RetrievedVial.back_at.is_(None),
        Vial.status == VialStatus.RETRIEVED,
        drawn.not_emptied(Vial),
    )


def out_for(session: Session, order: Order) -> Sequence[RetrievedVial]:
    """The vials of `order` that are out of the cold: neither used nor back."""
    vial = joinedload(RetrievedVial.vial)
    fill = vial.joinedload(Vial.fill)
    tube = fill.joinedload(Fill.withdrawal).joinedload(Withdrawal.suspension)
    query = (
        select(RetrievedVial)
        .join(Retrieval, Retrieval.id == RetrievedVial.step_id)
        .join(Vial, Vial.id == RetrievedVial.vial_id)
        .where(
            Retrieval.order_id == order.id,
            RetrievedVial.back_at.is_(None),
            Vial.status == VialStatus.RETRIEVED,
        )
        .options(fill.joinedload(Fill.batch), tube, vial.joinedload(Vial.aliquots))
        .order_by(RetrievedVial.id)
    )
    return session.scalars(query).unique().all()


def seconds_out(out: RetrievedVial, until: datetime) -> int:
    """How long a vial was out of the cold: until it was thawed or stood in its place again."""
    return round((until - out.out_at).total_seconds())
