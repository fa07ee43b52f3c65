"""Finding the record that an address names."""

from typing import TypeVar

from sqlalchemy import select

from lims.errors import NotFound
from lims.models.base import Coded
from lims.web.current import reading_session

Record = TypeVar("Record", bound=Coded)


def find(kind: type[Record], code: str) -> Record:
    """The `kind` with this code, or the page that says there is none; one indexed look-up."""
    record = reading_session().scalar(select(kind).where(kind.code == code.upper()))
    if record is None:
        raise NotFound(code=code[:40])
    return record
