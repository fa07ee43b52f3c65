"""What is said of a test that was in runs at QC: in which, and with which lots and devices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from lims import clock
from lims.errors import N_, LimsError
from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.equipment import Equipment
from lims.models.lot import Lot
from lims.models.qc_run import (
    QcRun,
    QcRunMember,
    QcRunRemoval,
    QcRunResult,
    QcRunStatus,
    QcRunStay,
)
from lims.models.qc_run_used import QcRunEquipment, QcRunLot
from lims.workflows.abreast import abreast, give, read
from lims.workflows.stock import out_of_order

TUBE_GONE = N_("The tube broke or was lost.")
"""Why a tube was taken out of a run, where there is nothing left of it to be tested."""


@dataclass(frozen=True)
class Used:
    """A lot or a device, how it was scanned in, and what is wrong with it where something is."""

    row: QcRunLot | QcRunEquipment
    supply: Lot | Equipment
    problem: LimsError | None


@dataclass(frozen=True)
class Told:
    """A run that a test was in, and what it was tested with there."""

    member: QcRunMember
    used: Sequence[Used]

    @property
    def run(self) -> QcRun:
        return self.member.run


OF_LOT = (
    joinedload(QcRunLot.lot),
    joinedload(QcRunLot.override_by),
    joinedload(QcRunLot.deviation),
)
OF_DEVICE = (
    joinedload(QcRunEquipment.equipment),
    joinedload(QcRunEquipment.override_by),
    joinedload(QcRunEquipment.deviation),
)
WITH_SUPPLIES = (
    selectinload(QcRun.lots).options(*OF_LOT),
    selectinload(QcRun.equipment).options(*OF_DEVICE),
)
"""What to load with runs to say what they are done with."""


def with_runs() -> tuple[Any, ...]:
    """What to load with tests to say which runs they were in."""
    members = selectinload(QcTest.in_runs)
    return (
        members.joinedload(QcRunMember.removal),
        members.selectinload(QcRunMember.results).joinedload(QcRunResult.result),
        members.joinedload(QcRunMember.run, innerjoin=True).options(*WITH_SUPPLIES),
    )


def load(session: Session, tests: Sequence[QcTest]) -> None:
    """Read the same of tests that are there already; two queries for all of them."""
    by_key = {test.id: test for test in tests}
    in_runs = select(QcRunMember).where(QcRunMember.qc_test_id.in_(by_key))
    beside = (
        joinedload(QcRunMember.removal),
        joinedload(QcRunMember.results).joinedload(QcRunResult.result),
        joinedload(QcRunMember.run, innerjoin=True),
    )
    members = session.scalars(in_runs.options(*beside).order_by(QcRunMember.id)).unique().all()
    give(by_key, "in_runs", members, "qc_test_id")
    if runs := {member.run_id: member.run for member in members}:
        read_supplies(session, runs)


def read_supplies(session: Session, runs: Mapping[int, QcRun], *beside: ORMOption) -> None:
    """Give each of `runs` what it is done with and where it stood, in one look-up; what is read
    `beside` is of its stays."""
    asked = (
        (QcRunLot, QcRunLot.run_id.in_(runs)),
        (QcRunEquipment, QcRunEquipment.run_id.in_(runs)),
        (QcRunStay, QcRunStay.run_id.in_(runs)),
    )
    found = read(session, abreast(*asked).options(*OF_LOT, *OF_DEVICE, *beside))
    for name, rows in zip(("lots", "equipment", "stays"), found, strict=True):
        give(runs, name, rows, "run_id")


def told_of(test: QcTest) -> list[Told]:
    """Every run that `test` was scanned into, oldest first."""
    members = test.in_runs if test.aliquot_id is not None else []
    return [Told(each, list(_used(test, each))) for each in members]


def stands_in_one(test: QcTest) -> bool:
    """Whether its tube is in a run that is not over: it is begun and read there."""
    return open_member(test) is not None


def open_member(test: QcTest) -> QcRunMember | None:
    """The member of a run under way by which `test` is read; a fill itself is in none."""
    if test.aliquot_id is None:
        return None
    return next((each for each in test.in_runs if each.left_at is None), None)


def tube_gone(test: QcTest) -> bool:
    """Whether its tube broke or was lost in a run: quality decides what becomes of the test."""
    waits = test.status in (QcTestStatus.SAMPLED, QcTestStatus.RUNNING)
    if test.aliquot_id is None or not waits:
        return False
    return any(each.removal and each.removal.reason == TUBE_GONE for each in test.in_runs)


def of_gone_tube() -> ColumnElement[bool]:
    """The same of tests in a query."""
    return (
        select(QcRunRemoval.id)
        .join(QcRunMember, QcRunMember.id == QcRunRemoval.member_id)
        .where(QcRunMember.qc_test_id == QcTest.id, QcRunRemoval.reason == TUBE_GONE)
        .correlate(QcTest)
        .exists()
    )


def begun(member: QcRunMember) -> bool:
    """Whether its test was begun, in its run or before, when it was not read yet."""
    return _begun(member.qc_test, member)


def _begun(test: QcTest, member: QcRunMember) -> bool:
    started, left = test.started_at, member.left_at
    if started is None or (left is not None and started > left):
        return False
    return all(row.read_at > started for row in test.results)


def signed(test: QcTest) -> list[list[object]]:
    """Where `test` was begun or read in runs, and with what: part of what its signers sign."""
    return [
        [
            told.run.code,
            told.run.procedure,
            [each.outside_reason for each in told.member.results],
            [_signed(each) for each in told.used],
        ]
        for told in told_of(test)
        if told.member.results or _begun(test, told.member)
    ]


def _signed(used: Used) -> list[object]:
    let, found = used.row.override_by, used.row.deviation
    by_whom = [used.row.override_reason, let.full_name, found and found.code] if let else None
    return [used.supply.code, by_whom]


def _used(test: QcTest, member: QcRunMember) -> Iterator[Used]:
    for row in member.run.used:
        if not _tested_with(test, member, row):
            continue
        if isinstance(row, QcRunLot):
            yield Used(row, row.lot, out_of_order(row.lot, _used_at(test, member, row)))
        else:
            yield Used(row, row.equipment, None)


def _tested_with(test: QcTest, member: QcRunMember, row: QcRunLot | QcRunEquipment) -> bool:
    """Of what the run was done with what had been scanned in when this tube was read, or left;
    while it waits there, all."""
    here = [each.result.entered_at for each in member.results if not each.outside_reason]
    if here:
        return row.scanned_at <= max(here)
    if _begun(test, member):
        return member.left_at is None or row.scanned_at <= member.left_at
    waits = not member.results and member.removal is None
    return waits and member.run.status is not QcRunStatus.VOID


def _used_at(test: QcTest, member: QcRunMember, row: QcRunLot) -> datetime:
    """When it was used for this tube, as far as is known; now, where it is still to be used."""
    if test.started_at is not None and _begun(test, member):
        return max(test.started_at, row.scanned_at)
    read = [each.result.read_at for each in member.results]
    return max(read, default=clock.now())
