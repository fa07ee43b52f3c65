"""Fields of time: typed in the site's zone, kept in UTC."""

import re
from datetime import UTC, date, datetime, time

from flask_babel import get_timezone
from flask_babel import lazy_gettext as _l

from lims.web.fields import Typed

EARLIEST = 1900
LATEST = 2200
ISO_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)")
LOCAL_DAY = re.compile(r"(?P<d>\d{1,2})[./](?P<m>\d{1,2})[./](?P<y>\d{4})")
ISO_SAMPLE = "1900-01-01T00:00"
ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
CLOCK = re.compile(r"(?P<h>\d{1,2}):(?P<min>\d{2})(:(?P<s>\d{2}))?")


class DateField(Typed):
    """A calendar day: 04.02.1961, or 1961-02-04 as the browser's calendar sends it."""

    part = "date"

    @property
    def input_type(self) -> str:
        """The browser's calendar, unless it would hide what was typed."""
        kept = not self.errors and ISO_DAY.fullmatch(self._value() or ISO_SAMPLE[:10])
        return "date" if kept else "text"

    def read(self, typed: str) -> date:
        return read_day(typed)

    def shown(self, value: date) -> str:
        return value.isoformat()


class MomentField(Typed):
    """A day and an hour of the site's zone; `.data` is an aware moment in UTC."""

    part = "moment"

    @property
    def input_type(self) -> str:
        """The browser's calendar and clock, unless they would hide what was typed."""
        kept = not self.errors and ISO_MOMENT.fullmatch(self._value() or ISO_SAMPLE)
        return "datetime-local" if kept else "text"

    def read(self, typed: str) -> datetime:
        day_text, _, clock_text = typed.replace("T", " ").partition(" ")
        clock = CLOCK.fullmatch(clock_text.strip())
        if clock is None:
            raise ValueError(_l("Give the day and the time: 21.11.2026 14:05."))
        day = read_day(day_text)
        try:
            hour = time(int(clock["h"]), int(clock["min"]), int(clock["s"] or 0))
        except ValueError:
            raise ValueError(_l("There is no such time of day.")) from None
        return in_utc(datetime.combine(day, hour, get_timezone()))

    def shown(self, value: datetime) -> str:
        return value.astimezone(get_timezone()).strftime("%Y-%m-%dT%H:%M")


def read_day(typed: str) -> date:
    parts = ISO_DAY.fullmatch(typed) or LOCAL_DAY.fullmatch(typed)
    if parts is None:
        raise ValueError(_l("Give the date as day.month.year: 04.02.1961."))
    try:
        day = date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    except ValueError:
        raise ValueError(_l("There is no such day in the calendar.")) from None
    if not EARLIEST <= day.year <= LATEST:
        raise ValueError(_l("Look at the year again."))
    return day


def in_utc(local: datetime) -> datetime:
    """`local` in UTC; an hour that the clocks skipped is refused."""
    utc = local.astimezone(UTC)
    if utc.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError(_l("The clocks skipped this hour; give another."))
    return utc
