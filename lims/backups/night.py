"""The backup of the night, and which older ones it lets go; when it is due, the worker knows."""

import os
import shutil
from datetime import datetime

from lims.backups import trouble
from lims.backups.folder import PARTIAL, Backup, Reason, found
from lims.backups.making import make
from lims.backups.trails import Whose, ours, sorted_out
from lims.config import Settings
from lims.database import Database
from lims.errors import LimsError


def back_up(database: Database, settings: Settings) -> Backup:
    """Make the night's backup and let the oldest go; a failure is kept for the first page."""
    try:
        made = make(database, settings, Reason.NIGHT)
        let_go(database, settings)
    except LimsError as error:
        trouble.note(settings, error)
        raise
    trouble.forget(settings)
    return made


def made_since(database: Database, settings: Settings, at: datetime) -> Backup | None:
    """The newest backup of this trail, by whomever it was made, if that was begun since `at`."""
    with database.reading() as session:
        backups = ours(session, found(settings.backup_dir))
    return backups[-1] if backups and backups[-1].about.at >= at else None


def let_go(database: Database, settings: Settings) -> None:
    """Remove the oldest nightly ones of this trail; the newest good one stays whatever its age.

    Those of another laboratory, or of what a restore gave up, are not this database's to remove.
    """
    with database.reading() as session:
        backups = sorted_out(session, found(settings.backup_dir))
    of_kind = Whose.OURS if any(whose is Whose.OURS for _, whose in backups) else Whose.NOBODYS
    own = [each for each, whose in backups if whose is of_kind]
    nightly = [each for each in own if each.about.reason == Reason.NIGHT]
    newest_good = max((each.folder for each in own if each.is_good), default=None)
    for backup in nightly[: -settings.backup_keep]:
        if backup.folder != newest_good:
            _remove(backup)


def _remove(backup: Backup) -> None:
    """Under another name first: a folder half removed must not look like a backup."""
    going = backup.folder.with_name(backup.folder.name + PARTIAL)
    os.rename(backup.folder, going)
    shutil.rmtree(going)
