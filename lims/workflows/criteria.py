"""What the limit of a test line asks for: a number within bounds, or one of the words below."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from lims.errors import N_, LimsError
from lims.workflows.intervals import Interval, ranged, tidy


@dataclass(frozen=True)
class Words:
    """A qualitative criterion; what is in neither set says nothing, so it is never a pass."""

    accepted: frozenset[str]
    adverse: frozenset[str]


def words(accepted: str, adverse: str) -> Words:
    return Words(frozenset(accepted.split("|")), frozenset(adverse.split("|")))


QUALITATIVE = (
    words(
        "negative|neg|not detected|отрицательно|отрицательный|отрицательная|отриц|не обнаружено"
        "|не обнаружена",
        "positive|pos|detected|reactive|положительно|положительный|положительная|полож"
        "|обнаружено|обнаружена",
    ),
    words(
        "no growth|sterile|negative|роста нет|нет роста|рост отсутствует|стерильно",
        "growth|not sterile|positive|рост|рост есть|есть рост|нестерильно",
    ),
    words(
        "no organisms|no organisms seen|none seen|микроорганизмы не обнаружены|микроорганизмов нет",
        "organisms|organisms seen|микроорганизмы|микроорганизмы обнаружены",
    ),
    words(
        "conforms|complies|passes|pass|соответствует",
        "does not conform|does not comply|fails|fail|не соответствует",
    ),
    words("normal|норма|нормальный", "abnormal|патология|аномальный"),
)
"""The first whose accepted words include the limit is meant; the leading word names it."""

SPOKEN = (
    *(N_("negative"), N_("neg"), N_("not detected"), N_("positive"), N_("pos"), N_("detected")),
    *(N_("reactive"), N_("no growth"), N_("sterile"), N_("growth"), N_("not sterile")),
    *(N_("no organisms"), N_("no organisms seen"), N_("none seen"), N_("organisms")),
    *(N_("organisms seen"), N_("conforms"), N_("complies"), N_("passes"), N_("pass")),
    *(N_("does not conform"), N_("does not comply"), N_("fails"), N_("fail")),
    *(N_("normal"), N_("abnormal")),
)
"""The English ones among them: shown in the reader's language, kept as they were typed."""

DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")
TYPED_NUMBER = re.compile(r"(?<![\d.,])(\d+)[.,](\d+)(?![.,]?\d)")
"""With a point or a comma, whichever the analyst's keyboard had; no date, no list of numbers."""

LIMIT_WORDS = ("negative", "no growth", "no organisms", "conforms", "normal")


class BadLimit(LimsError):
    sentence = N_(
        "“%(limit)s” is not a limit. Write a comparison (>= 80), a range (5.0 to 10.0) "
        "or one of: %(words)s."
    )


def word(text: str) -> str:
    """A qualitative result as it is compared: plain spaces, small letters, no full stop."""
    return tidy(text).casefold().rstrip(".")


def spoken(text: str) -> str:
    """A typed result as the catalogue has it, where it is one of our words; else as typed."""
    return word(text) if word(text) in SPOKEN else text


def typed(text: str, mark: str) -> str:
    """A typed result with every digit it was given, and the reader's decimal `mark`."""
    return TYPED_NUMBER.sub(rf"\g<1>{mark}\g<2>", spoken(text))


@lru_cache(maxsize=512)
def criterion(limit: str) -> Interval | Words:
    """What `limit` asks for; raises BadLimit."""
    for known in QUALITATIVE:
        if word(limit) in known.accepted:
            return known
    try:
        interval = ranged(limit)
    except LimsError:
        interval = None
    if interval is None or interval.exact is not None:
        raise BadLimit(limit=limit, words=", ".join(LIMIT_WORDS))
    return interval


def written(limit: str, mark: str = ".") -> str:
    """`limit` with the signs of print and the decimal `mark`; a word stays as it is."""
    signed = limit.replace(">=", "≥").replace("<=", "≤").replace(" to ", "–")
    return DECIMAL_POINT.sub(mark, signed)


def ends(limit: str) -> tuple[Decimal, ...]:
    """The numbers that `limit` draws a line at; none where it asks for a word."""
    asked = criterion(limit)
    if isinstance(asked, Words):
        return ()
    return tuple(each for each in (asked.low, asked.high) if each is not None)
