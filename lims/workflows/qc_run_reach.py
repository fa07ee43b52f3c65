"""Which batches were tested with a lot or a device in runs at QC, and with what a batch was.

A tube is tested with all that its run is done with, from when it is scanned in: a culture waits
unread for days. One taken out, or read elsewhere, was tested with nothing of the run, unless its
test was begun while it stood there: that holds to what had been scanned in by then. What was
scanned in after its last reading counts too: a recall names a batch too many rather than none
where it should. What is signed of a test (`qc_run_told`) ends with its reading.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from lims.models.aliquot import Aliquot, QcResult, QcTest
from lims.models.qc_run import QcRun, QcRunMember, QcRunRemoval, QcRunResult, QcRunStatus
from lims.models.qc_run_used import QcRunEquipment, QcRunLot

Supply = type[QcRunLot] | type[QcRunEquipment]


def _with(supply: Supply) -> ColumnElement[bool]:
    """Whether the tube of a member is tested with what was scanned into its run."""
    mine = _of_member(QcRunResult.id, QcRunResult.member_id == QcRunMember.id)
    there = mine.where(QcRunResult.outside_reason.is_(None))
    out = _of_member(QcRunRemoval.id, QcRunRemoval.member_id == QcRunMember.id)
    is_void = QcRun.id == QcRunMember.run_id, QcRun.status == QcRunStatus.VOID
    waits = and_(~mine.exists(), ~out.exists(), ~_of_member(QcRun.id, *is_void).exists())
    return and_(
        supply.run_id == QcRunMember.run_id,
        supply.taken_off_at.is_(None),
        or_(there.exists(), waits, _begun_with(supply)),
    )


def _of_member(key: Any, *such: ColumnElement[bool]) -> Select[Any]:
    """Asked of the member at hand, however deep within the statement it is asked."""
    return select(key).where(*such).correlate(QcRunMember)


def _begun_with(supply: Supply) -> ColumnElement[bool]:
    """The test was begun, not just read, before its tube left the run; when, its analyst told."""
    left = QcRunMember.left_at
    by_its_reading = select(QcResult.id).where(
        QcResult.qc_test_id == QcTest.id, QcResult.read_at <= QcTest.started_at
    )
    begun = _of_member(
        QcTest.id,
        QcTest.id == QcRunMember.qc_test_id,
        QcTest.started_at <= func.coalesce(left, QcTest.started_at),
        ~by_its_reading.exists(),
    )
    return and_(supply.scanned_at <= func.coalesce(left, supply.scanned_at), begun.exists())


def tested_with(reached: CTE, supply: Supply, key: Any) -> Select[Any]:
    """Each batch asked about with each lot or device that tubes of it, or behind it, were tested
    with; NULL where with none. Outer joins, so that SQLite begins with the batches."""
    return (
        select(reached.c.asked, key.label("id"))
        .outerjoin(Aliquot, Aliquot.batch_id == reached.c.batch)
        .outerjoin(QcRunMember, QcRunMember.aliquot_id == Aliquot.id)
        .outerjoin(supply, _with(supply))
    )


def batches_tested(lots: Collection[int], devices: Collection[int | None]) -> Select[Any]:
    """The keys of the batches whose tubes were tested with any of these."""
    tested = select(Aliquot.batch_id).join(QcRunMember, QcRunMember.aliquot_id == Aliquot.id)
    with_lot = select(QcRunLot.id).where(QcRunLot.lot_id.in_(lots), _with(QcRunLot))
    with_device = select(QcRunEquipment.id).where(
        QcRunEquipment.equipment_id.in_(devices), _with(QcRunEquipment)
    )
    return tested.where(
        or_(with_lot.correlate(QcRunMember).exists(), with_device.correlate(QcRunMember).exists())
    )


def tubes_tested(session: Session, lots: Collection[int]) -> Sequence[QcRunMember]:
    """The tubes that were tested with any of these lots, by run and place in it."""
    query = (
        select(QcRunMember)
        .join(QcRunLot, _with(QcRunLot))
        .where(QcRunLot.lot_id.in_(lots))
        .options(
            joinedload(QcRunMember.run, innerjoin=True),
            joinedload(QcRunMember.aliquot).joinedload(Aliquot.batch),
            joinedload(QcRunMember.patient),
        )
    )
    in_order = query.order_by(QcRunMember.run_id, QcRunMember.position)
    return session.scalars(in_order).unique().all()


def reached_by(about: CTE, supply: Supply, key: Any, named: Any) -> Select[Any]:
    """Each batch tested with what the rows of `about` name, and their deviation; no batch where
    none was. Outer joins, so that SQLite begins with the deviations."""
    return (
        select(Aliquot.batch_id.label("batch"), about.c.deviation_id.label("cause"))
        .select_from(about)
        .outerjoin(supply, and_(key == named, supply.taken_off_at.is_(None)))
        .outerjoin(QcRunMember, _with(supply))
        .outerjoin(Aliquot, Aliquot.id == QcRunMember.aliquot_id)
    )
