"""What stands in a cell of a laboratory's sheet, read as what it should be, or refused in words."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from lims.errors import N_, LimsError
from lims.imports.grids import folded, text_of
from lims.workflows import intervals

ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: ?г\.?)?")
TWO_DIGIT_YEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}")
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?::\d{2})?")
BINARY_NOISE = 12
"""Significant digits to which a spreadsheet's number is what was typed."""
FIRST_YEAR = 1900


class Missing(LimsError):
    sentence = N_("nothing stands here, and it is needed.")


class NotADate(LimsError):
    sentence = N_("“%(text)s” is no date. Write 2024-05-31 or 31.05.2024.")


class TwoDigitYear(LimsError):
    sentence = N_("“%(text)s”: write the year with four digits, 31.05.2024.")


class NoSuchDay(LimsError):
    sentence = N_("“%(text)s”: there is no such day.")


class TooLongAgo(LimsError):
    sentence = N_("“%(text)s” lies before %(year)s. Is the year mistyped?")


class NoFigure(LimsError):
    sentence = N_(
        "“%(text)s” is no number. Write it with digits alone: 4, 1.5, 6 400 000 or 6.4e6."
    )


class NotATime(LimsError):
    sentence = N_("“%(text)s” is no time of day. Write 14:30.")


class NotWhole(LimsError):
    sentence = N_("“%(text)s” is not a whole number.")


class NotAbove(LimsError):
    sentence = N_("“%(text)s” is not above zero.")


class TooSmall(LimsError):
    sentence = N_("“%(text)s” is less than %(least)s.")


class TooLarge(LimsError):
    sentence = N_("“%(text)s” is more than %(most)s.")


class NotOneOf(LimsError):
    sentence = N_("“%(text)s” is none of: %(words)s.")


class TooLong(LimsError):
    sentence = N_("%(given)s characters; at most %(most)s are kept.")


def text(most: int = 500) -> Callable[[Any], str]:
    """Any text, also none."""

    def read(value: Any) -> str:
        found = text_of(value)
        if len(found) > most:
            raise TooLong(given=len(found), most=most)
        return found

    return read


def needed(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`reader`, where an empty cell is refused."""

    def read(value: Any) -> Any:
        if not text_of(value):
            raise Missing()
        return reader(value)

    return read


def optional(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`reader`, where an empty cell is None."""
    return lambda value: reader(value) if text_of(value) else None


def decimal(
    places: int, least: Decimal | int = 0, most: Decimal | int | None = None
) -> Callable[[Any], Decimal]:
    """A number of at most `places` places, with a decimal comma or point, above `least`."""

    def read(value: Any) -> Decimal:
        found = _number(value, places)
        if found <= 0:
            raise NotAbove(text=text_of(value))
        if found < least:
            raise TooSmall(text=text_of(value), least=least)
        if most is not None and found > most:
            raise TooLarge(text=text_of(value), most=most)
        return found

    return read


def whole(least: int = 0, most: int | None = None) -> Callable[[Any], int]:
    """A whole number, with spaces between its thousands or as 1.2e6."""

    def read(value: Any) -> int:
        found = _number(value, intervals.PLACES)
        if found != found.to_integral_value():
            raise NotWhole(text=text_of(value))
        if found < least:
            raise TooSmall(text=text_of(value), least=least)
        if most is not None and found > most:
            raise TooLarge(text=text_of(value), most=most)
        return int(found)

    return read


def _number(value: Any, places: int) -> Decimal:
    """A spreadsheet's own number without its binary noise; else what is written."""
    if isinstance(value, bool):
        raise NoFigure(text=text_of(value))
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        value = f"{Decimal(f'{value:.{BINARY_NOISE}g}'):f}"
    try:
        return intervals.number(_plain(str(value)), places=places)
    except intervals.NotANumber:
        raise NoFigure(text=text_of(value)) from None


def _plain(written: str) -> str:
    """1.2e6, 1,2×10^6 and 1,2·10⁶ are the same number."""
    found = re.fullmatch(
        r"\s*(\d+(?:[.,]\d+)?)\s*(?:[eEеЕ]\+?|[×xXхХ*·]\s*10\s*\^?)\s*([\d⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})\s*",
        written,
    )
    if not found:
        return written
    exponent = found[2].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
    return f"{Decimal(found[1].replace(',', '.')).scaleb(int(exponent)):f}"


def day(value: Any) -> date:
    """A day: a spreadsheet's date, 2024-05-31 or 31.05.2024; a two-digit year is refused."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    written = text_of(value)
    if found := ISO_DATE.fullmatch(written):
        year, month, number = map(int, found.groups())
    elif found := DOTTED.fullmatch(written):
        number, month, year = map(int, found.groups())
    elif TWO_DIGIT_YEAR.fullmatch(written):
        raise TwoDigitYear(text=written)
    else:
        raise NotADate(text=written)
    try:
        told = date(year, month, number)
    except ValueError:
        raise NoSuchDay(text=written) from None
    if year < FIRST_YEAR:
        raise TooLongAgo(text=written, year=FIRST_YEAR)
    return told


def hour(value: Any) -> time:
    """A time of day; midnight where none is written."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    written = text_of(value)
    if not written:
        return time()
    found = CLOCK.fullmatch(written)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise NotATime(text=written)
    return time(int(found[1]), int(found[2]))


def one_of(words: Mapping[str, Any]) -> Callable[[Any], Any]:
    """One of `words`, in any case; each may stand in several languages."""
    known = {folded(word): meant for word, meant in words.items()}

    def read(value: Any) -> Any:
        written = text_of(value)
        if folded(written) not in known:
            raise NotOneOf(text=written, words=", ".join(words))
        return known[folded(written)]

    return read
