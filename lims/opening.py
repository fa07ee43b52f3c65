"""What each command of the command line begins with: the settings, and a database that answers."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lims.errors import N_, LimsError
from lims.not_ready import NoTables, NotReady

if TYPE_CHECKING:
    from lims.config import Settings
    from lims.database import Database

NO, USAGE, REFUSED = 1, 2, 3
"""Exit codes: the answer is no; the command line or a setting is wrong; refused."""


class Unreachable(LimsError):
    sentence = N_("The database does not answer: %(reason)s. Check LIMS_DATABASE_URL.")


class RecordsLost(NotReady):
    sentence = N_(
        "There is no record in %(database)s, and the anchors in %(folder)s tell of %(seq)s entries"
        " up to %(utc)s. Bring back the last good backup: lims restore lists the backups there are."
        " For a new laboratory name another folder in LIMS_DATA_DIR and LIMS_ANCHOR_DIR."
    )


class NoDatabase(LimsError):
    sentence = N_(
        "%(database)s is damaged, or is no database (%(reason)s). Bring back the last good backup:"
        " lims restore lists the backups there are."
    )


class NoSuchDatabase(NotReady):
    sentence = N_(
        "There is no database %(database)s on the server. Check LIMS_DATABASE_URL. To bring a"
        " laboratory back run lims restore; for a new one let it be made (createdb), then run lims"
        " init."
    )


class OnlyBackups(NotReady):
    sentence = N_(
        "There is no record in %(database)s, and the backups in %(folder)s are of a laboratory: the"
        " newest has %(seq)s entries and was made at %(at)s. Check LIMS_DATA_DIR and"
        " LIMS_DATABASE_URL, or bring the laboratory back: lims restore lists the backups there"
        " are. For a new one name another folder in LIMS_BACKUP_DIR."
    )


def environment(*, may_be_new: bool = False) -> "Settings":
    """The settings; raise NoFolder where there is no data folder, unless it `may_be_new`."""
    from lims.config import Settings
    from lims.environment import made, there

    return Settings.from_environment(os.environ, folder=made if may_be_new else there)


def named_only() -> "Settings":
    """The settings, and neither the folder nor its key made: for a look at what backups there are
    of a folder that is gone, or mistyped."""
    from lims.config import Settings

    environ = os.environ | {"LIMS_SECRET_KEY": secrets.token_urlsafe(64)}
    return Settings.from_environment(environ, folder=lambda path: path)


def looked_at(settings: "Settings") -> str:
    """The database that is meant, without its password: who named a wrong one sees it."""
    from sqlalchemy import make_url

    address = make_url(settings.database_url)
    is_file = address.drivername == "sqlite"
    return (
        str(Path(str(address.database)).absolute())
        if is_file
        else address.render_as_string(hide_password=True)
    )


def require_not_lost(settings: "Settings", database: str) -> None:
    """Raise where the site had records, and its database has none."""
    from lims import anchors
    from lims.backups.folder import found

    if last := anchors.newest(settings.anchor_dir):
        told = {"folder": settings.anchor_dir, "seq": last.seq, "utc": last.utc}
        raise RecordsLost(database=database, **told)
    if backups := [each for each in found(settings.backup_dir) if each.about.seq]:
        newest = backups[-1].about
        told = {"folder": settings.backup_dir, "seq": newest.seq, "at": newest.made_at}
        raise OnlyBackups(database=database, **told)


class MayNot(LimsError):
    sentence = N_(
        "The user of the database may not do this (%(reason)s). Name the owner of the tables in"
        " LIMS_MIGRATION_URL and run lims migrate (for a new laboratory, lims init): it gives the"
        " user of LIMS_DATABASE_URL what the program needs."
    )


@contextmanager
def opened(
    settings: "Settings", url: str | None = None, *, may_be_new: bool = False
) -> Iterator["Database"]:
    """The database of `settings`; one that does not answer, or is lost, is told in a sentence.

    A file that is not there is made only where it `may_be_new`.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import DatabaseError, OperationalError

    from lims.backups.postgresql import FORBIDDEN
    from lims.database import Database

    address = make_url(url or settings.database_url)
    name = address.database or address.drivername
    if address.drivername == "sqlite" and address.database and not Path(name).exists():
        require_not_lost(settings, name)
        if not may_be_new:
            raise NoTables(database=name)
        if Path(name).parent.is_dir():
            Path(name).touch(mode=0o600)  # nobody else of this machine reads the patients
    database = Database(url or settings.database_url)
    try:
        yield database
    except NoTables:
        require_not_lost(settings, name)
        raise
    except OperationalError as error:
        if error.statement:  # it answers; the fault is ours
            raise
        if _is_missing(settings):
            require_not_lost(settings, name)
            raise NoSuchDatabase(database=name) from error
        raise Unreachable(reason=str(error.orig).strip().splitlines()[0]) from error
    except DatabaseError as error:
        if getattr(error.orig, "sqlstate", None) == FORBIDDEN:
            raise MayNot(reason=str(error.orig).strip().splitlines()[0]) from error
        if type(error) is not DatabaseError:  # SQLite says so of a file it cannot read
            raise
        raise NoDatabase(database=database.engine.url.database, reason=error.orig) from error
    finally:
        database.engine.dispose()


def _is_missing(settings: "Settings") -> bool:
    """Whether the server answers, and has no database of that name."""
    from sqlalchemy.exc import SQLAlchemyError

    from lims.backups.kinds import kind_of

    try:
        return not kind_of(settings).exists()
    except SQLAlchemyError:
        return False
