"""What is due at the freezer and the cryobank: vials, orders of them, readings, agreements."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    case,
    func,
    literal,
    or_,
    select,
)

from lims.models.agreement import StorageAgreement
from lims.models.aliquot import Aliquot
from lims.models.deviation import Deviation, DeviationSubject
from lims.models.fill import Fill, Vial, VialStatus
from lims.models.freezing import Freezing
from lims.models.order import Order, OrderKind, OrderStatus, Reservation
from lims.models.retrieval import Retrieval, RetrievedVial
from lims.models.storage import StorageCell, StorageReading, Tank
from lims.workflows import (
    agreements,
    freezing,
    lost_vials,
    retrieving,
    tank_contents,
    tank_readings,
    vial_places,
)
from lims.workflows.due import (
    MICRO,
    Timing,
    after,
    end_of,
    later,
    limit_now,
    millionths,
    waits,
    whole,
    word,
)

A_MINUTE = 60 * MICRO
"""By which a form tells when an aliquot was taken."""


def vials_to_freeze() -> Select[Any]:
    return _of_fills(Fill.filled_at).where(
        Vial.id.in_(freezing.to_freeze().with_only_columns(Vial.id)),
        Fill.status.in_(freezing.FREEZABLE),
    )


def vials_to_place() -> Select[Any]:
    """Since they were frozen."""
    frozen = (
        select(func.max(Freezing.performed_at))
        .where(Freezing.fill_id == Fill.id)
        .correlate(Fill)
        .scalar_subquery()
    )
    homeless = vial_places.homeless().with_only_columns(Vial.id)
    return _of_fills(func.coalesce(frozen, Fill.filled_at)).where(Vial.id.in_(homeless))


def vials_compromised() -> Select[Any]:
    """Since it was reported that they may have been warm."""
    told = (
        select(func.max(Deviation.reported_at))
        .join(DeviationSubject, DeviationSubject.deviation_id == Deviation.id)
        .join(Vial, Vial.id == DeviationSubject.vial_id)
        .where(Vial.fill_id == Fill.id)
        .correlate(Fill)
        .scalar_subquery()
    )
    return _of_fills(func.coalesce(told, Fill.filled_at)).where(
        Vial.status == VialStatus.COMPROMISED
    )


def _of_fills(since: Any) -> Select[Any]:
    """The vials of one fill are one task."""
    return (
        waits(Fill.code, since, Timing.SINCE, patient=Fill.patient_id, number=func.count(Vial.id))
        .join(Vial, Vial.fill_id == Fill.id)
        .group_by(Fill.id, Fill.code, Fill.patient_id, Fill.filled_at)
    )


def vials_out() -> Select[Any]:
    """Out of the cold: until they have been out as long as a vial may."""
    due = after(func.min(RetrievedVial.out_at), limit_now("seconds_out_max"), "s")
    return (
        waits(Order.code, due, Timing.BY, patient=Order.patient_id, number=func.count())
        .join(Retrieval, Retrieval.order_id == Order.id)
        .join(RetrievedVial, RetrievedVial.step_id == Retrieval.id)
        .join(Vial, Vial.id == RetrievedVial.vial_id)
        .where(*retrieving.out())
        .group_by(Order.code, Order.patient_id)
    )


def orders_drafted() -> Select[Any]:
    return _orders(OrderStatus.DRAFTED)


def orders_to_check() -> Select[Any]:
    return _orders(OrderStatus.SUBMITTED)


def orders_to_approve() -> Select[Any]:
    return _orders(OrderStatus.CHECKED)


def orders_to_schedule() -> Select[Any]:
    return _orders(OrderStatus.APPROVED)


def orders_to_close() -> Select[Any]:
    return _orders(OrderStatus.FULFILLED)


def _orders(status: OrderStatus) -> Select[Any]:
    """Before the day the vials are needed."""
    return waits(Order.code, end_of(Order.needed_on), Timing.ON, patient=Order.patient_id).where(
        Order.status == status
    )


def retrievals() -> Select[Any]:
    """At the time they are planned for, until all that is kept for them is out."""
    kept = (
        select(Reservation.id)
        .join(Vial, Vial.id == Reservation.vial_id)
        .where(Reservation.order_id == Order.id, Reservation.ended_at.is_(None))
    )
    to_take = kept.where(Vial.status == VialStatus.RESERVED).exists()
    return waits(Order.code, Order.scheduled_for, Timing.BY, patient=Order.patient_id).where(
        Order.status == OrderStatus.SCHEDULED, to_take
    )


def orders_without_vials() -> Select[Any]:
    """Of which something that was kept is gone, before the day it is needed."""
    gone = lost_vials.orders_without().subquery()
    rows = waits(
        Order.code, end_of(Order.needed_on), Timing.ON, patient=Order.patient_id,
        number=gone.c.number,
    )  # fmt: skip
    return rows.join(gone, gone.c.id == Order.id)


def vials_to_use_up() -> Select[Any]:
    """Out for a test and drawn from: since the last aliquot nobody said that nothing is left."""
    return (
        waits(
            Order.code,
            func.max(Aliquot.taken_at),
            Timing.SINCE,
            patient=Order.patient_id,
            number=func.count(Vial.id.distinct()),
        )
        .join(Retrieval, Retrieval.order_id == Order.id)
        .join(RetrievedVial, RetrievedVial.step_id == Retrieval.id)
        .join(Vial, Vial.id == RetrievedVial.vial_id)
        .join(Aliquot, Aliquot.vial_id == Vial.id)
        .where(
            Order.kind == OrderKind.TEST,
            Vial.status == VialStatus.RETRIEVED,
            RetrievedVial.back_at.is_(None),
            Aliquot.taken_at > later(RetrievedVial.out_at, literal(-A_MINUTE, BigInteger)),
        )
        .group_by(Order.code, Order.patient_id)
    )


def readings() -> Select[Any]:
    """So long after the last one; of a tank never read, after it was entered."""
    due = after(tank_readings.counted_from(), limit_now("reading_interval_hours"), "h")
    return waits(Tank.code, due, Timing.BY).where(Tank.retired_at.is_(None))


def tank_alarms() -> Select[Any]:
    """Tanks in use whose last reading is outside its limits, since it was read."""
    warm = millionths(StorageReading.temperature_c) > whole(limit_now("storage_warn_c"))
    low = millionths(StorageReading.level_pct) < whole(limit_now("level_min_pct"))
    rows = waits(Tank.code, StorageReading.observed_at, Timing.SINCE, named=Tank.name)
    return (
        rows.select_from(Tank)
        .join(StorageReading, StorageReading.id == tank_contents.newest_reading())
        .where(Tank.retired_at.is_(None), or_(warm, low))
    )


def storage_agreements() -> Select[Any]:
    """Those about to run out, and cells that should have one since they were opened."""
    about = agreements.to_talk_about().with_only_columns(StorageCell.id)
    paid = StorageAgreement.paid_until
    return (
        waits(
            StorageCell.code,
            case((paid.is_not(None), end_of(paid)), else_=StorageCell.opened_at),
            case((paid.is_not(None), word(Timing.ON)), else_=word(Timing.SINCE)),
            patient=StorageCell.patient_id,
        )
        .outerjoin(
            StorageAgreement,
            (StorageAgreement.patient_id == StorageCell.patient_id)
            & StorageAgreement.ended_on.is_(None),
        )
        .where(StorageCell.id.in_(about))
    )
