"""Holds and quarantines: rows with a reason; they block fill, release and issue, never care."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, or_, select
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
    return session.scalars(_OF_BATCH, {starting.ASKED.key: batch.id}).all()


def of_vial(session: Session, vial: Vial) -> Sequence[Hold]:
    """The holds in force on a vial, and those that reach the batch it was filled in."""
    asked = {starting.ASKED.key: vial.fill.batch_id, _VIAL.key: vial.id}
    return session.scalars(_OF_VIAL, asked).all()


def _reaching() -> ColumnElement[bool]:
    """Of holds in a query those on a batch, its vessels and its suspensions.

    Of one made of vials also those on the vials, and on the batches they came from.
    """
    vessels = select(Vessel.id).where(_of(Vessel.batch_id))
    suspensions = select(Suspension.id).where(_of(Suspension.batch_id))
    vials = select(BatchVial.vial_id).where(BatchVial.batch_id == starting.ASKED)
    return or_(
        _of(Hold.batch_id),
        Hold.vial_id.in_(vials),
        Hold.vessel_id.in_(vessels),
        Hold.suspension_id.in_(suspensions),
    )


def in_force(session: Session, batch: Batch) -> list[Hold]:
    """Those of them that nobody has lifted."""
    return [hold for hold in of_batch(session, batch) if hold.ended_at is None]


def _of(column: Any) -> ColumnElement[bool]:
    return or_(column == starting.ASKED, column.in_(starting.BEHIND))


_VIAL = bindparam("asked_vial", type_=BigInteger)
_OF_BATCH = select(Hold).where(_reaching()).order_by(Hold.id)
_OF_VIAL = select(Hold).where(Hold.ended_at.is_(None), or_(Hold.vial_id == _VIAL, _reaching()))
"""Put together once: they are asked for on every page of a batch and of a vial."""
