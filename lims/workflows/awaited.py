"""Until when a release waits: the last reading of the tests that run for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.aliquot import QcTest
from lims.models.fill import Fill, FillStatus
from lims.workflows import fill_results, judging, qc_readings, specifications
from lims.workflows.fill_lineage import Filled
from lims.workflows.judging import Verdict


@dataclass(frozen=True)
class Running:
    """A test whose result is not there yet, and when it is."""

    name: str
    due_on: date | None


def after_release(session: Session, fill: Fill) -> list[Running]:
    """What is still read of a fill that was released on the condition that it will be good."""
    return next(iter(after_releases(session, [fill]).values()), [])


def after_releases(session: Session, fills: Collection[Fill]) -> dict[Fill, list[Running]]:
    """`after_release` of each of `fills` that is released so."""
    conditional = [fill for fill in fills if fill.status is FillStatus.CONDITIONAL]
    running = _running(session, conditional) if conditional else {}
    return {
        fill: [Running(test.line.name, qc_readings.due_on(test)) for test in running[fill.id]]
        for fill in conditional
    }


def last_of(session: Session, fills: Collection[Fill]) -> dict[int, QcTest]:
    """By fill, of the tests that run and that its release waits for the one read last."""
    return {key: tests[-1] for key, tests in _running(session, fills).items() if tests}


def _running(session: Session, fills: Collection[Fill]) -> dict[int, list[QcTest]]:
    """By fill, the tests that run and that its release waits for, by the day they are read."""
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
    made = {fill.id: (fill.batch_id, Filled.as_made(fill)) for fill in fills}
    return {
        key: [test for test in by_day if test.batch_id == batch and _waits_for(filled, test)]
        for key, (batch, filled) in made.items()
    }


def _waits_for(filled: Filled, test: QcTest) -> bool:
    line = specifications.line_of(test.line)
    bars = filled.kind in line.fills and judging.blocks(line, Verdict.MISSING)
    return bars and fill_results.answers_line(filled, line, test)
