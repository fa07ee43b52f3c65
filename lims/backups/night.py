"""The backup of the night, and which older ones it lets go; when it is due, the worker knows."""

import os
import shutil
from datetime import datetime

from lims.backups import trouble
from lims.backups.folder import PARTIAL, Backup, Reason, found
from lims.backups.making import make
from lims.config import Settings
from lims.database import Database
from lims.errors import LimsError


def back_up(database: Database, settings: Settings) -> Backup:
    """Make the night's backup and let the oldest go; a failure is kept for the first page."""
    try:
        made = make(database, settings, Reason.NIGHT)
        let_go(settings)
    except LimsError as error:
        trouble.note(settings, error)
        raise
    trouble.forget(settings)
    return made


def made_since(settings: Settings, at: datetime) -> Backup | None:
    """The newest backup, by whomever it was made, if that was begun since `at`."""
    backups = found(settings.backup_dir)
    return backups[-1] if backups and backups[-1].about.at >= at else None


def let_go(settings: Settings) -> None:
    """Remove the oldest of the nightly ones; the newest good one stays whatever its age.

    One of more entries than the newest has is of another database, or holds what a restore gave up:
    nothing that is backed up now takes its place.
    """
    backups = found(settings.backup_dir)
    nightly = [each for each in backups if each.about.reason == Reason.NIGHT]
    nightly = [each for each in nightly if each.about.seq <= nightly[-1].about.seq]
    newest_good = max((each.folder for each in backups if each.is_good), default=None)
    for backup in nightly[: -settings.backup_keep]:
        if backup.folder != newest_good:
            _remove(backup)


def _remove(backup: Backup) -> None:
    """Under another name first: a folder half removed must not look like a backup."""
    going = backup.folder.with_name(backup.folder.name + PARTIAL)
    os.rename(backup.folder, going)
    shutil.rmtree(going)
