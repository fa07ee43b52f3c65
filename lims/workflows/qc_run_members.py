"""Who is in a run at QC: which tubes, what of them is read, which is asked for next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.qc_run import QcRun, QcRunMember, QcRunRemoval, QcRunResult, QcRunStatus
from lims.models.qc_run_used import QcRunEquipment, QcRunLot
from lims.models.specification import SpecificationTest
from lims.workflows import qc_readings

IN_RUNS = (QcTestStatus.SAMPLED, QcTestStatus.RUNNING)
"""Tests that are done or read in this laboratory."""
AT_HAND = (QcRunStatus.OPEN, QcRunStatus.READING)
"""The run is at a station."""
UNDER_WAY = (*AT_HAND, QcRunStatus.PAUSED)


class InARun(LimsError):
    sentence = N_(
        "%(test)s: %(code)s is in the run %(run)s and is read there, each tube asked for by name."
        " What was read elsewhere is entered as a fact: with why, and its paper or the time it was"
        " read."
    )
    status = 409
    leads_to = "run"


def with_all() -> tuple[Any, ...]:
    """What a page of a run shows of its members."""
    return (
        joinedload(QcRunMember.patient),
        joinedload(QcRunMember.scanned_by),
        joinedload(QcRunMember.removal),
        joinedload(QcRunMember.aliquot).options(*qc_readings.with_source()),
        joinedload(QcRunMember.qc_test, innerjoin=True).selectinload(QcTest.results),
        joinedload(QcRunMember.qc_test, innerjoin=True).joinedload(QcTest.batch),
        selectinload(QcRunMember.results),
    )


def of(session: Session, run: QcRun) -> Sequence[QcRunMember]:
    """Every member of `run` by its position, those taken out included."""
    query = select(QcRunMember).where(QcRunMember.run_id == run.id).options(*with_all())
    return session.scalars(query.order_by(QcRunMember.position)).unique().all()


def staying(members: Collection[QcRunMember]) -> list[QcRunMember]:
    """Those that were not taken out."""
    return [each for each in members if each.removal is None]


def unread(members: Collection[QcRunMember]) -> list[QcRunMember]:
    """Those that are still to be read in this run, in the order in which they are asked for."""
    return [each for each in staying(members) if not each.results]


def _open_of() -> Select[QcRunMember]:
    return select(QcRunMember).where(QcRunMember.left_at.is_(None))


def open_of(session: Session, test: QcTest) -> QcRunMember | None:
    """The member of a run under way by which `test` is read; None where it is in none."""
    mine = _open_of().where(QcRunMember.qc_test_id == test.id)
    return session.scalars(mine.options(joinedload(QcRunMember.run, innerjoin=True))).one_or_none()


def open_of_all(session: Session, tests: Collection[QcTest]) -> Mapping[int, QcRunMember]:
    """The same of many tests, by their numbers; one query."""
    mine = _open_of().where(QcRunMember.qc_test_id.in_([test.id for test in tests]))
    with_run = joinedload(QcRunMember.run, innerjoin=True), selectinload(QcRunMember.results)
    found = session.scalars(mine.options(*with_run))
    return {each.qc_test_id: each for each in found}


def open_of_tube(session: Session, aliquot: Aliquot) -> QcRunMember | None:
    """The member by which a tube is in a run under way; None where it is in none, or in several."""
    mine = _open_of().where(QcRunMember.aliquot_id == aliquot.id)
    found = session.scalars(mine.options(joinedload(QcRunMember.run, innerjoin=True))).all()
    return found[0] if len(found) == 1 else None


def require_in_none(session: Session, test: QcTest) -> None:
    """Raise InARun where `test` is in a run under way."""
    if (member := open_of(session, test)) is not None:
        raise in_a_run(session, member, test)


def in_a_run(session: Session, member: QcRunMember, test: QcTest) -> InARun:
    aliquot = session.get_one(Aliquot, member.aliquot_id)
    return InARun(test=test.line.name, code=aliquot.code, run=member.run.code)


def read_in(session: Session, tests: Collection[QcTest]) -> Mapping[int, Sequence[QcRunResult]]:
    """By test, what was read of it in runs or, while it was in one, outside; one query."""
    found: dict[int, list[QcRunResult]] = {}
    rows = session.scalars(
        select(QcRunResult)
        .join(QcRunMember, QcRunMember.id == QcRunResult.member_id)
        .where(QcRunMember.qc_test_id.in_([test.id for test in tests]))
        .options(
            joinedload(QcRunResult.member, innerjoin=True)
            .joinedload(QcRunMember.run, innerjoin=True)
            .options(
                selectinload(QcRun.lots).joinedload(QcRunLot.lot),
                selectinload(QcRun.equipment).joinedload(QcRunEquipment.equipment),
            )
        )
        .order_by(QcRunResult.id)
    )
    for row in rows:
        found.setdefault(row.member.qc_test_id, []).append(row)
    return found


def worked_in(run: QcRun, members: Collection[QcRunMember]) -> set[int]:
    """Everybody who worked in `run`, by number: none of them checks that its station is clear."""
    people = {run.opened_by_id, *(stay.came_by_id for stay in run.stays)}
    people |= {each.scanned_by_id for each in (*members, *run.scanned)}
    people |= {each.removal.removed_by_id for each in members if each.removal is not None}
    return people | {each.result.analyst_id for member in members for each in member.results}


@dataclass(frozen=True)
class Counted:
    """How many tubes stay in a run, and how many of them were read."""

    tubes: int = 0
    read: int = 0


def counted(session: Session, runs: Collection[QcRun]) -> Mapping[int, Counted]:
    """By run, for a list; one query."""
    read = select(QcRunResult.id).where(QcRunResult.member_id == QcRunMember.id).exists()
    rows = session.execute(
        select(QcRunMember.run_id, func.count(), func.sum(case((read, 1), else_=0)))
        .where(
            QcRunMember.run_id.in_([run.id for run in runs]),
            ~select(QcRunRemoval.id).where(QcRunRemoval.member_id == QcRunMember.id).exists(),
        )
        .group_by(QcRunMember.run_id)
    )
    return {run: Counted(tubes, int(of_them)) for run, tubes, of_them in rows}


def waiting(session: Session) -> Mapping[str, int]:
    """By the code of its line, how many tests of tubes could be done in a run now."""
    rows = session.execute(
        select(SpecificationTest.code, func.count())
        .join(QcTest, QcTest.specification_test_id == SpecificationTest.id)
        .where(
            QcTest.status.in_(IN_RUNS),
            QcTest.aliquot_id.is_not(None),
            ~_open_of().where(QcRunMember.qc_test_id == QcTest.id).exists(),
        )
        .group_by(SpecificationTest.code)
        .order_by(SpecificationTest.code)
    )
    return dict(rows.all())
