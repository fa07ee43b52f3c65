"""What a backup asks of a database, whichever it is."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from lims.backups.postgresql import Postgresql
from lims.backups.progress import Progress
from lims.backups.sqlite import Sqlite
from lims.config import Settings
from lims.database import Database
from lims.workflows.findings import Finding


class Kind(Protocol):
    name: str

    def exists(self) -> bool: ...

    def size(self) -> int: ...

    def copy(self, to: Path, progress: Progress) -> None: ...

    def opened(self, copy: Path, progress: Progress) -> AbstractContextManager[str]: ...

    def staged(self, copy: Path, progress: Progress) -> AbstractContextManager[str]: ...

    def faults(self, url: str) -> Iterator[Finding]: ...

    def current(self, url: str, work: Path) -> AbstractContextManager[Database]: ...

    def replace(self, url: str, name: str) -> str: ...


def kind_of(settings: Settings) -> Kind:
    """The site's database, as whoever owns its tables."""
    url = settings.owner_url
    return Sqlite(url) if url.startswith("sqlite") else Postgresql(url, settings)


@contextmanager
def owned(settings: Settings) -> Iterator[Database]:
    """The site's database, let go of afterwards: it may be about to be replaced."""
    database = Database(settings.owner_url)
    try:
        yield database
    finally:
        database.engine.dispose()
