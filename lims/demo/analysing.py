"""The quick tests of what is filled: begun beside each other, read one after the other."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lims import clock
from lims.demo import quality
from lims.demo.case import Case
from lims.demo.telling import each
from lims.models.aliquot import Aliquot, QcTest
from lims.workflows import qc_at_once
from lims.workflows.codes import load

Told = Iterator[datetime]


@dataclass(frozen=True)
class Analysis:
    """The quick tests of the cells that are filled, and when those begun together are read."""

    begun: Sequence[tuple[datetime, Sequence[QcTest]]]

    @property
    def tests(self) -> list[QcTest]:
        return [test for _, together in self.begun for test in together]


def analysis_of(case: Case, tube: str, *left: str) -> Generator[datetime, None, Analysis]:
    """An aliquot, its tests begun; the lines `left` are for a run of several tubes."""
    found = [test for test in quality.asked(case, tube) if test.line.code not in left]
    begun_now = []
    for minutes, together in by_duration(found):
        yield case.soon(quality.BETWEEN_STARTS)
        start(case, together)
        begun_now.append((case.soon(minutes), together))
    return Analysis(begun_now)


def read(case: Case, analysis: Analysis) -> Told:
    for at_last, together in analysis.begun:
        yield max(at_last, clock.now())
        for test in together:
            line = test.line.code
            spike = case.chance.between(88, 112)
            more = {"spike_recovery_pct": Decimal(round(spike))} if line == quality.SPIKED else {}
            quality.enter(case, test, quality.reading(case, line), **more)


def concluded(case: Case, analysis: Analysis) -> Told:
    """Read, verified and approved."""
    yield from read(case, analysis)
    yield from quality.settle(case, analysis.tests, quality.SOON)


def by_duration(found: Sequence[QcTest]) -> list[tuple[int, list[QcTest]]]:
    """Tests that are begun and read together, with their minutes, the shortest first."""
    minutes = {test: quality.READ_AFTER.get(test.line.code, quality.FLOW) for test in found}
    lengths = sorted(set(minutes.values()))
    return [(each, [test for test in found if minutes[test] == each]) for each in lengths]


def start(case: Case, together: Sequence[QcTest]) -> None:
    def aliquot(session: Session) -> Aliquot | None:
        return load(session, together[0].code, QcTest).aliquot

    case.act(
        "analyst", qc_at_once.start_tests, aliquot=aliquot, scanned=aliquot,
        started_at=clock.now(),
        tests=each(QcTest, [test.code for test in together]),
    )  # fmt: skip
