"""How a number is rounded for the eye: compared is always the whole one."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SIGNIFICANT = 2
"""Digits that are left of a value below one: 0.075 does not become 0.1."""
FINEST = 6
"""Places that a computed value is shown to at most, however near a limit it lies."""
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def rounded(value: Decimal, places: int, limits: Iterable[Decimal] = ()) -> Decimal:
    """`value` half up to `places`, or as many more as keep it on its side of each of `limits`."""
    if places and value and value.adjusted() < 0:
        places = max(places, SIGNIFICANT - 1 - value.adjusted())
    beside = tuple(limits)
    while True:
        shown = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if places >= FINEST or all(_side(shown, each) == _side(value, each) for each in beside):
            return shown
        places += 1


def half_up(part: Any, whole: Any) -> Any:
    """`part` of `whole` to the nearest whole number; of columns of whole numbers too."""
    return (2 * part + whole) // (2 * whole)


def tenths_of_millions(cells: Any) -> Any:
    """Cells as finely as a label prints them."""
    return half_up(cells, 100_000)


def millions(cells: int) -> str:
    """Cells as a label prints them, in millions to one place."""
    return "{}.{}".format(*divmod(tenths_of_millions(cells), 10))


def power_of_ten(exponent: int) -> str:
    """As it is printed: 10⁶."""
    return f"10{str(exponent).translate(RAISED)}"


def _side(value: Decimal, limit: Decimal) -> int:
    return (value > limit) - (value < limit)
