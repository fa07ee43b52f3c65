"""When a batch reaches its dose: by the laboratory's own past batches, told against the session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session, joinedload, selectinload

from lims import clock
from lims.models.batch import Batch
from lims.models.course import Course, TransplantationSession
from lims.models.fill import DoseStatus, FillKind, FillStatus
from lims.models.specification import SpecificationVersion
from lims.models.suspension import Suspension
from lims.workflows import batch_growth, specifications
from lims.workflows.batch_growth import BatchGrowth
from lims.workflows.counting import whole
from lims.workflows.forecast import Aim, Forecast, NoForecast, Timeliness, against, forecast
from lims.workflows.pace import PastBatch, Standing
from lims.workflows.past_batches import past_batches


class Flag(StrEnum):
    """What somebody should look at."""

    PASSAGE = "passage_beyond_the_limit"
    DOUBLINGS = "doublings_beyond_the_limit"
    NO_GROWTH = "no_growth_in_the_last_passage"
    LIMIT_ON_THE_WAY = "a_limit_is_reached_before_the_dose"
    OVERDUE = "the_expected_day_has_passed"


@dataclass(frozen=True)
class Outlook:
    """The forecast of a batch, what it aims at, and the session it is for."""

    aim: Aim
    told: Forecast | NoForecast | None
    """None where no cells are left to grow, or their passage is unknown."""
    appointment: TransplantationSession | None
    timeliness: Timeliness | None
    standing: Standing | None
    flags: Sequence[Flag]
    released: bool = False
    """A dose of the batch is released: nothing is forecast any more."""
    filled: bool = False
    """A dose of it waits for its release."""

    @property
    def forecast(self) -> Forecast | None:
        return self.told if isinstance(self.told, Forecast) else None

    @property
    def may_be_late(self) -> bool:
        """Whether the dose may miss the session it is for."""
        return self.timeliness in (Timeliness.AT_RISK, Timeliness.WILL_MISS)


def with_outlook() -> tuple[Any, ...]:
    """What to load with batches to say when the dose of each is ready."""
    return *beside_sessions(), joinedload(Batch.course).options(with_sessions())


def beside_sessions() -> tuple[Any, ...]:
    """The same where the course is there already, with its sessions."""
    return joinedload(Batch.fills), joinedload(Batch.specification_version)


def with_sessions(how: Any = selectinload) -> Any:
    """What to load with courses: their sessions, the injections planned, the doses of each; with
    one course they may be joined."""
    planned = TransplantationSession
    return how(Course.sessions).options(joinedload(planned.injections), joinedload(planned.doses))


def outlook(session: Session, grown: BatchGrowth) -> Outlook:
    """The outlook of the batch whose growth was read, on the day it is asked."""
    return outlooks(session, [grown])[0]


def outlooks(
    session: Session, every: Sequence[BatchGrowth], past: Sequence[PastBatch] | None = None
) -> list[Outlook]:
    """The outlook of each of some batches, in as many queries as that of one; `past` where it was
    read already."""
    specifications.read(session, (specifications.of(grown.batch) for grown in every))
    known = past_batches(session, [grown.batch for grown in every]) if past is None else past
    return [_outlook(grown, known) for grown in every]


def _outlook(grown: BatchGrowth, past: Sequence[PastBatch]) -> Outlook:
    batch, version = grown.batch, specifications.of(grown.batch)
    # to the clinic, conditionally or for good
    released = _has_doses(batch, FillStatus.CONDITIONAL, FillStatus.RELEASED)
    appointment = None if released else _next(_ahead(batch.course))
    aim = aim_of(version, cells_needed(batch.course, appointment))
    standing, ranges = standing_of(grown, aim), specifications.forecast_ranges(version)
    told = None
    aimed = aim.prescribed_cells is not None and not released
    if standing is not None and ranges is not None and aimed:
        told = forecast(standing, aim, past=past, ranges=ranges, today=clock.today())
    late = against(told, appointment.planned_on) if told and appointment else None
    filled = _has_doses(batch, FillStatus.QUARANTINED)
    flags = _flags(grown, aim, told)
    return Outlook(aim, told, appointment, late, standing, flags, released, filled)


def aim_of(version: SpecificationVersion, cells: int | None) -> Aim:
    """To reach `cells` within the limits of a specification."""
    return Aim(
        prescribed_cells=cells,
        fill_yield_pct=specifications.limit(version, "expected_fill_yield_pct"),
        passage_max=min(
            specifications.whole_limit(version, "passage_max_for_seeding"),
            specifications.whole_limit(version, "passage_max_for_filling"),
        ),
        cumulative_doublings_max=specifications.limit(version, "cumulative_doublings_max"),
    )


def _has_doses(batch: Batch, *of: FillStatus) -> bool:
    return any(fill.kind is FillKind.DOSES and fill.status in of for fill in batch.fills)


def _ahead(course: Course) -> list[TransplantationSession]:
    """The sessions of a course, by their day, that nobody was injected in."""
    kept = [
        each
        for each in course.sessions
        if each.cancelled_reason is None
        and all(dose.status is not DoseStatus.ADMINISTERED for dose in each.doses)
    ]
    return sorted(kept, key=lambda each: each.planned_on)


def _next(sessions: Sequence[TransplantationSession]) -> TransplantationSession | None:
    """The next of them; the missed one if all are past."""
    today = clock.today()
    ahead = [each for each in sessions if each.planned_on >= today]
    return next(iter(ahead or sessions[-1:]), None)


def cells_needed(course: Course, appointment: TransplantationSession | None) -> int | None:
    """Of all injections of the session; of one, as prescribed, where none is planned yet."""
    injections = appointment.administrations if appointment else []
    return sum(each.cells for each in injections) or course.prescribed_cells


def standing_of(grown: BatchGrowth, aim: Aim) -> Standing | None:
    """Where the cells stand: in tubes if these suffice, else in vessels, else in tubes."""
    tubes, vessels = _in_tubes(grown), _in_vessels(grown)
    if tubes and tubes.cells and tubes.next_harvest > 0 and aim.reached_with(tubes.cells):
        return tubes
    return vessels or tubes


def _in_vessels(grown: BatchGrowth) -> Standing | None:
    """The vessels of the highest passage, by the count at their seeding."""
    known = [vessel for vessel in grown.growing if vessel.passage is not None]
    if not known:
        return None
    highest = max(vessel.passage for vessel in known if vessel.passage is not None)
    members = [vessel for vessel in known if vessel.passage == highest]
    return Standing(
        cells=batch_growth.seeded_in(members),
        counted_on=clock.day_of(min(vessel.seeded_at for vessel in members)),
        passage=highest,
        cumulative_doublings=_most(member.withdrawal.suspension for member in members),
        tissue_g=grown.tissue_g,
        own=batch_growth.runs(grown.passages),
    )


def _in_tubes(grown: BatchGrowth) -> Standing | None:
    """Suspensions of the highest passage that still hold cells."""
    known = [each for each in grown.tubes if each.passage is not None]
    if not known:
        return None
    highest = max(each.passage for each in known if each.passage is not None)
    members = [each for each in known if each.passage == highest]
    cells = [each.viable_per_ml * each.remaining_ml for each in members if each.viable_per_ml]
    return Standing(
        cells=whole(sum(cells, Decimal(0))) if len(cells) == len(members) else None,
        counted_on=clock.today(),
        passage=highest,
        growing=False,
        cumulative_doublings=_most(members),
        tissue_g=grown.tissue_g,
        own=batch_growth.runs(grown.passages),
    )


def _most(suspensions: Iterable[Suspension]) -> float:
    totals = [each.cumulative_doublings for each in suspensions]
    return float(max((total for total in totals if total is not None), default=Decimal(0)))


def _flags(grown: BatchGrowth, aim: Aim, told: Forecast | NoForecast | None) -> list[Flag]:
    passages = [each.passage for each in grown.passages if each.passage is not None]
    finished = [each.doublings for each in grown.passages if each.doublings is not None]
    most, doublings = aim.passage_max, aim.cumulative_doublings_max
    found = {
        Flag.PASSAGE: most is not None and max(passages, default=0) > most,
        Flag.DOUBLINGS: doublings is not None and (grown.cumulative or 0) > doublings,
        Flag.NO_GROWTH: bool(finished) and finished[-1] <= 0,
        Flag.LIMIT_ON_THE_WAY: isinstance(told, Forecast) and bool(told.exceeds),
        Flag.OVERDUE: isinstance(told, Forecast) and told.overdue,
    }
    return [flag for flag, raised in found.items() if raised]
