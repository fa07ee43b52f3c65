"""Which lines of the specification may be asked of an aliquot, and which of a fill itself."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.models.aliquot import Aliquot, AliquotUse, QcTest
from lims.models.fill import Fill
from lims.models.sample import Sample
from lims.models.specification import SpecificationTest
from lims.models.suspension import Purpose, Suspension, SuspensionOrigin
from lims.models.vessel import Vessel
from lims.workflows import judging, specifications
from lims.workflows.lines import FillKind, Line, Stage, TakenFrom
from lims.workflows.qc_readings import GONE, Source, source_of

FINAL = frozenset({TakenFrom.DOSE, TakenFrom.VIAL})
"""The containers of a fill: a line that says dose is asked of the vials of a fill of vials too."""


LOOKED_AT = {
    Stage.RECEPTION: TakenFrom.TISSUE,
    Stage.ISOLATION: TakenFrom.SUSPENSION,
    Stage.IN_PROCESS: TakenFrom.SUSPENSION,
}
"""What a line of an earlier stage is asked of where nothing is taken; later: the fill itself."""


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


def expected_of(aliquot: Aliquot) -> list[str]:
    """The lines meant for what it was taken from: of a fill's own cells those a release needs."""
    at = _stands_at(source_of(aliquot))
    return [
        each.code
        for each in lines_for(aliquot)
        if (stage := Stage(each.stage)) in at
        and (each.required or stage is not Stage.FINAL_CONTAINER)
    ]


def _stands_at(source: Source) -> tuple[Stage, ...]:
    """The stages a piece of material is at: a harvest is filled from, or goes on to be."""
    if isinstance(source, Sample):
        return (Stage.RECEPTION,)
    if isinstance(source, Vessel):
        return (Stage.IN_PROCESS,)
    if not isinstance(source, Suspension):
        return (Stage.FINAL_CONTAINER,)
    if source.origin in (SuspensionOrigin.ISOLATION, SuspensionOrigin.THAW):
        return _stages(source.origin)
    filled = any(each.purpose is Purpose.FILLING for each in source.withdrawals)
    on_its_way = source.origin is SuspensionOrigin.HARVEST and not filled
    return (Stage.IN_PROCESS,) if on_its_way else (Stage.FINAL_CONTAINER,)


def asked_of(line: Line) -> TakenFrom | None:
    """What `line` is asked of; None: of the fill itself."""
    return line.taken_from or LOOKED_AT.get(line.stage)


def suits(line: Line, source: Source) -> bool:
    """Whether `line` is asked of an aliquot of `source`."""
    wanted = asked_of(line)
    if isinstance(source, Sample):
        return wanted is TakenFrom.TISSUE
    if isinstance(source, Vessel):
        return wanted is TakenFrom.SPENT_MEDIUM and judging.applies(line, source.passage)
    if isinstance(source, Suspension):
        here = wanted is TakenFrom.SUSPENSION and line.stage in _stages(source.origin)
        return here and judging.applies(line, source.passage)
    here = wanted in FINAL and FillKind(source.fill.kind.value) in line.fills
    return here and judging.applies(line, source.fill.passage)


def _stages(origin: SuspensionOrigin) -> tuple[Stage, ...]:
    if origin is SuspensionOrigin.ISOLATION:
        return (Stage.ISOLATION,)
    if origin is SuspensionOrigin.THAW:
        return (Stage.POST_THAW, Stage.FINAL_CONTAINER)
    return (Stage.IN_PROCESS, Stage.FINAL_CONTAINER)


def lines_for_fill(session: Session, fill: Fill) -> list[SpecificationTest]:
    """What may be asked of a fill itself: the lines for which nothing is taken, once each."""
    return lines_beside(fill, session.scalars(select(QcTest).where(QcTest.fill_id == fill.id)))


def lines_beside(fill: Fill, tests: Iterable[QcTest]) -> list[SpecificationTest]:
    """The same, where the tests of the fill itself were read."""
    asked = {test.line.code for test in tests if test.status not in GONE}
    return [
        each
        for each in specifications.of(fill.batch).tests
        if each.code not in asked and _of_fill(each, fill)
    ]


def _of_fill(asked: SpecificationTest, fill: Fill) -> bool:
    line = specifications.line_of(asked)
    kind = FillKind(fill.kind.value)
    return asked_of(line) is None and kind in line.fills and judging.applies(line, fill.passage)
