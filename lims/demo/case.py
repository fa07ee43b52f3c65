"""One patient in the demonstration: who it is, and what grows of the tissue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from lims import clock
from lims.demo import shift, week
from lims.demo.chance import Chance
from lims.demo.layer import Layer
from lims.demo.shift import Shift
from lims.demo.telling import Found, Laboratory, Teller, at
from lims.models.batch import Batch
from lims.models.course import Course
from lims.models.patient import Patient, Sex
from lims.models.site import Joint, Side
from lims.models.step import Step
from lims.workflows.codes import load

WITHIN = timedelta(minutes=50)
"""Nobody begins on the hour."""
DOUBLING_HOURS = 46
"""Usual for these cells: 30 to 70."""
BEFORE_ISOLATION = 7
"""Days from the first visit to the tissue."""


@dataclass(frozen=True)
class Who:
    """An invented person."""

    full_name: str
    born: date
    sex: Sex
    other_name: str | None = None
    country: str = "Беларусь"


@dataclass(frozen=True)
class Prescribed:
    """The dose of one injection, and the joint."""

    cells: int = 50_000_000
    volume_ml: Decimal = Decimal(3)
    joint: Joint = Joint.KNEE
    side: Side = Side.LEFT


class Case(Teller):
    """One patient's material; `begins` is the day of the first visit."""

    patient: str
    course: str
    sample: str
    batch: str = ""
    vessels: Sequence[str] = ()
    layer: Layer
    """What grows in them."""
    tube: str
    fill: str = ""
    doses: Sequence[str] = ()
    vial_fill: str = ""
    in_store: Sequence[str] = ()
    order: str
    on_the_day: datetime
    """When what is told of today begins."""
    today: Shift | None = None
    """Where something is told of today: when that is."""
    harvested_today: bool = False
    session_in: int = 0
    """Days from the last harvest to the session it is for."""
    warmest_c: str | None = None
    overgrown_pct: int | None = None
    cultured_on: date
    """When the tests for sterility of what is filled were begun."""
    sampled_ml: str = "0.4"
    """For the quick tests of the cells that are filled."""
    vials: int = 5
    """How many are to be frozen."""

    def __init__(
        self, laboratory: Laboratory, who: Who, prescribed: Prescribed, pace: float = 1
    ) -> None:
        super().__init__(laboratory, who.full_name)
        self.who = who
        self.chance = Chance(who.full_name)
        self.prescribed = replace(prescribed, side=self.chance.of((Side.LEFT, Side.RIGHT)))
        self.mass_g = Decimal(f"{self.chance.between(5.6, 9.7):.1f}")
        self.doubling_hours = self.chance.around(DOUBLING_HOURS * pace, 0.2)
        """Of these cells; each passage differs a little from it."""
        passage = round(self.chance.between(2.9, 3.3) * self.doubling_hours / 24)
        self.days: tuple[int, int, int] = (round(self.chance.between(8.5, 11.5)), passage, passage)
        """Of P0, P1 and P2."""
        self.pain = self.chance.of((5, 6, 6, 7, 7, 8))
        """From 0 to 10, as told last."""
        self.begins = clock.today()
        self.sittings: list[str] = []
        """The sessions planned."""

    @property
    def days_to_harvest(self) -> int:
        """From the first visit to the last harvest."""
        return BEFORE_ISOLATION + sum(self.days)

    def arrange(self, harvest: date) -> None:
        """Begin so that the last harvest is on this day; tissue is taken, and cells are passed on,
        on days of work."""
        p0, p1, p2 = (timedelta(days=each) for each in self.days)
        second = week.nearest(harvest - p2)
        first = week.nearest(second - p1)
        taken = self.laboratory.day_for_tissue(first - p0)
        self.days = ((first - taken).days, (second - first).days, (harvest - second).days)
        self.begins = taken - timedelta(days=BEFORE_ISOLATION)

    def on(self, day: int, hour: int) -> datetime:
        """A moment of the laboratory's day, so many days after the first visit."""
        begun = clock.moment_of(self.begins + timedelta(days=day), time(hour))
        return begun + WITHIN * self.chance.share()

    def after(self, days: int, hour: int) -> datetime:
        """The same, counted from today."""
        return self.on((clock.today() - self.begins).days + days, hour)

    def workday(self, days: int, hour: int) -> datetime:
        """The same, or the next day on which people come."""
        wanted = clock.today() + timedelta(days=days)
        return self.after((week.not_before(wanted) - clock.today()).days, hour)

    def to_a_workday(self, days: int) -> int:
        """About so many days on, where people work."""
        return (week.nearest(clock.today() + timedelta(days=days)) - clock.today()).days

    @property
    def duty(self) -> str | None:
        """Why somebody is there today, where nobody works."""
        return None if week.is_worked(clock.today()) else week.ON_DUTY

    def soon(self, minutes: float) -> datetime:
        """In about so many minutes; what is told of today goes on in the hours of work."""
        span = timedelta(minutes=self.chance.around(minutes, 0.08))
        is_today = self.today is not None and clock.now() >= self.today.begins
        return shift.after(clock.now(), span) if is_today else clock.now() + span

    def mine(self) -> Found:
        return at(Patient, self.patient)

    def ordered(self) -> Found:
        return at(Course, self.course)

    def batch_of(self, step: str) -> str:
        """The batch that a step is of."""
        with self.database.reading() as session:
            key = load(session, step, Step).batch_id
            return session.get_one(Batch, key).code
