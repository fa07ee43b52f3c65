"""Rows by the step they belong to: each kind of row read once, however many steps there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

Row = TypeVar("Row")


class ByStep(dict[int, list[Row]]):
    """Rows by the step they belong to; none for a step without any."""

    def __missing__(self, key: int) -> list[Row]:
        return []


def grouped(rows: Iterable[Row], key: str = "step_id") -> ByStep[Row]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return ByStep(found)


def of_steps(
    session: Session, model: Any, ids: Sequence[int], *options: Any, key: str = "step_id"
) -> ByStep[Any]:
    query = select(model).where(getattr(model, key).in_(ids)).options(*options)
    return grouped(session.scalars(query.order_by(model.id)).unique(), key)
