"""The last working hours before the demonstration is opened: what is told of today falls there.

Each day counts: a dose lives for a day, so on the last of them somebody works, whatever its name.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lims import clock
from lims.demo.week import A_DAY

OPENS, CLOSES = time(8), time(18)
LASTS = timedelta(hours=10)
"""Of work, the night between left out."""
CLEARS = timedelta(minutes=45)
"""Nothing is begun so late that it ends after the shift."""


@dataclass(frozen=True)
class Shift:
    """From when to when today is told, and the day of the sessions that its doses are for."""

    begins: datetime
    ends: datetime
    sessions_on: date


def last_shift(now: datetime) -> Shift:
    ends = _last_worked(now)
    today = clock.day_of(now)
    is_over = now >= clock.moment_of(today, CLOSES)
    return Shift(_before(ends, LASTS), ends, today + A_DAY if is_over else today)


def _last_worked(at: datetime) -> datetime:
    """The moment itself, or when the laboratory closed before it."""
    day = clock.day_of(at)
    if at < clock.moment_of(day, OPENS):
        return clock.moment_of(day - A_DAY, CLOSES)
    return min(at, clock.moment_of(day, CLOSES))


def _before(at: datetime, span: timedelta) -> datetime:
    """So much work earlier."""
    opened = clock.moment_of(clock.day_of(at), OPENS)
    if at - opened >= span:
        return at - span
    return _before(clock.moment_of(clock.day_of(opened) - A_DAY, CLOSES), span - (at - opened))


def after(at: datetime, span: timedelta) -> datetime:
    """So much work later; what the evening does not hold goes on in the morning."""
    day = clock.day_of(at)
    at, closes = max(at, clock.moment_of(day, OPENS)), clock.moment_of(day, CLOSES)
    if at + span <= closes:
        return at + span
    left = span - max(closes - at, timedelta(0))
    return after(clock.moment_of(day + A_DAY, OPENS), left)
