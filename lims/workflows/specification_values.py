"""Readers of one value of a specification file: the value it may be, or a refusal that says so."""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from lims.errors import N_, LimsError
from lims.workflows.criteria import criterion
from lims.workflows.intervals import decimal_places, ranged

Word = TypeVar("Word", bound=StrEnum)

CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
SPECIFICATION_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
TEXT_LENGTH = 400
MEASURE_PLACES = 3
"""Measures are stored as whole thousandths."""
LARGEST_MEASURE = Decimal(9_000_000_000_000)


class NotAllowed(LimsError):
    sentence = N_("“%(value)s” is not allowed here; write %(allowed)s.")


class NotATable(LimsError):
    sentence = N_("must be a table of keys and values.")


def refused(value: object, allowed: str) -> NotAllowed:
    return NotAllowed(value=value, allowed=allowed)


def text(value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LENGTH or not value.isprintable():
        raise refused(value, N_("one line of text in quotes, at most 400 characters"))
    return value.strip()


def texts(value: object) -> tuple[str, ...]:
    """A list of words; one that is empty would match everything."""
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise refused(value, N_("a list of texts in quotes"))
    return tuple(map(text, value))


def code(value: object) -> str:
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise refused(value, N_("small Latin letters, digits and _, beginning with a letter"))
    return value


def codes(value: object) -> tuple[str, ...]:
    return tuple(map(code, texts(value)))


def specification_code(value: object) -> str:
    if not isinstance(value, str) or not SPECIFICATION_CODE.fullmatch(value):
        raise refused(value, N_("at most 40 Latin letters, digits, dots and hyphens"))
    return value


def yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise refused(value, "true, false")
    return value


def whole(lowest: int, highest: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise refused(value, f"{lowest} … {highest}")
        return value

    return read


def measure(value: object) -> Decimal:
    """A finite number of at most three decimal places."""
    number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(number, Decimal) or not number.is_finite() or abs(number) > LARGEST_MEASURE:
        raise refused(value, N_("a number without quotes, like 5.0"))
    if decimal_places(number) > MEASURE_PLACES:
        raise refused(value, N_("a number of at most three decimal places"))
    return number


def positive(value: object) -> Decimal:
    number = measure(value)
    if number <= 0:
        raise refused(value, N_("a number above zero"))
    return number


def one_of(words: type[Word]) -> Callable[[object], Word]:
    """One word of a closed set, with spaces, hyphens or low lines between its parts."""
    by_form = {same_form(word): word for word in words}

    def read(value: object) -> Word:
        if not isinstance(value, str) or same_form(value) not in by_form:
            raise refused(value, ", ".join(words))
        return by_form[same_form(value)]

    return read


def some_of(words: type[Word]) -> Callable[[object], tuple[Word, ...]]:
    reader = one_of(words)

    def read(value: object) -> tuple[Word, ...]:
        return tuple(reader(item) for item in texts(value))

    return read


def same_form(value: str) -> str:
    return re.sub(r"[\s_-]+", " ", value.strip().casefold())


def limit_text(value: object) -> str:
    """Kept as written; raises BadLimit where the judge could not read it."""
    criterion(text(value))
    return text(value)


def possible(value: object) -> str:
    """A range of numbers, or nothing: any number can be true."""
    written = text(value)
    if written:
        ranged(written)
    return written
