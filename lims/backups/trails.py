"""Whose a backup is: of the trail of this database, of one it has not, of another laboratory.

Told by hashes alone: a backup names its first entry, which no other laboratory has, and its last,
which stands in every trail that goes on from it.
"""

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lims.backups.folder import Backup
from lims.backups.kinds import kind_of, owned
from lims.config import Settings
from lims.errors import LimsError
from lims.models.audit import AuditEntry

FIRST = 1
"""The number of the entry that every trail begins with."""


class Whose(Enum):
    OURS = auto()
    AHEAD = auto()
    """Of this laboratory, with entries that its database has not: a restore gave them up, or an
    old copy was put in its place."""
    ANOTHERS = auto()
    NOBODYS = auto()
    """Nothing was recorded in what was backed up."""


def first_entry(session: Session) -> str:
    """The hash that tells one laboratory from another; empty where nothing is recorded."""
    return session.scalar(select(AuditEntry.hash).where(AuditEntry.id == FIRST)) or ""


def sorted_out(session: Session, backups: Sequence[Backup]) -> list[tuple[Backup, Whose]]:
    """Whose each of `backups` is, seen from the database of `session`; one query."""
    asked = {FIRST, *(each.about.seq for each in backups)}
    entries = select(AuditEntry.id, AuditEntry.hash).where(AuditEntry.id.in_(asked))
    hashes = {row.id: row.hash for row in session.execute(entries)}
    return [(each, _whose(each, hashes)) for each in backups]


def ours(session: Session, backups: Sequence[Backup]) -> list[Backup]:
    """Those that the database of `session` goes on from, the newest last."""
    return [each for each, whose in sorted_out(session, backups) if whose is Whose.OURS]


def seen_from(settings: Settings, backups: Sequence[Backup]) -> list[tuple[Backup, Whose]] | None:
    """Whose each is; None where there is no database, none that can be read, or nothing in it."""
    try:
        if not kind_of(settings).exists():
            return None
        with owned(settings) as database, database.reading() as session:
            return sorted_out(session, backups) if first_entry(session) else None
    except (SQLAlchemyError, LimsError):
        return None


def laboratories(backups: Iterable[Backup]) -> set[str]:
    """The first entries of all that have any: one of each laboratory."""
    return {each.about.first for each in backups if each.about.first}


def _whose(backup: Backup, hashes: dict[int, str]) -> Whose:
    about = backup.about
    if not about.seq:
        return Whose.NOBODYS
    if hashes.get(about.seq) == about.hash:
        return Whose.OURS
    return Whose.AHEAD if about.first == hashes.get(FIRST) else Whose.ANOTHERS
