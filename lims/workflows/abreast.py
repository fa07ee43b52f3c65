"""Rows of several tables in one look-up, where each table is asked for a list of its own."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    cast,
    inspect,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from lims.models.base import Base

Asked = tuple[type[Base], ColumnElement[bool]]
"""A table, and which of its rows."""
Keys = Collection[int] | BindParameter[Any]
"""Those of what rows belong to, or where they are said when it is asked."""


def abreast(*lists: Asked) -> Select[Any]:
    """Each row of each of `lists`, one below the other and in the order of its key: the record in
    the place of its list, None in the others. No list multiplies another.

    The keys are found first, and the records by their keys: a list without rows costs nothing.
    """
    models: tuple[Any, ...] = tuple(model for model, _ in lists)
    keys = union_all(*(_keys(models, own).where(which) for own, (_, which) in enumerate(lists)))
    found = keys.subquery()
    asked: Select[Any] = select(*models).select_from(found)
    for model, key in zip(models, found.c, strict=True):
        asked = asked.outerjoin(model, model.id == key).options(*_always_with(model))
    return asked.order_by(*found.c)


def _keys(models: Sequence[type[Base]], own: int) -> Select[Any]:
    """The key of one of `models` in its place, nothing in those of the others."""
    none = cast(null(), BigInteger)
    keys: list[Any] = [
        (model.id if place == own else none).label(f"key_{place}")
        for place, model in enumerate(models)
    ]
    return select(*keys)


def _always_with(model: type[Base]) -> Iterator[Any]:
    """What comes with each row of `model`, joined so that the rows of the other lists stay."""
    for each in inspect(model).relationships:
        if each.lazy == "joined":
            yield joinedload(each.class_attribute, innerjoin=False)


def read(session: Session, asked: Select[Any], **values: Any) -> list[list[Any]]:
    """The lists that `asked`, put together by `abreast`, asks for."""
    found: list[list[Any]] = [[] for _ in asked.column_descriptions]
    for row in session.execute(asked, values).unique():
        for rows, record in zip(found, row, strict=True):
            if record is not None:
                rows.append(record)
    return found


def give(owners: Mapping[int, Any], name: str, rows: Iterable[Any], by: str) -> None:
    """Let each of `owners`, by its key, have those of `rows` that name it `by` this column as its
    list `name`, as if it had asked for them itself."""
    of_owner: dict[int, list[Any]] = {key: [] for key in owners}
    for row in rows:
        of_owner[getattr(row, by)].append(row)
    for key, its in of_owner.items():
        set_committed_value(owners[key], name, its)
