"""Quality decides on fills: released, conditionally or finally, or rejected."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from lims.demo import filing, settling
from lims.demo.case import Case
from lims.demo.telling import at
from lims.models.batch import Batch
from lims.models.deviation import Deviation
from lims.models.fill import Fill
from lims.workflows import deviations, releasing
from lims.workflows.codes import load

Told = Iterator[datetime]
FOUND, PROPOSED, DECIDED = 2, 3, 4
"""Moves of a deviation until its cause is known, what follows proposed, and quality has decided."""
A_MOVE = 35
"""Minutes, where a patient waits."""


def decide(case: Case, command: Any, fill: str, reason: str = "reviewed") -> None:
    case.act("qa", command, fill=at(Fill, fill), reason=reason, proof=case.proof("qa"))


def release(case: Case, fill: str) -> Told:
    """Finally, once quality has decided on every deviation of the batch."""
    while undecided(case):
        yield case.workday(1, 16)
    decide(case, releasing.release_fill, fill)
    filing.certify(case, fill)


def release_conditionally(case: Case, fill: str) -> Told:
    """For the patient who waits: what blocks it is looked into the same day."""
    yield from hastened(case, undecided(case), DECIDED)
    decide(case, releasing.release_conditionally, fill, "sterility still running")
    filing.certify(case, fill)


def undecided(case: Case) -> list[str]:
    """The deviations that block what is filled of the batch at hand."""
    with case.database.reading() as session:
        found = deviations.of_batch(session, load(session, case.batch, Batch))
        return [each.code for each in found if each.status not in deviations.DECIDED]


def of_fill(case: Case, fill: str) -> list[str]:
    """The deviations about this fill itself, or a result of it."""
    with case.database.reading() as session:
        key = load(session, fill, Fill).id
        every = session.scalars(select(Deviation).order_by(Deviation.id)).unique()
        return [each.code for each in every if key in {about.fill_id for about in each.subjects}]


def hastened(case: Case, codes: list[str], moves: int) -> Told:
    """Taken so far within hours, all together; what follows takes its days."""
    for made in range(moves):
        waiting = [code for code in codes if len(case.read(Deviation, code, "decisions")) <= made]
        if waiting:
            yield case.soon(A_MOVE)
        for code in waiting:
            settling.go_on(case, code)
