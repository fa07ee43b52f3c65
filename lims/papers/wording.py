"""The words of a paper without a browser: the site's catalogues, read by gettext."""

from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from gettext import translation
from pathlib import Path

import lims
from lims.errors import TERMS, Amount, LimsError, Word, in_words, listed
from lims.models.site import Sited
from lims.records.wording import Wording
from lims.workflows import criteria
from lims.workflows.growth import passage_shown

CATALOGUES = Path(lims.__file__).parent / "translations"


@lru_cache
def wording_of(language: str, zone: tzinfo) -> Wording:
    """How a paper in `language` is worded; English, the source, needs no catalogue.

    An empty word stays empty: gettext keeps the head of the catalogue under it.
    """
    catalogue = translation("messages", CATALOGUES, [language], fallback=True)
    return Wording(lambda word: catalogue.gettext(word) if word else "", zone, language)


def spoken(say: Wording, word: StrEnum | str | None) -> str:
    """A member of a closed set as the paper's word for it."""
    return in_words(word, say.word) if word else ""


def sited(say: Wording, place: Sited) -> str:
    """The joint and its side; another joint in the words that were said for it."""
    return f"{place.joint_named or spoken(say, place.joint)}, {spoken(say, place.side)}"


def headed(say: Wording, word: StrEnum | str) -> str:
    """The same as it stands at the head of something."""
    text = spoken(say, word)
    return text[:1].upper() + text[1:]


def sentence(say: Wording, error: LimsError) -> str:
    """A sentence about the record in the paper's language."""
    told = {
        name: say.word(value) if name in TERMS and type(value) is str else _part(say, value)
        for name, value in error.parameters.items()
    }
    return say.word(error.sentence) % told


def _part(say: Wording, value: object) -> object:
    match value:
        case StrEnum() | Word():
            return spoken(say, value)
        case Amount():
            return amount(say, value)
        case LimsError():
            return sentence(say, value)
        case datetime() | date():
            return say.value(value)
        case Decimal():
            return say.number(tidied(value))
        case list() | tuple():
            return listed([str(_part(say, each)) for each in value])
    return value


def amount(say: Wording, measure: Amount) -> str:
    number = measure.value
    if isinstance(number, str):
        told = say.word(criteria.written(criteria.typed(number, "."), say.mark))
    else:
        told = say.number(tidied(Decimal(number)))
    return f"{told} {say.word(measure.unit)}".rstrip()


def tidied(value: Decimal) -> Decimal:
    """The same number without the trailing zeros that its column gives it."""
    return Decimal(format(value.normalize(), "f")) if value else Decimal(0)


def passage(value: int | None) -> str:
    return passage_shown(value)
