"""Fields of time: typed in the site's zone, kept in UTC."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from flask_babel import get_timezone
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms.utils import unset_value
from wtforms.widgets import TextInput

from lims import clock
from lims.errors import N_
from lims.web.fields import Typed

DAY = "%d.%m.%Y"
PROPOSED = "-proposed"
"""After the name of a field: what the page proposed for it."""
LEFT = _l("Left as it is: when it is sent.")
EARLIEST = 1900
LATEST = 2200
ISO_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)")
LOCAL_DAY = re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})")
CLOCK = re.compile(r"(?P<h>\d{1,2}):(?P<min>\d{2})(:(?P<s>\d{2}))?")


class DateField(Typed):
    """A calendar day, 04.02.1961; 1961-02-04 is understood too.

    Plain text: a browser's own calendar would write 02/04 or 04/02 by its locale, not the site's.
    """

    part = "date"
    unit = N_("dd.mm.yyyy")

    def read(self, typed: str) -> date:
        return read_day(typed)

    def shown(self, value: date) -> str:
        return value.strftime(DAY)


class MomentField(Typed):
    """A day and an hour of the site's zone; `.data` is an aware moment in UTC."""

    part = "moment"

    @property
    def unit(self) -> str:
        """The site's offset from UTC now."""
        return clock.now().astimezone(get_timezone()).isoformat()[-6:]

    def read(self, typed: str) -> datetime:
        day_text, _, clock_text = typed.replace("T", " ").partition(" ")
        hours = CLOCK.fullmatch(clock_text.strip())
        if hours is None or _day_in(day_text) is None:
            raise ValueError(_l("Give the day and the time: 21.11.2026 14:05."))
        day = read_day(day_text)
        try:
            time_of_day = time(int(hours["h"]), int(hours["min"]), int(hours["s"] or 0))
        except ValueError:
            raise ValueError(_l("There is no such time of day.")) from None
        return in_utc(datetime.combine(day, time_of_day, get_timezone()))

    def shown(self, value: datetime) -> str:
        return value.astimezone(get_timezone()).strftime(f"{DAY} %H:%M")


class WithProposed(TextInput):
    """Also what the page proposed, so that what was left as it was is known."""

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        proposed = Markup('<input type="hidden" name="{}" value="{}">').format(
            field.name + PROPOSED, field.proposed
        )
        return Markup("").join((super().__call__(field, **attributes), proposed))


class NowField(MomentField):
    """When something is done, which is now: left as the page proposed it, however long ago that
    was opened, it is the moment at which the form is sent."""

    widget = WithProposed()
    proposed = ""

    def __init__(self, label: Any, *, hint: Any = LEFT, **options: Any) -> None:
        super().__init__(label, hint=hint, default=clock.now, **options)

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        now = clock.now()
        if not formdata:
            self.proposed = self.shown(now) if data is unset_value else ""
            return
        self.proposed = "".join(formdata.getlist(self.name + PROPOSED)[:1])
        if self.proposed and self.raw_data and self.raw_data[0].strip() == self.proposed:
            self.data, self.proposed = now, self.shown(now)
            self.raw_data = [self.proposed]


def _day_in(typed: str) -> re.Match[str] | None:
    return ISO_DAY.fullmatch(typed) or LOCAL_DAY.fullmatch(typed)


def read_day(typed: str) -> date:
    parts = _day_in(typed)
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
