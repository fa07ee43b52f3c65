"""What the rows of a test say: its source, its reading of record, its verdict."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_, LimsError
from lims.models.aliquot import Aliquot, QcResult, QcTest, QcTestStatus
from lims.models.fill import Dose, Vial
from lims.models.sample import Sample
from lims.models.signature import Signature
from lims.models.suspension import Suspension, Withdrawal
from lims.models.vessel import Vessel
from lims.workflows import judging, qc_run_told, specifications
from lims.workflows.judging import Verdict
from lims.workflows.lines import Line, Reading

GONE = (QcTestStatus.INVALID, QcTestStatus.SUPERSEDED)
"""Another test stands in their place."""

UNDER_WAY = (QcTestStatus.RUNNING, QcTestStatus.SENT)
"""Begun, and nothing final read yet."""

READ = (QcTestStatus.ENTERED, QcTestStatus.VERIFIED, QcTestStatus.APPROVED)
"""A result stands; it is corrected or superseded, not entered."""

Source = Sample | Vessel | Suspension | Dose | Vial


class EnteredAlready(LimsError):
    sentence = N_(
        "%(test)s: %(person)s entered its result at %(at)s. It is corrected, not entered."
    )
    status = 409


def with_source() -> tuple[Any, ...]:
    """What to load with aliquots to say what each was taken from."""
    return (
        joinedload(Aliquot.withdrawal).joinedload(Withdrawal.suspension),
        joinedload(Aliquot.sample),
        joinedload(Aliquot.vessel),
        joinedload(Aliquot.dose).joinedload(Dose.fill),
        joinedload(Aliquot.vial).joinedload(Vial.fill),
    )


def with_readings() -> tuple[Any, ...]:
    """What to load with tests to judge them, and to say who did what."""
    return (
        joinedload(QcTest.aliquot).options(*with_source()),
        joinedload(QcTest.fill),
        joinedload(QcTest.verification),
        joinedload(QcTest.approval),
        joinedload(QcTest.taken_back),
        joinedload(QcTest.results).joinedload(QcResult.analyst),
    )


def source_of(aliquot: Aliquot) -> Source:
    """The tissue, vessel, suspension, dose or vial that an aliquot was taken from."""
    if aliquot.withdrawal is not None:
        return aliquot.withdrawal.suspension
    source = aliquot.sample or aliquot.vessel or aliquot.dose or aliquot.vial
    assert source is not None
    return source


def passage_of(test: QcTest) -> int | None:
    """The passage of what was tested; None for tissue and where it is not known."""
    if test.aliquot is None:
        return test.fill.passage if test.fill else None
    source = source_of(test.aliquot)
    if isinstance(source, (Dose, Vial)):
        return source.fill.passage
    return None if isinstance(source, Sample) else source.passage


def rows_of_record(test: QcTest) -> list[QcResult]:
    """The results that stand; what was superseded stays in `test.results`."""
    return [row for row in test.results if row.superseded_at is None]


def require_unread(test: QcTest) -> None:
    """Raise EnteredAlready where somebody entered the result of `test`."""
    rows = rows_of_record(test)
    if test.status in READ and rows:
        by, at = rows[0].analyst.full_name, rows[0].entered_at
        raise EnteredAlready(test=test.line.name, person=by, at=at)


def reading_of(line: Line, rows: Sequence[QcResult]) -> Reading | None:
    """The rows of one test as the judge takes them; None before there is any."""
    if not rows:
        return None
    days = [row.days_read for row in rows if row.days_read is not None]
    alone = [row.entered for row in rows if not row.member]
    return Reading(
        text=alone[0] if alone else None,
        days_read=min(days) if days else None,
        method=rows[0].method,
        spike_recovery_pct=rows[0].spike_recovery_pct,
        measured={row.member: row.entered for row in rows if row.member},
    )


def due_on(test: QcTest) -> date | None:
    """The day a running test is to be read for good; None before it was started."""
    if test.started_at is None:
        return None
    return clock.day_of(test.started_at) + timedelta(days=test.line.days_to_read or 0)


def verdict_of(test: QcTest) -> Verdict:
    """The verdict on `test` by the version its batch is pinned to now; the only one there is."""
    line = specifications.line_asked(test)
    return Verdict.NOT_EVALUATED if line is None else judged_by(line, test)


def judged_by(line: Line, test: QcTest) -> Verdict:
    return judging.judge(line, reading_of(line, rows_of_record(test)), passage_of(test))


def stands(line: Line, test: QcTest) -> Verdict:
    """The word for how `test` stands, on every page and paper: running, while it is good so far."""
    verdict = judged_by(line, test)
    open_yet = test.status in UNDER_WAY and verdict in (Verdict.MISSING, Verdict.INCONCLUSIVE)
    good = open_yet and judging.good_so_far(line, reading_of(line, rows_of_record(test)))
    return Verdict.RUNNING if good else verdict


def standing_of(test: QcTest) -> Verdict:
    """The same, by the version its batch is pinned to now."""
    line = specifications.line_asked(test)
    return Verdict.NOT_EVALUATED if line is None else stands(line, test)


def text_of(test: QcTest, rows: Sequence[QcResult]) -> str:
    """The results as they were typed; of a group each with the member's name before it."""
    line = specifications.line_asked(test) or specifications.line_of(test.line)
    return "; ".join(
        f"{line.called(row.member)}: {row.entered}" if row.member else row.entered for row in rows
    )


def shown_of(test: QcTest) -> dict[str, object]:
    """Exactly what a person who verifies, approves or voids a result is shown, and signs."""
    line = specifications.line_asked(test) or specifications.line_of(test.line)
    aliquot = test.aliquot
    return {
        "test": test.code,
        "batch": test.batch.code,
        "patient": test.patient.code,
        "material": source_of(aliquot).code if aliquot else test.fill and test.fill.code,
        "aliquot": aliquot.code if aliquot else None,
        "line": [line.code, line.name, line.limit, line.unit],
        "laboratory": test.laboratory,
        "started_at": test.started_at,
        "results": [_row(row) for row in rows_of_record(test)],
        "superseded": [_row(row) for row in test.results if row.superseded_at is not None],
        "verdict": judged_by(line, test),
        **({"runs": runs} if (runs := qc_run_told.signed(test)) else {}),
    }


def signatures(session: Session, test: QcTest) -> list[Signature]:
    """Every signature about `test`, in order."""
    return list(
        session.scalars(
            select(Signature)
            .where(Signature.subject_table == "qc_test", Signature.subject_id == test.id)
            .order_by(Signature.id)
        )
    )


def _row(row: QcResult) -> list[object]:
    read = [row.member, row.entered, row.comparator, row.value, row.computed]
    how = [row.method, row.days_read, row.spike_recovery_pct, row.read_at]
    return [*read, *how, row.analyst.full_name, row.correction_reason]
