"""Numbers as people and instruments write them: `79,96`, `1 200 000`, `<0.05`, `5.0 to 10.0`."""

import re
from dataclasses import dataclass
from decimal import Decimal

from lims.errors import N_, LimsError

PLACES = 6
"""Results are stored as whole millionths."""
LARGEST = Decimal(9_000_000_000_000)
"""The largest count of millionths a 64-bit column holds, rounded down."""

SPACE = re.compile(r"[\s\u00a0\u2000-\u200a\u202f]+")
DIGITS = r"(?:[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,20})"
NUMBER = rf"[+-]?{DIGITS}(?:[.,][0-9]{{1,20}})?(?:[eE][+-]?[0-9]{{1,2}})?"
BOUNDED = re.compile(rf"(?P<sign><=|>=|<|>)? ?(?P<number>{NUMBER})")
RANGE = re.compile(rf"(?P<low>{NUMBER}) ?(?:to|-|–|—|…|\.\.\.?) ?(?P<high>{NUMBER})")


class NotANumber(LimsError):
    sentence = N_("“%(text)s” is not a number. Write it like 79.96, 79,96 or <0.05.")


class TooManyPlaces(LimsError):
    sentence = N_("“%(text)s” has more than %(places)s decimal places. Write fewer.")


class TooLarge(LimsError):
    sentence = N_("“%(text)s” is larger than any value kept here.")


@dataclass(frozen=True)
class Interval:
    """Where a value lies; None is no bound, and an open bound does not belong to it."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def exact(self) -> Decimal | None:
        """The value, when there is only one."""
        return self.low if self.low is not None and self.low == self.high else None

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def common(self, other: "Interval") -> "Interval":
        """The values that lie in both."""
        low, low_open = tighter(self.low, self.low_open, other.low, other.low_open, sign=1)
        high, high_open = tighter(self.high, self.high_open, other.high, other.high_open, sign=-1)
        return Interval(low, high, low_open, high_open)

    def within(self, other: "Interval") -> bool:
        return self.common(other) == self


def tighter(
    a: Decimal | None, a_open: bool, b: Decimal | None, b_open: bool, *, sign: int
) -> tuple[Decimal | None, bool]:
    """The stricter of two lower (`sign` 1) or upper (-1) bounds; at one number the open one."""
    if a is None or b is None:
        return (b, b_open) if a is None else (a, a_open)
    if a == b:
        return a, a_open or b_open
    return (a, a_open) if sign * (a - b) > 0 else (b, b_open)


def tidy(text: str) -> str:
    """`text` with every kind of space made one plain space, and typographic signs made plain."""
    for typographic, plain in (("≤", "<="), ("⩽", "<="), ("≥", ">="), ("⩾", ">="), ("−", "-")):
        text = text.replace(typographic, plain)
    return SPACE.sub(" ", text).strip()


def number(text: str, *, places: int = PLACES) -> Decimal:
    """The number written in `text`; raises NotANumber, TooManyPlaces or TooLarge."""
    plain = tidy(text)
    if not re.fullmatch(NUMBER, plain):
        raise NotANumber(text=text.strip())
    value = Decimal(plain.replace(" ", "").replace(",", "."))
    if abs(value) > LARGEST:
        raise TooLarge(text=text.strip())
    if decimal_places(value) > places:
        raise TooManyPlaces(text=text.strip(), places=places)
    return value


def decimal_places(value: Decimal) -> int:
    """How many places `value` needs; trailing zeros need none."""
    _, digits, exponent = value.as_tuple()
    written = "".join(map(str, digits))
    trailing = len(written) - len(written.rstrip("0"))
    return max(0, -int(exponent) - trailing) if any(digits) else 0


def bounded(text: str) -> Interval:
    """A result or a one-sided limit: `80`, `<0.05`, `≥ 95`."""
    found = BOUNDED.fullmatch(tidy(text))
    if not found:
        raise NotANumber(text=text.strip())
    value = number(found["number"])
    match found["sign"]:
        case "<" | "<=":
            return Interval(high=value, high_open=found["sign"] == "<")
        case ">" | ">=":
            return Interval(low=value, low_open=found["sign"] == ">")
        case _:
            return Interval(value, value)


def ranged(text: str) -> Interval:
    """A limit on one side or both: `>= 80`, `5.0 to 10.0` (both ends belong)."""
    found = RANGE.fullmatch(tidy(text))
    if not found:
        return bounded(text)
    interval = Interval(number(found["low"]), number(found["high"]))
    if interval.empty:
        raise NotANumber(text=text.strip())
    return interval
