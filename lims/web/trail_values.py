"""Entries of the audit trail as a person reads them: names for numbers, units, moments, codes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import BigInteger, Boolean, Column, Date, cast, literal, select, union_all
from sqlalchemy.orm import Session

from lims.errors import unjoined
from lims.models import Base, said
from lims.models.audit import SECRETS, Action, AuditEntry
from lims.models.base import Coded, columns_of, named, points_to
from lims.models.deviation import Deviation
from lims.models.types import Closed, Moment, Scaled
from lims.models.user import User
from lims.web import filters
from lims.web.errors import sentence_of
from lims.workflows.deviation_rules import RULES

LONGEST = 300
PERSON = User.__tablename__
RULE = Deviation.__tablename__, Deviation.rule.key

Names = dict[tuple[str, int], str]


@dataclass(frozen=True)
class Change:
    """One column: what it is called, what it said, what it says."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Told:
    """One entry, ready to be shown; `id` is its place in the chain."""

    id: int
    at: datetime
    who: str
    terminal: str
    command: str
    reason: str
    is_first: bool
    table: str
    row: int
    code: str
    changes: Sequence[Change]


def told(session: Session, entries: Sequence[AuditEntry]) -> list[Told]:
    """`entries` with everything they point to named; one query."""
    read = [json.loads(entry.changes) for entry in entries]
    names = names_of(session, _pointed_at(entries, read))
    return [_told(entry, changes, names) for entry, changes in zip(entries, read, strict=True)]


def _told(entry: AuditEntry, changes: dict[str, list[Any]], names: Names) -> Told:
    first = entry.action == Action.INSERT
    return Told(
        id=entry.id,
        at=entry.at,
        who=names.get((PERSON, entry.user_id or 0), "") or _("the system"),
        terminal=entry.terminal or "",
        command=entry.command,
        reason=entry.reason or "",
        is_first=first,
        table=entry.table_name,
        row=entry.row_id,
        code=names.get((entry.table_name, entry.row_id), "") if entry.table_name != PERSON else "",
        changes=[
            Change(
                _label(entry.table_name, name),
                _value(entry.table_name, name, old, names),
                _value(entry.table_name, name, new, names),
            )
            for name, (old, new) in changes.items()
            if name != "id" and not (first and new is None)
        ],
    )


@cache
def _named_by(table: str) -> tuple[Column[Any], Column[Any]] | None:
    """The number and the name of the rows of a table that have a code; people have names."""
    for mapper in Base.registry.mappers:
        if mapper.class_.__tablename__ == table and issubclass(mapper.class_, Coded):
            base: Any = mapper.base_mapper.local_table
            return base.c.id, base.c.full_name if table == PERSON else base.c.code
    return None


def _pointed_at(
    entries: Iterable[AuditEntry], read: Iterable[dict[str, list[Any]]]
) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {PERSON: set()}
    for entry, changes in zip(entries, read, strict=True):
        wanted[PERSON].add(entry.user_id or 0)
        wanted.setdefault(entry.table_name, set()).add(entry.row_id)
        for name, pair in changes.items():
            if target := points_to(entry.table_name, name):
                wanted.setdefault(target, set()).update(
                    value for value in pair if isinstance(value, int)
                )
    return wanted


def names_of(session: Session, wanted: Mapping[str, set[int]]) -> Names:
    """By table and number: the code of a row that has one, of a person the name; one query, where
    at least one of the tables has such."""
    asked = []
    for table, numbers in wanted.items():
        if (named := _named_by(table)) is not None:
            number, name = named
            asked.append(
                select(literal(table), cast(number, BigInteger), name).where(number.in_(numbers))
            )
    return {(table, number): name for table, number, name in session.execute(union_all(*asked))}


def _label(table: str, name: str) -> str:
    return filters.word(named(table, name))


def _value(table: str, name: str, value: Any, names: Names) -> str:
    if value is None:
        return "—"
    if (table, name) in SECRETS:
        return "•••"
    if target := points_to(table, name):
        return names.get((target, value), f"№ {value}")
    if (table, name) == RULE and value in RULES:
        return str(_(RULES[value][0]))
    column = columns_of(table).get(name)
    return str(value)[:LONGEST] if column is None else _typed(column, value)


def _typed(column: Column[Any], value: Any) -> str:
    """A value as a page writes it; one that is not of its column's kind is shown as it stands."""
    kind, unit = column.type, column.info.get("unit")
    match value:
        case bool() if isinstance(kind, Boolean):
            return str(_("yes") if value else _("no"))
        case int() if isinstance(kind, Scaled) and unit == "doublings":  # computed, none so fine
            return filters.quantity(Decimal(value).scaleb(-kind.places), unit)
        case int() if isinstance(kind, Scaled):
            return filters.exact(Decimal(value).scaleb(-kind.places), unit or "")
        case int() if unit:
            return filters.quantity(value, unit)
        case str() if isinstance(kind, Moment):
            return filters.moment(datetime.fromisoformat(value))
        case str() if isinstance(kind, Date):
            return filters.day(date.fromisoformat(value))
        case str() if isinstance(kind, Closed):
            return filters.word(value)
        case str() if column.name.endswith("_table"):
            return filters.word(value)
        case str() if "named" in column.info:
            return filters.word(unjoined(value))
        case str() if "titled" in column.info:
            return str(_(value))
        case str() if "said" in column.info:
            return sentence_of(said.read(value))
    return str(value)[:LONGEST]
