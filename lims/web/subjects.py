"""What deviations and holds are about, as codes: for any number of them a few queries."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, cast, literal, select, union_all

from lims.models.deviation import Deviation, DeviationSupply, Hold
from lims.web.current import reading_session
from lims.workflows import codes
from lims.workflows.deviations import SUBJECT_COLUMNS
from lims.workflows.holds import HELD

SUPPLIES = ("lot_id", "equipment_id")
Thing = tuple[str, int]
"""A column that names a thing, and the thing's number."""


def codes_of(things: Iterable[Thing]) -> dict[Thing, str]:
    """The code of each of `things`; one query."""
    wanted: dict[str, set[int]] = {}
    for column, number in things:
        wanted.setdefault(column, set()).add(number)
    if not wanted:
        return {}
    models: dict[str, Any] = {
        f"{model.__tablename__}_id": model for model in codes.models_by_kind().values()
    }
    asked = [
        select(literal(column), cast(models[column].id, BigInteger), models[column].code).where(
            models[column].id.in_(numbers)
        )
        for column, numbers in wanted.items()
    ]
    return {
        (column, number): code
        for column, number, code in reading_session().execute(union_all(*asked))
    }


def about(deviations: Sequence[Deviation]) -> dict[int, list[str]]:
    """By deviation: the codes of all it is about; two queries, their subjects loaded before."""
    supplies = reading_session().scalars(
        select(DeviationSupply)
        .where(DeviationSupply.deviation_id.in_([each.id for each in deviations]))
        .order_by(DeviationSupply.id)
    )
    named: dict[int, list[Thing]] = {each.id: [] for each in deviations}
    for each in deviations:
        for row in each.subjects:
            named[each.id] += _named(row, SUBJECT_COLUMNS)
    for supply in supplies:
        named[supply.deviation_id] += _named(supply, SUPPLIES)
    known = codes_of(thing for things in named.values() for thing in things)
    return {number: [known[thing] for thing in things] for number, things in named.items()}


def held(holds: Sequence[Hold]) -> dict[int, str]:
    """By hold: the code of what is held; one query."""
    named = {hold.id: _named(hold, HELD) for hold in holds}
    known = codes_of(thing for things in named.values() for thing in things)
    return {number: known[things[0]] for number, things in named.items()}


def _named(row: object, columns: Iterable[str]) -> list[Thing]:
    keys = [(column, getattr(row, column)) for column in columns]
    return [(column, key) for column, key in keys if key is not None]
