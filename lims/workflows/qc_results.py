"""Results as they are read and typed: every reading a row, a correction a new row with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError, Stale
from lims.models.aliquot import Comparator, QcResult, QcTest, QcTestStatus
from lims.models.user import User
from lims.permissions import Permission
from lims.workflows import (
    computed_results,
    judging,
    qc_read_outside,
    qc_readings,
    signing,
    specifications,
    states,
)
from lims.workflows.command import because, command
from lims.workflows.criteria import Words, criterion
from lims.workflows.intervals import Interval
from lims.workflows.judging import Verdict
from lims.workflows.lines import Line
from lims.workflows.qc_entries import Entry, check, days_needed
from lims.workflows.qc_read_outside import Outside
from lims.workflows.since import require_there, to_the_minute


class NotAskedAnyMore(LimsError):
    sentence = N_("Specification %(specification)s does not ask for %(test)s any more.")
    status = 409


class NotStarted(LimsError):
    sentence = N_("%(test)s is read on day %(days)s: start the test first, then its days count.")
    status = 409


class ReasonNeeded(LimsError):
    sentence = N_("Say why the result is corrected.")


class NothingToCorrect(LimsError):
    sentence = N_("%(code)s has no result yet: enter it.")
    status = 409


@command(Permission.ENTER_RESULT)
def enter_result(
    session: Session, test: QcTest, *, entry: Entry, by: User, outside: Outside | None = None
) -> QcTest:
    """Enter a reading; one that cannot be final yet (growth is looked for on) leaves it running.

    Of a tube in a run only what was read `outside` it, as a fact; in the run it is asked for there.
    """
    member = qc_read_outside.require_told(session, test, entry, outside)
    who = by if member is None else qc_read_outside.analyst(session, outside, by)
    record_reading(session, test, entry, who)
    if member is not None:
        qc_read_outside.note(session, member, test, outside)
    return test


def record_reading(session: Session, test: QcTest, entry: Entry, by: User) -> QcTest:
    """A reading, in a run or by itself: one way to record it, one to judge it."""
    line = line_of(test)
    _begin(session, test, line, entry)
    check(line, test, entry)
    _replace_rows(session, test, line, entry, None, by)
    if not goes_on(line, qc_readings.judged_by(line, test)):
        states.move(session, test, QcTestStatus.ENTERED)
    return test


@command(Permission.ENTER_RESULT)
def correct_result(
    session: Session, test: QcTest, *, entry: Entry, reason: str, seen: str, by: User
) -> QcTest:
    """Mend what was mistyped, until somebody verifies it; what was typed first stays in sight.

    `seen` is the SHA-256 of what the page showed: a reading entered meanwhile makes it stale.
    """
    because(session, reason)
    require_seen(test, seen)
    states.require(test, QcTestStatus.ENTERED, QcTestStatus.RUNNING, QcTestStatus.SENT)
    if not qc_readings.rows_of_record(test):
        raise NothingToCorrect(code=test.code)
    if not reason.strip():
        raise ReasonNeeded()
    line = line_of(test)
    check(line, test, entry)
    _replace_rows(session, test, line, entry, reason.strip(), by)
    under_way = test.status is not QcTestStatus.ENTERED
    if under_way and not goes_on(line, qc_readings.judged_by(line, test)):
        states.move(session, test, QcTestStatus.ENTERED)
    return test


def require_seen(test: QcTest, seen: str) -> None:
    """Raise Stale unless `seen` is the SHA-256 of what `test` says now."""
    if seen != signing.sha256_of(qc_readings.shown_of(test)):
        raise Stale(code=test.code)


def line_of(test: QcTest) -> Line:
    """The line that `test` is read against now."""
    line = specifications.line_asked(test)
    if line is None:
        raise NotAskedAnyMore(test=test.line.name, specification=specifications.of(test.batch).code)
    return line


def goes_on(line: Line, verdict: Verdict) -> bool:
    """Whether a reading leaves the test running: nothing bad is seen, and its day is not come."""
    return verdict is Verdict.INCONCLUSIVE and isinstance(criterion(line.limit), Words)


def _begin(session: Session, test: QcTest, line: Line, entry: Entry) -> None:
    """A test of a fill, or one read the same day, begins with its result; others were started."""
    if test.aliquot_id is None and test.status is QcTestStatus.REQUESTED:
        states.move(session, test, QcTestStatus.SAMPLED)
    qc_readings.require_unread(test)
    states.require(test, QcTestStatus.RUNNING, QcTestStatus.SENT, QcTestStatus.SAMPLED)
    if test.status is QcTestStatus.SAMPLED:
        if needed := days_needed(line, entry):
            raise NotStarted(test=line.name, days=needed)
        if test.aliquot is not None:
            require_there(entry.read_at, test.aliquot, field="read_at")
        test.started_at = entry.read_at
        states.move(session, test, QcTestStatus.RUNNING)


def _replace_rows(
    session: Session, test: QcTest, line: Line, entry: Entry, reason: str | None, by: User
) -> None:
    before = {row.member: row for row in qc_readings.rows_of_record(test)}
    for row in before.values():
        row.superseded_at = clock.now()
    session.flush()
    why = _reasons(before, entry, reason)
    computed = computed_results.of_test(session, test)
    for member, text in entry.measured.items():
        comparator, value = kept(line, text)
        session.add(
            QcResult(
                patient_id=test.patient_id,
                qc_test_id=test.id,
                member=member,
                entered=text,
                comparator=comparator,
                value=value,
                computed=computed,
                method=entry.method.strip() or line.method,
                days_read=entry.days_read,
                spike_recovery_pct=entry.spike_recovery_pct,
                read_at=entry.read_at,
                analyst_id=by.id,
                correction_reason=why[member],
            )
        )
    session.flush()
    session.expire(test, ["results"])


def _reasons(
    before: Mapping[str, QcResult], entry: Entry, reason: str | None
) -> dict[str, str | None]:
    """Why each value was corrected: beside what changed alone, or all where none did."""
    how = entry.days_read, entry.spike_recovery_pct, to_the_minute(entry.read_at)
    again = {
        member: row
        for member, row in before.items()
        if row.entered == entry.measured.get(member)
        and (row.days_read, row.spike_recovery_pct, to_the_minute(row.read_at)) == how
    }
    if again.keys() >= entry.measured.keys():
        again = {}
    return {m: again[m].correction_reason if m in again else reason for m in entry.measured}


def kept(line: Line, text: str) -> tuple[Comparator | None, Decimal | None]:
    """`text` as it is stored beside itself: comparator and number; neither, where it is a word."""
    said = judging.read_result(replace(line, possible=""), text)
    if not isinstance(said, Interval):
        return None, None
    if said.exact is not None:
        return Comparator.EQUAL, said.exact
    if said.high is not None:
        return (Comparator.BELOW if said.high_open else Comparator.AT_MOST), said.high
    return (Comparator.ABOVE if said.low_open else Comparator.AT_LEAST), said.low
