"""The results behind a fill: what the specification asks of it, and what its lineage answered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.aliquot import QcTest, QcTestStatus
from lims.models.fill import Dose, Fill, FillStatus, Vial
from lims.models.signature import Signature
from lims.models.suspension import Suspension
from lims.workflows import computed_results, fill_lineage, judging, qc_readings, specifications
from lims.workflows.counted_viability import Counted
from lims.workflows.fill_lineage import Filled
from lims.workflows.growth import SVF_PASSAGE
from lims.workflows.judging import Verdict
from lims.workflows.lines import Line, Reading, Stage
from lims.workflows.qc_lines import suits
from lims.workflows.qc_readings import GONE, Source, passage_of, source_of

STARTED = (
    QcTestStatus.RUNNING,
    QcTestStatus.SENT,
    QcTestStatus.ENTERED,
    QcTestStatus.VERIFIED,
    QcTestStatus.APPROVED,
)


@dataclass(frozen=True)
class JudgedLine:
    """One line asked of a fill, one test that answers it (None: nobody asked yet), its verdict."""

    line: Line
    test: QcTest | None
    reading: Reading | None
    text: str
    """The result as it was entered; of a group each measured member's."""
    verdict: Verdict
    analyst: str | None
    verifier: str | None
    approver: str | None
    read_on: datetime | None
    computed: Decimal | None = None
    """What the records gave, where another figure was typed."""
    entered_at: datetime | None = None
    counted: Counted | None = None
    """What the bench counted of it, where no test was asked for."""

    @property
    def stands(self) -> Verdict:
        return qc_readings.stands(self.line, self.test) if self.test else self.verdict

    @property
    def due_on(self) -> date | None:
        """The day of its last reading while it runs."""
        return qc_readings.due_on(self.test) if self.test and is_running(self) else None

    @property
    def is_left_out(self) -> bool:
        """Whether it has no result that the specification would like and does not require."""
        open_ = self.verdict is Verdict.MISSING and not is_running(self)
        return open_ and not self.line.required and self.counted is None


def judged(session: Session, fill: Fill) -> list[JudgedLine]:
    """Every line that the batch's version asks of `fill`, with each test that answers it now."""
    filled = Filled.as_made(fill)
    return list(judged_lines(session, filled, fill_lineage.tests(session, filled)))


def failing(session: Session, fill: Fill) -> list[JudgedLine]:
    """Those that fail and would block its release, also as only entered so far."""
    filled = Filled.as_made(fill)
    answers = [
        _judged(line, test)
        for test in fill_lineage.tests(session, filled)
        if test.status not in GONE
        and (line := specifications.line_asked(test)) is not None
        and answers_line(filled, line, test)
    ]
    failed = [each for each in answers if each.verdict is Verdict.FAIL]
    asked = _asked(session, filled, [each.line for each in failed])
    return [
        each for each in failed if each.line in asked and judging.blocks(each.line, each.verdict)
    ]


def to_take(session: Session, filled: Filled) -> list[Line]:
    """What a release of `filled` would miss, where nothing was even taken for it yet."""
    (filled,) = fill_lineage.read(session, [filled])
    tests, taken = fill_lineage.tests_and_sources(session, filled)
    missing = [
        each.line
        for each in judged_lines(session, filled, tests)
        if each.test is None and each.line.taken_from and judging.blocks(each.line, each.verdict)
    ]
    return [line for line in missing if not any(_serves(filled, line, each) for each in taken)]


def judged_lines(
    session: Session,
    filled: Filled,
    tests: Sequence[QcTest],
    counted: Mapping[str, Counted] = MappingProxyType({}),
) -> Iterator[JudgedLine]:
    """`judged`, of the tests behind `filled` that were read already, and of what was `counted`.

    A final container answers for itself. Earlier stages are answered by the lineage, all of it:
    a growth two passages ago still counts; but in process the last harvest has to be among them.
    """
    found = [test for test in tests if test.status not in GONE]
    lines = map(specifications.line_of, specifications.of(filled.batch).tests)
    for line in _asked(session, filled, lines):
        answering = [test for test in found if answers_line(filled, line, test)]
        yield from _answers(filled, line, answering, counted.get(line.code))


