"""QC results as papers print them: as they were typed, each with its limit and its people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from lims import clock
from lims.models.aliquot import Aliquot, QcResult, QcTest
from lims.models.batch import Batch
from lims.models.fill import Dose, Vial
from lims.models.signature import Signature
from lims.models.suspension import Withdrawal
from lims.records.analysis import TestResult
from lims.records.parts import Running, Verdict
from lims.records.wording import Wording
from lims.workflows import fill_results, judging, qc_readings, qc_run_told, specifications
from lims.workflows.criteria import typed, written
from lims.workflows.fill_results import JudgedLine
from lims.workflows.lines import Line
from lims.workflows.qc_readings import GONE

VERDICTS = {
    judging.Verdict.PASS: Verdict.PASS,
    judging.Verdict.FAIL: Verdict.FAIL,
    judging.Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    judging.Verdict.MISSING: Verdict.MISSING,
    judging.Verdict.RUNNING: Verdict.RUNNING,
    judging.Verdict.INVALID: Verdict.INVALID,
    judging.Verdict.NOT_EVALUATED: Verdict.NOT_EVALUATED,
}


@dataclass(frozen=True)
class Runs:
    """What is told of runs at QC: by the number of a result, and by that of a test."""

    of_results: dict[int, str] = field(default_factory=dict)
    of_tests: dict[int, list[str]] = field(default_factory=dict)


NO_RUNS = Runs()


def tests_of(session: Session, batch: Batch) -> Sequence[QcTest]:
    """Every test asked of a batch, those that another took the place of included."""
    aliquot = joinedload(QcTest.aliquot)
    return (
        session.scalars(
            select(QcTest)
            .where(QcTest.batch_id == batch.id)
            .options(
                aliquot.joinedload(Aliquot.withdrawal).joinedload(Withdrawal.suspension),
                aliquot.joinedload(Aliquot.sample),
                aliquot.joinedload(Aliquot.vessel),
                aliquot.joinedload(Aliquot.dose).joinedload(Dose.fill),
                aliquot.joinedload(Aliquot.vial).joinedload(Vial.fill),
                joinedload(QcTest.fill),
                joinedload(QcTest.verification),
                joinedload(QcTest.approval),
                selectinload(QcTest.results).joinedload(QcResult.analyst),
                *qc_run_told.with_runs(),
            )
            .order_by(QcTest.id)
        )
        .unique()
        .all()
    )


def results_of(
    tests: Sequence[QcTest], say: Wording, runs: Runs = NO_RUNS
) -> tuple[TestResult, ...]:
    """Each test with its result of record, and above it what was read or typed before.

    `runs`: what is told of the runs that they were read in.
    """
    return tuple(result for test in tests for result in _of_test(test, say, runs))


def _of_test(test: QcTest, say: Wording, runs: Runs = NO_RUNS) -> Iterator[TestResult]:
    line = specifications.line_asked(test) or specifications.line_of(test.line)
    for row in test.results:
        if row.superseded_at is not None:
            verdict = judging.judge(
                line, qc_readings.reading_of(line, [row]), qc_readings.passage_of(test)
            )
            yield _result(line, test, [row], VERDICTS[verdict], say, runs, gone=True)
    rows = qc_readings.rows_of_record(test)
    verdict = qc_readings.stands(line, test)
    yield _result(line, test, rows, VERDICTS[verdict], say, runs, gone=test.status in GONE)


def _result(
    line: Line,
    test: QcTest,
    rows: Sequence[QcResult],
    verdict: Verdict,
    say: Wording,
    runs: Runs,
    *,
    gone: bool,
) -> TestResult:
    method = say.word(rows[0].method if rows else line.method)
    told = dict.fromkeys(runs.of_results[row.id] for row in rows if row.id in runs.of_results)
    if all(row.superseded_at is None for row in rows):
        told |= dict.fromkeys(runs.of_tests.get(test.id, ()))
    return TestResult(
        test=say.word(line.name),
        method=" · ".join(filter(None, (method, *told))),
        limit=limit_of(line, say),
        result=say.word(typed(qc_readings.text_of(test, rows), say.mark)),
        unit="" if all(row.has_unit(line.unit) for row in rows) else unit_of(line, say),
        verdict=verdict,
        aliquot=test.aliquot.code if test.aliquot else test.code,
        analyst=rows[0].analyst.full_name if rows else "",
        verifier=_name(test.verification),
        approver=_name(test.approval),
        resulted_on=_day(rows),
        superseded=gone,
    )


def _name(signature: Signature | None) -> str:
    return signature.printed_name if signature else ""


def _day(rows: Sequence[QcResult]) -> date | None:
    return clock.day_of(max(row.read_at for row in rows)) if rows else None


def limit_of(line: Line, say: Wording) -> str:
    """What the line asks for, a comparison with its sign, a word in the paper's language."""
    return f"{say.word(written(line.limit, say.mark))} {unit_of(line, say)}".rstrip()


def unit_of(line: Line, say: Wording) -> str:
    return say.word(line.unit) if line.unit else ""


def certified(judged: Sequence[JudgedLine], say: Wording) -> tuple[TestResult, ...]:
    """Every line the specification asks of a fill, answered or missing.

    A line that is not required and that nobody asked for is no gap: it is left out.
    """
    return tuple(
        _certified(each, say) if each.test is None else list(_of_test(each.test, say))[-1]
        for each in judged
        if each.test is not None or each.line.required
    )


def _certified(judged: JudgedLine, say: Wording) -> TestResult:
    line = judged.line
    return TestResult(
        say.word(line.name),
        say.word(line.method),
        limit_of(line, say),
        "",
        "",
        VERDICTS[judged.verdict],
    )


def running(judged: Sequence[JudgedLine], say: Wording) -> tuple[Running, ...]:
    """The tests whose last word is still to come, and when each can be read for good."""
    return tuple(
        Running(say.word(each.line.name), _expected(each))
        for each in judged
        if fill_results.is_running(each)
    )


def _expected(judged: JudgedLine) -> date | None:
    started = judged.test.started_at if judged.test else None
    days = judged.line.days_to_read
    return clock.day_of(started) + timedelta(days=days) if started and days else None
