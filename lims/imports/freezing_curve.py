"""The curve of a freezing run as freezers write it: minutes and degrees Celsius, a line each."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from lims.errors import N_, LimsError

Point = tuple[Decimal, Decimal]
"""Minutes since the program began, and degrees Celsius."""
MOST_POINTS = 5000
PLACES = Decimal("0.001")
COLDEST, WARMEST = Decimal(-200), Decimal(60)


class NotAPoint(LimsError):
    sentence = N_("Line %(line)s: write the minute and the temperature, such as 12.5; −8.2.")


class Impossible(LimsError):
    sentence = N_("Line %(line)s: %(temperature)s °C cannot be true.")


class NotInOrder(LimsError):
    sentence = N_("Line %(line)s: minute %(minute)s does not come after the one before.")


class TooManyPoints(LimsError):
    sentence = N_("At most %(most)s points. Send fewer of them.")


def points(text: str) -> list[Point]:
    """The points of `text` in their order; a first line of words is taken for headings."""
    found: list[Point] = []
    for line, cells in _lines(text):
        try:
            minute, temperature = (_number(cell) for cell in cells[:2])
        except (InvalidOperation, ValueError):
            if not found and line == 1 and not any(_is_number(cell) for cell in cells):
                continue
            raise NotAPoint(line=line) from None
        if not COLDEST <= temperature <= WARMEST:
            raise Impossible(line=line, temperature=temperature)
        if minute < 0 or (found and minute <= found[-1][0]):
            raise NotInOrder(line=line, minute=minute)
        found.append((minute, temperature))
        if len(found) > MOST_POINTS:
            raise TooManyPoints(most=MOST_POINTS)
    return found


def _lines(text: str) -> list[tuple[int, Sequence[str]]]:
    rows = text.splitlines()
    delimiter = _delimiter(rows)
    return [
        (number, [cell.strip() for cell in next(csv.reader(io.StringIO(row), delimiter=delimiter))])
        for number, row in enumerate(rows, start=1)
        if row.strip()
    ]


def _delimiter(rows: Sequence[str]) -> str:
    """A tab or a semicolon where there is one: a comma may stand for the decimal point then."""
    written = "".join(rows)
    return next((mark for mark in "\t;" if mark in written), ",")


def _number(cell: str) -> Decimal:
    number = Decimal(cell.replace("−", "-").replace(",", "."))
    if not number.is_finite() or abs(number.adjusted()) > 6:
        raise ValueError(cell)
    return number.quantize(PLACES)


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except (InvalidOperation, ValueError):
        return False
    return True
