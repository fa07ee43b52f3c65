"""What was scanned in runs at QC, for the figures: tubes, in and to be read; stations; supplies."""

from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, Subquery, false, func, select, union_all

from lims.models.aliquot import QcResult
from lims.models.qc_run import QcRunMember, QcRunResult, QcRunStay
from lims.models.qc_run_used import QcRunEquipment, QcRunLot


def scans() -> Subquery:
    """Each scan: of which run (`run_id`), when (`at`), and whether by hand (`typed`)."""
    found: CompoundSelect[Any] = union_all(
        select(QcRunMember.run_id, QcRunMember.scanned_at.label("at"), QcRunMember.typed),
        _read(),
        select(QcRunStay.run_id, QcRunStay.came_at, QcRunStay.typed),
        select(QcRunLot.run_id, QcRunLot.scanned_at, QcRunLot.typed),
        select(QcRunEquipment.run_id, QcRunEquipment.scanned_at, QcRunEquipment.typed),
    )
    return found.subquery("scan_in_run")


def _read() -> Select[int, datetime, bool]:
    """A tube is scanned once for its reading, however many values that has; outside its run it is
    not scanned at all."""
    other = QcRunResult.__table__.alias()
    first = select(func.min(other.c.id)).where(other.c.member_id == QcRunResult.member_id)
    return (
        select(QcRunMember.run_id, QcResult.entered_at, QcRunResult.typed)
        .join(QcRunResult, QcRunResult.member_id == QcRunMember.id)
        .join(QcResult, QcResult.id == QcRunResult.qc_result_id)
        .where(
            QcRunResult.id == first.scalar_subquery(),
            QcRunResult.outside_reason.is_(None),
        )
    )


def let_be_used(supply: type[QcRunLot] | type[QcRunEquipment]) -> Subquery:
    """Lots, or devices, that a run was done with although they were not in order."""
    let = supply.override_by_id.is_not(None), supply.taken_off_at.is_(None)
    found = select(supply.run_id, supply.scanned_at.label("at"), false().label("typed")).where(*let)
    return found.subquery("let_be_used_in_run")
