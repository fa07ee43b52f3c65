"""A sentence kept with its values, so that it is told later in whatever language is read."""

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from lims.errors import Amount, LimsError, Told, Word, plain


class Said(TypeDecorator[LimsError]):
    """A sentence and its parameters as JSON; the sentence itself is in the source language."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: LimsError | None, dialect: Dialect) -> str | None:
        return None if value is None else written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> LimsError | None:
        return None if value is None else read(value)


def written(said: LimsError) -> str:
    return json.dumps(_plain(said), sort_keys=True, ensure_ascii=False)


def read(text: str) -> LimsError:
    said = _meant(json.loads(text))
    assert isinstance(said, LimsError)
    return said


def sayable(told: LimsError) -> LimsError:
    """`told` as it can be kept: what is neither a value nor a sentence in it becomes text."""
    kept: dict[str, Any] = {}
    for name, value in told.parameters.items():
        try:
            written(Told("%(value)s", value=value))
        except TypeError:
            value = str(plain(value))
        kept[name] = value
    return Told(told.sentence, **kept)


def _plain(value: object) -> Any:
    """`value` as JSON: what JSON has no word for is an object of one member that names it."""
    match value:
        case LimsError():
            named = {name: _plain(each) for name, each in value.parameters.items()}
            return {"sentence": value.sentence, "values": named}
        case Amount():
            return {"amount": str(value.value), "unit": value.unit}
        case StrEnum():
            return {"word": str(value), "of": type(value).__name__}
        case Word():
            return {"word": str(value), **({"of": value.kind} if value.kind else {})}
        case Decimal():
            return {"number": str(value)}
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case set() | frozenset():
            return sorted((_plain(each) for each in value), key=str)
        case None | int() | str():
            return value
    raise TypeError(f"a sentence cannot keep {value!r}")


def _measure(text: str) -> Decimal | str:
    """A number, or what was written in its place: `<0.05`, `<= 2`, `organisms seen`."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def _meant(kept: Any) -> object:
    match kept:
        case {"sentence": sentence, "values": values}:
            return Told(sentence, **{name: _meant(each) for name, each in values.items()})
        case {"amount": amount, "unit": unit}:
            return Amount(_measure(amount), unit)
        case {"word": word, **more}:
            return Word.of(str(more.get("of", "")), word)
        case {"number": number}:
            return Decimal(number)
        case {"moment": moment}:
            return datetime.fromisoformat(moment)
        case {"day": day}:
            return date.fromisoformat(day)
        case list():
            return [_meant(each) for each in kept]
    return kept
