"""The one place that asks what time it is, so that tests can hold it; and which day it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_site = [ZoneInfo("Europe/Minsk")]


class Held:
    """A clock that stands still until it is moved on."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def shift(self, span: timedelta) -> None:
        self.at += span


_held: ContextVar[Held | None] = ContextVar("held", default=None)


def now() -> datetime:
    """The present moment, in UTC."""
    held = _held.get()
    return datetime.now(UTC) if held is None else held.at


@contextmanager
def held(at: datetime) -> Iterator[Held]:
    """The clock stands at `at` for what is done within, and for no other thread.

    For the demonstration alone: nothing that is recorded of patients has any other time than its
    own (tests/conventions says who names this).
    """
    token = _held.set(clock := Held(at))
    try:
        yield clock
    finally:
        _held.reset(token)


def day_of(at: datetime) -> date:
    """The calendar day of `at` where the laboratory is: a lot expires at its midnight."""
    return at.astimezone(_site[0]).date()


def days_since(at: datetime) -> int:
    """Midnights of the laboratory between `at` and now: yesterday late is one day ago."""
    return (today() - day_of(at)).days


def midnight(day: date) -> datetime:
    """When `day` began where the laboratory is."""
    return datetime.combine(day, time(), _site[0]).astimezone(UTC)


def today() -> date:
    """The calendar day where the laboratory is."""
    return day_of(now())


def moment_of(day: date, hour: time) -> datetime:
    """When the clock on the laboratory's wall shows `hour` on `day`."""
    return datetime.combine(day, hour, _site[0]).astimezone(UTC)


def ahead() -> timedelta:
    """How far the clock on the wall is ahead of UTC now."""
    return now().astimezone(_site[0]).utcoffset() or timedelta(0)


def keep_time_of(zone: ZoneInfo) -> None:
    """Count days in the zone of the site; whoever reads the settings says so once."""
    _site[0] = zone
