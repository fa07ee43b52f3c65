"""A tube of a run that was read elsewhere: told as a fact, and marked as read outside the run."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lims.errors import N_, FieldError
from lims.models.aliquot import QcTest
from lims.models.qc_run import QcRunMember, QcRunResult
from lims.workflows import performing, qc_readings, qc_run_members, specifications
from lims.workflows.qc_entries import Entry


class WhyOutside(FieldError):
    sentence = N_("Say why it was read outside its run.")


@dataclass(frozen=True)
class Outside:
    """Why a tube was read outside its run; `paper_sha256` is a scan of what it was written on."""

    reason: str
    paper_sha256: str | None = None


def require_told(
    session: Session, test: QcTest, entry: Entry, outside: Outside | None
) -> QcRunMember | None:
    """The open run's member that is read; raises InARun where this is no fact of the past.

    What is read now is read in the run: a fact has its paper, or was read long before.
    """
    member = qc_run_members.open_of(session, test)
    if member is None:
        return None
    late_after = specifications.whole_limit(specifications.of(test.batch), "late_entry_minutes")
    past = performing.is_past(entry.read_at, late_after)
    if outside is None or not (past or outside.paper_sha256):
        raise qc_run_members.in_a_run(session, member, test)
    if not outside.reason.strip():
        raise WhyOutside("late_reason")
    return member


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
                sha256=outside.paper_sha256,
            )
        )
    session.flush()
    session.expire(member, ["results"])
