"""The database that a backup is to replace, and what of it the backup does not have."""

from contextlib import suppress

from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from lims import anchors
from lims.backups.folder import Manifest
from lims.backups.kinds import kind_of, owned
from lims.backups.trails import first_entry
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.models.audit import GENESIS, AuditEntry, AuditHead
from lims.models.types import moment_text
from lims.workflows.anchors import AnchorReason


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


class NothingEntered(LimsError):
    sentence = N_("Nothing is recorded in the present database: nothing is lost. It is kept.")


class OtherLaboratory(LimsError):
    sentence = N_(
        "The present database (up to entry %(last)s of %(at)s) is ANOTHER LABORATORY'S, not the one"
        " of this backup. It is kept. Is it the right backup, and the right LIMS_DATA_DIR?"
    )


class OtherHistory(LimsError):
    sentence = N_(
        "The present database (up to entry %(last)s of %(at)s) does not go on from this backup:"
        " it is the one of after an earlier restore. It is kept."
    )


class Behind(LimsError):
    sentence = N_(
        "The present database ends at entry %(last)s of %(at)s, and the backup goes on from there"
        " to entry %(seq)s: nothing is lost."
    )


def present(settings: Settings, backup: Manifest, copy: str) -> LimsError:
    """What is told to whoever decides; `copy` is the address of the backup's database."""
    if not kind_of(settings).exists():
        return NothingThere()
    try:
        with owned(settings) as database:
            return _compared(database, backup, copy)
    except (SQLAlchemyError, LimsError):
        return CannotBeRead()


def anchor_the_end(settings: Settings) -> None:
    """Write down where the trail that is to be replaced ends, so that what is lost is known."""
    if not kind_of(settings).exists():
        return
    with suppress(SQLAlchemyError, LimsError), owned(settings) as database:
        if _keeps_a_trail(database):  # what cannot be read, present() has told
            anchors.anchor_now(database, settings.anchor_dir, AnchorReason.BY_HAND)


def _keeps_a_trail(database: Database) -> bool:
    """Whether there is one to read, of whatever version the tables are, half upgraded ones too."""
    return inspect(database.engine).has_table(AuditHead.__tablename__)


def _compared(database: Database, backup: Manifest, copy: str) -> LimsError:
    if not _keeps_a_trail(database):
        return CannotBeRead() if inspect(database.engine).get_table_names() else NothingThere()
    with database.reading() as session:
        hashes = select(AuditEntry.hash).where(AuditEntry.id == backup.seq)
        shared = session.scalar(hashes) if backup.seq else GENESIS
        first = first_entry(session)
        newest = (
            select(AuditEntry.id, AuditEntry.at, AuditEntry.hash)
            .order_by(AuditEntry.id.desc())
            .limit(1)
        )
        last = session.execute(newest).one_or_none()
    if last is None:
        return NothingEntered()
    seq, at = last.id, moment_text(last.at)
    if seq < backup.seq and _hash_in(copy, seq) == last.hash:
        return Behind(last=seq, at=at, seq=backup.seq)
    if shared != backup.hash:
        is_other = backup.first and backup.first != first
        return (OtherLaboratory if is_other else OtherHistory)(last=seq, at=at)
    if seq == backup.seq:
        return NothingLost()
    return Lost(last=seq, at=at, seq=backup.seq, first=backup.seq + 1)


def _hash_in(url: str, seq: int) -> str | None:
    """The hash of that entry in the copy at `url`, of whatever version its tables are."""
    copy = Database(url)
    try:
        with copy.engine.connect() as connection:
            return connection.scalar(select(AuditEntry.hash).where(AuditEntry.id == seq))
    finally:
        copy.engine.dispose()
