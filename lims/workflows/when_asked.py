"""Statements that are put together once and asked many times: what they learn when they are asked.

To put one together takes SQLAlchemy many times as long as the database takes to answer it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, Date, bindparam
from sqlalchemy.types import TypeEngine

from lims import clock
from lims.models.types import Moment


def asked(value: Callable[[], Any], kind: TypeEngine[Any]) -> BindParameter[Any]:
    """What `value` gives at each time."""
    return bindparam(None, callable_=value, type_=kind)


NOW = asked(clock.now, Moment())
TODAY = asked(clock.today, Date())
YESTERDAY = asked(lambda: clock.today() - timedelta(days=1), Date())
