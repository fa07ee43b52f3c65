"""The tables described for whoever reads them without this program: columns, units, keys."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Table

from lims.exports.verify import FILES, LOCK
from lims.models import Base
from lims.models.audit import SECRETS, UNAUDITED
from lims.models.base import words_of
from lims.models.types import Moment, Scaled

THE_TRAIL = frozenset({"audit_entry", "audit_head"})
"""Exported as the trail itself, and not as tables."""
WITHHELD = frozenset({("login_session", "token_sha256"), ("draft", "typed")})
"""Columns that never leave, not even as a hash: secrets, and what nobody has said yet."""


def tables() -> list[Table]:
    """Every table that is exported, in the order of their names."""
    found = Base.metadata.tables
    return [found[name] for name in sorted(found) if name not in THE_TRAIL]


def columns(table: Table) -> list[Column[Any]]:
    """The columns that are exported, in their order."""
    return [column for column in table.c if (table.name, column.name) not in WITHHELD]


def places(column: Column[Any]) -> int:
    """By how many decimal places the whole number that is kept is shifted."""
    return column.type.places if isinstance(column.type, Scaled) else 0


def described(names: list[Table]) -> dict[str, Any]:
    return {"tables": [_table(each) for each in names]}


def extends(table: Table) -> str | None:
    """The table whose numbers a kind of step shares; None where its rows are its own."""
    for key in table.c.id.foreign_keys:
        return str(key.column.table.name)
    return None


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "extends": extends(table),
        "in_the_trail": table.name not in UNAUDITED,
        "columns": [_column(table, each) for each in columns(table)],
        "keys": [
            {
                "columns": [str(each.parent.name) for each in key.elements],
                "of_table": key.referred_table.name,
                "of_columns": [str(each.column.name) for each in key.elements],
            }
            for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
        ],
    }


def _column(table: Table, column: Column[Any]) -> dict[str, Any]:
    return dict(_said(table, column))


def _said(table: Table, column: Column[Any]) -> Iterator[tuple[str, Any]]:
    yield "name", column.name
    yield "type", _type(column)
    yield "may_be_null", bool(column.nullable)
    if places(column):
        yield "decimal_places", places(column)
    if "unit" in column.info:
        yield "unit", column.info["unit"]
    if words := words_of(column.type):
        yield "one_of", [word.value for word in words]
    if FILES.get(table.name) == column.name:
        yield "names_a_file", "by its SHA-256"
    if (table.name, column.name) in SECRETS:
        yield "kept_secret", "this is the SHA-256 of the value, not the value"
    if column.name == LOCK:
        yield "not_in_the_trail", "counts the changes of the row: no fact of the record"


def _type(column: Column[Any]) -> str:
    if places(column):
        return "decimal number, kept as a whole number of its smallest unit"
    if isinstance(column.type, BigInteger):
        return "whole number"
    if isinstance(column.type, Boolean):
        return "true or false"
    if isinstance(column.type, Moment):
        return "moment, UTC"
    return "date" if isinstance(column.type, Date) else "text"
