"""Calendar days as people give them, where only the moment, not the zone, is known here."""

from datetime import date, timedelta

from lims import clock
from lims.errors import N_, FieldError, LimsError

EARLIEST_ZONE = timedelta(hours=14)
"""Where on earth the day begins first (UTC+14)."""


class InTheFuture(LimsError):
    sentence = N_("This day has not come yet.")


class InThePast(LimsError):
    sentence = N_("This day is over.")


class BeforeBirth(LimsError):
    sentence = N_("This day lies before the patient's birth.")


def today() -> date:
    """The day that it is somewhere already; a later one has not come yet."""
    return (clock.now() + EARLIEST_ZONE).date()


def require_lived(day: date, *, born: date, field: str) -> None:
    """Raise at `field` unless `day` lies between a patient's birth and today."""
    if day > today():
        raise FieldError(field=field, problem=InTheFuture())
    if day < born:
        raise FieldError(field=field, problem=BeforeBirth())


def require_ahead(day: date, *, field: str) -> None:
    """Raise at `field` where `day` is over everywhere."""
    if day < (clock.now() - EARLIEST_ZONE).date():
        raise FieldError(field=field, problem=InThePast())


def age_on(day: date, born: date) -> int:
    """Completed years of life on `day`; who was born on 29 February ages on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
