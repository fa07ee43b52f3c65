"""Runs at QC that somebody is in the middle of, that are to be read, or were left at a station."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from lims.models.aliquot import QcTest
from lims.models.qc_run import QcRun, QcRunMember, QcRunStatus, QcRunStay
from lims.models.specification import SpecificationTest
from lims.workflows import qc_run_told
from lims.workflows.due import Timing, end_of, waits
from lims.workflows.qc_run_members import AT_HAND, IN_RUNS
from lims.workflows.when_asked import YESTERDAY


def in_no_run() -> ColumnElement[bool]:
    """Of tests: that the page of no run under way asks for their tube, and there is one."""
    mine = select(QcRunMember.id).where(
        QcRunMember.qc_test_id == QcTest.id, QcRunMember.left_at.is_(None)
    )
    return ~mine.exists() & ~qc_run_told.of_gone_tube()


def at_hand() -> Select[Any]:
    """At a station, scanned in or being read."""
    return _runs(QcRun.opened_at, Timing.SINCE).where(QcRun.status.in_(AT_HAND))


def to_read(reading_day: ColumnElement[Any]) -> Select[Any]:
    """Set aside until the day the first tube that waits in it is to be read."""
    return (
        _runs(func.min(reading_day), Timing.ON)
        .join(QcRunMember, QcRunMember.run_id == QcRun.id)
        .join(QcTest, QcTest.id == QcRunMember.qc_test_id)
        .where(
            QcRun.status == QcRunStatus.PAUSED,
            QcRunMember.left_at.is_(None),
            QcTest.status.in_(IN_RUNS),
        )
        .group_by(QcRun.code, SpecificationTest.name)
    )


def overnight() -> Select[Any]:
    """At a station since an earlier day: neither read to its end nor set aside."""
    stays = QcRunStay.run_id == QcRun.id, QcRunStay.left_at.is_(None)
    return (
        _runs(QcRunStay.came_at, Timing.SINCE)
        .join(QcRunStay, stays[0])
        .where(stays[1], QcRunStay.came_at <= end_of(YESTERDAY))
    )


def _runs(due: Any, timing: Timing) -> Select[Any]:
    return waits(QcRun.code, due, timing, named=SpecificationTest.name).join(
        SpecificationTest, SpecificationTest.id == QcRun.specification_test_id
    )
