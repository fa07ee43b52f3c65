"""What was scanned in runs at QC, for the figures: tubes, in and to be read; stations; supplies."""

from typing import Any

from sqlalchemy import Select, Subquery, func, literal, select, union_all

from lims.models.aliquot import Aliquot, QcResult
from lims.models.equipment import Equipment, Place
from lims.models.lot import Lot
from lims.models.qc_run import QcRunMember, QcRunResult, QcRunStay
from lims.models.qc_run_used import QcRunEquipment, QcRunLot


def scans() -> Subquery:
    """Each scan: which row keeps it, of which run (`run_id`), when (`at`), what (`code`), and
    whether by hand (`typed`)."""
    member, stay, lot, device = QcRunMember, QcRunStay, QcRunLot, QcRunEquipment
    return union_all(
        _scan(member, member.scanned_at, Aliquot).join(Aliquot, Aliquot.id == member.aliquot_id),
        _read(),
        _scan(stay, stay.came_at, Place).join(Place, Place.id == stay.station_id),
        _scan(lot, lot.scanned_at, Lot).join(Lot, Lot.id == lot.lot_id),
        _scan(device, device.scanned_at, Equipment).join(
            Equipment, Equipment.id == device.equipment_id
        ),
    ).subquery("scan_in_run")


def _scan(kept: Any, at: Any, thing: Any, run: Any = QcRunMember) -> Select[Any]:
    """`kept` is the row that keeps it; `thing` is what was scanned."""
    return select(
        literal(kept.__tablename__).label("kept_in"),
        kept.id.label("id"),
        (kept if hasattr(kept, "run_id") else run).run_id.label("run_id"),
        at.label("at"),
        thing.code.label("code"),
        kept.typed.label("typed"),
    )


def _read() -> Select[Any]:
    """A tube is scanned once for its reading, however many values that has; outside its run it is
    not scanned at all."""
    other = QcRunResult.__table__.alias()
    first = select(func.min(other.c.id)).where(other.c.member_id == QcRunResult.member_id)
    return (
        _scan(QcRunResult, QcResult.entered_at, Aliquot)
        .join(QcRunMember, QcRunMember.id == QcRunResult.member_id)
        .join(QcResult, QcResult.id == QcRunResult.qc_result_id)
        .join(Aliquot, Aliquot.id == QcRunMember.aliquot_id)
        .where(
            QcRunResult.id == first.scalar_subquery(),
            QcRunResult.outside_reason.is_(None),
        )
    )
