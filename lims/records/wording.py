"""How headings, numbers and times are written on a paper: its language and the site's zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from lims.errors import N_
from lims.rounding import rounded

Value = Decimal | int | str | date | datetime | None
"""What a record may hold; a datetime is aware, a bool prints as yes or no."""

THIN_SPACE = "\u202f"
MINUS = "\u2212"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
NO_HOUR = N_("%(day)s, hour not recorded")
GROUP_FROM = 10_000
"""1234 reads better whole; 12 345 does not."""


@dataclass(frozen=True)
class Wording:
    """The fixed words come from `word` (gettext, or two languages joined); values are given."""

    word: Callable[[str], str]
    zone: tzinfo
    language: str = "en"

    def say(self, sentence: str, **parameters: object) -> str:
        return self.word(sentence) % parameters

    def value(self, value: Value, places: int | None = None) -> str:
        match value:
            case None:
                return "–"
            case bool():
                return self.word(N_("yes")) if value else self.word(N_("no"))
            case int() | Decimal():
                return self.number(value, places)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
        return value

    def number(self, value: Decimal | int, places: int | None = None) -> str:
        """`value` with all its places, or rounded to about `places` for the eye only."""
        exact = Decimal(value)
        if places is not None:
            exact = rounded(exact, places)
        whole, _, part = format(abs(exact), "f").partition(".")
        if int(whole) >= GROUP_FROM:
            whole = f"{int(whole):,}".replace(",", THIN_SPACE)
        return (MINUS if exact < 0 else "") + whole + (self.mark + part if part else "")

    @property
    def mark(self) -> str:
        """Between the whole and its parts."""
        return "." if self.language == "en" else ","

    def day(self, day: date) -> str:
        """Of a moment, the day it is at the site."""
        if isinstance(day, datetime):
            day = day.astimezone(self.zone)
        if self.language == "en":  # a month in letters: no reader takes 3/11 for November 3rd
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        return f"{day:%d.%m.%Y}"

    def moment(self, moment: date) -> str:
        """The site's time with its offset from UTC; a day alone says that it has no hour."""
        if not isinstance(moment, datetime):
            return self.say(NO_HOUR, day=self.day(moment))
        local = moment.astimezone(self.zone)
        return f"{self.day(moment)} {local:%H:%M} ({local.isoformat()[-6:]})"