def _asked(session: Session, filled: Filled, lines: Iterable[Line]) -> list[Line]:
    """Those of its kind of fill; after thaw only where something was thawed."""
    fitting = [line for line in lines if filled.kind in line.fills]
    later = [line for line in fitting if line.stage is Stage.POST_THAW]
    if not later or fill_lineage.is_thawed(session, filled):
        return fitting
    return [line for line in fitting if line not in later]


def may_follow(judged: JudgedLine) -> bool:
    """Whether a conditional release may go before this result: started, and nothing bad read."""
    if judged.test is None or judged.test.status not in STARTED:
        return False
    return judging.may_follow(judged.line, judged.reading)


def is_running(judged: JudgedLine) -> bool:
    """Whether its last word is still to come: the same list on every page and paper."""
    follows = may_follow(judged) and judging.blocks(judged.line, judged.verdict)
    return follows or judged.stands is Verdict.RUNNING


def analysts(tests: Iterable[QcTest]) -> set[int]:
    """The ids of all who analysed or verified a result of these tests."""
    found: set[int] = set()
    for test in tests:
        found.update(row.analyst_id for row in test.results)
        if test.verification is not None:
            found.add(test.verification.user_id)
    return found


def fills_resting_on(session: Session, test: QcTest, *statuses: FillStatus) -> list[Fill]:
    """The fills of these statuses in whose lineage `test` was made."""
    fills = session.scalars(
        select(Fill)
        .where(Fill.patient_id == test.patient_id, Fill.status.in_(statuses))
        .order_by(Fill.id)
    )
    found = fills.all()
    read = fill_lineage.read(session, [Filled.as_made(fill) for fill in found])
    tests = fill_lineage.tests_of(session, read)
    return [fill for fill, behind in zip(found, tests, strict=True) if test in behind]


def _answers(
    filled: Filled, line: Line, tests: Sequence[QcTest], counted: Counted | None
) -> Iterator[JudgedLine]:
    for test in tests:
        yield _judged(line, test)
    if not any(_late_enough(filled, line, passage_of(test)) for test in tests):
        passage = SVF_PASSAGE if line.stage is Stage.ISOLATION else filled.passage
        verdict = judging.judge(line, None, passage)
        told = counted and replace(counted, pct=computed_results.shown(line, counted.pct))
        yield JudgedLine(line, None, None, "", verdict, None, None, None, None, counted=told)


def _late_enough(filled: Filled, line: Line, passage: int | None) -> bool:
    """In process it is the last harvest that has to be tested, not only an earlier one."""
    last = line.stage is Stage.IN_PROCESS and filled.passage is not None
    return not last or passage == filled.passage


def _judged(line: Line, test: QcTest) -> JudgedLine:
    rows = qc_readings.rows_of_record(test)
    return JudgedLine(
        line=line,
        test=test,
        reading=qc_readings.reading_of(line, rows),
        text=qc_readings.text_of(test, rows),
        verdict=qc_readings.judged_by(line, test),
        analyst=rows[0].analyst.full_name if rows else None,
        verifier=_printed(test.verification),
        approver=_printed(test.approval),
        read_on=max((row.read_at for row in rows), default=None),
        computed=next((row.computed for row in rows if row.overtyped), None),
        entered_at=max((row.entered_at for row in rows), default=None),
    )


def _printed(signature: Signature | None) -> str | None:
    return signature.printed_name if signature else None


def answers_line(filled: Filled, line: Line, test: QcTest) -> bool:
    """Whether `test` is of this line, and of the fill itself where the line asks for that."""
    if test.line.code != line.code:
        return False
    if test.fill_id in filled.fills:
        return True
    if test.aliquot is None:
        return line.stage is not Stage.FINAL_CONTAINER
    return _own_enough(filled, line, source_of(test.aliquot))


def _own_enough(filled: Filled, line: Line, source: Source) -> bool:
    """A final container answers for itself: what was filled, or the tube it was filled from."""
    if line.stage is not Stage.FINAL_CONTAINER:
        return True
    if isinstance(source, (Dose, Vial)):
        return source.fill_id in filled.fills
    return isinstance(source, Suspension) and source.id in filled.tubes


def _serves(filled: Filled, line: Line, source: Source) -> bool:
    """Whether what was taken from `source` can still be tested for `line`."""
    passage = getattr(source, "passage", None)
    own = _own_enough(filled, line, source) and _late_enough(filled, line, passage)
    return own and suits(line, source)
