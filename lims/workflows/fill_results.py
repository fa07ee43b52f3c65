"""The results behind a fill: what the specification asks of it, and what its lineage answered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE, ColumnElement, or_, select, union_all
from sqlalchemy.orm import Session

from lims.models.aliquot import Aliquot, QcTest, QcTestStatus
from lims.models.fill import Dose, Fill, FillStatus, Vial
from lims.models.isolation import Isolation
from lims.models.signature import Signature
from lims.models.specification import SpecificationTest
from lims.models.suspension import Suspension, SuspensionOrigin, Withdrawal
from lims.models.vessel import Vessel
from lims.workflows import judging, qc_readings, specifications
from lims.workflows.growth import SVF_PASSAGE
from lims.workflows.judging import Verdict
from lims.workflows.lines import FillKind, Line, Reading, Stage
from lims.workflows.qc_readings import GONE, passage_of, source_of

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


def judged(session: Session, fill: Fill) -> list[JudgedLine]:
    """Every line that the batch's version asks of `fill`, with each test that answers it now.

    A final container answers for itself. Earlier stages are answered by the lineage, all of it:
    a growth two passages ago still counts; but in process the last harvest has to be among them.
    """
    ancestors = _suspensions(session, fill)
    found = [test for test in _tests(session, fill) if test.status not in GONE]
    answer: list[JudgedLine] = []
    for asked in specifications.of(fill.batch).tests:
        line = specifications.line_of(asked)
        if FillKind(fill.kind.value) in line.fills and _stage_asked(line, ancestors):
            answer += _answers(fill, line, [t for t in found if _answers_line(fill, asked, t)])
    return answer


def may_follow(judged: JudgedLine) -> bool:
    """Whether a conditional release may go before this result: started, and nothing bad read."""
    if judged.test is None or judged.test.status not in STARTED:
        return False
    return judging.may_follow(judged.line, judged.reading)


def analysts(session: Session, fill: Fill) -> set[int]:
    """The ids of all who analysed or verified a result behind `fill`, also one that is gone."""
    found: set[int] = set()
    for test in _tests(session, fill):
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
    return [fill for fill in fills if test.id in {each.id for each in _tests(session, fill)}]


def _answers(fill: Fill, line: Line, tests: Sequence[QcTest]) -> Iterator[JudgedLine]:
    for test in tests:
        yield _judged(line, test)
    last = line.stage is Stage.IN_PROCESS and fill.passage is not None
    if not any(not last or passage_of(test) == fill.passage for test in tests):
        passage = SVF_PASSAGE if line.stage is Stage.ISOLATION else fill.passage
        verdict = judging.judge(line, None, passage)
        yield JudgedLine(line, None, None, "", verdict, None, None, None, None)


def _judged(line: Line, test: QcTest) -> JudgedLine:
    rows = qc_readings.rows_of_record(test)
    return JudgedLine(
        line=line,
        test=test,
        reading=qc_readings.reading_of(line, rows),
        text=qc_readings.text_of(rows),
        verdict=qc_readings.judged_by(line, test),
        analyst=rows[0].analyst.full_name if rows else None,
        verifier=_printed(test.verification),
        approver=_printed(test.approval),
        read_on=max((row.read_at for row in rows), default=None),
    )


def _printed(signature: Signature | None) -> str | None:
    return signature.printed_name if signature else None


def _stage_asked(line: Line, ancestors: Sequence[Suspension]) -> bool:
    """After thaw only where something was thawed."""
    thawed = any(each.origin is SuspensionOrigin.THAW for each in ancestors)
    return line.stage is not Stage.POST_THAW or thawed


def _answers_line(fill: Fill, asked: SpecificationTest, test: QcTest) -> bool:
    """Whether `test` is of this line, and of the fill itself where the line asks for that."""
    if test.line.code != asked.code:
        return False
    if asked.stage != Stage.FINAL_CONTAINER or test.fill_id == fill.id:
        return True
    if test.aliquot is None:
        return False
    source = source_of(test.aliquot)
    if isinstance(source, (Dose, Vial)):
        return source.fill_id == fill.id
    return isinstance(source, Suspension) and source.id == fill.withdrawal.suspension_id


def _suspensions(session: Session, fill: Fill) -> Sequence[Suspension]:
    lineage = _lineage(fill)
    return session.scalars(select(Suspension).where(Suspension.id.in_(select(lineage.c.id)))).all()


def _tests(session: Session, fill: Fill) -> Sequence[QcTest]:
    """Every test made of `fill`, of its containers, or of anything in its lineage; one look-up."""
    return (
        session.scalars(
            select(QcTest)
            .outerjoin(Aliquot, Aliquot.id == QcTest.aliquot_id)
            .where(QcTest.patient_id == fill.patient_id, _behind(fill))
            .options(*qc_readings.with_readings())
            .order_by(QcTest.id)
        )
        .unique()
        .all()
    )


def _behind(fill: Fill) -> ColumnElement[bool]:
    lineage = select(_lineage(fill).c.id)
    of = Aliquot
    return or_(
        QcTest.fill_id == fill.id,
        of.withdrawal_id.in_(select(Withdrawal.id).where(Withdrawal.suspension_id.in_(lineage))),
        of.vessel_id.in_(select(Vessel.id).where(Vessel.harvested_into_id.in_(lineage))),
        of.sample_id.in_(select(Isolation.sample_id).where(Isolation.suspension_id.in_(lineage))),
        of.dose_id.in_(select(Dose.id).where(Dose.fill_id == fill.id)),
        of.vial_id.in_(select(Vial.id).where(Vial.fill_id == fill.id)),
    )


def _lineage(fill: Fill) -> CTE:
    """The suspension a fill was filled from, what was poured or harvested into that, and so on."""
    poured = select(Withdrawal.into_id.label("child"), Withdrawal.suspension_id.label("parent"))
    grown = select(Vessel.harvested_into_id, Withdrawal.suspension_id).join(
        Withdrawal, Withdrawal.id == Vessel.withdrawal_id
    )
    edge = union_all(
        poured.where(Withdrawal.patient_id == fill.patient_id, Withdrawal.into_id.is_not(None)),
        grown.where(Vessel.patient_id == fill.patient_id, Vessel.harvested_into_id.is_not(None)),
    ).subquery("edge")
    start = select(Withdrawal.suspension_id.label("id")).where(Withdrawal.id == fill.withdrawal_id)
    lineage = start.cte("lineage", recursive=True)
    return lineage.union(select(edge.c.parent).join(lineage, edge.c.child == lineage.c.id))
