"""Days of work of the laboratory and the clinic; on the others only cultures are looked after."""

from datetime import date, timedelta

A_DAY = timedelta(days=1)
SATURDAY = 5
ON_DUTY = "weekend and holiday duty"
"""Why somebody was there on another day: it is written beside what they did."""
HOLIDAYS = frozenset({(1, 1), (1, 7), (12, 25)})
"""Month and day."""


def is_worked(day: date) -> bool:
    return day.weekday() < SATURDAY and (day.month, day.day) not in HOLIDAYS


def not_before(day: date) -> date:
    """The first day of work from `day` on."""
    return day if is_worked(day) else not_before(day + A_DAY)


def not_after(day: date) -> date:
    """The last day of work up to `day`."""
    return day if is_worked(day) else not_after(day - A_DAY)


def nearest(day: date) -> date:
    """The day of work that is the fewest days away."""
    before, after = not_after(day), not_before(day)
    return before if day - before <= after - day else after


def later(day: date, days: int) -> date:
    """So many days of work after `day`."""
    for _ in range(days):
        day = not_before(day + A_DAY)
    return day
