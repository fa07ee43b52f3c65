"""Growth and yield of a batch for its record: the curve's points, and what each stage gave."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from lims.charts.growth_values import Growth, Passage
from lims.errors import N_, LimsError
from lims.models.batch import Batch
from lims.models.fill import Fill
from lims.models.retrieval import Thaw
from lims.models.step import StepKind
from lims.papers.step_rows import StepRows
from lims.papers.wording import headed, passage, sentence
from lims.records.parts import Yield
from lims.records.wording import Wording
from lims.rounding import rounded
from lims.workflows import batch_growth, earlier_steps, pooling, specifications, thaw_findings
from lims.workflows.batch_growth import BatchGrowth, days_between
from lims.workflows.criteria import ends
from lims.workflows.growth import SVF_PASSAGE

DAYS = Decimal("0.0001")
DOUBLINGS = Decimal("0.000001")
HOURS = Decimal("0.001")
"""As finely as a paper keeps what was computed: floats differ in their last digits."""


def growth(grown: BatchGrowth) -> Growth | None:
    """The points of the curve; None before anything was seeded."""
    if not grown.passages:
        return None
    began = min(each.seeded_at for each in grown.passages)
    return Growth(
        passages=tuple(_passage(each, began) for each in grown.passages),
        prescribed_cells=grown.batch.course.prescribed_cells,
        doublings_limit=_limit(grown),
    )


def _limit(grown: BatchGrowth) -> Decimal | None:
    version = specifications.of(grown.batch)
    return specifications.known_limit(version, "cumulative_doublings_max")


def _passage(each: batch_growth.Passage, began: datetime) -> Passage:
    harvested = each.harvested_at
    return Passage(
        name=passage(each.passage),
        seeded_day=_rounded(days_between(began, each.seeded_at), DAYS) or Decimal(0),
        seeded_cells=each.seeded,
        harvested_day=_rounded(days_between(began, harvested), DAYS) if harvested else None,
        harvested_cells=each.harvested,
        doublings=_rounded(each.doublings, DOUBLINGS),
        cumulative_doublings=_rounded(each.cumulative, DOUBLINGS),
        doubling_time_h=_rounded(each.doubling_time_hours, HOURS),
    )


def _rounded(value: float | Decimal | None, step: Decimal) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(step)


def yields(grown: BatchGrowth, fills: Sequence[Fill], say: Wording) -> Iterator[Yield]:
    """Viable cells at each stage: of the tissue, of each harvest, in the containers filled."""
    cells = say.word(N_("viable cells"))
    for suspension in grown.suspensions:
        made_at = suspension.made_by.performed_at
        if suspension.passage != SVF_PASSAGE or made_at is None:
            continue
        count = pooling.harvested_cells(suspension)
        if count is None:
            yield Yield(_stage(say, None), say.word(N_("not counted")), "", made_at)
        else:
            yield Yield(_stage(say, None), count, cells, made_at, None, _per_gram(grown, say))
    for each in grown.passages:
        if each.harvested_at is not None:
            yield _harvest(each, each.harvested_at, say)
    for fill in fills:
        yield _filled(fill, say)


def thaws(rows: StepRows, batch: Batch, say: Wording) -> Iterator[Yield]:
    """Viable cells got back of those frozen, by thaw; nothing where no cells were got."""
    done = [step for step in rows.steps if isinstance(step, Thaw)]
    for step in done:
        for tube in rows.made[step.id]:
            assert step.performed_at is not None
            stage, got = headed(say, step.kind), pooling.harvested_cells(tube)
            if got is None:
                yield Yield(stage, say.word(N_("not counted")), "", step.performed_at)
                continue
            cells, remark = say.word(N_("viable cells")), _of_frozen(rows, step, batch, say)
            yield Yield(stage, got, cells, step.performed_at, None, remark)


def _of_frozen(rows: StepRows, step: Thaw, batch: Batch, say: Wording) -> str:
    """What share of the cells frozen was got back; empty where those were not counted."""
    found = rows.recovered.get(step.id)
    if found is None:
        return ""
    asked = specifications.asks_for(specifications.of(batch), thaw_findings.RECOVERY)
    share = rounded(found, 1, ends(asked.limit) if asked else ())
    frozen = sum(each.vial.left_cells() or 0 for each in rows.thawed[step.id])
    words = N_("%(share)s %% of %(frozen)s viable cells frozen")
    return say.say(words, share=say.number(share), frozen=say.number(frozen, 0))


def _stage(say: Wording, harvest: str | None) -> str:
    kind = StepKind.ISOLATION if harvest is None else StepKind.HARVEST
    return f"{headed(say, kind)} {harvest or ''}".rstrip()


def _per_gram(grown: BatchGrowth, say: Wording) -> str:
    found = grown.yield_per_gram
    if found is None:
        return ""
    return say.say(N_("%(cells)s cells per gram"), cells=say.number(found, 0))


def _harvest(each: batch_growth.Passage, at: datetime, say: Wording) -> Yield:
    stage = _stage(say, passage(each.passage))
    if each.harvested is None:
        return Yield(stage, say.word(N_("not counted")), "", at)
    remark = ""
    if each.doublings is not None:
        doublings = _rounded(each.doublings, DOUBLINGS)
        assert doublings is not None
        remark = say.say(N_("%(number)s doublings"), number=say.number(doublings, 2))
    return Yield(stage, each.harvested, say.word(N_("viable cells")), at, None, remark)


def _filled(fill: Fill, say: Wording) -> Yield:
    if portions := earlier_steps.portions_of(fill.made_by, fill.withdrawal):
        return _told(fill, portions, say)
    counted: list[int | None] = [dose.viable_cells for dose in fill.doses]
    counted += [vial.viable_cells for vial in fill.vials]
    known = [cells for cells in counted if cells is not None]
    containers = say.say(N_("containers: %(count)s, %(code)s"), count=len(counted), code=fill.code)
    stage = say.word(N_("Filled"))
    if len(known) < len(counted):
        return Yield(stage, say.word(N_("not counted")), "", fill.filled_at, None, containers)
    unit = say.word(N_("viable cells"))
    return Yield(stage, sum(known), unit, fill.filled_at, None, containers)


def _told(fill: Fill, portions: LimsError, say: Wording) -> Yield:
    """What a sheet says was filled, however much of it was given or used up before the import."""
    stage = say.word(N_("Filled"))
    remark = f"{sentence(say, portions)}, {fill.code}"
    cells, at = fill.withdrawal.viable_cells, fill.filled_at
    if cells is None:
        return Yield(stage, say.word(N_("not counted")), "", at, None, remark)
    return Yield(stage, cells, say.word(N_("viable cells")), at, None, remark)
