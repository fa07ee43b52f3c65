"""How a value is kept: exact units, moments in UTC, words of a closed set.

The database holds whole numbers only: a measure is an integer of thousandths (results: of
millionths) and a Decimal in Python, so both databases compare exactly.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import BigInteger, Column, Date, DateTime, Dialect, String, Text
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from lims.errors import N_, LimsError


class TooManyPlaces(LimsError):
    sentence = N_("%(value)s has more decimal places than can be kept (%(places)s).")


class Scaled(TypeDecorator[Decimal]):
    """A Decimal of at most `places` decimal places, kept as a whole number of its smallest unit."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise TooManyPlaces(value=value, places=self.places)
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps it as ISO 8601 text with microseconds and `Z`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        utc = value.astimezone(UTC)
        return moment_text(utc) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def moment_text(value: datetime) -> str:
    """ISO 8601 with six decimals and `Z`: sorts as text the way the moments sort."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Closed(TypeDecorator[StrEnum]):
    """A word of a closed set; every column of it gets a CHECK that lists the set (base.py)."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


def closed(words: type[StrEnum], **options: Any) -> MappedColumn[Any]:
    """A column whose value is one of `words`."""
    return mapped_column(Closed(words), **options)


UNIT_ENDINGS = ("_ml", "_g", "_kg", "_c", "_pct", "_cm2", "_min")
"""Of column names; the value itself is shown with its unit."""


def called(column: Column[Any]) -> str:
    """A column as a person calls it, without its unit."""
    name = column.name
    if "unit" in column.info:
        for ending in UNIT_ENDINGS:
            name = name.removesuffix(ending)
    return name.removesuffix("_id")


Key = Annotated[int, mapped_column(BigInteger)]
Code = Annotated[str, mapped_column(String(11))]
Sha256 = Annotated[str, mapped_column(String(64))]
Mass = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "g"})]
BodyMass = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "kg"})]
Volume = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "mL"})]
Area = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "cm²"})]
Temperature = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "°C"})]
Percent = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "%"})]
Minutes = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "min"})]
Gravities = Annotated[Decimal, mapped_column(Scaled(3), info={"unit": "× g"})]
Quantity = Annotated[Decimal, mapped_column(Scaled(3))]
"""An amount in the unit of the thing it is of (the item of a lot)."""
Doublings = Annotated[Decimal, mapped_column(Scaled(6), info={"unit": "doublings"})]
Measured = Annotated[Decimal, mapped_column(Scaled(6))]
"""A result or a limit in the unit of its specification line, to the millionth."""
Said = Annotated[str, mapped_column(Text, info={"said": True})]
"""A sentence with its values, as `said.py` writes it."""
Named = Annotated[str, mapped_column(Text, info={"named": True})]
"""A name of our own code: of a command, a kind of refusal, a kind of step; shown as words."""
Titled = Annotated[str, mapped_column(Text, info={"titled": True})]
"""Words of ours or of a person: ours are shown in the reader's language."""
Cells = Annotated[int, mapped_column(BigInteger, info={"unit": "cells"})]
Passage = Annotated[int | None, mapped_column(BigInteger)]
"""−1 is the stromal vascular fraction (SVF), None is unknown."""

ANNOTATIONS = {
    int: BigInteger,
    str: Text,
    datetime: Moment,
    date: Date,
}
