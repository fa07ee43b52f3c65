"""Which lines of the specification may be asked of an aliquot, and which of a fill itself."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.aliquot import Aliquot, AliquotUse, QcTest
from lims.models.fill import Fill
from lims.models.sample import Sample
from lims.models.specification import SpecificationTest
from lims.models.suspension import Suspension, SuspensionOrigin
from lims.models.vessel import Vessel
from lims.workflows import judging, specifications
from lims.workflows.lines import FillKind, Line, Stage, TakenFrom
from lims.workflows.qc_readings import GONE, Source, source_of

FINAL = frozenset({TakenFrom.DOSE, TakenFrom.VIAL})
"""The containers of a fill: a line that says dose is asked of the vials of a fill of vials too."""


def lines_for(aliquot: Aliquot) -> list[SpecificationTest]:
    """What may be asked of an aliquot now: by its source, the stage, the passage, once each."""
    if aliquot.use is AliquotUse.RETENTION:
        return []
    source = source_of(aliquot)
    asked = {test.line.code for test in aliquot.tests if test.status not in GONE}
    return [
        each
        for each in specifications.of(aliquot.batch).tests
        if each.code not in asked and suits(specifications.line_of(each), source)
    ]


def suits(line: Line, source: Source) -> bool:
    """Whether `line` is asked of an aliquot of `source`."""
    if isinstance(source, Sample):
        return line.taken_from is TakenFrom.TISSUE
    if isinstance(source, Vessel):
        return line.taken_from is TakenFrom.SPENT_MEDIUM and judging.applies(line, source.passage)
    if isinstance(source, Suspension):
        here = line.taken_from is TakenFrom.SUSPENSION and line.stage in _stages(source.origin)
        return here and judging.applies(line, source.passage)
    here = line.taken_from in FINAL and FillKind(source.fill.kind.value) in line.fills
    return here and judging.applies(line, source.fill.passage)


def _stages(origin: SuspensionOrigin) -> tuple[Stage, ...]:
    if origin is SuspensionOrigin.ISOLATION:
        return (Stage.ISOLATION,)
    if origin is SuspensionOrigin.THAW:
        return (Stage.POST_THAW, Stage.FINAL_CONTAINER)
    return (Stage.IN_PROCESS, Stage.FINAL_CONTAINER)


def lines_for_fill(session: Session, fill: Fill) -> list[SpecificationTest]:
    """What may be asked of a fill itself: the lines for which nothing is taken, once each."""
    asked = {
        test.line.code
        for test in session.scalars(select(QcTest).where(QcTest.fill_id == fill.id))
        if test.status not in GONE
    }
    return [
        each
        for each in specifications.of(fill.batch).tests
        if each.taken_from is None and each.code not in asked and _of_fill(each, fill)
    ]


def _of_fill(asked: SpecificationTest, fill: Fill) -> bool:
    line = specifications.line_of(asked)
    kind = FillKind(fill.kind.value)
    return kind in line.fills and judging.applies(line, fill.passage)
