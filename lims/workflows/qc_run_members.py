"""Who is in a run at QC: which tubes, what of them is read, which is asked for next."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot, QcResult, QcTest, QcTestStatus
from lims.models.batch import Batch
from lims.models.qc_run import QcRun, QcRunMember, QcRunRemoval, QcRunResult, QcRunStatus
from lims.models.specification import SpecificationTest
from lims.workflows import qc_readings, qc_run_told
from lims.workflows.abreast import Asked

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
        joinedload(QcRunMember.qc_test, innerjoin=True)
        .joinedload(QcTest.batch)
        .joinedload(Batch.specification_version),
        selectinload(QcRunMember.results).joinedload(QcRunResult.result),
    )


def of(session: Session, run: QcRun) -> Sequence[QcRunMember]:
    """Every member of `run` by its position, those taken out included."""
    query = select(QcRunMember).where(QcRunMember.run_id == run.id).options(*with_all())
    return session.scalars(query.order_by(QcRunMember.position)).unique().all()


WITH_RUN = (
    # joined as a join itself, SQLite would read every run there is
    joinedload(QcRunMember.run).joinedload(QcRun.line, innerjoin=False),
    joinedload(QcRunMember.aliquot),
    joinedload(QcRunMember.removal),
)


def of_batch(batch: int) -> Asked:
    """Every tube of a batch that was scanned into a run."""
    tubes = select(Aliquot.id).where(Aliquot.batch_id == batch)
    return QcRunMember, QcRunMember.aliquot_id.in_(tubes)


def newest_first(members: Iterable[QcRunMember]) -> list[QcRunMember]:
    """By run, the newest first; in each by position."""
    return sorted(members, key=lambda each: (-each.run_id, each.position))


def staying(members: Collection[QcRunMember]) -> list[QcRunMember]:
    """Those that were not taken out."""
    return [each for each in members if each.removal is None]


def done(member: QcRunMember) -> bool:
    """Whether it was read for good here: a look at which its test goes on is no such reading,
    also once it was read elsewhere."""
    if not member.results or member.qc_test.status in IN_RUNS:
        return False
    last = max(each.result.read_at for each in member.results)
    rows = (row for row in member.qc_test.results if row.correction_reason is None)
    return all(row.read_at <= last for row in rows)


def going_on(members: Collection[QcRunMember]) -> list[QcRunMember]:
    """Those that were looked at in this run, and whose tests go on."""
    return [each for each in staying(members) if each.results and each.qc_test.status in IN_RUNS]


def unread(members: Collection[QcRunMember]) -> list[QcRunMember]:
    """Those that are still to be read in this run, in the order in which they are asked for."""
    return [each for each in staying(members) if not done(each)]


def waiting_now(members: Collection[QcRunMember]) -> list[QcRunMember]:
    """Of them those nobody looked at today: one at which it goes on is asked for again later."""
    return [each for each in unread(members) if not _looked_at_today(each)]


def _looked_at_today(member: QcRunMember) -> bool:
    at = [each.result.entered_at for each in member.results]
    return bool(at) and clock.day_of(max(at)) == clock.today()


def last_reading(member: QcRunMember) -> list[QcResult]:
    """What was read of it last in this run: one value, or each of a group; none before."""
    rows = [each.result for each in member.results]
    return [row for row in rows if row.read_at == rows[-1].read_at]


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
    later = aliased(QcResult)
    after = select(later.id).where(
        later.qc_test_id == QcRunMember.qc_test_id,
        later.read_at > QcResult.read_at,
        later.correction_reason.is_(None),
    )
    last = select(QcRunResult.id).join(QcResult, QcResult.id == QcRunResult.qc_result_id)
    last = last.where(QcRunResult.member_id == QcRunMember.id)
    final = last.where(~after.correlate(QcRunMember, QcResult).exists())
    read = and_(final.exists(), QcTest.status.not_in(IN_RUNS))
    rows = session.execute(
        select(QcRunMember.run_id, func.count(), func.sum(case((read, 1), else_=0)))
        .join(QcTest, QcTest.id == QcRunMember.qc_test_id)
        .where(
            QcRunMember.run_id.in_([run.id for run in runs]),
            ~select(QcRunRemoval.id).where(QcRunRemoval.member_id == QcRunMember.id).exists(),
        )
        .group_by(QcRunMember.run_id)
    )
    return {run: Counted(tubes, int(of_them)) for run, tubes, of_them in rows}


@dataclass
class Waiting:
    """Tubes whose test of one line could be done in a run now."""

    tubes: list[str] = field(default_factory=list)
    to_begin: int = 0
    to_read: int = 0
    """Today, or since an earlier day."""


def waiting(session: Session) -> Mapping[str, Waiting]:
    """What waits for a run, by the code of its line."""
    rows = session.execute(
        select(SpecificationTest.code, SpecificationTest.days_to_read, QcTest, Aliquot.code)
        .join(QcTest, QcTest.specification_test_id == SpecificationTest.id)
        .join(Aliquot, Aliquot.id == QcTest.aliquot_id)
        .where(
            QcTest.status.in_(IN_RUNS),
            ~_open_of().where(QcRunMember.qc_test_id == QcTest.id).exists(),
            ~qc_run_told.of_gone_tube(),
        )
        .order_by(SpecificationTest.code, QcTest.id)
    )
    found: dict[str, Waiting] = {}
    for line, days, test, tube in rows:
        here = found.setdefault(line, Waiting())
        here.tubes.append(tube)
        begins = test.status is QcTestStatus.SAMPLED
        due = qc_readings.due_on(test)
        here.to_begin += begins and bool(days)
        here.to_read += not days or (not begins and due is not None and due <= clock.today())
    return found
