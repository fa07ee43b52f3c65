"""A database that is a demonstration, and how far it is filled."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lims import clock
from lims.errors import N_, LimsError
from lims.models.audit import AuditEntry
from lims.models.batch import Batch
from lims.models.demonstration import Demonstration, Filling
from lims.models.user import User


class NotEmpty(LimsError):
    sentence = N_(
        "Something is recorded in this database, and the demonstration is told in an empty one"
        " only. Name an empty one in LIMS_DATABASE_URL or, where that is not set, another folder in"
        " LIMS_DATA_DIR, and try again."
    )
    status = 409


class HalfMade(LimsError):
    sentence = N_(
        "The demonstration in this database is half made: its filling was stopped, and is never"
        " taken up again. Stop the program, delete the database (%(database)s) and begin anew:"
        " make run, or lims demo."
    )
    status = 409


class BeingFilled(LimsError):
    sentence = N_(
        "The demonstration is being filled (%(made)s of %(batches)s). Look around: nothing can be"
        " entered before it is done."
    )
    status = 503


_begun = select(Demonstration.batches).where(Demonstration.filling == Filling.BEGUN)
_done = select(Demonstration.id).where(Demonstration.filling == Filling.DONE).exists()
COLUMNS: tuple[Any, ...] = (
    _begun.scalar_subquery(),
    case((~_begun.exists() | _done, None), else_=select(func.count(Batch.id)).scalar_subquery()),
)
"""What `told` is made of: read with whatever is read anyway. Batches are counted while there is a
filling under way, and never else."""


@dataclass(frozen=True)
class Told:
    """That this is a demonstration, and how far it is filled."""

    batches: int
    made: int | None
    """None once all are."""


def told(batches: int | None, made: int | None) -> Told | None:
    """What `COLUMNS` said; None of a database with real records."""
    return None if batches is None else Told(batches, made)


def keep(session: Session, found: Told | None) -> Told | None:
    """Asked once in a session, however many things on a page depend on it."""
    session.info["demonstration"] = found
    return found


def of(session: Session) -> Told | None:
    """What the database says of itself."""
    if "demonstration" in session.info:
        return session.info["demonstration"]  # type: ignore[no-any-return]
    return keep(session, told(*session.execute(select(*COLUMNS)).one()))


def is_empty(session: Session) -> bool:
    """Whether nothing and nobody was ever recorded: then there is no entry in the trail."""
    return session.scalar(select(AuditEntry.id).limit(1)) is None


def begin(session: Session, *, batches: int, by: User | None = None) -> Demonstration:
    """The first row of all; nothing may be recorded before it."""
    found = of(session)
    if found is not None and found.made is not None:
        raise HalfMade(database=session.connection().engine.url.database)
    if not is_empty(session):
        raise NotEmpty()
    return _note(session, Filling.BEGUN, batches)


def finish(session: Session, *, by: User | None = None) -> Demonstration:
    made = session.scalar(select(func.count(Batch.id))) or 0
    return _note(session, Filling.DONE, made)


def _note(session: Session, filling: Filling, batches: int) -> Demonstration:
    row = Demonstration(filling=filling, batches=batches, at=clock.now())
    session.add(row)
    session.flush()
    return row
