"""Lists that stay quick: rows by key, a page at a time, and how many there are in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from lims.web.addresses import number_asked
from lims.web.current import reading_session
from lims.web.filters import number

A_PAGE = 50
COUNTED_TO = 10_000
"""Counting further would take longer than anyone looks."""


@dataclass(frozen=True)
class Listing:
    rows: Sequence[Any]
    total: str = ""
    following: str = ""
    """The address of the next page; empty on the last one."""


def listing(
    statement: Select[Any], key: InstrumentedAttribute[int], *, size: int = A_PAGE
) -> Listing:
    """The newest `size` rows of `statement` below the `after` of the address; two queries."""
    session = reading_session()
    counted = select(func.count()).select_from(
        statement.with_only_columns(key).order_by(None).limit(COUNTED_TO + 1).subquery()
    )
    total = session.scalar(counted) or 0
    after = number_asked("after")
    page = statement if after is None else statement.where(key < after)
    rows = session.scalars(page.order_by(None).order_by(key.desc()).limit(size + 1)).unique().all()
    return Listing(
        rows=rows[:size],
        total=number(total, 0) if total <= COUNTED_TO else f"{number(COUNTED_TO, 0)}+",
        following=address_after(getattr(rows[size - 1], key.key)) if len(rows) > size else "",
    )


def address_after(last: int) -> str:
    """This page's own address, filters kept, from below `last`."""
    kept = {**request.args.to_dict(), **(request.view_args or {}), "after": last}
    return url_for(str(request.endpoint), **kept)
