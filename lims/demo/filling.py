"""Filling an empty database with the demonstration: one act, that says how far it is."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from lims import clock
from lims.config import Settings
from lims.database import Database
from lims.demo import (
    accounts,
    beside,
    months,
    settling,
    shift,
    stockroom,
    supplies,
    tanks,
    together,
    week,
)
from lims.demo.case import Case
from lims.demo.haste import in_haste
from lims.demo.people import COURSES, Course
from lims.demo.shift import Shift
from lims.demo.telling import Laboratory, Teller
from lims.demo.timetable import Timetable
from lims.models.batch import Batch
from lims.workflows import demonstrating

MONTHS_BACK = timedelta(days=548)
HALF = shift.LASTS / 2
EVENING = time(20)
"""By then nobody works any more; what is told of today comes after."""


def fill(
    database: Database,
    settings: Settings,
    told: Callable[[int], None],
    every: Sequence[Course] = COURSES,
) -> None:
    """Tell the story up to now; `told` hears how many batches are made.

    Raises NotEmpty, or HalfMade, where anything is recorded already.
    """
    now = clock.now()
    with clock.held(now) as held:
        today = shift.last_shift(now)
        laboratory = Laboratory(database, settings, held, clock.day_of(today.ends))
        teller = Teller(laboratory, "laboratory")
        ends = last_evening(now)
        held.at = clock.moment_of(first_day(ends), shift.OPENS)
        teller.act(None, demonstrating.begin, batches=number_of_batches(every))
        with in_haste(database):  # one that was begun and is not done is of no use to anybody
            timetable = Timetable(held)
            begin(teller, timetable, ends, today)
            for each in every:
                tell(laboratory, timetable, each, ends, today)
            for _ in timetable.run():
                told(batches_in(database))
        held.at = max(held.at, now)
        teller.act(None, demonstrating.finish)


def tell(
    laboratory: Laboratory, timetable: Timetable, each: Course, ends: datetime, today: Shift
) -> None:
    """One course from its first visit on; what is of today in the last shift, the rest before."""
    case = Case(laboratory, each.who, each.prescribed, each.pace)
    case.vials, case.session_in = each.vials, each.session_in
    case.warmest_c, case.overgrown_pct = each.warmest_c, each.overgrown_pct
    if each.mass_g:
        case.mass_g = Decimal(each.mass_g)
    last_day = clock.day_of(ends)
    if each.began is None:
        harvest = last_day - timedelta(days=each.harvested)
        case.arrange(harvest if each.is_harvested_today else week.not_after(harvest))
    else:
        case.begins = week.not_after(last_day - timedelta(days=each.began))
    until = ends
    if each.at_hour is not None:
        case.on_the_day = shift.after(today.begins, timedelta(hours=each.at_hour))
        case.today, until = today, today.ends - shift.CLEARS
    timetable.add(case.on(0, 10), each.tell(case), until=until)


def number_of_batches(every: Sequence[Course] = COURSES) -> int:
    return sum(each.batches for each in every)


def last_evening(now: datetime) -> datetime:
    """The last one at which all was told that is not of today: before the shift began."""
    return clock.moment_of(clock.day_of(shift.last_shift(now).begins) - week.A_DAY, EVENING)


def begin(teller: Teller, timetable: Timetable, ends: datetime, today: Shift) -> None:
    """People, places, what is worked with; and what goes on beside the patients."""
    accounts.settle(teller)
    supplies.settle(teller)
    start = clock.now()
    all_the_time = (
        stockroom.stock_is_kept(teller),
        months.devices_are_calibrated(teller),
        months.the_trail_is_reviewed(teller),
        settling.deviations_are_settled(teller),
        together.cultures_are_read(teller, ends),
    )
    for story in all_the_time:
        timetable.add(start, story, until=ends)
    timetable.add(start, tanks.tanks_are_read(teller, ends), until=today.ends)
    for told in (*beside.TODAY, together.endotoxin_is_read):
        timetable.add(start, told(teller, shift.after(today.begins, HALF)), until=today.ends)


def first_day(ends: datetime) -> date:
    """On which the laboratory is set up."""
    return week.not_after(clock.day_of(ends - MONTHS_BACK))


def batches_in(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(Batch.id))) or 0
