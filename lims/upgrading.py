"""An upgrade of the tables: looked at first, backed up, rehearsed on the copy, then done at once,
and looked at again."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from lims import anchors, inventory, locks, opening, revisions, rights, schema
from lims.backups.folder import Backup, Proof, Reason
from lims.backups.making import make, require_room
from lims.backups.progress import Progress, quietly
from lims.backups.proving import NotOfItsVersion
from lims.config import Settings
from lims.database import Database
from lims.errors import N_, LimsError
from lims.workflows.verifying import Report, verify

MOST_NAMED = 5
REHEARSAL_FAILED = NotOfItsVersion.sentence.partition("%")[0]
"""How a proof begins that could not upgrade the copy."""
TIMES_ITS_SIZE = 2
"""Room an upgrade takes beside the database: SQLite writes each table anew, and into its log."""


class NoRoomToUpgrade(LimsError):
    sentence = N_(
        "There is no room to upgrade the database in %(path)s: it takes %(needed)s MiB and"
        " %(free)s are free. Nothing was changed."
    )


class FaultsBefore(LimsError):
    sentence = N_(
        "The tables were not upgraded: the proof of the copy made before it (%(folder)s) finds"
        " faults: %(faults)s They are %(count)s in all; lims verify names them. Tell quality. To"
        " upgrade all the same: lims migrate --despite-faults."
    )


class CannotBeUpgraded(LimsError):
    sentence = N_(
        "The tables were not upgraded: tried on the copy made before it (%(folder)s), the upgrade"
        " failed: %(faults)s Nothing was changed. Go on with the version before, and send this to"
        " whoever keeps the program."
    )


class UpgradeFailed(LimsError):
    sentence = N_(
        "The upgrade failed and was undone: %(reason)s. The tables are as they were, and the backup"
        " made before it is %(folder)s. Go on with the version before, and send this to whoever"
        " keeps the program."
    )


class FaultsAfter(LimsError):
    sentence = N_(
        "After the upgrade the records do not fit together: %(faults)s"
        " Go back with the version before: lims restore %(folder)s"
    )


class NewLaboratory(LimsError):
    sentence = N_(
        "%(database)s is a new laboratory, in which nothing is recorded. If it should have records,"
        " check LIMS_DATA_DIR and LIMS_DATABASE_URL, or bring back a backup: lims restore."
    )


class PutBack(LimsError):
    sentence = N_(
        "Put back what was taken from the tables or altered: %(count)s triggers, indexes or checks."
        " What was done meanwhile was not guarded by them: tell quality, and run lims verify."
    )


Tell = Callable[[str], None]


def upgrade(
    database: Database,
    settings: Settings,
    tell: Tell,
    progress: Progress = quietly,
    *,
    despite_faults: bool = False,
) -> None:
    """Bring the tables to this program's revision; raise where it should not, or could not, be."""
    _upgrade(database, settings, tell, progress, despite_faults)
    rights.give(database, settings)


def _upgrade(
    database: Database, settings: Settings, tell: Tell, progress: Progress, despite_faults: bool
) -> None:
    before, wanted = database.current_revision(), schema.newest_revision()
    if before is None:
        opening.require_not_lost(settings, database.engine.url.database or "")
    if before == wanted:
        with database.engine.connect() as connection:
            revisions.require_every_table(connection)
    if before in (None, wanted):
        lost = _lost(database) if before else 0
        database.upgrade()  # triggers that were lost come back
        tell(f"Tables: {wanted}" if before else f"Tables: none → {wanted}")
        if before is None:
            tell(NewLaboratory(database=database.engine.url.database).english())
        if lost and not _lost(database):
            tell(PutBack(count=lost).english())
        return
    with locks.alone(settings.data_dir):
        _require_room(database)
        tell(f"Tables: {before}; wanted: {wanted}. A backup first, and the upgrade tried on it.")
        backup = make(database, settings, Reason.UPGRADE, progress)
        tell(f"Backup: {backup.folder}")
        if backup.about.proof == Proof.FAULTS and not despite_faults:
            raise _refusal(backup)
        if backup.about.proof == Proof.MISSING:
            tell(f"The backup is not proved: {' '.join(backup.about.told)}")
        _upgraded(database, backup, progress)
        tell(f"Tables: {before} → {wanted}")
        _require_whole(database, settings, backup, progress, despite_faults)


def _refusal(backup: Backup) -> LimsError:
    """Faults of the records may be borne; an upgrade that fails on the copy fails on them too."""
    told = list(backup.about.told[:MOST_NAMED])
    failed = any(each.startswith(REHEARSAL_FAILED) for each in told)
    if failed:
        return CannotBeUpgraded(folder=backup.folder, faults=told)
    return FaultsBefore(folder=backup.folder, faults=told, count=len(backup.about.told))


def _lost(database: Database) -> int:
    with database.engine.connect() as connection:
        return len(inventory.difference(connection).missing)


def _upgraded(database: Database, backup: Backup, progress: Progress) -> None:
    try:
        with progress("Upgrading the tables"):
            database.upgrade()
    except (SQLAlchemyError, LimsError, OSError) as error:
        told = error.english() if isinstance(error, LimsError) else str(error)
        reason = told.splitlines()[0].rstrip(".")
        raise UpgradeFailed(reason=reason, folder=backup.folder) from error


def _require_whole(
    database: Database, settings: Settings, backup: Backup, progress: Progress, despite: bool
) -> None:
    with progress("Looking at the whole"), database.reading() as session:
        report: Report = verify(session, *anchors.read(settings.anchor_dir))
    known = set(backup.about.told) if despite else set()
    new = [fault for fault in report.named if fault.english() not in known]
    if new:
        raise FaultsAfter(faults=new[:MOST_NAMED], folder=backup.folder)


def _require_room(database: Database) -> None:
    if not database.is_sqlite:
        return  # the server's disk is not seen from here
    file = Path(str(database.engine.url.database)).absolute()
    require_room(file.parent, TIMES_ITS_SIZE * file.stat().st_size, NoRoomToUpgrade)
