"""Holds and quarantines: rows with a reason; they block fill, release and issue, never care."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, bindparam, or_, select, union
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.deviation import Deviation, Hold, HoldKind
from lims.models.fill import Vial
from lims.models.retrieval import BatchVial
from lims.models.signature import Meaning
from lims.models.suspension import Suspension
from lims.models.user import User
from lims.models.vessel import Vessel
from lims.permissions import Permission
from lims.workflows import signing, starting
from lims.workflows.command import because, command
from lims.workflows.signing import Proof


class OnHold(LimsError):
    sentence = N_("%(code)s is on hold: %(reason)s. Quality lifts the hold.")
    recorded = True
    status = 409


class ReasonNeeded(LimsError):
    sentence = N_("Say why.")


class AlreadyLifted(LimsError):
    sentence = N_("This hold was lifted already.")
    status = 409


@command(Permission.PUT_ON_HOLD)
def hold_material(
    session: Session, record: Batch | Vessel | Suspension, *, kind: HoldKind, reason: str, by: User
) -> Hold:
    """Quality holds or quarantines a batch, a vessel or a suspension."""
    if not reason.strip():
        raise ReasonNeeded()
    because(session, reason)
    return put_on_hold(session, record, kind=kind, reason=reason, by=by)


def put_on_hold(
    session: Session,
    record: Any,
    *,
    kind: HoldKind,
    reason: str,
    by: User,
    deviation: Deviation | None = None,
) -> Hold:
    """Hold or quarantine a batch, a vessel, a suspension or a vial."""
    table = record.__mapper__.local_table.name
    hold = Hold(
        patient_id=record.patient_id,
        kind=kind,
        reason=reason,
        deviation_id=deviation.id if deviation else None,
        began_by_id=by.id,
        **{f"{table}_id": record.id},
    )
    session.add(hold)
    session.flush()
    return hold


@command(Permission.LIFT_HOLD)
def lift_hold(session: Session, hold: Hold, *, reason: str, proof: Proof, by: User) -> Hold:
    """Quality ends a hold, with a signature and a reason."""
    if not reason.strip():
        raise ReasonNeeded()
    because(session, reason)
    if hold.ended_at is not None:
        raise AlreadyLifted()
    signature = signing.sign(
        session,
        hold,
        meaning=Meaning.LIFTED,
        shown=shown_of(hold),
        proof=proof,
        by=by,
        reason=reason,
    )
    hold.ended_at = clock.now()
    hold.lifting_signature_id = signature.id
    hold.lifting_reason = reason
    session.flush()
    return hold


HELD = ("batch_id", "vessel_id", "suspension_id", "vial_id")
"""The columns of a hold of which one says what is held."""


def shown_of(hold: Hold) -> dict[str, object]:
    """What the person who lifts a hold is shown."""
    return {
        "held": {column: getattr(hold, column) for column in HELD},
        "patient": hold.patient_id,
        "kind": hold.kind,
        "reason": hold.reason,
        "deviation": hold.deviation_id,
        "began_at": hold.began_at,
        "began_by": hold.began_by_id,
    }


def open_holds(
    session: Session, *records: Any, also: ColumnElement[bool] | None = None
) -> Sequence[Hold]:
    """The holds in force on any of `records` (of a batch: on itself), and those of `also`."""
    conditions = [
        getattr(Hold, f"{record.__mapper__.local_table.name}_id") == record.id for record in records
    ]
    conditions += [] if also is None else [also]
    if not conditions:
        return []
    return session.scalars(select(Hold).where(Hold.ended_at.is_(None), or_(*conditions))).all()


def of_batch(session: Session, batch: Batch) -> Sequence[Hold]:
    """Every hold that reaches a batch, open or lifted."""
    reaching = session.scalars(_OF_BATCH, starting.asking(batch.id))
    return [hold for hold in reaching if hold is not None]


def of_vial(session: Session, vial: Vial) -> Sequence[Hold]:
    """The holds in force on a vial, and those that reach the batch it was filled in."""
    asked = starting.asking(vial.fill.batch_id) | {_VIAL.key: vial.id}
    return session.scalars(_OF_VIAL, asked).all()


def _reaching() -> CompoundSelect[Any]:
    """By batch asked about, the holds on it, its vessels and its suspensions.

    Of one made of vials also those on the vials, and on the batches they came from. Outer joins,
    so that SQLite begins with the batch.
    """
    reached = starting.REACHED
    held = select(reached.c.asked, Hold.id)
    vessels = held.outerjoin(Vessel, Vessel.batch_id == reached.c.batch)
    tubes = held.outerjoin(Suspension, Suspension.batch_id == reached.c.batch)
    vials = held.outerjoin(BatchVial, BatchVial.batch_id == reached.c.asked)
    return union(
        held.outerjoin(Hold, Hold.batch_id == reached.c.batch),
        vials.outerjoin(Hold, Hold.vial_id == BatchVial.vial_id),
        vessels.outerjoin(Hold, Hold.vessel_id == Vessel.id),
        tubes.outerjoin(Hold, Hold.suspension_id == Suspension.id),
    )


def in_force(session: Session, batch: Batch) -> list[Hold]:
    """Those of them that nobody has lifted."""
    return not_lifted(of_batch(session, batch))


def not_lifted(found: Sequence[Hold]) -> list[Hold]:
    return [hold for hold in found if hold.ended_at is None]


_VIAL = bindparam("asked_vial", type_=BigInteger)
REACHING = _reaching().subquery()
_OF_BATCH = (
    select(Hold).select_from(REACHING).outerjoin(Hold, Hold.id == REACHING.c.id).order_by(Hold.id)
)
_OF_VIAL = select(Hold).where(
    Hold.ended_at.is_(None), or_(Hold.vial_id == _VIAL, Hold.id.in_(select(REACHING.c.id)))
)
"""Put together once: they are asked for on every page of a batch and of a vial."""
