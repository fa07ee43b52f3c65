"""A status changes by one verb, along the table of transitions (transitions.py)."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from lims.errors import NotNow, WrongState
from lims.models import Base
from lims.models.base import table_of, words_of
from lims.workflows.transitions import NEXT, START

RecordT = TypeVar("RecordT", bound=Base)


def rows() -> Iterator[tuple[str, str, str]]:
    """(table, from, to) of every allowed transition; from is empty where a row begins."""
    for mapper in sorted(Base.registry.mappers, key=lambda m: table_of(m.class_).name):
        table = table_of(mapper.class_)
        if "status" not in table.c:
            continue
        words = words_of(table.c.status.type)
        assert words is not None, table.name
        yield table.name, "", START[words].value
        for old, following in NEXT[words].items():
            for new in sorted(following):
                yield table.name, old.value, new.value


def may_become(record: Any, to: StrEnum) -> bool:
    """Whether the table allows `record` to become `to`; the buttons of a page ask this."""
    return to in NEXT[type(record.status)][record.status]


def is_over(record: Any) -> bool:
    """Whether nothing more becomes of `record`; what has no status is there as long as its row."""
    status = getattr(record, "status", None)
    return status is not None and not NEXT[type(status)][status]


def require(record: Any, *statuses: StrEnum) -> None:
    """Raise NotNow unless `record` has one of `statuses`."""
    if record.status not in statuses:
        raise NotNow(code=record.code, status=record.status, wanted=statuses[0])


def move(session: Session, record: Any, to: StrEnum) -> None:
    """Give `record` the status `to`, or raise WrongState; the only writer of a status."""
    if not may_become(record, to):
        raise WrongState(code=record.code, status=record.status, wanted=to)
    record.status = to
    session.flush()


def move_all(session: Session, records: Sequence[Any], to: StrEnum) -> None:
    """The same of many records at once; where one may not, none does."""
    for record in records:
        if not may_become(record, to):
            raise WrongState(code=record.code, status=record.status, wanted=to)
    for record in records:
        record.status = to
    session.flush()


def begin(record: RecordT) -> RecordT:
    """Give a new record the status its kind begins with."""
    words = words_of(record.__mapper__.c.status.type)
    assert words is not None
    record.status = START[words]  # type: ignore[attr-defined]
    return record
