"""What each command of the command line begins with: the settings, and a database that answers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lims.errors import N_, LimsError

if TYPE_CHECKING:
    from lims.config import Settings
    from lims.database import Database

NO, USAGE, REFUSED = 1, 2, 3
"""Exit codes: the answer is no; the command line or a setting is wrong; refused."""


class Unreachable(LimsError):
    sentence = N_("The database does not answer: %(reason)s. Check LIMS_DATABASE_URL.")


class NoDatabase(LimsError):
    sentence = N_(
        "%(database)s is damaged, or is no database (%(reason)s). Bring back the last good backup:"
        " lims restore lists the backups there are."
    )


def environment() -> "Settings":
    from lims.config import Settings

    return Settings.from_environment(os.environ)


@contextmanager
def opened(settings: "Settings", url: str | None = None) -> Iterator["Database"]:
    """The database of `settings`; one that does not answer is told in a sentence."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    from lims.database import Database

    database = Database(url or settings.database_url)
    try:
        yield database
    except OperationalError as error:
        if error.statement:  # it answers; the fault is ours
            raise
        raise Unreachable(reason=str(error.orig).strip().splitlines()[0]) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # SQLite says so of a file it cannot read
            raise
        raise NoDatabase(database=database.engine.url.database, reason=error.orig) from error
    finally:
        database.engine.dispose()
