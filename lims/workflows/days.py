"""Calendar days as people give them: neither before a birth nor in the future."""

from datetime import date

from lims import clock
from lims.errors import N_, FieldError, LimsError


class InTheFuture(LimsError):
    sentence = N_("This day has not come yet.")


class InThePast(LimsError):
    sentence = N_("This day is over.")


class BeforeBirth(LimsError):
    sentence = N_("This day lies before the patient's birth.")


def require_lived(day: date, *, born: date, field: str) -> None:
    """Raise at `field` unless `day` lies between a patient's birth and today."""
    if day > clock.today():
        raise FieldError(field=field, problem=InTheFuture())
    if day < born:
        raise FieldError(field=field, problem=BeforeBirth())


def require_ahead(day: date, *, field: str) -> None:
    """Raise at `field` where `day` is over."""
    if day < clock.today():
        raise FieldError(field=field, problem=InThePast())


def age_on(day: date, born: date) -> int:
    """Completed years of life on `day`; who was born on 29 February ages on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
