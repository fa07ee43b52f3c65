"""A signature holds as long as nothing it was shown changes: every value shown, one at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, String, Text, event, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from lims.database import Database
from lims.errors import LimsError
from lims.models.aliquot import QcResult, QcTest
from lims.models.signature import Signature
from lims.models.specification import (
    SpecificationLimit,
    SpecificationPolicy,
    SpecificationTest,
)
from lims.models.types import Closed, Moment, Scaled
from lims.workflows import signing
from tests.soaking import by_lot
from tests.walks.signed import EVERYTHING, Signed
from tests.walks.watched import Watched

CONSTANTS = {"rule_set"}
"""Shown, but of the program and of no row."""
NEW: dict[type, Any] = {
    Text: "x", String: "x", BigInteger: 1, Scaled: Decimal(1), Boolean: True,
    Moment: datetime(2026, 1, 1, tzinfo=UTC), Date: date(2026, 1, 1),
}  # fmt: skip
"""A value where there was none, by the kind of column."""
READ_ANEW = (QcTest, QcResult, SpecificationTest, Signature)
"""What a verdict rests on: with another value of these, the results are judged anew."""
MANY = (SpecificationTest, SpecificationLimit, SpecificationPolicy)
ENOUGH = 1
"""Rows of a specification that are tried whole; of the others, what two versions differ in."""
ONE_IN = 4
"""Of what is shown, tried value by value on PostgreSQL too: what comes back differs by types."""
TELLING = ("code", "limit", "required", "value", "name", "unit")


def holding(session: Session, kind: Signed) -> tuple[Signature, Any] | None:
    """The newest signature of this kind that holds, and what it is about."""
    found = select(Signature).where(
        Signature.subject_table == kind.table, Signature.meaning == kind.meaning
    )
    for signature in session.scalars(found.order_by(Signature.id.desc())):
        record = session.get_one(kind.model, signature.subject_id)
        for read in ("evidence", "results"):
            session.info.pop(read, None)
        if signing.still_valid(signature, kind.shown(session, record, signature)):
            return signature, record
    return None


def values(shown: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every single value shown, with its place; the name before a value is none."""
    if isinstance(shown, Mapping):
        for key, each in shown.items():
            yield from values(each, (*path, key))
    elif isinstance(shown, tuple) and len(shown) == 2:
        yield from values(shown[1], (*path, shown[0]))
    elif isinstance(shown, (list, tuple)):
        for number, each in enumerate(shown):
            yield from values(each, (*path, number))
    else:
        yield path, shown


def others(value: Any, kind: Any) -> list[Any]:
    """Other values that a column of this kind could hold."""
    if isinstance(kind, Closed):
        words = [word for word in kind.words if word != value]
        return [*words[:1], *words[-1:]]
    if value is None:
        return [NEW[type(kind)]] if type(kind) in NEW else []
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, Decimal)):
        return [value + 1]
    if isinstance(value, datetime):
        return [value + timedelta(hours=1)]
    if isinstance(value, date):
        return [value + timedelta(days=1)]
    if isinstance(value, StrEnum):
        return []
    return [f"{value}x", "1", "growth", ">= 81"]


@dataclass(frozen=True)
class Place:
    """One column of one row that was read."""

    record: Any
    attribute: Any

    def __str__(self) -> str:
        return f"{self.record.__tablename__}.{self.attribute.key}"

    @contextmanager
    def holding(self, session: Session, other: Any) -> Iterator[None]:
        """With another value while it is looked at."""
        before = getattr(self.record, self.attribute.key)
        self._put(session, other)
        yield
        self._put(session, before)

    def _put(self, session: Session, value: Any) -> None:
        set_committed_value(self.record, self.attribute.key, value)
        if isinstance(self.record, READ_ANEW):
            session.info.pop("results", None)

    def others(self) -> list[Any]:
        return others(getattr(self.record, self.attribute.key), self.attribute.columns[0].type)


def places(session: Session) -> Iterator[Place]:
    """Every column of every row that was read; of the long tables of a specification some rows."""
    taken: Counter[type] = Counter()
    for record in list(session.identity_map.values()):
        taken[type(record)] += 1
        if isinstance(record, Signature):
            continue
        state = inspect(record)
        for attribute in state.mapper.column_attrs:
            some = isinstance(record, MANY) and taken[type(record)] > ENOUGH
            if attribute.key not in state.unloaded and (not some or attribute.key in TELLING):
                yield Place(record, attribute)


def faults(session: Session, kind: Signed, *, whole: bool) -> Iterator[str]:
    """Whatever could change unseen under a signature of this kind."""
    found = holding(session, kind)
    if found is None:
        yield f"{kind}: no signature holds though nothing was changed"
        return
    if not whole:
        return
    signature, record = found
    signed = dict(values(kind.shown(session, record, signature)))
    covered = {path for path, value in signed.items() if value is None or CONSTANTS & set(path)}
    for place in places(session):
        for other in place.others():
            with place.holding(session, other):
                shown = attempted(session, kind, record, signature)
            now = dict(values(shown)) if shown is not None else signed
            different = {path for path in signed if now.get(path) != signed[path]}
            covered |= different
            if different and signing.still_valid(signature, shown):
                yield f"{kind}: {place} changed {different}, and the signature still holds"
            if different:
                break
    for path in signed.keys() - covered:
        yield f"{kind}: nothing that was read changes {path}"


def attempted(session: Session, kind: Signed, record: Any, signature: Signature) -> Any:
    """What would be shown; None where such a value could not even be shown."""
    try:
        return kind.shown(session, record, signature)
    except (LimsError, SQLAlchemyError, ValueError, LookupError, TypeError, StopIteration):
        return None


def test_a_signature_holds_until_anything_it_showed_changes(
    signed: tuple[Watched, datetime],
) -> None:
    database, _ = signed
    with database.reading() as session:
        given = {
            (table, meaning)
            for table, meaning in session.execute(
                select(Signature.subject_table, Signature.meaning).distinct()
            )
        }
    shown = list(dict.fromkeys((kind.table, kind.shown) for kind in EVERYTHING))
    whole = shown if database.is_sqlite else by_lot(shown, ONE_IN, "shown")
    found = list(every_fault(database, set(whole)))

    assert found == []
    assert given == {(kind.table, kind.meaning) for kind in EVERYTHING}


def every_fault(database: Database, whole: set[Any]) -> Iterator[str]:
    """Each kind in a session of its own; where kinds show the same, the first stands for all."""
    for kind in EVERYTHING:
        with database.reading() as session:
            read: list[Any] = []  # a session holds what it read by weak references only
            event.listen(
                session, "loaded_as_persistent", lambda _, row, kept=read: kept.append(row)
            )
            yield from faults(session, kind, whole=(kind.table, kind.shown) in whole)
        whole.discard((kind.table, kind.shown))
