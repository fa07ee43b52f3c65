"""Which batches were tested with a lot or a device in runs at QC, and with what a batch was.

A tube that was taken out before it was read there was tested with nothing of the run.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, or_, select

from lims.models.aliquot import Aliquot
from lims.models.qc_run import QcRunMember, QcRunResult
from lims.models.qc_run_used import QcRunEquipment, QcRunLot

Supply = type[QcRunLot] | type[QcRunEquipment]


def _stayed() -> ColumnElement[bool]:
    return (
        select(QcRunResult.id)
        .where(QcRunResult.member_id == QcRunMember.id, QcRunResult.outside_reason.is_(None))
        .exists()
    )


def tested_with(reached: CTE, supply: Supply, key: Any) -> Select[Any]:
    """Each batch asked about with each lot or device that tubes of it, or behind it, were tested
    with; NULL where with none. Outer joins, so that SQLite begins with the batches."""
    there = and_(supply.run_id == QcRunMember.run_id, supply.taken_off_at.is_(None))
    return (
        select(reached.c.asked, key.label("id"))
        .outerjoin(Aliquot, Aliquot.batch_id == reached.c.batch)
        .outerjoin(QcRunMember, and_(QcRunMember.aliquot_id == Aliquot.id, _stayed()))
        .outerjoin(supply, there)
    )


def batches_tested(lots: Collection[int], devices: Collection[int | None]) -> Select[Any]:
    """The keys of the batches whose tubes were tested with any of these."""
    with_lot = select(QcRunLot.run_id).where(
        QcRunLot.lot_id.in_(lots), QcRunLot.taken_off_at.is_(None)
    )
    with_device = select(QcRunEquipment.run_id).where(
        QcRunEquipment.equipment_id.in_(devices), QcRunEquipment.taken_off_at.is_(None)
    )
    runs = or_(QcRunMember.run_id.in_(with_lot), QcRunMember.run_id.in_(with_device))
    tested = select(Aliquot.batch_id).join(QcRunMember, QcRunMember.aliquot_id == Aliquot.id)
    return tested.where(runs, _stayed())


def reached_by(about: CTE, supply: Supply, key: Any, named: Any) -> Select[Any]:
    """Each batch tested with what the rows of `about` name, and their deviation; no batch where
    none was. Outer joins, so that SQLite begins with the deviations."""
    used = and_(key == named, supply.taken_off_at.is_(None))
    return (
        select(Aliquot.batch_id.label("batch"), about.c.deviation_id.label("cause"))
        .select_from(about)
        .outerjoin(supply, used)
        .outerjoin(QcRunMember, and_(QcRunMember.run_id == supply.run_id, _stayed()))
        .outerjoin(Aliquot, Aliquot.id == QcRunMember.aliquot_id)
    )
