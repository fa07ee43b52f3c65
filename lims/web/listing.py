"""Lists that stay quick: rows by key, a page at a time, and how many there are in all.

What `spreadsheets.py` asks for is the same list, a larger page at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import KeyedColumnElement

from lims.web.addresses import number_asked
from lims.web.current import reading_session
from lims.web.filters import number

A_PAGE = 50
Key = InstrumentedAttribute[int] | KeyedColumnElement[int]
COUNTED_TO = 10_000
"""Counting further would take longer than anyone looks."""


@dataclass
class Portion:
    """Rows of a list that is read to its end: how many at once, and from below which key."""

    size: int
    counted_to: int
    total: int = 0
    after: int | None = None
    following: int | None = None
    """The key below which the next portion begins; None after the last."""


@dataclass(frozen=True)
class Listing:
    rows: Sequence[Any]
    total: str = ""
    following: str = ""
    """The address of the next page; empty on the last one."""
    spreadsheet: str = ""
    """The address at which all its rows are a spreadsheet; empty where there is none."""


def listing(statement: Select[Any], key: Key, *, size: int = A_PAGE) -> Listing:
    """The newest `size` of what `statement` selects, records or rows of several columns, below
    the `after` of the address; one query tells how many there are, too."""
    asked = g.get("portion") or Portion(size, COUNTED_TO, after=number_asked("after"))
    session = reading_session()
    some = statement.with_only_columns(key).order_by(None).limit(asked.counted_to + 1).subquery()
    counted = select(func.count()).select_from(some)
    page = statement if asked.after is None else statement.where(key < asked.after)
    newest = page.order_by(None).order_by(key.desc()).limit(asked.size + 1)
    found = session.execute(newest.add_columns(counted.scalar_subquery())).unique().all()
    asked.total = found[0][-1] if found else session.scalar(counted) or 0
    rows = [row[0] for row in found] if len(newest.column_descriptions) == 1 else found
    asked.following = getattr(rows[asked.size - 1], key.key) if len(rows) > asked.size else None
    known = asked.total <= asked.counted_to
    return Listing(
        rows=rows[: asked.size],
        total=number(asked.total, 0) if known else f"{number(asked.counted_to, 0)}+",
        following=address(after=asked.following) if asked.following is not None else "",
        spreadsheet=address(**{"as": "xlsx"}),
    )


def address(**more: Any) -> str:
    """This page's own address from the head of its list, filters kept."""
    kept = {name: value for name, value in request.args.items() if name != "after"}
    return url_for(str(request.endpoint), **{**kept, **(request.view_args or {}), **more})
