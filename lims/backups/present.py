"""The database that a backup is to replace, and what of it the backup does not have."""

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from lims.backups.folder import Manifest
from lims.backups.kinds import kind_of
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.models.audit import GENESIS, AuditEntry
from lims.models.types import moment_text


class NothingThere(LimsError):
    sentence = N_("There is no database yet: nothing is replaced.")


class CannotBeRead(LimsError):
    sentence = N_(
        "The present database cannot be read, so nobody can say what was entered after the backup."
        " It is kept."
    )


class NothingLost(LimsError):
    sentence = N_("Nothing was entered after the backup: nothing is lost.")


class Lost(LimsError):
    sentence = N_(
        "The present database ends at entry %(last)s of %(at)s, the backup at entry %(seq)s:"
        " entries %(first)s–%(last)s will be lost. The present database is kept."
    )


class OtherHistory(LimsError):
    sentence = N_(
        "The present database (up to entry %(last)s of %(at)s) does not go on from this backup:"
        " it is another laboratory's, or the one of after an earlier restore. It is kept."
    )


def present(settings: Settings, backup: Manifest) -> LimsError:
    """What is told to whoever decides."""
    if not kind_of(settings).exists():
        return NothingThere()
    database = Database(settings.migration_url or settings.database_url)
    try:
        return _compared(database, backup)
    except (SQLAlchemyError, LimsError):
        return CannotBeRead()
    finally:
        database.engine.dispose()


def _compared(database: Database, backup: Manifest) -> LimsError:
    if database.current_revision() is None:
        return NothingThere()
    with database.reading() as session:
        hashes = select(AuditEntry.hash).where(AuditEntry.id == backup.seq)
        shared = session.scalar(hashes) if backup.seq else GENESIS
        newest = select(AuditEntry.id, AuditEntry.at).order_by(AuditEntry.id.desc()).limit(1)
        last = session.execute(newest).one_or_none()
    seq, at = (last.id, moment_text(last.at)) if last else (0, "-")
    if shared != backup.hash:
        return OtherHistory(last=seq, at=at)
    if seq == backup.seq:
        return NothingLost()
    return Lost(last=seq, at=at, seq=backup.seq, first=backup.seq + 1)
