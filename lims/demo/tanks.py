"""What the two tanks show: nitrogen goes, faster in the one than in the other, and is filled up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from lims import clock
from lims.demo import supplies, week
from lims.demo.chance import Chance
from lims.demo.telling import CRYOBANK, Teller, named
from lims.workflows import tank_readings

MONDAY, WEDNESDAY, FRIDAY = 0, 2, 4
READ_ON = frozenset({MONDAY, WEDNESDAY, FRIDAY})
READ_LATELY = timedelta(days=30)
"""For so long back the tanks were read each day, before that on these days of the week."""
READ_AT = time(8)
WITHIN_MIN = 35


@dataclass(frozen=True)
class Dewar:
    """How one of them behaves."""

    fullest_pct: float
    loses_pct: float
    """A day, as a rule."""
    coldest_c: float
    warms_c: float
    """By how much the gas is warmer for each per cent that is gone."""
    filled_on: frozenset[int]
    """Days of the week."""


DEWARS = {
    "tank": Dewar(91, 3.1, -186.4, 0.21, frozenset({MONDAY})),
    "second_tank": Dewar(86, 4.6, -181.8, 0.34, frozenset({MONDAY, FRIDAY})),
}


def shown(name: str, day: date) -> tuple[Decimal, Decimal]:
    """(level in per cent, temperature in °C) of a tank in the morning of this day, once it is
    filled up where it is its day."""
    dewar = DEWARS[name]
    filled = day
    while filled.weekday() not in dewar.filled_on:
        filled -= week.A_DAY
    level = dewar.fullest_pct + Chance(f"{name} filled {filled}").between(-3.5, 2.5)
    for later in range((day - filled).days):
        hot = Chance(f"{name} {filled + later * week.A_DAY}")
        level -= dewar.loses_pct * hot.between(0.7, 1.35)
    warmer = (100 - level) * dewar.warms_c + Chance(f"{name} read {day}").between(-0.9, 0.9)
    return Decimal(round(level)), Decimal(f"{dewar.coldest_c + warmer:.1f}")


def tanks_are_read(teller: Teller, ends: datetime) -> Iterator[datetime]:
    """In the mornings: by the keeper, on days without work by who is on duty."""
    while True:
        lately = ends - clock.now() < READ_LATELY
        if lately or clock.today().weekday() in READ_ON:
            read(teller)
        day = clock.today() + week.A_DAY
        later = timedelta(minutes=Chance(f"tanks {day}").between(0, WITHIN_MIN))
        yield clock.moment_of(day, READ_AT) + later


def read(teller: Teller) -> None:
    worked = week.is_worked(clock.today())
    for name, dewar in DEWARS.items():
        level, temperature = shown(name, clock.today())
        with teller.at_terminal(CRYOBANK, "technician"):
            teller.act(
                "keeper" if worked else "technician", tank_readings.record_reading,
                tank=named(supplies.tank, name), observed_at=clock.now(), level_pct=level,
                temperature_c=temperature, refilled=clock.today().weekday() in dewar.filled_on,
                comment=None if worked else week.ON_DUTY,
            )  # fmt: skip
