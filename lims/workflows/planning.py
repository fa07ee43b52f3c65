"""What is to be done on which day: due by the agenda, and expected by the forecasts."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session, joinedload

from lims import clock
from lims.errors import N_
from lims.models.batch import Batch, BatchStatus
from lims.models.patient import Patient
from lims.models.vessel import Vessel
from lims.workflows import (
    agenda,
    agenda_passages,
    batch_forecast,
    batch_growth,
    care,
    past_batches,
    specifications,
)
from lims.workflows.agenda import Item
from lims.workflows.batch_forecast import Outlook
from lims.workflows.batch_growth import BatchGrowth
from lims.workflows.due import Timing
from lims.workflows.forecast import Basis, Forecast

PLANNED = (
    "receive",
    "isolate",
    "feed",
    "passage_expected",
    "read",
    "run_due",
    "retrieve",
    "fill",
    "session",
)
"""The tasks of the agenda that have a day and need hands on that day."""
OF_THE_TANKS = ("reading",)
"""For whoever keeps them."""
MOST = 500
"""More than a laboratory does in a month."""
HARVEST, DOSE = "harvest", "dose"
LABELS = {HARVEST: agenda.PASSAGE_EXPECTED, DOSE: N_("Dose expected")}


@dataclass(frozen=True)
class Expected:
    """What the forecast of a batch says of a day: the likely one, or between two."""

    kind: str
    day: date
    batch: Batch
    earliest: date | None = None
    latest: date | None = None
    overdue: bool = False

    @property
    def label(self) -> str:
        return LABELS[self.kind]


@dataclass(frozen=True)
class Day:
    """A day of the calendar; what is late stands on none."""

    date: date
    items: Sequence[Item]
    expected: Sequence[Expected]


@dataclass(frozen=True)
class Plan:
    """`late` is what was due, `overdue` what was expected, before today or before now."""

    days: Sequence[Day]
    late: Sequence[Item]
    overdue: Sequence[Expected]


def plan(session: Session, first: date, days: int, *, of_tanks: bool = False) -> Plan:
    """The days from `first` on; what is late is told while it is not done."""
    tasks = PLANNED + OF_THE_TANKS if of_tanks else PLANNED
    due: dict[date, list[Item]] = defaultdict(list)
    late = []
    for item in _items(session, clock.midnight(first + timedelta(days=days)), tasks):
        if item.overdue:
            late.append(item)
        elif item.due is not None:
            due[clock.day_of(item.due)].append(item)
    expected, overdue = defaultdict(list), []
    for each in _expected(session):
        if each.overdue:
            overdue.append(each)
        else:
            expected[each.day].append(each)
    every = [first + timedelta(days=number) for number in range(days)]
    return Plan([Day(each, due[each], expected[each]) for each in every], late, overdue)


def _items(session: Session, until: datetime, tasks: Sequence[str]) -> Sequence[Item]:
    """What the agenda has with a day before `until`, the earliest first; one query."""
    planned = [task.named(task.waiting()) for task in agenda.TASKS if task.name in tasks]
    every = union_all(*planned).subquery("planned")
    rows = session.execute(
        select(every, Patient.code.label("patient"), Patient.full_name)
        .outerjoin(Patient, Patient.id == every.c.patient_id)
        .where(every.c.due.is_not(None), every.c.due < until, every.c.timing != Timing.SINCE.value)
        .order_by(every.c.due, every.c.task, every.c.code)
        .limit(MOST)
    )
    return [agenda.item_of(row) for row in rows]


def _expected(session: Session) -> Iterator[Expected]:
    """Of the batches in culture, which are as many as there are hands for, however many that were
    grown long ago were left open; when one is harvested, the last two looks into its vessels tell
    better than what is usual."""
    living = select(Vessel.batch_id).where(Vessel.status.in_(care.LIVING))
    growing = session.scalars(
        select(Batch)
        .where(Batch.status == BatchStatus.OPEN, Batch.id.in_(living))
        .options(joinedload(Batch.patient), *batch_forecast.with_outlook())
        .order_by(Batch.id)
    )
    batches = growing.unique().all()
    if not batches:
        return
    grown = batch_growth.of_batches(session, batches)
    seen = {row.code for row in session.execute(agenda_passages.expected())}
    usual = _usual_days(session, batches)
    for each, outlook in zip(grown, batch_forecast.outlooks(session, grown), strict=True):
        dose = _of_dose(each.batch, outlook)
        if dose is not None:
            yield dose
        yield from (
            harvest
            for harvest in _of_harvest(each, usual)
            if each.batch.code not in seen
            and (dose is None or (harvest.day < dose.day and not dose.overdue))
        )


def _of_dose(batch: Batch, outlook: Outlook) -> Expected | None:
    """The harvest of the dose is told as the dose; no day for one beyond the limits."""
    told = outlook.told
    if not isinstance(told, Forecast) or told.basis is Basis.REACHED or told.exceeds:
        return None
    return Expected(DOSE, told.expected, batch, told.earliest, told.latest, told.overdue)


def _usual_days(session: Session, batches: Sequence[Batch]) -> dict[int, float]:
    """The median length of each passage over the laboratory's past batches."""
    lengths = defaultdict(list)
    for past in past_batches.past_batches(session, batches):
        for run in past.passages:
            lengths[run.passage].append(float(run.days))
    return {passage: statistics.median(days) for passage, days in lengths.items()}


def _of_harvest(grown: BatchGrowth, usual: dict[int, float]) -> Iterator[Expected]:
    """When what grows now is usually harvested, by past batches or else by the specification."""
    ranges = specifications.forecast_ranges(specifications.of(grown.batch))
    for passage in grown.passages:
        if passage.harvested_at is not None or passage.passage is None:
            continue
        days = usual.get(passage.passage)
        if days is None and ranges is not None:
            days = (ranges.passage_days if passage.passage else ranges.p0_days).middle
        if days is not None:
            day = clock.day_of(passage.seeded_at) + timedelta(days=round(days))
            yield Expected(HARVEST, day, grown.batch, overdue=day < clock.today())
