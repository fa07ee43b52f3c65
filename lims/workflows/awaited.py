"""Until when a release waits: the last reading of the tests that run for it."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.aliquot import QcTest
from lims.models.fill import Fill
from lims.workflows import fill_results, judging, qc_readings, specifications
from lims.workflows.fill_lineage import Filled
from lims.workflows.judging import Verdict


def last_of(session: Session, fills: Collection[Fill]) -> dict[int, QcTest]:
    """By fill, of the tests that run and that its release waits for the one read last."""
    running = session.scalars(
        select(QcTest)
        .where(
            QcTest.batch_id.in_({fill.batch_id for fill in fills}),
            QcTest.status.in_(qc_readings.UNDER_WAY),
            QcTest.started_at.is_not(None),
        )
        .options(*qc_readings.with_readings())
    ).unique()
    by_day = sorted(running, key=lambda test: qc_readings.due_on(test) or date.min)
    return {
        fill.id: test
        for test in by_day
        for fill in fills
        if test.batch_id == fill.batch_id and _waits_for(Filled.as_made(fill), test)
    }


def _waits_for(filled: Filled, test: QcTest) -> bool:
    line = specifications.line_of(test.line)
    bars = filled.kind in line.fills and judging.blocks(line, Verdict.MISSING)
    return bars and fill_results.answers_line(filled, line, test)
