"""A tube of a run that was read elsewhere: told as a fact, and marked as read outside the run."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, FieldError
from lims.models.aliquot import QcResult, QcTest
from lims.models.audit import Action, AuditEntry
from lims.models.qc_run import QcRunMember, QcRunResult
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    on_paper,
    performing,
    qc_readings,
    qc_run_members,
    specifications,
)
from lims.workflows.on_paper import OnPaper
from lims.workflows.qc_entries import Entry


class WhyOutside(FieldError):
    sentence = N_("Say why it was read outside its run.")


@dataclass(frozen=True)
class Outside:
    """Why a tube was read outside its run; who read it, and what it was written on."""

    reason: str
    told: OnPaper = on_paper.NOTHING


def require_told(
    session: Session, test: QcTest, entry: Entry, outside: Outside | None
) -> QcRunMember | None:
    """The open run's member that is read; raises InARun where this is no fact of the past.

    What is read now is read in the run: a fact has its paper, or was read long before.
    """
    member = qc_run_members.open_of(session, test)
    if member is None:
        return None
    if outside is not None and entry.read_at > clock.now():
        raise performing.InTheFuture(at=entry.read_at)
    late_after = specifications.whole_limit(specifications.of(test.batch), "late_entry_minutes")
    past = performing.is_past(entry.read_at, late_after)
    if outside is None or not (past or outside.told.sha256):
        raise qc_run_members.in_a_run(session, member, test)
    if not outside.reason.strip():
        raise WhyOutside("late_reason")
    return member


def analyst(session: Session, outside: Outside | None, by: User) -> User:
    """Who read it, where another types what they wrote; `by`, where nothing else is said."""
    if outside is None:
        return by
    return on_paper.performer(session, outside.told, Permission.ENTER_RESULT, by)


def typed_by(read: Any, person: Any) -> ColumnElement[bool]:
    """Of results: that this person (an id) typed what another had read outside its run.

    The audit trail knows it: who types a reading is no analyst of it, and does not verify it.
    """
    return (
        select(AuditEntry.id)
        .join(QcRunResult, QcRunResult.id == AuditEntry.row_id)
        .where(
            AuditEntry.table_name == QcRunResult.__tablename__,
            AuditEntry.user_id == person,
            QcRunResult.qc_result_id == read.id,
            QcRunResult.outside_reason.is_not(None),
        )
        .exists()
    )


def typed(session: Session, tests: Iterable[QcTest], person: User) -> set[int]:
    """The ids of those of `tests` of which `person` typed a reading so; one query."""
    here = QcResult.qc_test_id.in_([test.id for test in tests])
    query = select(QcResult.qc_test_id).where(here, typed_by(QcResult, person.id))
    return set(session.scalars(query))


def typists(session: Session, members: Iterable[QcRunMember]) -> dict[int, User]:
    """Who typed a reading that another had written down, by the id of its row in the run: as the
    audit trail knows; one query, and none where nothing was read outside."""
    outside = [each for member in members for each in member.results if each.outside_reason]
    if not outside:
        return {}
    entered = (
        select(AuditEntry.row_id, User)
        .join(User, User.id == AuditEntry.user_id)
        .where(
            AuditEntry.table_name == QcRunResult.__tablename__,
            AuditEntry.row_id.in_([each.id for each in outside]),
            AuditEntry.action == Action.INSERT,
        )
    )
    wrote = {each.id: each.result.analyst_id for each in outside}
    return {row: who for row, who in session.execute(entered) if who.id != wrote[row]}


def note(session: Session, member: QcRunMember, test: QcTest, outside: Outside | None) -> None:
    """The rows of record of `test` were read outside the run that its tube is in."""
    assert outside is not None
    for row in qc_readings.rows_of_record(test):
        session.add(
            QcRunResult(
                patient_id=member.patient_id,
                member_id=member.id,
                qc_result_id=row.id,
                outside_reason=outside.reason.strip(),
                sha256=outside.told.sha256,
            )
        )
    session.flush()
    session.expire(member, ["results"])
