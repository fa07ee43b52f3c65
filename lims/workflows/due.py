"""When something is due, reckoned in the database: so much after a moment, or at a day's end."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from lims import clock
from lims.models.audit import AuditEntry
from lims.models.base import Base
from lims.models.specification import (
    SpecificationLimit,
    SpecificationStatus,
    SpecificationVersion,
)
from lims.models.types import Moment
from lims.workflows.when_asked import TODAY, asked

MICRO = 1_000_000
"""A limit is kept in millionths of its unit."""
ASKING = bindparam("asking", type_=BigInteger)
"""The person whose agenda it is."""
SECONDS = {"d": 86_400, "days": 86_400, "h": 3_600, "min": 60, "s": 1}


class Timing(StrEnum):
    """What the moment of a task means."""

    BY = "by"
    """To be done until then."""
    ON = "on"
    """To be done until the end of that day."""
    SINCE = "since"
    """It waits since then; nothing says until when."""


class later(FunctionElement[datetime]):
    """A moment, and so many microseconds after it."""

    name = "later"
    type = Moment()
    inherit_cache = True


@compiles(later, "sqlite")
def _later_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    at, micro = (compiler.process(each, **how) for each in element.clauses)
    return f"strftime('%Y-%m-%dT%H:%M:%f000Z', {at}, (({micro}) / 1000000.0) || ' seconds')"


@compiles(later, "postgresql")
def _later_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    at, micro = (compiler.process(each, **how) for each in element.clauses)
    return f"({at} + ({micro}) * interval '1 microsecond')"


class elapsed(FunctionElement[int]):
    """Whole seconds from one moment to a later one."""

    name = "elapsed"
    type = BigInteger()
    inherit_cache = True


@compiles(elapsed, "sqlite")
def _elapsed_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    first, last = (compiler.process(each, **how) for each in element.clauses)
    return f"(strftime('%s', {last}) - strftime('%s', {first}))"


@compiles(elapsed, "postgresql")
def _elapsed_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    first, last = (compiler.process(each, **how) for each in element.clauses)
    return f"CAST(extract(epoch FROM ({last} - {first})) AS bigint)"


class midnight(FunctionElement[datetime]):
    """The beginning of a day, as if the site kept UTC."""

    name = "midnight"
    type = Moment()
    inherit_cache = True


@compiles(midnight, "sqlite")
def _midnight_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%f000Z', {compiler.process(element.clauses, **how)})"


@compiles(midnight, "postgresql")
def _midnight_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    day = compiler.process(element.clauses, **how)
    return f"(({day})::timestamp AT TIME ZONE 'UTC')"


def millionths(measured: Any) -> ColumnElement[int]:
    """A measure whose column keeps thousandths, as a limit is kept."""
    return whole(measured) * 1000


def whole(kept: Any) -> ColumnElement[int]:
    """The whole number that a column of decimals keeps."""
    return type_coerce(kept, BigInteger)


def after(at: Any, limit: Any, unit: str) -> ColumnElement[datetime]:
    """So much of `unit` after `at`, as a limit of the specification says."""
    return later(at, whole(limit) * SECONDS[unit])


def end_of(day: Any) -> ColumnElement[datetime]:
    """The last moment of a day at the site, by what its clock is ahead of UTC now."""
    return later(midnight(day), asked(_last_of_a_day, BigInteger()))


def _last_of_a_day() -> int:
    """Microseconds."""
    last = timedelta(days=1) - clock.ahead() - timedelta(milliseconds=1)
    return last // timedelta(microseconds=1)


def entered(model: type[Base]) -> ScalarSelect[Any]:
    """When a row of `model` was entered, by the trail."""
    return (
        select(func.min(AuditEntry.at))
        .where(AuditEntry.table_name == model.__tablename__, AuditEntry.row_id == model.id)
        .correlate(model)
        .scalar_subquery()
    )


def word(timing: Timing) -> ColumnElement[str]:
    return literal_column(f"'{timing}'", String)


def waits(
    code: Any,
    due: Any,
    timing: Timing | ColumnElement[str],
    *,
    patient: Any = None,
    number: Any = None,
    named: Any = None,
) -> Select[Any]:
    """A row for each thing that waits: its code, whose it is, when it is due, how many it is.

    `named` is what people call it where its code says too little.
    """
    return select(
        code.label("code"),
        (cast(null(), BigInteger) if patient is None else patient).label("patient_id"),
        due.label("due"),
        (word(timing) if isinstance(timing, Timing) else timing).label("timing"),
        (literal_column("1", BigInteger) if number is None else number).label("number"),
        (cast(null(), String) if named is None else named).label("named"),
    )


def limit_now(name: str) -> ScalarSelect[Any]:
    """A limit of the approved specification; NULL where it has none."""
    return (
        select(SpecificationLimit.value)
        .join(
            SpecificationVersion,
            SpecificationVersion.id == SpecificationLimit.specification_version_id,
        )
        .where(
            SpecificationVersion.status == SpecificationStatus.APPROVED,
            SpecificationLimit.name == name,
        )
        .scalar_subquery()
    )


def soon(day: Any) -> ColumnElement[bool]:
    """Whether a day comes within the notice that the specification gives; unknown days, too."""
    return or_(day.is_(None), end_of(day) <= notice_ends())


def notice_ends() -> ColumnElement[datetime]:
    """Until when what is to come is told already."""
    return after(end_of(TODAY), limit_now("notice_days"), "d")


def limit_of(version_id: Any, name: str) -> ScalarSelect[Any]:
    """The same of the version a batch is pinned to."""
    return (
        select(SpecificationLimit.value)
        .where(
            SpecificationLimit.specification_version_id == version_id,
            SpecificationLimit.name == name,
        )
        .scalar_subquery()
    )
