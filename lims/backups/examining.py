"""What the doctor says about the backups."""

import os
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from lims.backups import tools
from lims.backups.kinds import kind_of, owned
from lims.backups.postgresql import Postgresql
from lims.backups.standing import NoneYet, Standing, standing
from lims.config import Settings
from lims.errors import N_, LimsError
from lims.workflows.findings import Finding, Notice


class BackupsNotWritable(Finding):
    sentence = N_(
        "No backup can be written to %(path)s. Let the user who runs the program own it, or name"
        " another folder in LIMS_BACKUP_DIR."
    )


class BackupsBesideTheData(Notice):
    sentence = N_(
        "The backups lie on the disk of the data they are of. Name a folder of another disk, best"
        " of another machine, in LIMS_BACKUP_DIR."
    )


class BackupAmiss(Finding):
    sentence = N_("%(problem)s")


class NoBackupYet(Notice):
    sentence = N_("There is no backup yet. The server makes one by itself; lims backup makes one.")


def examine(settings: Settings) -> Iterator[LimsError]:
    folder = settings.backup_dir
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        yield BackupsNotWritable(path=folder)
        return
    if settings.data_dir.exists() and nearest.stat().st_dev == settings.data_dir.stat().st_dev:
        yield BackupsBesideTheData()
    yield from _tools(settings)
    for warning in found.warnings if (found := _standing(settings)) else ():
        yield NoBackupYet() if isinstance(warning, NoneYet) else BackupAmiss(problem=warning)


def _standing(settings: Settings) -> Standing | None:
    """Of this database's own backups; of all, where it cannot be read."""
    try:
        if kind_of(settings).exists():
            with owned(settings) as database, database.reading() as session:
                return standing(settings, session)
    except (SQLAlchemyError, LimsError):
        pass  # what is wrong with it is told already
    return standing(settings, None)


def _tools(settings: Settings) -> Iterator[LimsError]:
    kind = kind_of(settings)
    if isinstance(kind, Postgresql):
        try:
            kind.tools()
        except (tools.NoTool, tools.OldTool) as error:
            yield BackupAmiss(problem=error)
        except SQLAlchemyError:
            return  # it does not answer, which is told already
